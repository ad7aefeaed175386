//! Files a sparse checkout leaves out of the working tree: not there because the person chose so, and so neither deleted
//! nor missing.

use std::collections::HashSet;

use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::index::{State, write};
use tgp_git::{GitPath, MODE_FOLDER, ProjectFault};

use crate::plan::Plan;
use crate::shelf::{Shelf, Snapshot};

/// What is left out, as an index says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sparse {
    files: HashSet<GitPath>,
    folders: Vec<GitPath>,
}

impl Sparse {
    pub(crate) fn of(index: &State) -> Self {
        let mut sparse = Self::default();
        for entry in index.entries() {
            let path: &[u8] = entry.path(index).as_ref();
            if entry.mode.is_sparse() {
                sparse.folders.push(GitPath::from_tree(path.strip_suffix(b"/").unwrap_or(path)));
            } else if entry.flags.contains(Flags::SKIP_WORKTREE) {
                sparse.files.insert(GitPath::from_tree(path));
            }
        }
        sparse
    }

    pub(crate) fn contains(&self, path: &GitPath) -> bool {
        self.files.contains(path) || self.folders.iter().any(|folder| path.is_within(folder))
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }
}

impl Shelf<'_> {
    /// What was left out when a snapshot was taken.
    pub(crate) fn sparse_of(&self, snapshot: &Snapshot) -> Result<Sparse, ProjectFault> {
        let Some(part) = self.part(snapshot, b"index.bin")? else { return Ok(Sparse::default()) };
        Ok(Sparse::of(&read(&self.project.blob(part.id)?)?))
    }

    /// An index from before, where what is left out is what the person leaves out now. Git looks at no file that an
    /// index leaves out, so one that stands there must not be among them.
    pub(crate) fn with_present_sparse(&self, bytes: Vec<u8>, plan: &Plan) -> Result<Vec<u8>, ProjectFault> {
        let mut index = read(&bytes)?;
        let then = Sparse::of(&index);
        if then == plan.sparse || then.is_empty() && plan.sparse.is_empty() {
            return Ok(bytes);
        }
        self.expand(&mut index)?;
        let mut present = HashSet::new();
        for path in &then.files {
            if self.stands(plan.now, path)?.is_some() {
                present.insert(path.clone());
            }
        }
        for (entry, path) in index.entries_mut_with_paths() {
            let path = GitPath::from_tree(path);
            if entry.stage() != Stage::Unconflicted {
                continue;
            }
            let stands = present.contains(&path) || then.folders.iter().any(|folder| path.is_within(folder));
            if plan.left_out.contains(&path) {
                entry.flags.insert(Flags::EXTENDED | Flags::SKIP_WORKTREE);
            } else if stands && !plan.sparse.contains(&path) {
                entry.flags.remove(Flags::SKIP_WORKTREE);
            }
        }
        let mut written = Vec::new();
        // The trees an index remembers, and that it names folders, are no longer true.
        let options = write::Options { extensions: write::Extensions::None, skip_hash: false };
        gix::index::File::from_state(index, std::path::PathBuf::new())
            .write_to(&mut written, options)
            .map_err(ProjectFault::git("write the index"))?;
        Ok(written)
    }

    /// Names files where the index names folders that are left out whole.
    fn expand(&self, index: &mut State) -> Result<(), ProjectFault> {
        let of_folders = |entry: &&gix::index::Entry| entry.mode.is_sparse();
        let folders: Vec<(GitPath, ObjectId)> = index
            .entries()
            .iter()
            .filter(of_folders)
            .map(|entry| {
                let path: &[u8] = entry.path(index).as_ref();
                (GitPath::from_tree(path.strip_suffix(b"/").unwrap_or(path)), entry.id)
            })
            .collect();
        if folders.is_empty() {
            return Ok(());
        }
        index.remove_entries(|_, _, entry| entry.mode.is_sparse());
        for (folder, tree) in folders {
            self.project.walk(tree, &folder, &mut |path, leaf| {
                if leaf.mode != MODE_FOLDER {
                    let mode = Mode::from_bits_truncate(leaf.mode);
                    let flags = Flags::EXTENDED | Flags::SKIP_WORKTREE;
                    index.dangerously_push_entry(
                        Stat::default(),
                        leaf.id,
                        flags,
                        mode,
                        path.as_bytes().into(),
                    );
                }
                true
            })?;
        }
        index.sort_entries();
        Ok(())
    }
}

/// The entries of an index.
pub(crate) fn read(bytes: &[u8]) -> Result<State, ProjectFault> {
    let options = gix::index::decode::Options::default();
    let read = State::from_bytes(bytes, std::time::UNIX_EPOCH.into(), gix::hash::Kind::Sha1, options);
    read.map(|(state, _)| state).map_err(ProjectFault::git("read the index of a snapshot"))
}
