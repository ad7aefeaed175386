//! Changes applied to a tree, and the difference of two: cost follows the change, not the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;
use tgp_objects::tree::{find, tree_bytes};

use crate::fault::ProjectFault;
use crate::open::Project;
use crate::path::GitPath;
use crate::{Entry, Leaf, MODE_FOLDER};

/// Deepest folder that is walked; a deeper one is somebody's attack.
pub const DEEPEST: usize = 512;

/// One change in terms of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The file.
    pub path: GitPath,
    /// What was there.
    pub old: Option<Leaf>,
    /// What is to be there.
    pub new: Option<Leaf>,
}

/// Changes that cannot be applied to a tree.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A file stands where a folder is needed, or a folder where a file is to be written.
    #[error("`{path}` cannot be written: `{other}` is in the way")]
    InTheWay {
        /// The path to be written.
        path: GitPath,
        /// What stands there.
        other: GitPath,
    },
    /// Another file differs from this one by case only, and this repository takes both for one.
    #[error(
        "`{path}` cannot be written: `{other}` differs by case only, and this repository takes both for one file"
    )]
    CaseClash {
        /// The path to be written.
        path: GitPath,
        /// The one that exists.
        other: GitPath,
    },
    /// The disk or the repository.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// What is to become of one folder's entries.
#[derive(Default)]
struct Plan<'a> {
    leaves: BTreeMap<&'a [u8], &'a Step>,
    folders: BTreeMap<&'a [u8], Plan<'a>>,
}

impl<'a> Plan<'a> {
    fn add(&mut self, step: &'a Step) {
        let mut here = self;
        let mut parts = step.path.components().peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                here.leaves.insert(part, step);
                return;
            }
            here = here.folders.entry(part).or_default();
        }
    }

    fn first(&self) -> Option<&'a Step> {
        self.leaves.values().next().copied().or_else(|| self.folders.values().find_map(Plan::first))
    }
}

impl Project {
    /// Writes the trees that follow from `steps` and gives the new root. Folders left empty go, as in Git.
    pub fn apply(&self, root: ObjectId, steps: &[Step]) -> Result<ObjectId, EditError> {
        let mut plan = Plan::default();
        for step in steps {
            plan.add(step);
        }
        match self.rewrite(root, &GitPath::root(), &plan)? {
            Some(tree) => Ok(tree),
            None => Ok(self.write_tree(Vec::new())?),
        }
    }

    /// Writes a tree of entries in Git's order.
    pub fn write_tree(&self, entries: Vec<Entry>) -> Result<ObjectId, ProjectFault> {
        let id = self.write(Kind::Tree, &tree_bytes(&entries))?;
        self.objects().remember(id, entries);
        Ok(id)
    }

    fn rewrite(
        &self,
        tree: ObjectId,
        folder: &GitPath,
        plan: &Plan<'_>,
    ) -> Result<Option<ObjectId>, EditError> {
        let before = self.tree(tree)?;
        let mut entries = before.as_ref().clone();
        // What goes first makes room for what comes: a folder may become a file in one commit.
        for (name, _) in plan.leaves.iter().filter(|(_, step)| step.new.is_none()) {
            if let Some(at) = entries.iter().position(|entry| !entry.is_folder() && &*entry.name == *name) {
                entries.remove(at);
            }
        }
        for (name, inner) in &plan.folders {
            let below = match find(&entries, name) {
                Some(entry) if entry.is_folder() => entry.id,
                Some(_) => {
                    let path = inner.first().map(|step| step.path.clone()).unwrap_or_default();
                    return Err(EditError::InTheWay { path, other: folder.entry(name) });
                }
                None => ObjectId::empty_tree(gix::hash::Kind::Sha1),
            };
            let new = self.rewrite(below, &folder.entry(name), inner)?;
            self.put(
                &mut entries,
                folder,
                name,
                new.map(|id| Leaf { mode: MODE_FOLDER, id }),
                inner.first(),
            )?;
        }
        for (name, step) in plan.leaves.iter().filter(|(_, step)| step.new.is_some()) {
            if find(&entries, name).is_some_and(Entry::is_folder) {
                return Err(EditError::InTheWay { path: step.path.clone(), other: folder.entry(name) });
            }
            self.put(&mut entries, folder, name, step.new, Some(step))?;
        }
        if entries.is_empty() {
            return Ok(None);
        }
        if *before == entries {
            return Ok(Some(tree));
        }
        Ok(Some(self.write_tree(entries)?))
    }

