//! `tgp sequence`: several actions as one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tgp_engine::SequenceFile;
use tgp_model::AgentName;
use tgp_protocol::client::sequence::{RunSequenceOutput, StepEnd};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};
use tgp_screen::code::Code;

/// Run several actions as one unit.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  tgp sequence run release.yaml")]
pub(crate) enum SequenceCommand {
    Run(RunArgs),
}

/// Run the steps of a file, each judged as what it is; where one fails, the earlier ones are taken back.
///
/// The file is YAML or JSON: a list of steps, each a capability and its arguments, or a map with `agent` and `steps`.
/// Exit code 1: a step failed or was denied, and everything before it was taken back. 20: something stays; it is named.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  printf '%s\\n' '- capability: fs.write' '  with: { path: tools/a.ts, content: \"...\" }' > release.yaml
  tgp sequence run release.yaml --agent coder")]
pub(crate) struct RunArgs {
    /// The steps.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The agent on whose behalf they run; it counts more than the one the file names. Without either it is you.
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,
}

pub(crate) fn run(command: &SequenceCommand, context: &Context<'_>) -> Result<(), Failure> {
    let SequenceCommand::Run(args) = command;
    let path = context.here().join(&args.file);
    let name = args.file.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Refusal::new(ErrorCode::FileNotFound, format!("`{name}` cannot be read: {error}"))
            .with_hint("Name a file that is there and readable.")
    })?;
    let file = SequenceFile::parse(&name, &text)
        .map_err(|error| Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string()))?;
    let agent = args.agent.clone().or_else(|| file.agent.clone()).unwrap_or_else(AgentName::person);
    let engine = context.open(&agent)?;
    let done = engine.run_sequence(&engine.begin(), &name, &file)?;
    context.output.answer(&done, |page| put(page, &done));
    match (done.done, done.rolled_back) {
        (true, _) => Ok(()),
        (false, true) => Err(Failure::Said),
        (false, false) => Err(Failure::SaidWith(Code::SequenceStays)),
    }
}

fn put(page: &mut Page, done: &RunSequenceOutput) {
    for step in &done.steps {
        let (style, end) = match step.end {
            StepEnd::Executed => (Style::Good, "done"),
            StepEnd::Failed => (Style::Bad, "failed"),
            StepEnd::Denied => (Style::Bad, "denied"),
            StepEnd::TakenBack => (Style::Careful, "taken back"),
            StepEnd::Stays => (Style::Bad, "STAYS"),
            StepEnd::NotReached => (Style::Dim, "not reached"),
        };
        page.plain(&format!("{:>3} ", step.step)).put(Style::Bold, &step.capability).plain(" ");
        page.put(style, end).plain(" ").put(Style::Dim, step.action.as_deref().unwrap_or_default()).end();
        if let Some(error) = &step.error {
            page.plain(&format!("    {} ({})", error.message, error.code.as_str())).end();
        }
    }
    match (done.done, done.rolled_back) {
        (true, _) => page.put(Style::Good, "Every step was done.").end(),
        (false, true) => page.put(Style::Careful, "What was done before was taken back.").end(),
        (false, false) => page.put(Style::Bad, "Not everything could be taken back: see above.").end(),
    }
}
