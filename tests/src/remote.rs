//! A bare Git repository as the library's remote, handled with the ordinary `git` program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::Finished;

/// A bare repository in a temporary folder.
#[derive(Debug)]
pub struct Remote {
    folder: TempDir,
}

/// Runs `git` without the person's own settings.
pub fn git(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "A Person"),
        ("GIT_AUTHOR_EMAIL", "person@example.com"),
        ("GIT_COMMITTER_NAME", "A Person"),
        ("GIT_COMMITTER_EMAIL", "person@example.com"),
        ("GIT_TERMINAL_PROMPT", "0"),
    ] {
        command.env(name, value);
    }
    Finished::run(&mut command)
}

impl Remote {
    /// An empty bare repository, as a hosting service makes it.
    pub fn empty() -> Self {
        let folder =
            tempfile::Builder::new().prefix("tgp-test-remote-").tempdir().expect("a temporary folder");
        let remote = Self { folder };
        git(remote.folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "bare-repo.git"])
            .succeeded();
        remote
    }

    /// A bare repository that holds these files in one commit.
    pub fn holding(files: &[(&str, &str)]) -> Self {
        let remote = Self::empty();
        remote.commit(files, "by hand");
        remote
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("bare-repo.git")
    }

    /// Where it is, as an argument.
    pub fn url(&self) -> String {
        self.path().to_str().expect("the path is text").to_owned()
    }

    /// Commits files with the ordinary `git` program, as a colleague would.
    pub fn commit(&self, files: &[(&str, &str)], message: &str) {
        let work = self.folder.path().join("colleague");
        let here = self.folder.path();
        git(here, &["clone", "--quiet", "bare-repo.git", "colleague"]).succeeded();
        git(&work, &["checkout", "--quiet", "-B", "main"]).succeeded();
        for (path, text) in files {
            let file = work.join(path);
            fs::create_dir_all(file.parent().expect("a file is in a folder"))
                .expect("the folder can be made");
            fs::write(file, text).expect("the file can be written");
        }
        git(&work, &["add", "--all"]).succeeded();
        git(&work, &["commit", "--quiet", "-m", message]).succeeded();
        git(&work, &["push", "--quiet", "origin", "HEAD:main"]).succeeded();
        fs::remove_dir_all(&work).expect("the colleague's clone can go");
    }

    /// Clones it into a new folder, as the next agent would.
    pub fn clone_elsewhere(&self) -> TempDir {
        let folder =
            tempfile::Builder::new().prefix("tgp-test-clone-").tempdir().expect("a temporary folder");
        git(folder.path(), &["clone", "--quiet", &self.url(), "clone"]).succeeded();
        folder
    }

    /// The text of a file on a branch.
    pub fn file(&self, branch: &str, path: &str) -> Option<String> {
        let shown = git(&self.path(), &["show", &format!("{branch}:{path}")]);
        (shown.code == Some(0)).then_some(shown.stdout)
    }

    /// Paths of all files on `main`.
    pub fn files(&self) -> Vec<String> {
        let listed = git(&self.path(), &["ls-tree", "-r", "--name-only", "main"]);
        listed.succeeded().stdout.lines().map(str::to_owned).collect()
    }

    /// The log of a branch: authors, committers and messages.
    pub fn log(&self, branch: &str) -> String {
        git(&self.path(), &["log", "--format=%H%n%an <%ae>%n%cn <%ce>%n%B", branch])
            .succeeded()
            .stdout
            .clone()
    }
}
