//! What the tests share: short ways to open a task and to act on it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tgp_branches::{
    Applied, ApplyError, BranchName, Branches, Change, CommitId, CommitMessage, GitPath, Identity,
    ProjectSettings, Start, Task,
};
use tgp_model::{ActionId, AgentName, SessionId, Timestamp};

pub(crate) use crate::protected::*;

pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub(crate) fn path(text: &str) -> GitPath {
    GitPath::to_write(text.as_bytes()).unwrap()
}

pub(crate) fn open(root: &Path) -> Branches {
    let settings = ProjectSettings { lock_limit: Duration::from_secs(20), ..ProjectSettings::default() };
    Branches::open(root, settings).unwrap()
}

pub(crate) fn agent(name: &str) -> AgentName {
    name.parse().unwrap()
}

pub(crate) fn message(number: u128) -> CommitMessage {
    message_of("coder", number)
}

pub(crate) fn message_of(name: &str, number: u128) -> CommitMessage {
    CommitMessage {
        subject: format!("Action {number}"),
        body: String::new(),
        action: ActionId::from_parts(1_790_000_000_000, number),
        session: SessionId::from_parts(1_790_000_000_000, 7),
        agent: agent(name),
        installation: "here".to_owned(),
        undoes: Vec::new(),
        author: Identity::agent(&agent(name)),
        committer: Identity { name: "tgp".to_owned(), email: "tgp@localhost".to_owned() },
        when: NOW,
    }
}

pub(crate) fn task(branches: &Branches, name: &str, words: &str) -> Task {
    branches.open_task(&agent(name), words, &Start::Head, &message_of(name, 0), NOW).unwrap().task
}

pub(crate) fn write(at: &str, content: impl AsRef<[u8]>) -> Change {
    Change::Write { path: path(at), content: content.as_ref().to_vec(), executable: None }
}

pub(crate) fn delete(at: &str) -> Change {
    Change::Delete { path: path(at) }
}

pub(crate) fn rename(from: &str, to: &str) -> Change {
    Change::Move { from: path(from), to: path(to) }
}

/// One action on the branch's last state.
pub(crate) fn act(branches: &Branches, branch: &BranchName, number: u128, changes: &[Change]) -> Applied {
    try_act(branches, branch, number, changes).unwrap()
}

pub(crate) fn try_act(
    branches: &Branches,
    branch: &BranchName,
    number: u128,
    changes: &[Change],
) -> Result<Applied, ApplyError> {
    let tip = branches.tip(branch)?;
    branches.apply(branch, tip, changes, &message_of(branch.agent().as_str(), number))
}

pub(crate) fn content(branches: &Branches, at: CommitId, name: &str) -> Option<String> {
    branches.content(at, &path(name)).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
}

/// The tree of a revision, as git names it.
pub(crate) fn tree(root: &Path, revision: &str) -> String {
    git(root, &["rev-parse", &format!("{revision}^{{tree}}")])
}

/// This test binary, started anew to run one test with an environment of its own.
pub(crate) fn another_process(test: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).envs(environment.iter().copied());
    command
}
