//! Repositories of many files: one the user's with tgp in it, one for the git program and the peers.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tgp_tests::Project;
use tgp_tests::remote::git;

/// Files in one folder.
const EACH_FOLDER: usize = 100;
/// What the search looks for: in one file of a thousand.
pub(crate) const NEEDLE: &str = "fn needle_[0-9]+";

/// Both sides' repositories of one size.
pub(crate) struct Checkout {
    /// Files in each.
    pub(crate) size: usize,
    /// The user's, with tgp.
    pub(crate) project: Project,
    peers: TempDir,
}

impl Checkout {
    /// Makes both, with everything committed.
    pub(crate) fn of(size: usize) -> Self {
        let project = Project::untouched();
        fill(&project.root(), size);
        commit_all(&project.root());
        project.tgp(&["init"]).succeeded();
        let peers = tempfile::Builder::new().prefix("tgp-test-peers-").tempdir().expect("a temporary folder");
        let folder = peers.path().join("checkout");
        fs::create_dir(&folder).expect("the folder can be made");
        fill(&folder, size);
        commit_all(&folder);
        Self { size, project, peers }
    }

    /// The peers' repository.
    pub(crate) fn peers(&self) -> PathBuf {
        self.peers.path().join("checkout").canonicalize().expect("the folder is there")
    }

    /// A folder beside the peers' repository.
    pub(crate) fn beside(&self, name: &str) -> String {
        self.peers.path().join(name).to_str().expect("the path is text").to_owned()
    }
}

/// A file of the repository.
pub(crate) fn path(number: usize) -> String {
    format!("src/d{}/f{number}.rs", number / EACH_FOLDER)
}

/// What it holds, in its `version`.
pub(crate) fn content(number: usize, version: usize) -> String {
    let mut text = format!("//! File {number}, version {version}.\n\n");
    for line in 0..20 {
        writeln!(text, "fn part_{line}_of_{number}(value: u64) -> u64 {{ value * {line} }}").unwrap();
    }
    if number.is_multiple_of(1_000) {
        writeln!(text, "fn needle_{number}() {{}}").unwrap();
    }
    text
}

fn fill(folder: &Path, size: usize) {
    for number in 0..size {
        let file = folder.join(path(number));
        fs::create_dir_all(file.parent().unwrap()).expect("the folder can be made");
        fs::write(file, content(number, 0)).expect("the file can be written");
    }
}

fn commit_all(folder: &Path) {
    git(folder, &["init", "--quiet", "--initial-branch=main"]).succeeded();
    for (name, value) in [("user.name", "A Person"), ("user.email", "person@example.com"), ("gc.auto", "0")] {
        git(folder, &["config", name, value]).succeeded();
    }
    git(folder, &["add", "--all"]).succeeded();
    git(folder, &["commit", "--quiet", "-m", "all of it"]).succeeded();
    git(folder, &["repack", "-adq"]).succeeded();
}
