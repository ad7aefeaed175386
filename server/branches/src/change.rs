//! Changes on an agent's branch: one commit each, published by compare-and-swap. No hook, filter or signature.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::objs::Kind;
use tgp_git::edit::{EditError, Step};
use tgp_git::{
    CommitMessage, GitPath, GitPathProblem, Leaf, MODE_EXECUTABLE, MODE_FILE, MODE_FOLDER, MODE_SYMLINK,
    MoveRefError, Project, ProjectFault, RefMove,
};
use tgp_objects::id::CommitId;

use crate::join::{Conflict, Joined, join};
use crate::name::BranchName;
use crate::task::{Branches, TaskError};

/// How often a commit is built anew because another process moved the branch meanwhile.
pub(crate) const MOST_ATTEMPTS: u32 = 100;

/// One change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file gets this content.
    Write {
        /// The file.
        path: GitPath,
        /// All of it.
        content: Vec<u8>,
        /// Whether it may be run; none keeps what it is.
        executable: Option<bool>,
    },
    /// The file or symlink goes.
    Delete {
        /// The file.
        path: GitPath,
    },
    /// The file, symlink or folder goes elsewhere, where nothing is.
    Move {
        /// From here.
        from: GitPath,
        /// To there.
        to: GitPath,
    },
}

/// What a commit did to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: GitPath,
    /// What was there.
    pub before: Option<Leaf>,
    /// What is there now.
    pub after: Option<Leaf>,
}

impl From<Step> for FileChange {
    fn from(step: Step) -> Self {
        Self { path: step.path, before: step.old, after: step.new }
    }
}

/// A commit on a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The branch's last commit now. The one before, where nothing changed.
    pub commit: CommitId,
    /// The commit it was built on.
    pub parent: CommitId,
    /// What it did, file by file; empty where nothing changed.
    pub files: Vec<FileChange>,
    /// Whether the branch had moved since the state the caller saw, and both were joined.
    pub joined: bool,
}

/// Changes that were not made. The branch is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Nothing may be written there.
    #[error(transparent)]
    Path(#[from] GitPathProblem),
    /// There is no such file.
    #[error("there is no file `{path}` in the branch")]
    NotThere {
        /// The path.
        path: GitPath,
    },
    /// Something is there, and it is no regular file.
    #[error("`{path}` is a {kind} and no file")]
    NotAFile {
        /// The path.
        path: GitPath,
        /// What it is: `folder`, `symlink` or `submodule`.
        kind: &'static str,
    },
    /// Something is where a file is to be moved.
    #[error("`{path}` exists; it is not overwritten by a move")]
    Exists {
        /// The path.
        path: GitPath,
    },
    /// A file stands where a folder is needed, or another one differs by case only.
    #[error(transparent)]
    InTheWay(EditError),
    /// The branch moved since the state the caller saw, and what was done there contradicts.
    #[error("`{branch}` moved on, and {} cannot be joined", files(conflicts))]
    Moved {
        /// The branch.
        branch: BranchName,
        /// Its last commit now.
        tip: CommitId,
        /// What contradicts, file by file.
        conflicts: Vec<Conflict>,
    },
    /// The branch cannot be used.
    #[error(transparent)]
    Task(#[from] TaskError),
}

/// Names of files for an error.
pub(crate) fn files(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(|conflict| format!("`{}`", conflict.path)).collect::<Vec<_>>().join(", ")
}

impl From<ProjectFault> for ApplyError {
    fn from(fault: ProjectFault) -> Self {
        Self::Task(TaskError::Fault(fault))
    }
}

impl From<EditError> for ApplyError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Fault(fault) => fault.into(),
            other => Self::InTheWay(other),
        }
    }
}

impl Branches {
    /// Makes changes as one commit. `expected` is the state the caller looked at; where the branch moved on since, both
    /// are joined three ways, or nothing is done and the files are named.
    pub fn apply(
        &self,
        branch: &BranchName,
        expected: CommitId,
        changes: &[Change],
        message: &CommitMessage,
    ) -> Result<Applied, ApplyError> {
        let before = self.tree_at(expected)?;
        let steps = self.steps(before, changes)?;
        let wanted = self.project.apply(before, &steps)?;
        self.publish_tree(branch, before, wanted, message)
    }

