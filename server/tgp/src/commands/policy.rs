//! `tgp policy`: the rules that narrow what scopes allow.

use std::path::Path;

use clap::Subcommand;
use tgp_engine::{OpenProject, RuleSet, present_rules};
use tgp_model::AgentName;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::context::Context;
use crate::failure::Failure;

mod apply;
mod check;
mod diff;
mod explain;
mod test;

pub(super) use apply::put_addition;
pub(super) use check::put_mistakes;

/// Look at the rules agents are judged by, try them, change them.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tgp policy explain --agent reviewer --capability fs.write --path src/main.ts
  tgp policy apply no-secrets.yaml")]
pub(crate) enum PolicyCommand {
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Explain(explain::ExplainArgs),
    Diff(diff::DiffArgs),
    Apply(apply::ApplyArgs),
}

pub(crate) fn run(command: &PolicyCommand, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        PolicyCommand::Check(args) => check::run(args, context),
        PolicyCommand::Test(args) => test::run(args, context),
        PolicyCommand::Explain(args) => explain::run(args, context),
        PolicyCommand::Diff(args) => diff::run(args, context),
        PolicyCommand::Apply(args) => apply::run(args, context),
    }
}

/// The project, as a person opens it.
pub(super) fn project(context: &Context<'_>) -> Result<OpenProject, Failure> {
    Ok(OpenProject::new(context.root()?, AgentName::person()))
}

/// The rules that lie in the project.
pub(super) fn present(context: &Context<'_>) -> Result<RuleSet, Failure> {
    Ok(present_rules(&project(context)?).map_err(|error| error.refusal())?)
}

/// The text of a file the person named.
pub(super) fn read(context: &Context<'_>, file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(context.here().join(file)).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", file.display());
        Refusal::new(ErrorCode::FileIo, message).into()
    })
}

/// Rules that cannot be read.
pub(super) fn invalid(error: &dyn std::fmt::Display) -> Failure {
    Refusal::new(ErrorCode::PolicyInvalid, error.to_string()).into()
}
