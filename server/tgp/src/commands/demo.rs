//! `tgp demo`: a one-minute story in a temporary folder, played by the real engine, checking its own results.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use serde::Serialize;
use tgp_engine::{Hydrate, OpenProject, trust_own};
use tgp_model::AgentName;
use tgp_setup::{InitProject, init};

use crate::context::{CONFIG_FILE, Context};
use crate::failure::Failure;

mod sources;
mod stage;
mod story;

use stage::{Stage, Step};

/// Play a one-minute story in a temporary folder: an agent writes a tool, is corrected, runs it, and does no harm.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp demo")]
pub(crate) struct DemoArgs {}

/// What the demo did.
#[derive(Debug, Serialize)]
struct Played {
    steps: Vec<Step>,
}

pub(crate) fn run(_: &DemoArgs, context: &Context<'_>) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("tgp-demo-").tempdir().map_err(|error| lost(&error))?;
    let shop = folder.path().join("shop");
    // The story has a shop of its own; the person's database, remote and trust are not part of it.
    let trust = folder.path().join("state").to_string_lossy().into_owned();
    let environment = BTreeMap::from([("TGP_STATE_DIR".to_owned(), trust)]);
    let mut project = OpenProject::new(&shop, AgentName::default());
    project.environment.clone_from(&environment);
    set_up(&shop, &project, context)?;
    // The shop is the person's: agents change its rows and not its tables.
    let mut opened = OpenProject::new(&shop, AgentName::person());
    opened.environment.clone_from(&environment);
    let engine = context.open_project(opened)?;
    Stage::new(context, &engine).make_shop()?;
    drop(engine);
    project.hydrate = Hydrate::WhenEmpty;
    let engine = context.open_project(project)?;
    let mut stage = Stage::new(context, &engine);
    let told = story::tell(&mut stage);
    let steps = stage.into_steps();
    drop(engine);
    told?;
    if context.output.is_json() {
        context.output.answer(&Played { steps }, |_| {});
    }
    Ok(())
}

/// An empty file is an empty database.
fn set_up(folder: &Path, opened: &OpenProject, context: &Context<'_>) -> Result<(), Failure> {
    std::fs::create_dir(folder).map_err(|error| lost(&error))?;
    std::fs::write(folder.join(CONFIG_FILE), sources::CONFIG).map_err(|error| lost(&error))?;
    std::fs::write(folder.join("shop.db"), "").map_err(|error| lost(&error))?;
    let own = [(CONFIG_FILE.to_owned(), sources::CONFIG.to_owned())];
    trust_own(opened, own, "tgp demo").map_err(|error| error.refusal())?;
    let program = std::env::current_exe().map_err(|error| lost(&error))?;
    let project = InitProject {
        folder: folder.to_owned(),
        remote: None,
        hosts: Vec::new(),
        command: "tgp".to_owned(),
        program,
        codex_home: None,
        environment: opened.environment.clone(),
    };
    let mut progress = |text: &str| context.output.progress(text);
    init(&project, &mut progress).map_err(|error| error.refusal())?;
    Ok(())
}

fn lost(error: &std::io::Error) -> Failure {
    use tgp_protocol::client::{ErrorCode, Refusal};
    Refusal::new(ErrorCode::FileIo, format!("the temporary folder of the demo cannot be used: {error}"))
        .into()
}
