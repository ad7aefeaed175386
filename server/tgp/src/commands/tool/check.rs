//! `tgp tool check`.

use clap::Args;
use tgp_protocol::client::tools::CheckToolOutput;

use crate::cli::Behalf;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};
use tgp_screen::findings::put_finding;

/// Compile and lint a tool; exit code 1 when it is not valid.
///
/// What is checked is the file in the library's folder: your edit of it, where there is one that is not committed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp tool check tools/math/fib.ts
  tgp tool check .tgp/tools/math/fib.ts")]
pub(crate) struct CheckArgs {
    /// The tool, such as `tools/math/fib.ts`, or a file in the library's folder.
    path: String,
    /// Check what is committed: what agents run.
    #[arg(long)]
    committed: bool,
    #[command(flatten)]
    behalf: Behalf,
}

pub(super) fn run(args: &CheckArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&args.behalf.agent())?;
    let call = engine.begin();
    let path = super::tool_path(&engine, context, &args.path);
    let checked = if args.committed {
        engine.check_tool(&call, input(path))?
    } else {
        engine.check_edited(&call, &path)?
    };
    context.output.answer(&checked, |page| put(page, &args.path, &checked));
    if checked.valid { Ok(()) } else { Err(Failure::Said) }
}

fn input(path: String) -> tgp_protocol::client::tools::CheckToolInput {
    tgp_protocol::client::tools::CheckToolInput { path }
}

fn put(page: &mut Page, path: &str, checked: &CheckToolOutput) {
    let findings = checked.errors.iter().map(|finding| (finding, true));
    for (finding, is_error) in findings.chain(checked.warnings.iter().map(|finding| (finding, false))) {
        put_finding(page, finding, is_error);
        page.end();
    }
    let (style, word) = if checked.valid { (Style::Good, "valid") } else { (Style::Bad, "not valid") };
    page.plain(path).plain(": ").put(style, word);
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (checked.errors.len(), checked.warnings.len());
    page.plain(&format!(" ({}, {})", count(errors, "error"), count(warnings, "warning"))).end();
    for note in &checked.notes {
        page.put(Style::Dim, &format!("note: {note}")).end();
    }
}
