//! Writing: objects first, where nobody sees them, then the ref by compare-and-swap, then the working tree.

mod errors;

pub use errors::{PrepareError, PublishError, WriteError};

use gix::ObjectId;
use gix::objs::Kind;
use tgp_model::{RepoPath, Timestamp};

use super::checkout::Record;
use super::edit::{self, Step};
use super::refs::{MoveRefError, RefMove};
use super::tree::{Leaf, MODE_FOLDER, TreeView};
use super::{Library, Line, Shared, hold};
use crate::fault::LibraryFault;
use crate::id::{BlobId, CommitId};
use crate::message::{Change, CommitMessage, commit_bytes};
use crate::settings::Identity;

/// A commit whose objects are written and which nothing names yet. Dropping it leaves only unreachable objects, which
/// Git removes in time.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) line: Line,
    pub(crate) parent: Option<ObjectId>,
    /// What the line named when this was prepared, and must still name. Not always the parent: a branch for review
    /// begins at the trunk.
    pub(crate) from: Option<ObjectId>,
    pub(crate) commit: ObjectId,
    pub(crate) tree: ObjectId,
    pub(crate) steps: Vec<Step>,
    pub(crate) contents: Vec<Option<Vec<u8>>>,
    pub(crate) when: Timestamp,
    pub(crate) subject: String,
}

impl Prepared {
    /// Name the commit will have.
    pub fn commit(&self) -> CommitId {
        CommitId(self.commit)
    }

    /// The commit it builds on; none for the first.
    pub fn parent(&self) -> Option<CommitId> {
        self.parent.map(CommitId)
    }

    /// Names of the contents before and after, by path: none means no file.
    pub fn changes(&self) -> impl Iterator<Item = (&RepoPath, Option<BlobId>, Option<BlobId>)> {
        let id = |leaf: Option<Leaf>| leaf.map(|leaf| BlobId(leaf.id));
        self.steps.iter().map(move |step| (&step.path, id(step.old), id(step.new)))
    }

    /// Whether every file already had this content.
    pub fn is_unchanged(&self) -> bool {
        self.steps.iter().all(|step| step.old == step.new)
    }
}

/// A published commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The commit.
    pub commit: CommitId,
    /// Files that are committed and were not brought into the working tree.
    pub left_alone: Vec<LeftAlone>,
    /// Whether the working tree follows this line; it does not for branches for review, and while a person has another
    /// branch checked out.
    pub checked_out: bool,
}

/// A file of the working tree that was not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAlone {
    /// The file.
    pub path: RepoPath,
    /// Why.
    pub why: LeftAloneWhy,
}

/// Why a file of the working tree was not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftAloneWhy {
    /// A person edited it and has not committed that.
    Edited,
    /// A person deleted it and has not committed that.
    Deleted,
    /// A file stands there that Git does not know.
    Untracked,
    /// A symlink, a folder or a device stands there, or on the way there.
    NotAFile,
    /// It is a symlink or a submodule in the commit; we make none.
    Unsupported,
    /// Its place is the library's own (`state/`, `bin/`).
    Reserved,
    /// The disk refused; it is tried again with the next write.
    Failed {
        /// What the system said.
        reason: String,
    },
}

impl Library {
    /// Writes the objects of a commit that makes `changes` on top of the line's last commit. Nothing becomes visible.
    /// With `on`, only if that is still the last commit.
    pub fn prepare(
        &self,
        line: &Line,
        changes: &[Change],
        message: &CommitMessage,
        on: Option<CommitId>,
    ) -> Result<Prepared, PrepareError> {
        let parent = self.shared.parent_of(line)?;
        if on.is_some() && on != parent.map(CommitId) {
            return Err(PrepareError::Moved { head: parent.map(CommitId) });
        }
        self.shared.prepare(line, parent, changes, message)
    }

