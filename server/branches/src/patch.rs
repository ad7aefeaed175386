//! Unified diffs over several files as one commit: all of it or nothing.

use std::collections::BTreeMap;

use tgp_git::{CommitMessage, GitPath, GitPathProblem, ProjectFault};
use tgp_objects::id::CommitId;
use tgp_patch::{FilePatch, ParsePatchError};

pub use tgp_patch::ApplyPatchError as HunkProblem;

use crate::change::{Applied, ApplyError, Change, kind_of};
use crate::name::BranchName;
use crate::task::Branches;

/// A patch that was not applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// It cannot be read.
    #[error(transparent)]
    Parse(#[from] ParsePatchError),
    /// A hunk does not fit.
    #[error("`{path}`: {source}")]
    Hunk {
        /// The file.
        path: GitPath,
        /// Which hunk, and why.
        source: HunkProblem,
    },
    /// The changes that follow from it cannot be made.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// A file a patch names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchedFile {
    /// What it is changed from; none for a new file.
    pub old: Option<GitPath>,
    /// What it is changed to; none for one that goes.
    pub new: Option<GitPath>,
}

impl From<GitPathProblem> for PatchError {
    fn from(problem: GitPathProblem) -> Self {
        Self::Apply(problem.into())
    }
}

impl From<ProjectFault> for PatchError {
    fn from(fault: ProjectFault) -> Self {
        Self::Apply(fault.into())
    }
}

impl Branches {
    /// Applies a patch to the state a caller looked at, as one commit.
    pub fn apply_patch(
        &self,
        branch: &BranchName,
        expected: CommitId,
        patch: &[u8],
        message: &CommitMessage,
    ) -> Result<Applied, PatchError> {
        let changes = self.changes_of_patch(expected, patch)?;
        Ok(self.apply(branch, expected, &changes, message)?)
    }

    /// The files a patch names, old and new name each, without a look at what is there.
    pub fn files_of_patch(patch: &[u8]) -> Result<Vec<PatchedFile>, PatchError> {
        let checked = |name: Option<Vec<u8>>| name.map(|name| GitPath::to_write(&name)).transpose();
        let one = |file: FilePatch| Ok(PatchedFile { old: checked(file.old)?, new: checked(file.new)? });
        tgp_patch::parse(patch)?.into_iter().map(one).collect()
    }

    /// The changes a patch asks for, in its order.
    pub fn changes_of_patch(&self, at: CommitId, patch: &[u8]) -> Result<Vec<Change>, PatchError> {
        // Contents as earlier files of the same patch left them.
        let mut known: BTreeMap<GitPath, Option<Vec<u8>>> = BTreeMap::new();
        let mut changes = Vec::new();
        for file in tgp_patch::parse(patch)? {
            self.change_of(at, &file, &mut known, &mut changes)?;
        }
        Ok(changes)
    }

    fn change_of(
        &self,
        at: CommitId,
        file: &FilePatch,
        known: &mut BTreeMap<GitPath, Option<Vec<u8>>>,
        changes: &mut Vec<Change>,
    ) -> Result<(), PatchError> {
        let path = |name: &Option<Vec<u8>>| name.as_ref().map(|name| GitPath::to_write(name)).transpose();
        let (old, new) = (path(&file.old)?, path(&file.new)?);
        let before = match &old {
            Some(path) => Some(self.known(at, path, known)?),
            None => None,
        };
        if let (None, Some(new)) = (&old, &new)
            && self.stands(at, new, known)?
        {
            return Err(ApplyError::Exists { path: new.clone() }.into());
        }
        let hunk = |path: &GitPath, source| PatchError::Hunk { path: path.clone(), source };
        let shown = new.as_ref().or(old.as_ref()).cloned().unwrap_or_default();
        let after = tgp_patch::apply(before.as_deref().unwrap_or_default(), &file.hunks)
            .map_err(|source| hunk(&shown, source))?;
        match (old, new) {
            (Some(old), None) => {
                if !after.is_empty() && !file.hunks.is_empty() {
                    let found = String::from_utf8_lossy(&after).lines().next().unwrap_or_default().to_owned();
                    let expected = "nothing, because the patch deletes the file".to_owned();
                    let source = HunkProblem::Mismatch { hunk: file.hunks.len(), line: 1, expected, found };
                    return Err(hunk(&old, source));
                }
                known.insert(old.clone(), None);
                changes.push(Change::Delete { path: old });
            }
            (old, Some(new)) => {
                if let Some(old) = old.filter(|old| *old != new) {
                    known.insert(old.clone(), None);
                    changes.push(Change::Move { from: old, to: new.clone() });
                }
                known.insert(new.clone(), Some(after.clone()));
                changes.push(Change::Write { path: new, content: after, executable: file.executable });
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn known(
        &self,
        at: CommitId,
        path: &GitPath,
        known: &BTreeMap<GitPath, Option<Vec<u8>>>,
    ) -> Result<Vec<u8>, PatchError> {
        let gone = || ApplyError::NotThere { path: path.clone() };
        if let Some(content) = known.get(path) {
            return content.clone().ok_or_else(|| gone().into());
        }
        let leaf = self.leaf(at, path)?.ok_or_else(gone)?;
        if !leaf.is_file() {
            return Err(ApplyError::NotAFile { path: path.clone(), kind: kind_of(leaf) }.into());
        }
        Ok(self.project.blob(leaf.id)?)
    }

    fn stands(
        &self,
        at: CommitId,
        path: &GitPath,
        known: &BTreeMap<GitPath, Option<Vec<u8>>>,
    ) -> Result<bool, PatchError> {
        match known.get(path) {
            Some(content) => Ok(content.is_some()),
            None => Ok(self.leaf(at, path)?.is_some()),
        }
    }
}
