//! Repositories made with the git program, and the harness that proves a person's things unchanged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("tgp-test-").tempdir().unwrap()
}

/// The git program as a person would run it.
pub(crate) fn try_git(folder: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .args([
            "-c",
            "user.name=Person",
            "-c",
            "user.email=person@localhost",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap()
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = try_git(folder, args);
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    assert!(output.status.success(), "git {args:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
    text
}

pub(crate) fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A repository with a first commit of these files.
pub(crate) fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = folder();
    git(root.path(), &["init", "--quiet"]);
    for (name, content) in files {
        put(root.path(), name, content);
    }
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "--allow-empty", "-m", "Begin"]);
    root
}

pub(crate) fn assert_sound(root: &Path) {
    let output = try_git(root, &["fsck", "--strict", "--no-dangling", "--full"]);
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !text.contains("error") && !text.contains("missing"), "{text}");
}

/// Everything of a person's that an agent's work must leave alone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Protected {
    git: BTreeMap<PathBuf, Vec<u8>>,
    refs: Vec<String>,
    files: BTreeMap<PathBuf, String>,
}

impl Protected {
    /// Records HEAD, branches, index, stash, reflogs, configuration, hooks, and every file with its bytes, mode and time
    /// of change.
    pub(crate) fn of(root: &Path) -> Self {
        let git_dir = root.join(git(root, &["rev-parse", "--git-dir"]));
        let common = root.join(git(root, &["rev-parse", "--git-common-dir"]));
        let mut kept = BTreeMap::new();
        for (folder, names) in [
            (
                &git_dir,
                &["HEAD", "index", "logs", "config.worktree", "MERGE_HEAD", "rebase-merge", "ORIG_HEAD"][..],
            ),
            (
                &common,
                &["config", "hooks", "info", "logs", "packed-refs", "description", "shallow", "worktrees"][..],
            ),
        ] {
            for name in names {
                record(&folder.join(name), &mut kept);
            }
        }
        let refs = git(root, &["for-each-ref", "--format=%(refname) %(objectname) %(symref)"]);
        let theirs = |line: &&str| !line.starts_with("refs/heads/agent/") && !line.starts_with("refs/tgp/");
        let refs = refs.lines().filter(theirs).map(|line| line.trim_end().to_owned()).collect();
        let mut files = BTreeMap::new();
        if git(root, &["rev-parse", "--is-bare-repository"]) == "false" {
            look(root, root, &mut files);
        }
        Self { git: kept, refs, files }
    }

    /// Proves that all of it is as it was.
    pub(crate) fn assert_unchanged(&self, root: &Path) {
        let now = Self::of(root);
        assert_eq!(self.refs, now.refs, "branches, tags or stash");
        let names = |one: &Self| one.git.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(&now), "files of the repository");
        for (name, bytes) in &self.git {
            assert!(now.git[name] == *bytes, "{} changed", name.display());
        }
        assert_eq!(self.files, now.files, "files of the working tree");
    }
}

fn record(path: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
    if path.is_dir() {
        for item in std::fs::read_dir(path).unwrap().flatten() {
            record(&item.path(), into);
        }
    } else if let Ok(bytes) = std::fs::read(path) {
        into.insert(path.to_owned(), bytes);
    }
}

fn look(root: &Path, folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
    use std::os::unix::fs::MetadataExt as _;
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
            String::new()
        };
        let name = item.path().strip_prefix(root).unwrap().to_owned();
        into.insert(name, format!("{:o} {} {} {content}", about.mode(), about.mtime(), about.ino()));
        if about.is_dir() {
            look(root, &item.path(), into);
        }
    }
}
