//! One file a command.

use crate::cli::Command;
use crate::context::Context;
use crate::failure::Failure;

pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod branch;
pub(crate) mod capability;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod lsp;
pub(crate) mod mcp;
pub(crate) mod policy;
pub(crate) mod reference;
pub(crate) mod scope;
pub(crate) mod sequence;
pub(crate) mod snapshot;
pub(crate) mod sql;
pub(crate) mod sync;
pub(crate) mod timeline;
pub(crate) mod token;
pub(crate) mod tool;
pub(crate) mod trust;
pub(crate) mod undo;

/// Carries out one command.
pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(args, context),
        Command::Mcp(args) => mcp::run(args, context),
        Command::Lsp(args) => lsp::run(args, context),
        Command::Tool(args) => tool::run(args, context),
        Command::Sql(args) => sql::run(args, context),
        Command::Sequence(args) => sequence::run(args, context),
        Command::Sync(args) => sync::run(args, context),
        Command::Timeline(args) => timeline::run(args, context),
        Command::Branch(args) => branch::run(args, context),
        Command::Snapshot(args) => snapshot::run(args, context),
        Command::Undo(args) => undo::run(args, context),
        Command::Redo(args) => undo::redo(args, context),
        Command::Approvals(args) => approvals::run(args, context),
        Command::Approve(args) => approvals::approve(args, context),
        Command::Deny(args) => approvals::deny(args, context),
        Command::Trust(args) => trust::run(args, context),
        Command::Policy(args) => policy::run(args, context),
        Command::Scope(args) => scope::run(args, context),
        Command::Capability(args) => capability::run(args, context),
        Command::Token(args) => token::run(args, context),
        Command::Audit(args) => audit::run(args, context),
        Command::Doctor(args) => doctor::run(args, context),
        Command::Demo(args) => demo::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Reference(args) => reference::run(args, context),
    }
}