    /// Makes a prepared commit the line's last one, if the line did not move, and brings its files into the working
    /// tree. Killed at any point, the line names the old or the new commit, and opening finishes the working tree.
    #[expect(clippy::needless_pass_by_value, reason = "a commit is published once")]
    pub fn publish(&self, prepared: Prepared) -> Result<Written, PublishError> {
        let result = self.shared.publish(&prepared);
        if result.is_ok() {
            self.follower.wake(&self.shared);
        }
        result
    }

    /// Prepares and publishes, again when others published other files meanwhile. `seen` is the commit the caller
    /// looked at: a file that changed since is not overwritten.
    pub fn write(
        &self,
        line: &Line,
        changes: &[Change],
        message: &CommitMessage,
        seen: Option<CommitId>,
    ) -> Result<Written, WriteError> {
        const ATTEMPTS: u32 = 16;
        for _ in 0..ATTEMPTS {
            let parent = self.shared.parent_of(line)?;
            if let (Some(seen), Some(head)) = (seen, parent)
                && let Some(path) = self.shared.changed_since(seen.0, head, changes)?
            {
                return Err(WriteError::Moved { path, head: CommitId(head) });
            }
            let prepared = self.shared.prepare(line, parent, changes, message)?;
            match self.publish(prepared) {
                Ok(written) => return Ok(written),
                Err(PublishError::Moved { .. }) => {}
                Err(PublishError::Library(fault)) => return Err(fault.into()),
            }
        }
        Err(WriteError::Contended { attempts: ATTEMPTS })
    }
}

impl Shared {
    /// The commit the next one of this line builds on. A branch for review begins at the trunk, and begins there
    /// again once the trunk holds all of it.
    pub(crate) fn parent_of(&self, line: &Line) -> Result<Option<ObjectId>, LibraryFault> {
        let (Line::Branch(_), head) = (line, self.head(line)?) else { return self.head(line) };
        let trunk = self.head(&Line::Trunk)?;
        match (head, trunk) {
            (Some(head), Some(trunk)) if !self.holds(trunk, head)? => Ok(Some(head)),
            (head, trunk) => Ok(trunk.or(head)),
        }
    }

    fn changed_since(
        &self,
        seen: ObjectId,
        head: ObjectId,
        changes: &[Change],
    ) -> Result<Option<RepoPath>, LibraryFault> {
        if seen == head {
            return Ok(None);
        }
        let before = TreeView { objects: &self.objects, tree: self.objects.commit(seen)?.tree };
        let now = TreeView { objects: &self.objects, tree: self.tree_of(head)? };
        for change in changes {
            if before.leaf(&change.path)? != now.leaf(&change.path)? {
                return Ok(Some(change.path.clone()));
            }
        }
        Ok(None)
    }

    fn prepare(
        &self,
        line: &Line,
        parent: Option<ObjectId>,
        changes: &[Change],
        message: &CommitMessage,
    ) -> Result<Prepared, PrepareError> {
        let text = message.text();
        self.prepare_as(line, parent, changes, &message.author(), message.when, &text)
    }

    pub(crate) fn prepare_as(
        &self,
        line: &Line,
        parent: Option<ObjectId>,
        changes: &[Change],
        author: &Identity,
        when: Timestamp,
        text: &str,
    ) -> Result<Prepared, PrepareError> {
        let from = if *line == Line::Trunk { parent } else { self.head(line)? };
        let root = match parent {
            Some(parent) => self.tree_of(parent)?,
            None => ObjectId::empty_tree(gix::hash::Kind::Sha1),
        };
        let steps = self.steps(root, changes)?;
        let tree = edit::apply(&self.objects, root, &steps)?;
        if *line != Line::Trunk {
            self.check_free(&self.ref_name(line))?;
            for change in changes.iter().filter(|change| change.content.is_some()) {
                self.waits_in_the_way(&change.path)?.map_or(Ok(()), Err)?;
            }
        }
        let parents: Vec<ObjectId> = parent.into_iter().collect();
        let bytes = commit_bytes(tree, &parents, author, &self.settings.committer, when, text);
        let commit = self.objects.write(Kind::Commit, &bytes)?;
        let contents = changes.iter().map(|change| change.content.clone()).collect();
        let subject = text.lines().next().unwrap_or_default().to_owned();
        Ok(Prepared { line: line.clone(), parent, from, commit, tree, steps, contents, when, subject })
    }

