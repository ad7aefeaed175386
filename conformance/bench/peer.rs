//! The peers: a Node MCP server with isolated-vm, the filesystem reference server, and isolates in process.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tgp_tests::{Era, Finished, Session, places};

/// The folder with the peers' packages.
pub(crate) fn packages() -> PathBuf {
    places::npm("peers")
}

/// Node with the flag isolated-vm wants.
fn node() -> Command {
    let mut command = Command::new(places::node());
    command
        .arg("--no-node-snapshot")
        .arg("--disable-warning=ExperimentalWarning")
        .env("TGP_PEERS", packages());
    command
}

fn script(name: &str) -> PathBuf {
    places::repository().join("conformance/bench/peers").join(name)
}

/// Runs a script that prints one JSON value.
pub(crate) fn ask(name: &str, arguments: &[&str]) -> Value {
    Finished::run(node().arg(script(name)).args(arguments)).succeeded().json()
}

/// The command of the Node MCP server with isolated-vm.
pub(crate) fn forge(folder: &Path) -> Command {
    let mut command = node();
    command.arg(script("forge-server.mjs")).arg(folder);
    command
}

/// The command of the filesystem reference server.
pub(crate) fn filesystem(folder: &Path) -> Command {
    let mut command = Command::new(places::node());
    command
        .arg(packages().join("node_modules/@modelcontextprotocol/server-filesystem/dist/index.js"))
        .arg(folder);
    command
}

/// A connected peer.
pub(crate) fn connect(command: &mut Command) -> Session {
    let mut session = Session::start(command);
    session.connect(Era::Legacy);
    session
}
