//! `tgp policy check`.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use tgp_engine::{Level, Mistake};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};

/// Read the policy files and scopes that lie in the project, trusted or not, and name what is wrong.
///
/// The policy files of plugins, of yourself and of the administrator are read too; each is shown with its level.
/// Examples in the rules are tried. Exit code 0 where every file is well, 1 where one is not.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp policy check")]
pub(crate) struct CheckArgs {}

#[derive(Serialize)]
struct CheckOutput<'a> {
    files: Vec<&'a str>,
    levels: BTreeMap<&'a str, Level>,
    mistakes: &'a [Mistake],
}

pub(super) fn run(_: &CheckArgs, context: &Context<'_>) -> Result<(), Failure> {
    let rules = super::present(context)?;
    let mistakes = rules.mistakes().map_err(|error| super::invalid(&error))?;
    let output = CheckOutput { files: rules.files(), levels: rules.levels(), mistakes: &mistakes };
    context.output.answer(&output, |page| {
        for (file, level) in &output.levels {
            page.plain(&format!("{file} ")).put(Style::Dim, &format!("({})", level.as_str())).end();
        }
        put_mistakes(page, &mistakes);
        let count = output.files.len();
        let files = if count == 1 { "file" } else { "files" };
        if mistakes.is_empty() {
            page.put(Style::Good, &format!("{count} {files}, no mistake")).end();
        }
    });
    if mistakes.is_empty() { Ok(()) } else { Err(Failure::Said) }
}

/// Each with its place.
pub(in crate::commands) fn put_mistakes(page: &mut Page, mistakes: &[Mistake]) {
    for Mistake { file, line, column, message, .. } in mistakes {
        page.put(Style::Bold, &format!("{file}:{line}:{column}")).plain(": ").put(Style::Bad, message).end();
    }
}
