//! What is checked out where: read, never written.

use std::path::{Path, PathBuf};

use gix::ObjectId;

use crate::fault::ProjectFault;
use crate::open::Project;
use crate::path::GitPath;

/// What HEAD of a worktree names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch, with its commit; none before the first.
    Branch {
        /// Full name of the ref, such as `refs/heads/main`.
        name: String,
        /// Its commit.
        commit: Option<ObjectId>,
    },
    /// A commit and no branch.
    Detached {
        /// The commit.
        commit: ObjectId,
    },
}

impl Head {
    /// The commit; none before the first.
    pub fn commit(&self) -> Option<ObjectId> {
        match self {
            Self::Branch { commit, .. } => *commit,
            Self::Detached { commit } => Some(*commit),
        }
    }

    /// The branch.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch { name, .. } => Some(name),
            Self::Detached { .. } => None,
        }
    }
}

/// A worktree that has a branch checked out, or is in the middle of rebasing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Where its HEAD and index lie.
    pub git_dir: PathBuf,
    /// Top of its files; none where it cannot be told.
    pub work_dir: Option<PathBuf>,
    /// What is going on there, as in `a rebase`; none where HEAD simply is on the branch.
    pub doing: Option<&'static str>,
}

/// Files in a worktree's Git folder that say what a person has begun there.
const BEGUN: [(&str, &str); 6] = [
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisection"),
];

impl Project {
    /// HEAD of the worktree that was opened.
    pub fn head(&self) -> Result<Head, ProjectFault> {
        self.head_of(&self.git_dir)
    }

    /// HEAD of a worktree.
    pub fn head_of(&self, git_dir: &Path) -> Result<Head, ProjectFault> {
        let path = git_dir.join("HEAD");
        let bytes = std::fs::read(&path).map_err(ProjectFault::io("read", &path))?;
        if let Some(name) = symbolic(&bytes) {
            let commit = self.read_ref(&name)?;
            return Ok(Head::Branch { name, commit });
        }
        ObjectId::from_hex(bytes.trim_ascii())
            .map(|commit| Head::Detached { commit })
            .map_err(|_| self.damaged("HEAD names no commit"))
    }

    /// What a person has begun in the opened worktree and not ended, as in `a rebase`.
    pub fn begun(&self) -> Option<&'static str> {
        begun(&self.git_dir)
    }

    /// The files in Git's folder that say so, as in `.git/MERGE_HEAD`.
    pub fn begun_files(&self) -> Vec<GitPath> {
        let there = BEGUN.iter().filter(|(file, _)| self.git_dir.join(file).exists());
        there.map(|(file, _)| GitPath::from_tree(format!(".git/{file}").as_bytes())).collect()
    }

    /// The worktrees that have a branch checked out, or whose rebase or bisection will come back to it.
    pub fn checkouts(&self, name: &str) -> Vec<Checkout> {
        let mut found = Vec::new();
        let mut look = |git_dir: PathBuf, work_dir: Option<PathBuf>| {
            let on = std::fs::read(git_dir.join("HEAD")).ok().and_then(|bytes| symbolic(&bytes));
            let back =
                ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"].iter().any(|file| {
                    std::fs::read_to_string(git_dir.join(file)).is_ok_and(|text| {
                        text.trim() == name || Some(text.trim()) == name.strip_prefix("refs/heads/")
                    })
                });
            if on.as_deref() == Some(name) || back {
                found.push(Checkout { doing: begun(&git_dir), git_dir, work_dir });
            }
        };
        let main = if self.common_dir == self.git_dir {
            self.work_dir.clone()
        } else {
            self.common_dir.parent().map(Path::to_owned)
        };
        // HEAD of a bare repository is a name and no checkout.
        if !self.bare {
            look(self.common_dir.clone(), main);
        }
        for item in std::fs::read_dir(self.common_dir.join("worktrees")).into_iter().flatten().flatten() {
            let git_dir = item.path();
            let link = std::fs::read_to_string(git_dir.join("gitdir")).ok();
            let work_dir = link.and_then(|text| git_dir.join(text.trim_end()).parent().map(Path::to_owned));
            // One whose folder was deleted is what `git worktree prune` takes away; a locked one may come back.
            let gone = work_dir.as_ref().is_some_and(|folder| !folder.exists());
            if !gone || git_dir.join("locked").exists() {
                look(git_dir, work_dir);
            }
        }
        found
    }

    pub(crate) fn damaged(&self, what: impl Into<String>) -> ProjectFault {
        ProjectFault::Damaged { folder: self.root.clone(), what: what.into() }
    }
}

fn begun(git_dir: &Path) -> Option<&'static str> {
    BEGUN.iter().find(|(file, _)| git_dir.join(file).exists()).map(|(_, what)| *what)
}

/// The ref a symbolic one names.
pub(crate) fn symbolic(bytes: &[u8]) -> Option<String> {
    let name = bytes.strip_prefix(b"ref:")?.trim_ascii();
    Some(String::from_utf8_lossy(name).into_owned())
}