    /// Writes the objects again that changes made of a commit, and gives the commit they lead to. No ref moves.
    pub fn objects_again(
        &self,
        parent: CommitId,
        changes: &[Change],
        message: &CommitMessage,
    ) -> Result<CommitId, ApplyError> {
        let before = self.project.commit(parent.0)?.tree;
        let tree = self.project.apply(before, &self.steps(before, changes)?)?;
        Ok(CommitId(self.project.write(Kind::Commit, &message.commit_bytes(tree, &[parent.0]))?))
    }

    /// The steps of changes, each seen through those before it.
    fn steps(&self, tree: ObjectId, changes: &[Change]) -> Result<Vec<Step>, ApplyError> {
        let mut stage = Stage { project: &self.project, tree, changed: BTreeMap::new() };
        for change in changes {
            match change {
                Change::Write { path, content, executable } => stage.write(path, content, *executable)?,
                Change::Delete { path } => stage.delete(path)?,
                Change::Move { from, to } => stage.rename(from, to)?,
            }
        }
        let mut steps = Vec::new();
        for (path, new) in std::mem::take(&mut stage.changed) {
            let old = self.project.leaf(tree, &path)?.filter(|leaf| leaf.mode != MODE_FOLDER);
            if old != new {
                steps.push(Step { path, old, new });
            }
        }
        Ok(steps)
    }

    /// Commits what leads from `before` to `wanted` onto the branch, whatever it names by now.
    pub(crate) fn publish_tree(
        &self,
        branch: &BranchName,
        before: ObjectId,
        wanted: ObjectId,
        message: &CommitMessage,
    ) -> Result<Applied, ApplyError> {
        let name = branch.head_ref();
        for _ in 0..MOST_ATTEMPTS {
            let tip = self.tip(branch)?;
            self.check_not_checked_out(branch)?;
            let here = self.tree_at(tip)?;
            let tree = match join(&self.project, before, here, wanted)? {
                Joined::Tree(tree) => tree,
                Joined::Conflicts(conflicts) => {
                    return Err(ApplyError::Moved { branch: branch.clone(), tip, conflicts });
                }
            };
            let joined = here != before;
            if tree == here {
                return Ok(Applied { commit: tip, parent: tip, files: Vec::new(), joined });
            }
            let commit = self.project.write(Kind::Commit, &message.commit_bytes(tree, &[tip.0]))?;
            let change = RefMove { name: &name, from: Some(tip.0), to: Some(commit), log: None };
            match self.project.move_ref(&change) {
                Ok(()) => {
                    self.remember_tree(commit, tree);
                    let files = self.project.difference(here, tree)?;
                    let files = files.into_iter().map(FileChange::from).collect();
                    return Ok(Applied { commit: CommitId(commit), parent: tip, files, joined });
                }
                Err(MoveRefError::Moved { .. }) => {}
                Err(error) => return Err(fault_of(error).into()),
            }
        }
        let what = format!("`{branch}` moved {MOST_ATTEMPTS} times while one commit was made");
        Err(ProjectFault::Git { doing: "write to a branch", reason: what }.into())
    }
}

/// A ref that could not be moved for another reason than that it moved.
pub(crate) fn fault_of(error: MoveRefError) -> ProjectFault {
    match error {
        MoveRefError::Fault(fault) => fault,
        other => ProjectFault::Git { doing: "move a ref", reason: other.to_string() },
    }
}

/// What something that is no regular file is called.
pub(crate) fn kind_of(leaf: Leaf) -> &'static str {
    match leaf.mode {
        MODE_FOLDER => "folder",
        MODE_SYMLINK => "symlink",
        _ if leaf.is_file() => "file",
        _ => "submodule",
    }
}

struct Stage<'a> {
    project: &'a Project,
    tree: ObjectId,
    changed: BTreeMap<GitPath, Option<Leaf>>,
}

