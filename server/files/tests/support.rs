//! What the tests share: temporary folders, and a process with a small limit on files.

use std::process::{Command, Output};

use tgp_model::RepoPath;

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("tgp-test-").tempdir().unwrap()
}

pub(crate) fn path(text: &str) -> RepoPath {
    text.parse().unwrap()
}

/// One test in another process that may write no file beyond 64 KiB.
pub(crate) fn with_small_files(test: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).envs(environment.iter().copied());
    command.output().unwrap()
}
