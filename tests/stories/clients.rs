//! Clients of other makers drive the built binary, in both eras where they know both.

use std::path::Path;
use std::process::Command;

use tgp_tests::{Finished, Project, places};

const SHOP: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users (name) VALUES ('Ada'), ('Grace');";

/// Runs a script under `tests/clients` in a fresh project; it checks what it gets and ends with `all as told`.
fn drive(interpreter: &Path, script: &str, packages: &Path, era: &str) {
    drive_in(&Project::with_database(SHOP), interpreter, script, packages, era);
}

/// The same where the policy asks, and the person lets the client ask.
fn drive_window(script: &str, packages: &Path, era: &str) {
    let project = Project::with_settings(
        "fs: { allowedDirs: ['./out'] }, approvals: { wait: 2_000, elicit: 'medium' },",
    );
    let ask = "version: 1\nrules:\n  - { id: ask, effect: require_approval, match: { operation: [write], path: [\"out/**\"] } }\n";
    project.write(".tgp/policy/ask.yaml", ask);
    drive_in(&project, &places::node(), script, packages, era);
    let doors: Vec<String> = project.json(&["approvals", "--all"])["approvals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!("{} {}", row["state"].as_str().unwrap(), row["door"].as_str().unwrap_or("nowhere"))
        })
        .collect();
    let expected = ["pending nowhere", "used elicitation", "denied elicitation", "denied elicitation"];
    assert_eq!(doors, expected);
}

fn drive_in(project: &Project, interpreter: &Path, script: &str, packages: &Path, era: &str) {
    let mut command = Command::new(interpreter);
    command
        .current_dir(project.root())
        .arg(places::repository().join("tests/clients").join(script))
        .arg(era)
        .envs(project.trust_variables())
        .env("TGP_BIN", places::binary())
        .env("TGP_NODE", places::node())
        .env("TGP_NPM", packages);
    let said = Finished::run(&mut command);
    said.succeeded();
    assert!(said.stdout.ends_with("all as told\n"), "{}", said.both());
}

#[test]
fn the_npm_client_drives_it_in_the_older_era() {
    drive(&places::node(), "npm-client.mjs", &places::npm("client"), "legacy");
}

#[test]
fn the_npm_client_drives_it_in_the_newer_era() {
    drive(&places::node(), "npm-client.mjs", &places::npm("client"), "modern");
}

#[test]
fn the_npm_client_finds_out_the_era_by_itself() {
    drive(&places::node(), "npm-client.mjs", &places::npm("client"), "auto");
}

#[test]
fn the_first_npm_sdk_drives_it_in_the_older_era() {
    drive(&places::node(), "npm-sdk.mjs", &places::npm("other-clients"), "legacy");
}

#[test]
fn the_python_client_drives_it_in_the_older_era() {
    drive(&places::python(), "python_client.py", Path::new(""), "legacy");
}

#[test]
fn the_python_client_drives_it_in_the_newer_era() {
    drive(&places::python(), "python_client.py", Path::new(""), "2026-07-28");
}

#[test]
fn the_python_client_finds_out_the_era_by_itself() {
    drive(&places::python(), "python_client.py", Path::new(""), "auto");
}

#[test]
fn the_inspector_drives_it_in_the_older_era() {
    drive(&places::node(), "inspector.mjs", &places::npm("other-clients"), "legacy");
}

#[test]
fn the_inspector_drives_it_in_the_newer_era() {
    drive(&places::node(), "inspector.mjs", &places::npm("other-clients"), "modern");
}

#[test]
fn the_npm_client_asks_the_person_in_the_older_era() {
    drive_window("npm-client-window.mjs", &places::npm("client"), "legacy");
}

#[test]
fn the_npm_client_asks_the_person_in_the_newer_era() {
    drive_window("npm-client-window.mjs", &places::npm("client"), "modern");
}

#[test]
fn the_first_npm_sdk_asks_the_person_in_the_older_era() {
    drive_window("npm-sdk-window.mjs", &places::npm("other-clients"), "legacy");
}
