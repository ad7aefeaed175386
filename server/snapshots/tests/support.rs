//! What the tests share: short ways to take a snapshot and to restore one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tgp_git::{CommitMessage, GitPath, Identity, Project, ProjectSettings};
use tgp_model::{ActionId, AgentName, SessionId, Timestamp};
use tgp_snapshots::{Limits, Options, Request, RestoreError, Restored, Shelf, Snapshot};

pub(crate) use crate::protected::*;

pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub(crate) fn open(root: &Path) -> Project {
    Project::open(root, ProjectSettings::default()).unwrap()
}

pub(crate) fn path(text: &str) -> GitPath {
    GitPath::from_tree(text.as_bytes())
}

pub(crate) fn message() -> CommitMessage {
    CommitMessage {
        subject: "Snapshot".to_owned(),
        body: String::new(),
        action: ActionId::from_parts(1, 2),
        session: SessionId::from_parts(1, 3),
        agent: AgentName::person(),
        installation: "here".to_owned(),
        undoes: Vec::new(),
        author: Identity { name: "tgp".to_owned(), email: "tgp@localhost".to_owned() },
        committer: Identity { name: "tgp".to_owned(), email: "tgp@localhost".to_owned() },
        when: NOW,
    }
}

/// Takes one, and proves that nothing of the person's was touched.
pub(crate) fn take(root: &Path, name: &str) -> Snapshot {
    take_with(root, name, Limits::default())
}

pub(crate) fn take_with(root: &Path, name: &str, limits: Limits) -> Snapshot {
    let before = Protected::of(root);
    let project = open(root);
    let message = message();
    let request = Request {
        id: name.parse().unwrap(),
        reason: "a test",
        now: Timestamp(NOW.0 + i64::try_from(name.len()).unwrap()),
        context: Some(b"{\"notes\":[]}"),
        message: &message,
        limits,
    };
    let taken = Shelf::new(&project).create(&request).unwrap();
    before.assert_unchanged(root);
    taken
}

pub(crate) fn restore(root: &Path, snapshot: &Snapshot, options: &Options) -> Result<Restored, RestoreError> {
    let project = open(root);
    Shelf::new(&project).restore(snapshot, options, NOW)
}

/// Every file of the working tree with mode and bytes; no times, because a restored file is a new one.
pub(crate) fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    look(root, root, &mut found);
    found
}

fn look(root: &Path, folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
    use std::os::unix::fs::PermissionsExt as _;
    for item in std::fs::read_dir(folder).unwrap().flatten() {
        if item.file_name() == ".git" {
            continue;
        }
        let about = std::fs::symlink_metadata(item.path()).unwrap();
        let content = if about.is_symlink() {
            std::fs::read_link(item.path()).unwrap().display().to_string()
        } else if about.is_file() {
            format!("{:?}", std::fs::read(item.path()).unwrap())
        } else {
            look(root, &item.path(), into);
            String::new()
        };
        let name = item.path().strip_prefix(root).unwrap().to_owned();
        into.insert(name, format!("{:o} {content}", about.permissions().mode()));
    }
}

pub(crate) fn status(root: &Path) -> String {
    git(root, &["status", "--porcelain=v2", "--untracked-files=all"])
}

pub(crate) fn executable(root: &Path, name: &str) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(root.join(name), mode).unwrap();
}