    fn put(
        &self,
        entries: &mut Vec<Entry>,
        folder: &GitPath,
        name: &[u8],
        leaf: Option<Leaf>,
        step: Option<&Step>,
    ) -> Result<(), EditError> {
        let before = entries.iter().position(|entry| &*entry.name == name);
        let Some(leaf) = leaf else {
            if let Some(at) = before {
                entries.remove(at);
            }
            return Ok(());
        };
        if let Some(at) = before {
            entries.remove(at);
        } else if self.ignores_case()
            && let Some(other) = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
        {
            let path = step.map(|step| step.path.clone()).unwrap_or_default();
            return Err(EditError::CaseClash { path, other: folder.entry(&other.name) });
        }
        let new = Entry { mode: leaf.mode, name: name.into(), id: leaf.id };
        let at = entries.partition_point(|entry| entry.sort_key().lt(new.sort_key()));
        entries.insert(at, new);
        Ok(())
    }

    /// What differs between two trees, file by file, in the order of paths. Equal folders are not entered.
    pub fn difference(&self, from: ObjectId, to: ObjectId) -> Result<Vec<Step>, ProjectFault> {
        let mut steps = Vec::new();
        self.compare(&GitPath::root(), from, to, 0, &mut steps)?;
        steps.sort_by(|a, b| a.path.cmp(&b.path));
        // A file that became a folder, or the other way round, is met once on each side; both stay, in this order.
        Ok(steps)
    }

    fn compare(
        &self,
        folder: &GitPath,
        from: ObjectId,
        to: ObjectId,
        depth: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), ProjectFault> {
        if from == to {
            return Ok(());
        }
        if depth > DEEPEST {
            return Err(self.damaged(format!("`{folder}` lies deeper than {DEEPEST} folders")));
        }
        let (old, new) = (self.tree(from)?, self.tree(to)?);
        let (mut left, mut right) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let (a, b) = match (left.peek(), right.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => (left.next(), None),
                (None, Some(_)) => (None, right.next()),
                (Some(a), Some(b)) => match a.sort_key().cmp(b.sort_key()) {
                    std::cmp::Ordering::Less => (left.next(), None),
                    std::cmp::Ordering::Greater => (None, right.next()),
                    std::cmp::Ordering::Equal => (left.next(), right.next()),
                },
            };
            let Some(one) = a.or(b) else { return Ok(()) };
            if let (Some(a), Some(b)) = (a, b)
                && (a.id, a.mode) == (b.id, b.mode)
            {
                continue;
            }
            let path = folder.entry(&one.name);
            if one.is_folder() {
                let empty = ObjectId::empty_tree(gix::hash::Kind::Sha1);
                let side = |entry: Option<&Entry>| entry.map_or(empty, |entry| entry.id);
                self.compare(&path, side(a), side(b), depth + 1, steps)?;
            } else {
                let leaf = |entry: Option<&Entry>| entry.map(|entry| Leaf { mode: entry.mode, id: entry.id });
                steps.push(Step { path, old: leaf(a), new: leaf(b) });
            }
        }
    }

    /// Calls `visit` for everything below a folder of a tree that is no folder itself, in Git's order; it says for each
    /// folder whether it is entered.
    pub fn walk(
        &self,
        tree: ObjectId,
        folder: &GitPath,
        visit: &mut dyn FnMut(&GitPath, Leaf) -> bool,
    ) -> Result<(), ProjectFault> {
        self.walk_at(tree, folder, 0, visit)
    }

    fn walk_at(
        &self,
        tree: ObjectId,
        folder: &GitPath,
        depth: usize,
        visit: &mut dyn FnMut(&GitPath, Leaf) -> bool,
    ) -> Result<(), ProjectFault> {
        if depth > DEEPEST {
            return Err(self.damaged(format!("`{folder}` lies deeper than {DEEPEST} folders")));
        }
        let entries: Arc<Vec<Entry>> = self.tree(tree)?;
        for entry in entries.iter() {
            let path = folder.entry(&entry.name);
            let enter = visit(&path, Leaf { mode: entry.mode, id: entry.id });
            if entry.is_folder() && enter {
                self.walk_at(entry.id, &path, depth + 1, visit)?;
            }
        }
        Ok(())
    }
}
