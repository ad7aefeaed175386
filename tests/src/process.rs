//! Programs that run to their end, and what one can see of a running process from outside.

use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before the test says that it hangs.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// What a program left when it ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

impl Finished {
    /// Runs a command to its end.
    pub fn run(command: &mut Command) -> Self {
        let output =
            command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self::of(&output)
    }

    /// What a command that ended by itself said.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, if it succeeded.
    pub fn succeeded(&self) -> &Self {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// What it printed, as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}; stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr))
    }

    /// Everything it said.
    pub fn both(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Waits until the process has ended; a test that waits for something that never comes fails here.
pub fn wait(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the process can be waited for") {
            return status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().ok();
            panic!("the process did not end within {PATIENCE:?}");
        }
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Resident memory of a process, in bytes.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("the kernel says VmRSS");
    let kilobytes: u64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    kilobytes * 1024
}

/// Memory of a process and of all it started, in bytes; what they share counts once.
pub fn resident_with_children(process: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).expect("the process runs");
    let line = rollup.lines().find(|line| line.starts_with("Pss:")).expect("the kernel says Pss");
    let kilobytes: u64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    let children = tasks.flat_map(|task| {
        let children = std::fs::read_to_string(task.expect("a thread").path().join("children"));
        let children = children.unwrap_or_default();
        children.split_whitespace().filter_map(|text| text.parse().ok()).collect::<Vec<u32>>()
    });
    kilobytes * 1024 + children.map(resident_with_children).sum::<u64>()
}

/// Asks a process to end, as a deployment platform does.
pub fn terminate(child: &Child) {
    let process = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("the process is there");
}