    fn steps(&self, root: ObjectId, changes: &[Change]) -> Result<Vec<Step>, PrepareError> {
        let view = TreeView { objects: &self.objects, tree: root };
        let mut known = std::collections::BTreeSet::new();
        let mut steps = Vec::with_capacity(changes.len());
        for change in changes {
            let path = change.path.clone();
            if let Some(why) = edit::unfit(&path) {
                return Err(PrepareError::Path { path, why });
            }
            if !known.insert(path.clone()) {
                return Err(PrepareError::Twice { path });
            }
            let old = view.leaf(&path)?.filter(|leaf| leaf.mode != MODE_FOLDER);
            let new = match &change.content {
                None if old.is_none() => return Err(PrepareError::NothingToDelete { path }),
                None => None,
                Some(content) => {
                    let id = self.objects.write(Kind::Blob, content)?;
                    Some(Leaf { mode: edit::mode_for(old), id })
                }
            };
            steps.push(Step { path, old, new });
        }
        Ok(steps)
    }

    pub(crate) fn publish(&self, prepared: &Prepared) -> Result<Written, PublishError> {
        let name = self.ref_name(&prepared.line);
        let passage = self.gate.pass().map_err(LibraryFault::from)?;
        let change = RefMove {
            name: &name,
            from: prepared.from,
            to: prepared.commit,
            when: prepared.when,
            why: &format!("tgp: {}", prepared.subject),
        };
        let contents = |at: usize| prepared.contents.get(at).and_then(Clone::clone);
        let result = self.advance(&change, &prepared.steps, &contents);
        drop(passage);
        let (left_alone, checked_out) = result.map_err(|error| match error {
            MoveRefError::Moved(head) => PublishError::Moved { head: head.map(CommitId) },
            MoveRefError::Fault(fault) => fault.into(),
        })?;
        if prepared.line == Line::Trunk {
            *hold(&self.recent) = Some((prepared.commit, prepared.tree));
        }
        Ok(Written { commit: CommitId(prepared.commit), left_alone, checked_out })
    }

    /// Moves a ref, and the working tree with it where it has that branch checked out. The caller holds the gate.
    pub(crate) fn advance(
        &self,
        change: &RefMove<'_>,
        steps: &[Step],
        contents: &dyn Fn(usize) -> Option<Vec<u8>>,
    ) -> Result<(Vec<LeftAlone>, bool), MoveRefError> {
        if change.name != self.trunk || !self.head_is_on(change.name) {
            self.move_ref(change)?;
            return Ok((Vec::new(), false));
        }
        self.finish_tree()?;
        let before = self.read_record()?;
        let from = change.from.unwrap_or_else(|| ObjectId::null(gix::hash::Kind::Sha1));
        let moving = Record {
            tree: Some((before.tree.map_or(from, |(from, _)| from), change.to)),
            index: before.index.or(Some(from)),
        };
        self.write_record(&moving)?;
        if let Err(error) = self.move_ref(change) {
            self.write_record(&before)?;
            return Err(error);
        }
        let left_alone = self.place_all(steps, contents);
        let failed = left_alone.iter().any(|left| matches!(left.why, LeftAloneWhy::Failed { .. }));
        if !failed {
            // The commit stands whatever happens to this note; at worst opening looks at the files once more.
            let placed = self.write_record(&Record { tree: before.tree, ..moving });
            if let Err(error) = placed {
                tracing::warn!(%error, "could not note that the working tree is up to date");
            }
        }
        Ok((left_alone, true))
    }
}
