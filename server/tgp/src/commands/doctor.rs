//! `tgp doctor`: whether everything works, and what to do where it does not.

use clap::Args;
use tgp_protocol::client::project::{DiagnoseOutput, Health};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};

/// Check that everything works, and say what to do where it does not; exit code 1 when a check fails.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp doctor")]
pub(crate) struct DoctorArgs {}

pub(crate) fn run(_: &DoctorArgs, context: &Context<'_>) -> Result<(), Failure> {
    let root = context.root()?;
    let found = tgp_screen::saying("the remote is slow to answer (Ctrl-C ends it) ...", || {
        tgp_setup::diagnose(&root, super::init::codex_home().as_deref())
    });
    context.output.answer(&found, |page| put(page, &found));
    if found.healthy { Ok(()) } else { Err(Failure::Said) }
}

fn put(page: &mut Page, found: &DiagnoseOutput) {
    let width = found.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    for check in &found.checks {
        let (style, mark) = match check.health {
            Health::Ok => (Style::Good, "ok  "),
            Health::Warn => (Style::Careful, "warn"),
            Health::Fail => (Style::Bad, "fail"),
        };
        page.put(style, mark).plain("  ").put(Style::Bold, &format!("{:width$}", check.name));
        page.plain("  ").plain(&check.message).end();
        if let Some(hint) = &check.hint {
            page.plain("      ").put(Style::Accent, "hint").plain(": ").plain(hint).end();
        }
    }
    let failed = found.checks.iter().filter(|check| check.health == Health::Fail).count();
    page.end();
    match failed {
        0 => page.put(Style::Good, "Everything works.").end(),
        1 => page.put(Style::Bad, "One check failed.").end(),
        _ => page.put(Style::Bad, &format!("{failed} checks failed.")).end(),
    }
}
