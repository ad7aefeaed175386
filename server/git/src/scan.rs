//! What stands in the working tree and is not what the index has: read with Git's own rules, nothing written there.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use gix::bstr::ByteSlice as _;
use gix::index::entry::{Flags, Stage};

use crate::disk::Disk;
use crate::fault::ProjectFault;
use crate::open::Project;
use crate::path::GitPath;
use crate::{Leaf, MODE_EXECUTABLE, MODE_FILE};

/// What a scan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    /// Files no index knows and no rule ignores.
    pub untracked: bool,
    /// Files the ignore rules leave out as well.
    pub ignored: bool,
    /// Larger files are not read: a changed one is changed, whatever it holds.
    pub largest: u64,
}

/// A file on the disk as Git would store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDisk {
    /// Nothing, or a folder, stands there.
    Nothing,
    /// A file, symlink or submodule; the object's name is what Git would give it.
    Leaf(Leaf),
    /// It was not read; the mode it has.
    Unread(u32, Unread),
}

/// Why a changed file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Larger than the limit.
    TooLarge,
    /// Git would hand it to a filter program of the user's (as Git LFS), which is never run.
    Filtered,
}

/// A file whose working copy is not what the index has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Different {
    /// Its path.
    pub path: GitPath,
    /// What the index has; none for a file it does not know.
    pub index: Option<Leaf>,
    /// What stands on the disk.
    pub disk: OnDisk,
}

/// What a scan found.
#[derive(Debug)]
pub struct Scan {
    /// The index as it was read.
    pub index: Arc<gix::index::File>,
    /// Tracked files that differ.
    pub tracked: Vec<Different>,
    /// Files the index does not know; those the rules ignore are in `ignored`.
    pub untracked: Vec<Different>,
    /// Ignored files, where they were asked for.
    pub ignored: Vec<Different>,
    /// Paths in a conflict a person has not resolved.
    pub unmerged: Vec<GitPath>,
    /// Folders that are repositories of their own.
    pub nested: Vec<GitPath>,
    /// Folders with nothing in them.
    pub empty_folders: Vec<GitPath>,
}

impl Project {
    /// Compares index and working tree. Nothing is written, the index is not even refreshed.
    pub fn scan(&self, options: ScanOptions) -> Result<Scan, ProjectFault> {
        self.scan_among(options, |index| (0..index.entries().len()).collect())
    }

    /// The same of a few paths alone, with what the index has above and beneath them: it costs what they cost, and not
    /// what the working tree costs.
    pub fn scan_at(&self, paths: &[&GitPath], largest: u64) -> Result<Scan, ProjectFault> {
        let options = ScanOptions { untracked: false, ignored: false, largest };
        self.scan_among(options, |index| entries_at(index, paths))
    }

    fn scan_among(
        &self,
        options: ScanOptions,
        among: impl FnOnce(&gix::index::File) -> Vec<usize>,
    ) -> Result<Scan, ProjectFault> {
        let work_dir = self.work_dir.clone().ok_or_else(|| self.damaged("it has no working tree"))?;
        self.objects().with(|handle| {
            let index = self.index_at_hand(handle)?;
            let mut found = Found::default();
            let among = among(&index);
            self.with_conversions(handle, &index, |conversions| {
                let mut disk = Disk::new(handle, &work_dir, options.largest, conversions)?;
                disk.tracked(&index, &among, &mut found)?;
                if options.untracked || options.ignored {
                    disk.others(&index, options, &mut found)?;
                }
                Ok(())
            })?;
            let Found { tracked, untracked, ignored, unmerged, nested, empty_folders } = found;
            Ok(Scan { index, tracked, untracked, ignored, unmerged, nested, empty_folders })
        })
    }
}

/// What was found so far, while the index is still lent.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) tracked: Vec<Different>,
    pub(crate) untracked: Vec<Different>,
    pub(crate) ignored: Vec<Different>,
    pub(crate) unmerged: Vec<GitPath>,
    pub(crate) nested: Vec<GitPath>,
    pub(crate) empty_folders: Vec<GitPath>,
}

/// Numbers of the entries at some paths, beneath them, and above them where a file stands in place of a folder.
fn entries_at(index: &gix::index::File, paths: &[&GitPath]) -> Vec<usize> {
    let mut among = BTreeSet::new();
    let mut seen: HashSet<GitPath> = HashSet::new();
    for path in paths {
        among
            .extend(index.prefixed_entries_range(path.entry(b"").as_bytes().as_bstr()).into_iter().flatten());
        let mut here = (*path).clone();
        while !here.is_root() && seen.insert(here.clone()) {
            among.extend(index.entry_range(here.as_bytes().as_bstr()).into_iter().flatten());
            here = here.parent();
        }
    }
    among.into_iter().collect()
}

/// The index of the worktree; an empty one where there is none yet.
pub fn open_index(handle: &gix::Repository) -> Result<gix::index::File, ProjectFault> {
    if !handle.index_path().exists() {
        let state = gix::index::State::new(handle.object_hash());
        return Ok(gix::index::File::from_state(state, handle.index_path()));
    }
    handle.open_index().map_err(ProjectFault::git("read the index"))
}

/// An entry of the index as a leaf; a folder of a sparse index has the folder's mode.
pub fn leaf_of(entry: &gix::index::Entry) -> Leaf {
    let mode = entry.mode.bits();
    Leaf {
        mode: if mode & 0o170_000 == 0o100_000 && mode != MODE_EXECUTABLE { MODE_FILE } else { mode },
        id: entry.id,
    }
}

impl Disk<'_, '_> {
    fn tracked(
        &mut self,
        index: &gix::index::File,
        among: &[usize],
        found: &mut Found,
    ) -> Result<(), ProjectFault> {
        let mut unmerged_before: Option<GitPath> = None;
        for entry in self.suspects(index, among).into_iter().filter_map(|at| index.entries().get(at)) {
            let path = GitPath::from_tree(entry.path(index));
            if entry.stage() != Stage::Unconflicted {
                if unmerged_before.as_ref() != Some(&path) {
                    let disk = self.look(&path, None)?;
                    found.tracked.push(Different { path: path.clone(), index: None, disk });
                    found.unmerged.push(path.clone());
                    unmerged_before = Some(path);
                }
                continue;
            }
            let leaf = leaf_of(entry);
            let disk = self.look(&path, Some(leaf))?;
            if disk != OnDisk::Leaf(leaf) || entry.flags.contains(Flags::INTENT_TO_ADD) {
                let known = (!entry.flags.contains(Flags::INTENT_TO_ADD)).then_some(leaf);
                found.tracked.push(Different { path, index: known, disk });
            }
        }
        Ok(())
    }
}
