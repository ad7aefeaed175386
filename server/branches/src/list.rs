//! Listing the files of a commit.

use tgp_git::{GitPath, Leaf, ProjectFault};
use tgp_objects::id::CommitId;

use crate::change::kind_of;
use crate::ignore::{GlobProblem, Globs, Selection};
use crate::task::Branches;

/// A listing that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A glob cannot be read.
    #[error(transparent)]
    Glob(#[from] GlobProblem),
    /// The disk or the repository.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// A file of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path.
    pub path: GitPath,
    /// Mode and object.
    pub leaf: Leaf,
    /// `file`, `symlink` or `submodule`.
    pub kind: &'static str,
}

/// Files of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The files, in Git's order.
    pub files: Vec<Listed>,
    /// How many more there are.
    pub more: usize,
}

impl Branches {
    /// The selected files of a commit, from the one numbered `skip` on, at most `limit`.
    pub fn list(
        &self,
        at: CommitId,
        selection: &Selection,
        skip: usize,
        limit: usize,
    ) -> Result<Listing, ListError> {
        let globs = Globs::new(&selection.globs)?;
        let tree = self.project.commit(at.0)?.tree;
        let found = self.select(tree, selection, &globs)?;
        let more = found.len().saturating_sub(skip.saturating_add(limit));
        let files = found.into_iter().skip(skip).take(limit);
        let files = files.map(|(path, leaf)| Listed { path, leaf, kind: kind_of(leaf) }).collect();
        Ok(Listing { files, more })
    }
}
