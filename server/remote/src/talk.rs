//! Talking to a remote: the only use of the git program, with nothing of the user's environment able to run a hook.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::credentials::Credentials;
use crate::interrupt::{Interrupt, group_of};
use crate::url::RemoteUrl;

/// Most bytes kept of what git prints; what is over is dropped.
const MOST_OUTPUT: u64 = 1 << 20;

/// A talk with a remote that failed. No variant holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// There is no git program.
    #[error("the git program cannot be started: {reason}")]
    NoGit {
        /// What the system said.
        reason: String,
    },
    /// The remote cannot be reached, or there is no repository.
    #[error("`{url}` cannot be reached: {reason}")]
    Unreachable {
        /// The remote, without credentials.
        url: String,
        /// What git said.
        reason: String,
    },
    /// The remote does not let us in.
    #[error("`{url}` refuses the credentials: {reason}")]
    Unauthorized {
        /// The remote, without credentials.
        url: String,
        /// What git said.
        reason: String,
    },
    /// The remote does not take what was pushed (a protected branch, a hook of its own, a full disk).
    #[error("`{url}` refuses what was pushed: {reason}")]
    Refused {
        /// The remote, without credentials.
        url: String,
        /// What git said.
        reason: String,
    },
    /// Somebody else pushed first.
    #[error("`{url}` moved on meanwhile")]
    Race {
        /// The remote, without credentials.
        url: String,
    },
    /// The time limit was reached; git was ended.
    #[error("`{url}` did not answer within {} seconds", limit.as_secs())]
    Timeout {
        /// The remote, without credentials.
        url: String,
        /// The limit.
        limit: Duration,
    },
    /// This process is ending; git was ended with it.
    #[error("the talk with `{url}` was ended, because tgp is ending")]
    Ended {
        /// The remote, without credentials.
        url: String,
    },
    /// Anything else git said.
    #[error("git failed at `{url}`: {reason}")]
    Failed {
        /// The remote, without credentials.
        url: String,
        /// What git said.
        reason: String,
    },
}

impl RemoteError {
    /// Whether working on without the remote is the right answer: it is away, not angry, or there is no git program to
    /// ask it with.
    pub fn is_offline(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::NoGit { .. } | Self::Ended { .. }
        )
    }
}

/// One talk with one remote.
#[derive(Debug)]
pub struct Talk<'a> {
    /// Folder of the repository.
    pub folder: &'a Path,
    /// Its `.git`.
    pub git: &'a Path,
    /// The remote.
    pub url: &'a RemoteUrl,
    /// What opens it.
    pub credentials: &'a Credentials,
    /// How long one talk may take.
    pub limit: Duration,
    /// Ends it early.
    pub interrupt: &'a Interrupt,
}

/// A fetch that touches nothing but the refs it is told.
const FETCH: [&str; 8] = [
    "fetch",
    "--quiet",
    "--prune",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--",
];

struct Output {
    ok: bool,
    text: String,
}

