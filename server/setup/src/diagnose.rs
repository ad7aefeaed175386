//! `tgp doctor`: looks at everything a project needs, and says what to do where something is wrong.

use std::path::Path;

use tgp_engine::config::CONFIG_FILE;
use tgp_engine::prepare::{is_prepared, prepare};
use tgp_engine::{Engine, Hydrate, OpenEngineError, OpenProject, PendingTrust};
use tgp_model::AgentName;
use tgp_protocol::client::ErrorCode;
use tgp_protocol::client::project::{DiagnoseOutput, Health, HealthCheck};

use crate::init::Host;

/// Checks the project at `root`, in the order in which one thing needs the other. `codex_home` is the folder of
/// Codex's own configuration, where the person has a home.
pub fn diagnose(root: &Path, codex_home: Option<&Path>) -> DiagnoseOutput {
    let open = OpenProject { hydrate: Hydrate::WhenEmpty, ..OpenProject::new(root, AgentName::default()) };
    let mut checks = vec![engine(&open)];
    checks.push(trust(&open));
    // What comes next needs the project open; where that fails, the reason is the finding.
    if checks.iter().all(|check| check.health != Health::Fail) {
        match Engine::open(open) {
            Ok(engine) => {
                let path = root.join(CONFIG_FILE).display().to_string();
                checks.push(check("configuration", Health::Ok, format!("`{path}`"), None));
                checks.extend(engine.examine());
            }
            Err(error) => checks.push(not_opened(&error)),
        }
    }
    checks.push(hosts(root, codex_home));
    DiagnoseOutput { healthy: checks.iter().all(|check| check.health != Health::Fail), checks }
}

fn check(name: &str, health: Health, message: String, hint: Option<String>) -> HealthCheck {
    HealthCheck { name: name.to_owned(), health, message, hint }
}

fn engine(open: &OpenProject) -> HealthCheck {
    let prepared = is_prepared(&open.cache);
    match prepare(&open.cache, &mut |_| {}) {
        Ok(()) if prepared => {
            check("engine", Health::Ok, format!("prepared in `{}`", open.cache.display()), None)
        }
        Ok(()) => {
            let hint = "run `tgp init` after each update of tgp".to_owned();
            check("engine", Health::Warn, "was not prepared; it is now".to_owned(), Some(hint))
        }
        Err(refusal) => check("engine", Health::Fail, refusal.message, refusal.hint),
    }
}

fn trust(open: &OpenProject) -> HealthCheck {
    let hint = || Some("look at what changed and run `tgp trust`".to_owned());
    match PendingTrust::look(open) {
        Ok(pending) if pending.is_settled() => {
            check("trust", Health::Ok, "what lies here is what you trusted".to_owned(), None)
        }
        Ok(pending) => {
            let names: Vec<String> =
                pending.differences.iter().map(|difference| format!("`{}`", difference.name)).collect();
            check("trust", Health::Warn, format!("{} waits for you", names.join(", ")), hint())
        }
        Err(error) => not_opened(&error),
    }
}

/// A mistake in the configuration is that line's finding; anything else keeps the project as a whole from opening.
fn not_opened(error: &OpenEngineError) -> HealthCheck {
    let refusal = error.refusal();
    let configuration = matches!(refusal.code, ErrorCode::ConfigInvalid | ErrorCode::ProjectMissing);
    let hint = match refusal.code {
        ErrorCode::ConfigInvalid => Some(format!("mend the place that is named in `{CONFIG_FILE}`")),
        ErrorCode::ProjectMissing => Some("run `tgp init`".to_owned()),
        _ => refusal.hint,
    };
    check(if configuration { "configuration" } else { "project" }, Health::Fail, refusal.message, hint)
}

fn hosts(root: &Path, codex_home: Option<&Path>) -> HealthCheck {
    let configured: Vec<&str> = Host::ALL
        .into_iter()
        .filter(|host| {
            let text = host.file(root, codex_home).and_then(|file| std::fs::read_to_string(file).ok());
            text.is_some_and(|text| host.is_configured(&text))
        })
        .map(Host::title)
        .collect();
    let (health, message, hint) = if configured.is_empty() {
        let hint = Some("run `tgp init --host NAME`".to_owned());
        (Health::Warn, "no agent host knows this project".to_owned(), hint)
    } else {
        (Health::Ok, configured.join(", "), None)
    };
    check("hosts", health, message, hint)
}