impl Stage<'_> {
    /// What is at a path by now. A folder all of whose files were taken away is nothing.
    fn at(&self, path: &GitPath) -> Result<Option<Leaf>, ProjectFault> {
        if let Some(changed) = self.changed.get(path) {
            return Ok(*changed);
        }
        let found = self.project.leaf(self.tree, path)?;
        let inside = |(other, leaf): (&GitPath, &Option<Leaf>)| leaf.is_some() && other.is_within(path);
        if found.is_none() && self.changed.iter().any(inside) {
            return Ok(Some(Leaf { mode: MODE_FOLDER, id: ObjectId::empty_tree(gix::hash::Kind::Sha1) }));
        }
        match found {
            Some(leaf) if leaf.mode == MODE_FOLDER && self.files_in(path)?.is_empty() => Ok(None),
            found => Ok(found),
        }
    }

    /// Files in a folder by now.
    fn files_in(&self, folder: &GitPath) -> Result<Vec<(GitPath, Leaf)>, ProjectFault> {
        let mut files: BTreeMap<GitPath, Leaf> = BTreeMap::new();
        if let Some(leaf) = self.project.leaf(self.tree, folder)?.filter(|leaf| leaf.mode == MODE_FOLDER) {
            self.project.walk(leaf.id, folder, &mut |path, leaf| {
                if leaf.mode != MODE_FOLDER {
                    files.insert(path.clone(), leaf);
                }
                true
            })?;
        }
        for (path, leaf) in self.changed.iter().filter(|(path, _)| path.is_within(folder)) {
            match leaf {
                Some(leaf) => files.insert(path.clone(), *leaf),
                None => files.remove(path),
            };
        }
        Ok(files.into_iter().collect())
    }

    fn check(path: &GitPath) -> Result<(), ApplyError> {
        Ok(GitPath::to_write(path.as_bytes()).map(drop)?)
    }

    fn write(&mut self, path: &GitPath, content: &[u8], executable: Option<bool>) -> Result<(), ApplyError> {
        Self::check(path)?;
        let old = self.at(path)?;
        let mode = match (old, executable) {
            (Some(leaf), _) if !leaf.is_file() => {
                return Err(ApplyError::NotAFile { path: path.clone(), kind: kind_of(leaf) });
            }
            (_, Some(true)) => MODE_EXECUTABLE,
            (_, Some(false)) | (None, None) => MODE_FILE,
            (Some(leaf), None) => leaf.mode,
        };
        let id = self.project.write(Kind::Blob, content)?;
        self.changed.insert(path.clone(), Some(Leaf { mode, id }));
        Ok(())
    }

    fn delete(&mut self, path: &GitPath) -> Result<(), ApplyError> {
        Self::check(path)?;
        match self.at(path)? {
            None => Err(ApplyError::NotThere { path: path.clone() }),
            Some(leaf) if leaf.is_file() || leaf.mode == MODE_SYMLINK => {
                self.changed.insert(path.clone(), None);
                Ok(())
            }
            Some(leaf) => Err(ApplyError::NotAFile { path: path.clone(), kind: kind_of(leaf) }),
        }
    }

    fn rename(&mut self, from: &GitPath, to: &GitPath) -> Result<(), ApplyError> {
        Self::check(from)?;
        Self::check(to)?;
        let Some(leaf) = self.at(from)? else { return Err(ApplyError::NotThere { path: from.clone() }) };
        if self.at(to)?.is_some() {
            return Err(ApplyError::Exists { path: to.clone() });
        }
        if kind_of(leaf) == "submodule" {
            return Err(ApplyError::NotAFile { path: from.clone(), kind: "submodule" });
        }
        let files = if leaf.mode == MODE_FOLDER { self.files_in(from)? } else { vec![(from.clone(), leaf)] };
        if leaf.mode == MODE_FOLDER && to.is_within(from) {
            return Err(ApplyError::Exists { path: to.clone() });
        }
        for (path, leaf) in files {
            let rest = path.as_bytes().get(from.as_bytes().len()..).unwrap_or_default();
            let target = GitPath::from_tree(&[to.as_bytes(), rest].concat());
            Self::check(&target)?;
            self.changed.insert(path, None);
            self.changed.insert(target, Some(leaf));
        }
        Ok(())
    }
}
