//! Runs one program to its end or to its time limit.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tgp_model::CancelToken;

/// How often a waiting call looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// What to start.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The program itself; never looked up in `PATH`.
    pub path: &'a Path,
    /// Its arguments.
    pub arguments: &'a [OsString],
    /// The folder it runs in.
    pub folder: &'a Path,
    /// Its whole environment; nothing is inherited.
    pub environment: &'a [(OsString, OsString)],
    /// How long it may take.
    pub time_limit: Duration,
    /// How much it may print, in bytes, on each of stdout and stderr; the rest is read and dropped.
    pub output_limit: usize,
}

/// What it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramOutput {
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it complained.
    pub stderr: Vec<u8>,
}

/// Why it gave no output.
#[derive(Debug, thiserror::Error)]
pub enum RunProgramError {
    /// The operating system did not start it.
    #[error("cannot start `{path}`: {source}")]
    Start {
        /// The program.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It took too long, and was ended.
    #[error("`{path}` took longer than {limit:?}")]
    TimedOut {
        /// The program.
        path: PathBuf,
        /// How long it might take.
        limit: Duration,
    },
    /// The call was cancelled, and the program ended.
    #[error("`{path}` was cancelled")]
    Cancelled {
        /// The program.
        path: PathBuf,
    },
}

/// Runs a program without a shell and without input.
pub fn run(program: &Program<'_>, cancel: &CancelToken) -> Result<ProgramOutput, RunProgramError> {
    let path = || program.path.to_owned();
    let mut child = start(program).map_err(|source| RunProgramError::Start { path: path(), source })?;
    let stdout = collect(child.stdout.take(), program.output_limit);
    let stderr = collect(child.stderr.take(), program.output_limit);
    let ended = wait(&mut child, program.time_limit, cancel);
    if !matches!(ended, Ended::Itself(_)) {
        // It may have ended in between; then there is nothing to kill.
        let _ = child.kill();
        let _ = child.wait();
    }
    match ended {
        Ended::Itself(code) => Ok(ProgramOutput {
            code,
            stdout: stdout.recv().unwrap_or_default(),
            stderr: stderr.recv().unwrap_or_default(),
        }),
        Ended::TimedOut => Err(RunProgramError::TimedOut { path: path(), limit: program.time_limit }),
        Ended::Cancelled => Err(RunProgramError::Cancelled { path: path() }),
    }
}

#[allow(clippy::disallowed_methods, reason = "this room owns the starting of programs")]
fn start(program: &Program<'_>) -> std::io::Result<Child> {
    Command::new(program.path)
        .args(program.arguments)
        .current_dir(program.folder)
        .env_clear()
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

enum Ended {
    Itself(Option<i32>),
    TimedOut,
    Cancelled,
}

fn wait(child: &mut Child, limit: Duration, cancel: &CancelToken) -> Ended {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ended::Itself(status.code()),
            Ok(None) => {}
            Err(_) => return Ended::Itself(None),
        }
        if cancel.is_cancelled() {
            return Ended::Cancelled;
        }
        if Instant::now() >= deadline {
            return Ended::TimedOut;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LOOK);
    }
}

/// Reads a pipe to its end on a thread of its own, keeping the first `limit` bytes.
fn collect(pipe: Option<impl Read + Send + 'static>, limit: usize) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut pipe) = pipe {
            let mut buffer = [0_u8; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let room = limit.saturating_sub(kept.len()).min(count);
                kept.extend_from_slice(buffer.get(..room).unwrap_or_default());
            }
        }
        // The caller may have gone; then nobody wants it.
        let _ = send.send(kept);
    });
    receive
}
