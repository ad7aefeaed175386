//! The part of `tgp init` that asks the rooms: the engine is prepared, the configuration evaluated, the library begun.

use std::path::{Path, PathBuf};

use tgp_engine::prepare::{is_prepared, prepare};
use tgp_engine::{Engine, Hydrate, OpenProject};
use tgp_model::AgentName;
use tgp_protocol::client::project::{InitStep, StepState};

use super::{InitError, InitProject};

/// Brings everything up once, so that the first session finds it ready. Gives the library's folder.
pub(super) fn set_up(
    project: &InitProject,
    root: &Path,
    steps: &mut Vec<InitStep>,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, InitError> {
    let open = OpenProject { hydrate: Hydrate::Always, ..opened(project, root) };
    let state = if is_prepared(&open.cache) { StepState::Kept } else { StepState::Created };
    // The sandbox is opened again with the project; this time it says how far it is.
    prepare(&open.cache, progress)?;
    steps.push(InitStep { item: "engine".to_owned(), state, note: Some(open.cache.display().to_string()) });

    let began = |folder: &Path| folder.join(".git").exists();
    let usual = began(&root.join(".tgp"));
    let engine = Engine::open(open).map_err(|error| error.refusal())?;
    let folder = root.join(engine.library_folder().as_str());
    let kept = usual && folder == root.join(".tgp");
    let note = (!engine.notes().is_empty()).then(|| engine.notes().join("; "));
    let item = folder.strip_prefix(root).unwrap_or(&folder).to_string_lossy().into_owned();
    steps.push(InitStep { item, state: if kept { StepState::Kept } else { StepState::Created }, note });
    engine.close();
    link_program(project, root, &folder, steps)?;
    Ok(folder)
}

fn opened(project: &InitProject, root: &Path) -> OpenProject {
    OpenProject { environment: project.environment.clone(), ..OpenProject::new(root, AgentName::default()) }
}

/// Trusts the configuration that was just written.
pub(super) fn trust_own(project: &InitProject, root: &Path, config: String) -> Result<(), InitError> {
    let project = opened(project, root);
    let files = [(tgp_engine::config::CONFIG_FILE.to_owned(), config)];
    let by = tgp_engine::person(&project.environment);
    tgp_engine::trust_own(&project, files, &by).map_err(|error| error.refusal().into())
}

/// `.tgp/bin/tgp` leads to the running program.
#[cfg(unix)]
fn link_program(
    project: &InitProject,
    root: &Path,
    folder: &Path,
    steps: &mut Vec<InitStep>,
) -> Result<(), InitError> {
    let link = folder.join("bin/tgp");
    let there = std::fs::read_link(&link).ok();
    let state = match &there {
        Some(target) if *target == project.program => StepState::Kept,
        Some(_) => StepState::Changed,
        None => StepState::Created,
    };
    if state != StepState::Kept {
        let beside = link.with_extension(format!("new-{}", std::process::id()));
        let made = std::fs::create_dir_all(folder.join("bin"))
            .and_then(|()| std::os::unix::fs::symlink(&project.program, &beside))
            .and_then(|()| std::fs::rename(&beside, &link));
        made.map_err(|source| InitError::Write { path: link.clone(), source })?;
    }
    let item = link.strip_prefix(root).unwrap_or(&link).to_string_lossy().into_owned();
    steps.push(InitStep { item, state, note: None });
    Ok(())
}

/// Where a link needs rights a person may not have, there is none.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same form as on Unix")]
fn link_program(_: &InitProject, _: &Path, _: &Path, _: &mut Vec<InitStep>) -> Result<(), InitError> {
    Ok(())
}
