//! The snapshots of a repository: found, shown, let go.

use gix::ObjectId;
use tgp_git::{Leaf, MODE_FOLDER, MoveRefError, Project, ProjectFault, RefMove};
use tgp_objects::id::CommitId;

use crate::about::{About, PREFIX, SnapshotId};

/// The snapshots of one repository.
#[derive(Debug)]
pub struct Shelf<'a> {
    pub(crate) project: &'a Project,
}

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// What it says of itself.
    pub about: About,
    /// The commit that holds it.
    pub commit: CommitId,
    pub(crate) tree: ObjectId,
}

impl<'a> Shelf<'a> {
    /// Those of a repository.
    pub fn new(project: &'a Project) -> Self {
        Self { project }
    }

    /// All snapshots, the newest first. One that cannot be read costs only itself and is left out.
    pub fn list(&self) -> Result<Vec<Snapshot>, ProjectFault> {
        let refs = self.project.refs_below(PREFIX)?;
        let mut found: Vec<Snapshot> =
            refs.into_iter().filter_map(|(_, commit)| self.read(commit).ok()).collect();
        found.sort_by(|a, b| b.about.when.cmp(&a.about.when).then_with(|| b.about.id.cmp(&a.about.id)));
        Ok(found)
    }

    /// One snapshot; none where there is none of this name.
    pub fn show(&self, id: &SnapshotId) -> Result<Option<Snapshot>, ProjectFault> {
        self.project.read_ref(&id.name())?.map(|commit| self.read(commit)).transpose()
    }

    /// What a caller kept beside it, such as open tasks and notes.
    pub fn context(&self, snapshot: &Snapshot) -> Result<Option<Vec<u8>>, ProjectFault> {
        self.part(snapshot, b"context")
            .map(|leaf| leaf.map(|leaf| leaf.id))?
            .map(|id| self.project.blob(id))
            .transpose()
    }

    /// Lets a snapshot go; Git's own `gc` then takes its objects. Whether there was one.
    pub fn forget(&self, id: &SnapshotId) -> Result<bool, ProjectFault> {
        let name = id.name();
        let Some(commit) = self.project.read_ref(&name)? else { return Ok(false) };
        match self.project.move_ref(&RefMove { name: &name, from: Some(commit), to: None, log: None }) {
            Ok(()) | Err(MoveRefError::Moved { .. }) => Ok(true),
            Err(MoveRefError::Fault(fault)) => Err(fault),
            Err(error) => Err(ProjectFault::Git { doing: "remove a snapshot", reason: error.to_string() }),
        }
    }

    fn read(&self, commit: ObjectId) -> Result<Snapshot, ProjectFault> {
        let tree = self.project.commit(commit)?.tree;
        let unreadable = || ProjectFault::Git {
            doing: "read a snapshot",
            reason: format!("commit {commit} does not say what it is"),
        };
        let leaf =
            self.project.leaf(tree, &tgp_git::GitPath::from_tree(b"about.json"))?.ok_or_else(unreadable)?;
        let about = About::from_json(&self.project.blob(leaf.id)?).ok_or_else(unreadable)?;
        Ok(Snapshot { about, commit: CommitId(commit), tree })
    }

    pub(crate) fn part(&self, snapshot: &Snapshot, name: &[u8]) -> Result<Option<Leaf>, ProjectFault> {
        self.project.leaf(snapshot.tree, &tgp_git::GitPath::from_tree(name))
    }

    /// A folder of a snapshot; the empty tree where it has none.
    pub(crate) fn folder(&self, snapshot: &Snapshot, name: &[u8]) -> Result<ObjectId, ProjectFault> {
        let found = self.part(snapshot, name)?.filter(|leaf| leaf.mode == MODE_FOLDER);
        Ok(found.map_or_else(|| ObjectId::empty_tree(gix::hash::Kind::Sha1), |leaf| leaf.id))
    }
}
