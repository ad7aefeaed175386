//! A test that needs a second process starts itself again; the child knows its role from the environment.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const ROLE: &str = "TGP_DATABASE_TEST_CHILD";

/// The database the parent hands to its child; none in the parent.
pub(crate) fn handed() -> Option<PathBuf> {
    std::env::var_os(ROLE).map(PathBuf::from)
}

/// The command that runs the test `name` again, as a child that works on `database`.
pub(crate) fn command(name: &str, database: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(ROLE, database);
    command
}

/// Starts the child and waits until it says `ready`.
pub(crate) fn start(name: &str, database: &Path) -> Child {
    let mut child = command(name, database).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.as_mut().unwrap();
    let ready = BufReader::new(output).lines().map_while(Result::ok).any(|line| line.contains("ready"));
    assert!(ready, "the child ended before it was ready");
    child
}

/// In the child: says `ready` and waits until the parent closes its input or kills it.
pub(crate) fn ready_until_told() {
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}
