//! Starts programs, says what it starts, and turns a failure into the command with its output.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Why a task did not go through.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
}

impl Failure {
    /// A failure in our own words.
    pub(crate) fn said(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// A file or folder that could not be used.
    pub(crate) fn file(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::said(format!("cannot {doing} `{}`: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A command as one would type it.
fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Runs a command quietly; its output is shown only when it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::said(format!("cannot start `{}`: {error}", spelled(command))))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(Failure::said(format!("`{}` ended with {}\n{stdout}{stderr}", spelled(command), output.status)))
}

/// Runs a command whose output the person sees; true when it succeeded.
pub(crate) fn openly(command: &mut Command) -> Result<bool, Failure> {
    println!("$ {}", spelled(command));
    let status = command
        .status()
        .map_err(|error| Failure::said(format!("cannot start `{}`: {error}", spelled(command))))?;
    Ok(status.success())
}

/// So long may a command that is watched print nothing; one that hangs would otherwise take all of CI's time, and nobody
/// would see which test it was.
const LONGEST_SILENCE: Duration = Duration::from_mins(12);

/// Runs a command, shows each line it prints, and hands it to `look` as well; true when it succeeded. One that prints
/// nothing for twelve minutes is stopped, with everything it started.
pub(crate) fn watched(command: &mut Command, mut look: impl FnMut(&str)) -> Result<bool, Failure> {
    println!("$ {}", spelled(command));
    let lost = |command: &Command, error: &std::io::Error| {
        Failure::said(format!("cannot follow `{}`: {error}", spelled(command)))
    };
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| lost(command, &error))?;
    let (sender, lines) = std::sync::mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || BufReader::new(stdout).lines().try_for_each(|line| sender.send(line)));
    }
    loop {
        match lines.recv_timeout(LONGEST_SILENCE) {
            Ok(line) => {
                let line = line.map_err(|error| lost(command, &error))?;
                println!("{line}");
                look(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                stop_tree(child.id());
                let silence = LONGEST_SILENCE.as_secs() / 60;
                return Err(Failure::said(format!(
                    "`{}` printed nothing for {silence} minutes and was stopped; the tests that run for over 60 seconds are named above",
                    spelled(command)
                )));
            }
        }
    }
    Ok(child.wait().map_err(|error| lost(command, &error))?.success())
}

/// Ends a process and what it started, where `ps` and `kill` tell and do.
fn stop_tree(process: u32) {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
    let listed =
        listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let mut family = vec![process];
    let pairs: Vec<(u32, u32)> = listed
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .filter_map(|(child, parent)| Some((child.parse().ok()?, parent.trim().parse().ok()?)))
        .collect();
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(pairs.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        at += 1;
    }
    for process in family {
        let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Cargo, started at the root of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    // What cargo told this program about its own package would make build scripts run again that watch such names.
    let about_us = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(about_us)).for_each(|(name, _)| {
        command.env_remove(name);
    });
    command
}

/// The folder cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Builds a program of the workspace and says where it is.
///
/// Always with `--workspace`: so its libraries have the same features in the demo, the tests and the benchmarks, and
/// none is built twice.
pub(crate) fn build(program: &str) -> Result<PathBuf, Failure> {
    if !openly(&mut cargo(&["build", "--release", "--workspace", "--bin", program]))? {
        return Err(Failure::said(format!("{program} does not build")));
    }
    Ok(release(program))
}

/// Where a built program lies.
pub(crate) fn release(program: &str) -> PathBuf {
    target().join("release").join(program)
}
