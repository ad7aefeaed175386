//! What differs between two snapshots, or between one and now.

use std::collections::BTreeSet;

use gix::ObjectId;
use tgp_git::{GitPath, Leaf, ProjectFault};
use tgp_objects::id::CommitId;

use crate::create::{CreateError, Limits};
use crate::shelf::{Shelf, Snapshot};
use crate::sparse::Sparse;

/// A file that differs in the working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: GitPath,
    /// As the first has it.
    pub before: Option<Leaf>,
    /// As the second has it.
    pub after: Option<Leaf>,
}

/// A file of a working tree, in one of two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// As Git would check it out.
    AsGit(Leaf),
    /// As these bytes.
    AsBytes(Leaf),
}

impl Stands {
    pub(crate) fn leaf(self) -> Leaf {
        match self {
            Self::AsGit(leaf) | Self::AsBytes(leaf) => leaf,
        }
    }
}

/// Without files that are there in one and left out by a sparse checkout in the other.
fn without_choice(mut found: Vec<Difference>, from: &Sparse, to: &Sparse) -> Vec<Difference> {
    found.retain(|difference| match (difference.before, difference.after) {
        (None, Some(_)) => !from.contains(&difference.path),
        (Some(_), None) => !to.contains(&difference.path),
        _ => true,
    });
    found
}

impl Shelf<'_> {
    /// What differs in the working trees of two snapshots, by path.
    pub fn diff(&self, from: &Snapshot, to: &Snapshot) -> Result<Vec<Difference>, ProjectFault> {
        let found = self.between(self.both(from)?, self.both(to)?)?;
        Ok(without_choice(found, &self.sparse_of(from)?, &self.sparse_of(to)?))
    }

    /// What differs from a snapshot to the working tree as it is now.
    pub fn diff_now(&self, from: &Snapshot, limits: Limits) -> Result<Vec<Difference>, CreateError> {
        let now = self.contents(limits)?;
        let found = self.between(self.both(from)?, [now.clean, now.disk])?;
        Ok(without_choice(found, &self.sparse_of(from)?, &now.sparse))
    }

    /// How many files of a snapshot's working tree were not as its HEAD had them.
    pub fn uncommitted(&self, snapshot: &Snapshot) -> Result<usize, ProjectFault> {
        let head = snapshot.about.commit.as_deref().and_then(|text| text.parse::<CommitId>().ok());
        let head = self.project.tree_of(head.map(|commit| commit.0))?;
        let [clean, disk] = self.both(snapshot)?;
        let mut paths: BTreeSet<GitPath> =
            self.project.difference(head, clean)?.into_iter().map(|step| step.path).collect();
        let none = self.project.tree_of(None)?;
        let sparse = self.sparse_of(snapshot)?;
        paths.retain(|path| !sparse.contains(path));
        paths.extend(self.project.difference(none, disk)?.into_iter().map(|step| step.path));
        Ok(paths.len())
    }

    /// The two trees a snapshot's working tree lies in.
    pub(crate) fn both(&self, snapshot: &Snapshot) -> Result<[ObjectId; 2], ProjectFault> {
        Ok([self.folder(snapshot, b"clean")?, self.folder(snapshot, b"disk")?])
    }

    /// A file stands in one of two trees: `clean` where Git has it, `disk` where it does not.
    fn between(&self, from: [ObjectId; 2], to: [ObjectId; 2]) -> Result<Vec<Difference>, ProjectFault> {
        let mut found = Vec::new();
        for path in self.apart(from, to)? {
            let leaf = |stands: Option<Stands>| stands.map(Stands::leaf);
            let (before, after) = (leaf(self.stands(from, &path)?), leaf(self.stands(to, &path)?));
            if before != after {
                found.push(Difference { path, before, after });
            }
        }
        Ok(found)
    }

    /// Paths at which two working trees may differ.
    pub(crate) fn apart(
        &self,
        from: [ObjectId; 2],
        to: [ObjectId; 2],
    ) -> Result<BTreeSet<GitPath>, ProjectFault> {
        let mut paths = BTreeSet::new();
        for (old, new) in from.iter().zip(&to) {
            paths.extend(self.project.difference(*old, *new)?.into_iter().map(|step| step.path));
        }
        Ok(paths)
    }

    /// What stands at a path of a working tree that is kept in two trees.
    pub(crate) fn stands(
        &self,
        trees: [ObjectId; 2],
        path: &GitPath,
    ) -> Result<Option<Stands>, ProjectFault> {
        let [clean, disk] = trees;
        let file = |tree| -> Result<Option<Leaf>, ProjectFault> {
            Ok(self.project.leaf(tree, path)?.filter(|leaf| leaf.mode != tgp_git::MODE_FOLDER))
        };
        if let Some(leaf) = file(disk)? {
            return Ok(Some(Stands::AsBytes(leaf)));
        }
        Ok(file(clean)?.map(Stands::AsGit))
    }
}
