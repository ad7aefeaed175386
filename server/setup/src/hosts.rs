//! `tgp doctor`: the engine's checks, and whether an agent host knows the project.

use std::path::Path;

use tgp_protocol::client::project::{DiagnoseOutput, Health, HealthCheck};

use crate::init::Host;

/// Checks the project at `root`. `codex_home` is the folder of Codex's own configuration, where the person has a home.
pub fn diagnose(root: &Path, codex_home: Option<&Path>) -> DiagnoseOutput {
    let mut found = tgp_engine::diagnose(root);
    found.checks.push(hosts(root, codex_home));
    found
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
    HealthCheck { name: "hosts".to_owned(), health, message, hint }
}
