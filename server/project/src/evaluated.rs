//! The configuration, evaluated: what its text gave the last time is kept in the user's state folder.
//!
//! It runs in the sandbox with a fixed seed and clock and without the host, so the same text gives the same again,
//! unless it names an environment variable that is set: that one is evaluated anew each time, and never kept. What is
//! kept decides nothing about trust; it is looked up by a text that is trusted, or is about to be shown.

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use tgp_forge::config::{self, Evaluated, Evaluation};
use tgp_trust::ProjectHome;

use crate::coming_sandbox::ComingSandbox;
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;

/// The file in the state folder.
const FILE: &str = "evaluated.json";

#[derive(Serialize, Deserialize)]
struct Kept {
    source: String,
    /// The program that evaluated it: another one may find other mistakes.
    program: Program,
    evaluation: Evaluation,
}

/// Which build of the program this is.
#[derive(PartialEq, Serialize, Deserialize)]
struct Program {
    path: PathBuf,
    length: u64,
    modified: u128,
}

impl Program {
    fn this() -> Option<Self> {
        let path = std::env::current_exe().ok()?;
        let metadata = std::fs::metadata(&path).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
        Some(Self { path, length: metadata.len(), modified })
    }
}

/// The settings that the source of a configuration gives.
pub(crate) fn evaluate(
    project: &OpenProject,
    home: &ProjectHome,
    source: &str,
    sandbox: &ComingSandbox,
) -> Result<Evaluated, OpenEngineError> {
    let program = Program::this();
    if let Some(evaluation) = recall(home, source, program.as_ref())
        && evaluation.is_free_of(&project.environment)
    {
        return Ok(evaluation.settings(&project.environment)?);
    }
    let sandbox = sandbox.get()?;
    let evaluation = config::run(source, &project.environment, &sandbox)?;
    let evaluated = evaluation.clone().settings(&project.environment)?;
    if let Some(program) = program
        && evaluation.is_free_of(&project.environment)
    {
        keep(home, &Kept { source: source.to_owned(), program, evaluation });
    }
    Ok(evaluated)
}

fn recall(home: &ProjectHome, source: &str, program: Option<&Program>) -> Option<Evaluation> {
    let kept: Kept = serde_json::from_slice(&home.remembered(FILE).ok()??).ok()?;
    (kept.source == source && Some(&kept.program) == program).then_some(kept.evaluation)
}

/// A state folder that cannot be written makes the next start slower, nothing else; one that is not there is not made
/// for this.
fn keep(home: &ProjectHome, kept: &Kept) {
    if !home.folder().is_dir() {
        return;
    }
    let written = serde_json::to_vec(kept).map(|bytes| home.remember(FILE, &bytes));
    if let Ok(Err(error)) = written {
        tracing::debug!(%error, "what the configuration gave is not kept");
    }
}
