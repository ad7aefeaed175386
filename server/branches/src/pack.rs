//! Packing what a task made: its loose objects become one pack, so that ten thousand actions do not leave ten thousand
//! files in the user's repository.

use std::collections::HashSet;
use std::path::PathBuf;

use gix::ObjectId;
use gix::objs::Kind;
use tgp_git::{GitPath, MODE_FOLDER, MODE_SUBMODULE, ProjectFault};
use tgp_objects::id::CommitId;

use crate::pack_file::PackFile;
use crate::task::{Branches, Task};

/// Fewer loose objects than this stay loose: a pack a task costs Git more than they do.
pub const FEWEST: usize = 16;
/// A pack is ended when it is this large, so that memory is bounded.
const LARGEST_PACK: usize = 512 << 20;
/// Commits of one task that are packed at most.
const MOST_COMMITS: usize = 1_000_000;

/// What packing did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// The packs.
    pub packs: Vec<PathBuf>,
    /// How many loose files went.
    pub objects: usize,
}

/// An object a task made.
struct Made {
    id: ObjectId,
    kind: Kind,
    path: GitPath,
}

impl Branches {
    /// Packs the loose objects a task made: those its commits name and the commits before did not. Killed at any point,
    /// every object is there at least once.
    pub fn pack(&self, task: &Task) -> Result<Packed, ProjectFault> {
        let mut made = Vec::new();
        let mut seen = HashSet::new();
        let mut log = self.log_of(task, MOST_COMMITS)?;
        log.reverse();
        if let Some(start) = task.start {
            // A captured start is the task's own; HEAD's commit is packed by git and never ours.
            let start = self.commit(start)?;
            if start.action.is_some() {
                log.insert(0, start);
            }
        }
        for commit in &log {
            self.gather(commit.commit, commit.parents.first().copied(), &mut seen, &mut made)?;
        }
        made.retain(|made| self.project.objects().is_loose(made.id));
        let mut packed = Packed::default();
        if made.len() < FEWEST {
            return Ok(packed);
        }
        // Kind by kind and path by path, versions in their order, so that each is told apart from the one before.
        let rank = |kind: Kind| match kind {
            Kind::Commit | Kind::Tag => 0,
            Kind::Tree => 1,
            Kind::Blob => 2,
        };
        made.sort_by(|a, b| rank(a.kind).cmp(&rank(b.kind)).then_with(|| a.path.cmp(&b.path)));
        let mut pack = PackFile::default();
        let mut inside = Vec::new();
        for object in made {
            let content = self.read_kind(object.id, object.kind)?;
            pack.add(object.id, object.kind, object.path.as_bytes(), content)?;
            inside.push(object.id);
            if pack.size() > LARGEST_PACK {
                self.finish(std::mem::take(&mut pack), std::mem::take(&mut inside), &mut packed)?;
            }
        }
        self.finish(pack, inside, &mut packed)?;
        Ok(packed)
    }

    fn read_kind(&self, id: ObjectId, kind: Kind) -> Result<Vec<u8>, ProjectFault> {
        self.project.objects().with(|handle| {
            let found = handle.find_object(id).map_err(ProjectFault::git("read an object"))?;
            if found.kind == kind {
                Ok(found.data.clone())
            } else {
                Err(ProjectFault::Git { doing: "read an object", reason: format!("{id} is no {kind}") })
            }
        })
    }

    /// Writes a pack, reads every object back through a fresh look at it, and only then lets the loose files go.
    fn finish(&self, pack: PackFile, inside: Vec<ObjectId>, packed: &mut Packed) -> Result<(), ProjectFault> {
        if pack.is_empty() {
            return Ok(());
        }
        let store = self.project.common_dir().join("objects");
        let path = pack.write(&store.join("pack"))?;
        let index = gix::odb::pack::index::File::at(path.with_extension("idx"), gix::hash::Kind::Sha1)
            .map_err(ProjectFault::git("read back a pack"))?;
        let data = gix::odb::pack::data::File::at(&path, gix::hash::Kind::Sha1)
            .map_err(ProjectFault::git("read back a pack"))?;
        data.verify_checksum(&mut gix::progress::Discard, &std::sync::atomic::AtomicBool::new(false))
            .map_err(ProjectFault::git("read back a pack"))?;
        if let Some(missing) = inside.iter().find(|id| index.lookup(*id).is_none()) {
            let reason = format!("{missing} is not in it");
            return Err(ProjectFault::Git { doing: "read back a pack", reason });
        }
        for id in inside {
            let name = id.to_string();
            let (folder, file) = name.split_at(2);
            if std::fs::remove_file(store.join(folder).join(file)).is_ok() {
                // Its folder stays, even empty: another process may be about to write there.
                packed.objects += 1;
            }
        }
        packed.packs.push(path);
        Ok(())
    }

    /// What one commit names and its parent does not.
    fn gather(
        &self,
        commit: CommitId,
        parent: Option<CommitId>,
        seen: &mut HashSet<ObjectId>,
        made: &mut Vec<Made>,
    ) -> Result<(), ProjectFault> {
        if seen.insert(commit.0) {
            made.push(Made { id: commit.0, kind: Kind::Commit, path: GitPath::root() });
        }
        let new = self.project.commit(commit.0)?.tree;
        let old = self.project.tree_of(parent.map(|parent| parent.0))?;
        self.gather_tree(&GitPath::root(), Some(old), new, seen, made)
    }

    fn gather_tree(
        &self,
        folder: &GitPath,
        old: Option<ObjectId>,
        new: ObjectId,
        seen: &mut HashSet<ObjectId>,
        made: &mut Vec<Made>,
    ) -> Result<(), ProjectFault> {
        if old == Some(new) || !seen.insert(new) {
            return Ok(());
        }
        if !new.is_empty_tree() || self.project.objects().is_loose(new) {
            made.push(Made { id: new, kind: Kind::Tree, path: folder.clone() });
        }
        let before = match old {
            Some(old) => self.project.tree(old)?,
            None => std::sync::Arc::default(),
        };
        let known: std::collections::HashMap<&[u8], ObjectId> =
            before.iter().map(|entry| (&*entry.name, entry.id)).collect();
        for entry in self.project.tree(new)?.iter().filter(|entry| entry.mode != MODE_SUBMODULE) {
            let old = known.get(&*entry.name).copied();
            if old == Some(entry.id) {
                continue;
            }
            let path = folder.entry(&entry.name);
            if entry.mode == MODE_FOLDER {
                let old_folder = before.iter().find(|other| other.name == entry.name && other.is_folder());
                self.gather_tree(&path, old_folder.map(|entry| entry.id), entry.id, seen, made)?;
            } else if seen.insert(entry.id) {
                made.push(Made { id: entry.id, kind: Kind::Blob, path });
            }
        }
        Ok(())
    }
}
