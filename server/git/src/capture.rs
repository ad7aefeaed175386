//! A person's uncommitted work as a tree: what `git add --all` would store, without touching index or working tree.

use std::collections::HashSet;
use std::os::fd::AsFd as _;

use gix::ObjectId;
use gix::objs::Kind;
use rustix::fs::{Mode as FileMode, OFlags};
use tgp_objects::tree::find;

use crate::disk::read_beneath;
use crate::edit::{EditError, Step};
use crate::fault::ProjectFault;
use crate::open::Project;
use crate::path::GitPath;
use crate::scan::{Different, OnDisk, Scan, ScanOptions, Unread, leaf_of};
use crate::{Leaf, MODE_FOLDER, MODE_SUBMODULE, MODE_SYMLINK};

/// Why a file of the working tree was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOutWhy {
    /// Larger than the limit.
    TooLarge,
    /// Git would hand it to a filter program of the user's, which is never run; what the index has stands for it.
    Filtered,
    /// A repository of its own.
    Nested,
    /// All files together would exceed the limit.
    TooMuch,
    /// It changed or went while it was read.
    Unsteady,
    /// No branch carries a path like this (`.tgp`).
    Reserved,
    /// A submodule with work in it that is not committed there.
    Submodule,
    /// What Git notes of a merge, rebase or the like that is going on.
    Begun,
}

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path.
    pub path: GitPath,
    /// Why.
    pub why: LeftOutWhy,
}

/// A working tree as a tree of Git's.
#[derive(Debug)]
pub struct Captured {
    /// The tree.
    pub tree: ObjectId,
    /// What it does not hold.
    pub left_out: Vec<LeftOut>,
}

impl Project {
    /// The index as steps that lead from a tree to it; entries in conflict are left as the tree has them.
    pub fn index_steps(&self, tree: ObjectId, index: &gix::index::State) -> Result<Vec<Step>, ProjectFault> {
        let mut equal: HashSet<GitPath> = HashSet::new();
        if let Some(noted) = index.tree() {
            self.equal_folders(tree, noted, &GitPath::root(), &mut equal)?;
        }
        if equal.contains(&GitPath::root()) {
            return Ok(Vec::new());
        }
        let mut committed: Vec<(GitPath, Leaf)> = Vec::new();
        let sparse: HashSet<&[u8]> = index
            .entries()
            .iter()
            .filter(|entry| entry.mode.is_sparse())
            .map(|entry| entry.path(index).strip_suffix(b"/").unwrap_or(entry.path(index)))
            .collect();
        self.walk(tree, &GitPath::root(), &mut |path, leaf| {
            if leaf.mode == MODE_FOLDER && equal.contains(path) {
                return false;
            }
            let whole = leaf.mode == MODE_FOLDER && sparse.contains(path.as_bytes());
            if leaf.mode != MODE_FOLDER || whole {
                committed.push((path.clone(), leaf));
            }
            !whole
        })?;
        committed.sort_by(|a, b| a.0.cmp(&b.0));
        let mut steps = Vec::new();
        let mut left = committed.into_iter().peekable();
        for entry in index.entries() {
            let name = entry.path(index).strip_suffix(b"/").unwrap_or(entry.path(index));
            let path = GitPath::from_tree(name);
            if !equal.is_empty() && has_above(&equal, &path) {
                continue;
            }
            while let Some((gone, old)) = left.next_if(|(path, _)| path.as_bytes() < name) {
                steps.push(Step { path: gone, old: Some(old), new: None });
            }
            let old = left.next_if(|(other, _)| *other == path).map(|(_, leaf)| leaf);
            let held = entry.stage() != gix::index::entry::Stage::Unconflicted
                || entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD);
            let new = if held { old } else { Some(leaf_of(entry)) };
            if old != new {
                steps.push(Step { path, old, new });
            }
        }
        steps.extend(left.map(|(path, old)| Step { path, old: Some(old), new: None }));
        Ok(steps)
    }

    /// The topmost folders of a tree for which the index itself notes that it holds exactly them (Git's cache tree, which
    /// every change of an entry beneath takes away): nothing is staged there, and nobody has to look.
    fn equal_folders(
        &self,
        tree: ObjectId,
        noted: &gix::index::extension::Tree,
        folder: &GitPath,
        equal: &mut HashSet<GitPath>,
    ) -> Result<(), ProjectFault> {
        if noted.num_entries.is_some() && noted.id == tree {
            equal.insert(folder.clone());
            return Ok(());
        }
        let entries = self.tree(tree)?;
        for inner in &noted.children {
            if let Some(entry) = find(&entries, &inner.name).filter(|entry| entry.is_folder()) {
                self.equal_folders(entry.id, inner, &folder.entry(&inner.name), equal)?;
            }
        }
        Ok(())
    }

    /// Captures the working tree. `largest` bounds one file, `most` all that is newly stored.
    pub fn capture(&self, untracked: bool, largest: u64, most: u64) -> Result<Captured, EditError> {
        let scan = self.scan(ScanOptions { untracked, ignored: false, largest })?;
        let head = self.tree_of(self.head()?.commit())?;
        let indexed = self.index_steps(head, &scan.index)?;
        let tree = self.apply(head, &indexed)?;
        let mut keeper = Keeper::new(self, largest, most)?;
        let mut steps = Vec::new();
        for file in scan.tracked.iter().chain(&scan.untracked) {
            if let Some(new) = keeper.keep_as_git(file, &scan)? {
                steps.push(Step { path: file.path.clone(), old: file.index, new });
            }
        }
        let mut left_out = keeper.left_out;
        left_out
            .extend(scan.nested.iter().map(|path| LeftOut { path: path.clone(), why: LeftOutWhy::Nested }));
        Ok(Captured { tree: self.apply(tree, &steps)?, left_out })
    }
}

