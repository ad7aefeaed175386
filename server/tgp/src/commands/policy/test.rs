//! `tgp policy test`.

use std::path::PathBuf;

use clap::Args;
use tgp_engine::run_cases;

use crate::context::Context;
use crate::failure::Failure;
use crate::page::Style;

/// Run a file of cases: rules, requests, and the decision each has to get.
///
/// Each case brings its own rules; nothing of a project is used. Exit code 0 where all passed, 1 where one did not.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp policy test conformance/policy-cases.yaml")]
pub(crate) struct TestArgs {
    /// The cases, in YAML.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &TestArgs, context: &Context<'_>) -> Result<(), Failure> {
    let name = args.file.display().to_string();
    let text = super::read(context, &args.file)?;
    let report = run_cases(&name, &text).map_err(|error| super::invalid(&error))?;
    context.output.answer(&report, |page| {
        for failure in &report.failed {
            let place = format!("{name}:{}:{}", failure.place.line, failure.place.column);
            page.put(Style::Bold, &place).plain(&format!(": case {}, {}: ", failure.number, failure.name));
            page.put(Style::Bad, &failure.what).end();
        }
        let style = if report.is_good() { Style::Good } else { Style::Bad };
        page.put(style, &format!("{} passed, {} failed", report.passed, report.failed.len())).end();
    });
    if report.is_good() { Ok(()) } else { Err(Failure::Said) }
}
