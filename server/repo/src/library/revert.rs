//! Undoing commits: three ways and in memory, as a new commit that takes back what each of them changed and nothing
//! that came after it.

use gix::ObjectId;

use super::commit::Prepared;
use super::edit;
use super::join::{Join, JoinConflict};
use super::{Library, Line, Shared};
use crate::fault::LibraryFault;
use crate::id::CommitId;
use crate::message::CommitMessage;

/// Commits that cannot be undone. The library is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RevertError {
    /// The commit to build on is not the line's last one (any more).
    #[error("the library moved on to {}", head.map_or_else(|| "an empty state".to_owned(), |head| head.to_string()))]
    Moved {
        /// What the line names now.
        head: Option<CommitId>,
    },
    /// There is no such commit.
    #[error("there is no commit {commit} in the library")]
    NoCommit {
        /// Its name.
        commit: CommitId,
    },
    /// The commit joins two histories: it is nobody's action, and has no one state before it.
    #[error("commit {commit} joins two histories and cannot be undone")]
    Joins {
        /// Its name.
        commit: CommitId,
    },
    /// Files were changed since in ways that cannot be told apart from what is to be undone.
    #[error("{} changed since commit {commit}", files.iter().map(|file| format!("`{}`", file.path)).collect::<Vec<_>>().join(", "))]
    Conflict {
        /// The commit that stands against it.
        commit: CommitId,
        /// The files: as the commit left them (`base`), as they are (`ours`), as they would become (`theirs`).
        files: Vec<JoinConflict>,
    },
    /// Nothing would change: it was undone before, or nothing of it is left.
    #[error("nothing of it is left to undo")]
    Nothing,
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

impl Library {
    /// Prepares one commit on the line's last one that undoes `commits`, given the newest first. Nothing becomes
    /// visible before it is published, by the same compare-and-swap as a write. With `on`, only if that is still the
    /// last commit.
    pub fn prepare_revert(
        &self,
        line: &Line,
        commits: &[CommitId],
        message: &CommitMessage,
        on: Option<CommitId>,
    ) -> Result<Prepared, RevertError> {
        let shared = &self.shared;
        let parent = shared.parent_of(line)?;
        let (Some(head), true) = (parent, on.is_none() || on == parent.map(CommitId)) else {
            return Err(RevertError::Moved { head: parent.map(CommitId) });
        };
        let before = shared.objects.commit(head)?.tree;
        let mut tree = before;
        for commit in commits {
            tree = shared.without(tree, *commit)?;
        }
        if tree == before {
            return Err(RevertError::Nothing);
        }
        let steps = edit::difference(&shared.objects, Some(before), Some(tree))?;
        let commit = shared.write_commit(tree, &[head], message)?;
        Ok(Prepared {
            line: line.clone(),
            parent,
            from: shared.head(line)?,
            commit,
            tree,
            contents: vec![None; steps.len()],
            steps,
            when: message.when,
            subject: message.text().lines().next().unwrap_or_default().to_owned(),
        })
    }
}

impl Shared {
    /// The tree without what one commit changed.
    fn without(&self, tree: ObjectId, commit: CommitId) -> Result<ObjectId, RevertError> {
        if !self.objects.exists(commit.0) {
            return Err(RevertError::NoCommit { commit });
        }
        let parts = self.objects.commit(commit.0)?;
        let earlier = match parts.parents.as_slice() {
            [] => ObjectId::empty_tree(gix::hash::Kind::Sha1),
            [parent] => self.objects.commit(*parent)?.tree,
            _ => return Err(RevertError::Joins { commit }),
        };
        match self.join_trees(Some(parts.tree), tree, earlier)? {
            Join::Tree(tree) => Ok(tree),
            Join::Conflicts(files) => Err(RevertError::Conflict { commit, files }),
        }
    }
}