/// Whether a path lies in one of some folders, or is one.
fn has_above(folders: &HashSet<GitPath>, path: &GitPath) -> bool {
    let mut here = path.clone();
    while !here.is_root() {
        if folders.contains(&here) {
            return true;
        }
        here = here.parent();
    }
    false
}

/// Stores files of the working tree, and notes those it does not.
pub struct Keeper<'a> {
    project: &'a Project,
    top: std::os::fd::OwnedFd,
    largest: u64,
    room: u64,
    /// What was left out so far.
    pub left_out: Vec<LeftOut>,
}

impl<'a> Keeper<'a> {
    /// One that stores files up to a size each and in all.
    pub fn new(project: &'a Project, largest: u64, most: u64) -> Result<Self, ProjectFault> {
        let work_dir =
            project.work_dir.as_deref().ok_or_else(|| project.damaged("it has no working tree"))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = rustix::fs::open(work_dir, flags, FileMode::empty())
            .map_err(|error| ProjectFault::io("open", work_dir)(error.into()))?;
        Ok(Self { project, top, largest, room: most, left_out: Vec::new() })
    }

    /// Notes a file that is not stored.
    pub fn leave(&mut self, path: &GitPath, why: LeftOutWhy) {
        self.left_out.push(LeftOut { path: path.clone(), why });
    }

    /// The bytes of a file or symlink as they stand on the disk, where there is room for them.
    pub fn raw(&mut self, path: &GitPath, mode: u32) -> Result<Option<Vec<u8>>, ProjectFault> {
        let work_dir = self.project.work_dir.clone().unwrap_or_default();
        let full = path.below(&work_dir);
        let bytes = if mode == MODE_SYMLINK {
            std::fs::read_link(&full).ok().map(|target| target.into_os_string().into_encoded_bytes())
        } else {
            read_beneath(self.top.as_fd(), path, self.largest).map_err(ProjectFault::io("read", &full))?
        };
        let Some(bytes) = bytes else {
            self.leave(path, LeftOutWhy::Unsteady);
            return Ok(None);
        };
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > self.room {
            self.leave(path, LeftOutWhy::TooMuch);
            return Ok(None);
        }
        self.room -= size;
        Ok(Some(bytes))
    }

    /// The leaf that stands for a file in a capture: none where nothing is to be done, `Some(None)` where it is gone.
    #[expect(clippy::option_option, reason = "three outcomes: a file, no file, nothing to do")]
    fn keep_as_git(&mut self, file: &Different, scan: &Scan) -> Result<Option<Option<Leaf>>, ProjectFault> {
        if file.path.problem().is_some() {
            self.leave(&file.path, LeftOutWhy::Reserved);
            return Ok(None);
        }
        let leaf = match file.disk {
            OnDisk::Nothing => return Ok(Some(None)),
            OnDisk::Unread(_, Unread::TooLarge) => {
                self.leave(&file.path, LeftOutWhy::TooLarge);
                return Ok(None);
            }
            OnDisk::Unread(_, Unread::Filtered) => {
                self.leave(&file.path, LeftOutWhy::Filtered);
                return Ok(None);
            }
            OnDisk::Leaf(leaf) => leaf,
        };
        if leaf.mode == MODE_SUBMODULE {
            return Ok(Some(Some(leaf)));
        }
        let Some(bytes) = self.raw(&file.path, leaf.mode)? else { return Ok(None) };
        let stored = if leaf.mode == MODE_SYMLINK {
            bytes
        } else {
            self.project.objects().with(|handle| {
                self.project.with_conversions(handle, &scan.index, |conversions| {
                    conversions.to_git(&file.path, &bytes)
                })
            })?
        };
        Ok(Some(Some(Leaf { mode: leaf.mode, id: self.project.write(Kind::Blob, &stored)? })))
    }
}