impl Talk<'_> {
    /// Fetches one branch into a ref of ours, and what `also` names (refspecs with a `*`; what the remote has no longer
    /// goes from here too); whether the remote has that branch.
    pub fn fetch(&self, branch: &str, into: &str, also: &[&str]) -> Result<bool, RemoteError> {
        let refspec = format!("+refs/heads/{branch}:{into}");
        let first = [&[self.url.as_str(), refspec.as_str()], also].concat();
        let output = self.run(&FETCH, &first)?;
        if output.ok {
            return Ok(true);
        }
        if !output.text.contains("couldn't find remote ref") {
            return Err(self.explain(&output.text));
        }
        if !also.is_empty() {
            let output = self.run(&FETCH, &[&[self.url.as_str()], also].concat())?;
            if !output.ok {
                return Err(self.explain(&output.text));
            }
        }
        Ok(false)
    }

    /// Pushes one commit to a branch, never by force.
    pub fn push(&self, commit: &str, branch: &str) -> Result<(), RemoteError> {
        let refspec = format!("{commit}:refs/heads/{branch}");
        let fixed = [
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--recurse-submodules=no",
            "--no-signed",
            "--",
        ];
        let output = self.run(&fixed, &[self.url.as_str(), &refspec])?;
        if output.ok { Ok(()) } else { Err(self.explain(&output.text)) }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the room that owns git, and remotes are what it is for"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            let is_git = name.as_encoded_bytes().starts_with(b"GIT_");
            // The session's token is nobody else's.
            if is_git || name == "SSH_ASKPASS" || name == "DISPLAY" || name == "TGP_TOKEN" {
                command.env_remove(name);
            }
        }
        let mut git_dir = OsString::from("--git-dir=");
        git_dir.push(self.git);
        command.arg(git_dir).current_dir(self.folder);
        for setting in [
            "core.hooksPath=/dev/null",
            "core.fsmonitor=false",
            "protocol.ext.allow=never",
            "gc.auto=0",
            // Fetched objects are as safe against a power loss as our own.
            "core.fsync=committed,loose-object",
            "maintenance.auto=false",
            "fetch.recurseSubmodules=false",
            "push.gpgSign=false",
            "advice.pushUpdateRejected=false",
        ] {
            command.args(["-c", setting]);
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "")
            .env("SSH_ASKPASS_REQUIRE", "never")
            .env("LC_ALL", "C");
        for (name, value) in self.credentials.environment(self.url) {
            command.env(name, value);
        }
        command
    }

    fn run(&self, fixed: &[&str], untrusted: &[&str]) -> Result<Output, RemoteError> {
        let mut command = self.command();
        command
            .args(fixed)
            .args(untrusted)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that ssh and the remote helpers end with it, and none of them owns the terminal.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let ended = || RemoteError::Ended { url: self.url.to_string() };
        let mut child = self
            .interrupt
            .start(|| command.spawn())
            .ok_or_else(ended)?
            .map_err(|error| RemoteError::NoGit { reason: error.to_string() })?;
        let group = group_of(&child);
        let (sender, receiver) = mpsc::channel();
        let pipes: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
            child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        ];
        let readers: Vec<_> =
            pipes.into_iter().flatten().map(|pipe| std::thread::spawn(move || read_bounded(pipe))).collect();
        let waiter = std::thread::spawn(move || {
            let status = child.wait();
            let _ = sender.send(());
            status
        });
        let in_time = receiver.recv_timeout(self.limit).is_ok();
        if let (false, Some(group)) = (in_time, group) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let status = waiter.join();
        if let Some(group) = group {
            self.interrupt.forget(group);
        }
        let text: String =
            readers.into_iter().filter_map(|reader| reader.join().ok()).collect::<Vec<_>>().join("\n");
        if !in_time {
            return Err(RemoteError::Timeout { url: self.url.to_string(), limit: self.limit });
        }
        let ok = matches!(status, Ok(Ok(status)) if status.success());
        if !ok && self.interrupt.is_ended() {
            return Err(ended());
        }
        Ok(Output { ok, text: self.credentials.redact(&text, self.url) })
    }

    /// Git's messages (in English, `LC_ALL=C`) as kinds of errors.
    fn explain(&self, text: &str) -> RemoteError {
        let url = self.url.to_string();
        let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
        let reason = reason(text);
        if has(&["[remote rejected]", "pre-receive hook declined", "remote unpack failed", "unpacker error"])
            && !has(&["failed to update ref", "cannot lock ref", "incorrect old value"])
        {
            return RemoteError::Refused { url, reason };
        }
        if has(&[
            "non-fast-forward",
            "fetch first",
            "cannot lock ref",
            "incorrect old value",
            "failed to update ref",
            "stale info",
            "reference already exists",
        ]) {
            return RemoteError::Race { url };
        }
        if has(&[
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "Permission denied (",
            "error: 401",
            "error: 403",
            "HTTP Basic: Access denied",
        ]) {
            return RemoteError::Unauthorized { url, reason };
        }
        if has(&[
            "Could not resolve host",
            "Connection refused",
            "Connection timed out",
            "Network is unreachable",
            "No route to host",
            "Connection reset",
            "Could not read from remote repository",
            "does not appear to be a git repository",
            "unable to access",
            "Failed to connect",
            "not found",
            "unable to look up",
            "Could not connect",
            "early EOF",
            "hung up unexpectedly",
        ]) {
            return RemoteError::Unreachable { url, reason };
        }
        RemoteError::Failed { url, reason }
    }
}

/// The lines that say why, without the progress and the hints.
fn reason(text: &str) -> String {
    let telling = |line: &&str| {
        ["fatal:", "error:", "remote:", "ssh:", "! "].iter().any(|start| {
            line.trim_start_matches('!').trim_start().starts_with(start)
                || line.starts_with(start)
                || line.starts_with('!')
        })
    };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(telling).take(6).collect();
    let chosen = if lines.is_empty() {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect()
    } else {
        lines
    };
    chosen.join("; ").chars().take(600).collect()
}

fn read_bounded(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes);
    // Drained, so that git never waits for us.
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}
