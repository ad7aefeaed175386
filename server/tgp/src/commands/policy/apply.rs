//! `tgp policy apply`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tgp_engine::PendingTrust;

use crate::commands::trust::{put_differences, put_in_force};
use crate::context::Context;
use crate::failure::Failure;
use crate::page::Style;
use crate::person;

/// Put a policy file in force: its examples are tried, the difference is shown, and you are asked.
///
/// It is written into the `policy` folder of the library under its own name and trusted on this machine; nothing else
/// that waits there is. Running sessions take it at once. The change is an action in timeline and audit chain.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp policy apply no-secrets.yaml")]
pub(crate) struct ApplyArgs {
    /// The policy file; rules of another file of that name are replaced.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct ApplyOutput<'a> {
    file: &'a str,
    changed: bool,
    hash: String,
    action: Option<String>,
}

pub(super) fn run(args: &ApplyArgs, context: &Context<'_>) -> Result<(), Failure> {
    let name = args.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.starts_with('.') || ![".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
        return Err(Failure::usage(format!(
            "`{name}` is not the name of a policy file, such as `rules.yaml`"
        )));
    }
    let text = super::read(context, &args.file)?;
    put_addition(&format!("policy/{name}"), &text, &format!("Applied the policy file `{name}`"), context)
}

/// Shows what one more file changes, asks, and puts it in force.
pub(in crate::commands) fn put_addition(
    name: &str,
    text: &str,
    what: &str,
    context: &Context<'_>,
) -> Result<(), Failure> {
    let project = super::project(context)?;
    // The examples are tried as the file is read. The judge itself has to be the one the rules are written for.
    match tgp_engine::self_check() {
        Ok(report) if report.is_good() => {}
        Ok(report) => return Err(Failure::Bug(format!("the judge fails its own cases: {report}"))),
        Err(error) => return Err(Failure::Bug(format!("the judge's own cases cannot be read: {error}"))),
    }
    let pending = PendingTrust::with_file(&project, name, text).map_err(|error| error.refusal())?;
    pending.check_draft().map_err(|error| error.refusal())?;
    let mut output = ApplyOutput { file: name, changed: false, hash: pending.hash(), action: None };
    if pending.is_settled() {
        context.output.answer(&output, |page| page.line("It is in force already."));
        return Ok(());
    }
    context.output.message(|page| put_differences(page, &pending));
    if !person::asks("Put this in force on this machine?")? {
        context.output.message(|page| page.line("Nothing was changed."));
        return Ok(());
    }
    output.action = put_in_force(pending, what, context)?;
    output.changed = true;
    context.output.answer(&output, |page| {
        page.put(Style::Good, &format!("`{name}` is in force.")).end();
        if let Some(action) = &output.action {
            page.put(Style::Dim, &format!("noted as {action}")).end();
        }
    });
    Ok(())
}
