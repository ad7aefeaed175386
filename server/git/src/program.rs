//! The git program, for the one thing it does better: letting a checkout follow. No hook, no configuration of the
//! environment, no terminal.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::fault::ProjectFault;

/// Most bytes of what git says that are kept.
const MOST_OUTPUT: usize = 4096;

/// Runs git in a worktree, on an index of ours and under its lock, and gives what it printed.
#[expect(
    clippy::disallowed_methods,
    reason = "a checkout is followed by git itself, with the user's own conversions"
)]
pub(crate) fn run(
    git_dir: &Path,
    work_dir: &Path,
    index: &Path,
    lock: File,
    arguments: &[OsString],
) -> Result<Vec<u8>, ProjectFault> {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"GIT_") {
            command.env_remove(name);
        }
    }
    let option = |name: &str, path: &Path| {
        let mut text = OsString::from(name);
        text.push(path);
        text
    };
    command.arg(option("--git-dir=", git_dir)).arg(option("--work-tree=", work_dir)).current_dir(work_dir);
    for setting in [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "gc.auto=0",
        "maintenance.auto=false",
        "submodule.recurse=false",
        "advice.statusHints=false",
    ] {
        command.args(["-c", setting]);
    }
    command.args(arguments).env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command.env("GIT_INDEX_FILE", index);
    let output = command
        .stdin(Stdio::from(lock))
        .output()
        .map_err(|error| ProjectFault::Git { doing: "start git", reason: error.to_string() })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = output.stderr.get(..MOST_OUTPUT).unwrap_or(&output.stderr);
    Err(ProjectFault::Git {
        doing: "let the checkout follow",
        reason: String::from_utf8_lossy(said).trim().to_owned(),
    })
}
