//! The settings in force, found beside a project that runs: it keeps those it was opened with.

use tgp_model::Config;

use crate::coming_sandbox::ComingSandbox;
use crate::in_force;
use crate::machine::machine_in_force;
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;

/// What a person's trust has put in force by now.
pub struct SettingsInForce {
    /// The settings.
    pub config: Config,
    /// What lies in the project and waits for a person's trust, in a sentence.
    pub waiting: Option<String>,
}

/// The settings in force now. A text that was evaluated before is not evaluated again.
pub fn settings_in_force(project: &OpenProject) -> Result<SettingsInForce, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let found = in_force::decide(project, &root, &sandbox)?;
    let settings = in_force::settings_of(project, &root, &found.evaluated)?;
    let (_, problem) = machine_in_force(&project.machine, &found.home, &settings)?;
    Ok(SettingsInForce { waiting: waiting(found.note, problem), config: found.evaluated.config })
}

/// What waits in the project, and what is wrong on the machine, as one sentence.
pub(crate) fn waiting(note: Option<String>, problem: Option<String>) -> Option<String> {
    let waiting: Vec<String> = [note, problem].into_iter().flatten().collect();
    (!waiting.is_empty()).then(|| waiting.join("; "))
}
