//! `tgp branch`: what agents did on their branches, and what becomes of it.

use clap::Subcommand;
use tgp_model::AgentName;

use crate::context::{Context, Opened};
use crate::failure::Failure;
use crate::person;

mod diff;
mod discard;
mod list;
mod merge;
mod reopen;
mod restore;
mod show;

/// Look at agents' branches; merge them, put them away, send them back.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  tgp branch diff add-login && tgp branch merge add-login")]
pub(crate) enum BranchCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Diff(diff::DiffArgs),
    Merge(merge::MergeArgs),
    Discard(discard::DiscardArgs),
    Restore(restore::RestoreArgs),
    Reopen(reopen::ReopenArgs),
}

pub(crate) fn run(command: &BranchCommand, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        BranchCommand::List(args) => list::run(args, context),
        BranchCommand::Show(args) => show::run(args, context),
        BranchCommand::Diff(args) => diff::run(args, context),
        BranchCommand::Merge(args) => merge::run(args, context),
        BranchCommand::Discard(args) => discard::run(args, context),
        BranchCommand::Restore(args) => restore::run(args, context),
        BranchCommand::Reopen(args) => reopen::run(args, context),
    }
}

/// The project, opened by the person.
pub(super) fn open<'c>(context: &'c Context<'_>) -> Result<Opened<'c>, Failure> {
    context.open(&AgentName::person())
}

/// Asks the person at the terminal, unless they said yes already.
pub(super) fn sure(yes: bool, question: &str, context: &Context<'_>) -> Result<bool, Failure> {
    let sure = yes || person::asks(question)?;
    if !sure {
        context.output.message(|page| page.line("Nothing was changed."));
    }
    Ok(sure)
}
