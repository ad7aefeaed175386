//! Files of the working tree the index does not know, told apart by the user's ignore rules.

use std::collections::HashSet;

use gix::bstr::ByteSlice as _;
use gix::index::entry::Mode;
use gix::worktree::stack::state::ignore::Source as IgnoreSource;

use crate::disk::Disk;
use crate::fault::ProjectFault;
use crate::path::GitPath;
use crate::scan::{Different, Found, ScanOptions};

/// What the index knows, by path.
struct Known<'a> {
    index: &'a gix::index::File,
    submodules: HashSet<&'a [u8]>,
}

impl<'a> Known<'a> {
    fn of(index: &'a gix::index::File) -> Self {
        let submodules = index.entries().iter().filter(|entry| entry.mode.is_submodule());
        Self { index, submodules: submodules.map(|entry| entry.path(index).as_bytes()).collect() }
    }

    /// The entries of a folder. They lie together, and a name is found among them sooner than among all.
    fn inside(&self, folder: &GitPath) -> &'a [gix::index::Entry] {
        if folder.is_root() {
            return self.index.entries();
        }
        let range = self.index.prefixed_entries_range(folder.entry(b"").as_bytes().as_bstr());
        range.and_then(|range| self.index.entries().get(range)).unwrap_or_default()
    }

    fn has(&self, inside: &[gix::index::Entry], path: &GitPath, is_folder: bool) -> bool {
        if is_folder {
            return self.submodules.contains(path.as_bytes());
        }
        inside.binary_search_by(|entry| entry.path(self.index).as_bytes().cmp(path.as_bytes())).is_ok()
    }
}

impl Disk<'_, '_> {
    /// Files the index does not know.
    pub(crate) fn others(
        &mut self,
        index: &gix::index::File,
        options: ScanOptions,
        found: &mut Found,
    ) -> Result<(), ProjectFault> {
        let known = Known::of(index);
        let source = IgnoreSource::WorktreeThenIdMappingIfNotSkipped;
        let mut rules =
            self.handle.excludes(index, None, source).map_err(ProjectFault::git("read the ignore files"))?;
        // Both are told apart by their full names; asking for the name of each folder costs more than listing it.
        let git_dir = self.handle.git_dir().canonicalize().ok();
        let top = self.work_dir.canonicalize().ok();
        let own = git_dir.zip(top).and_then(|(git_dir, top)| {
            let inside = git_dir.strip_prefix(top).ok()?.as_os_str().as_encoded_bytes().to_vec();
            Some(GitPath::from_tree(&inside))
        });
        let mut folders = vec![(GitPath::root(), false)];
        while let Some((folder, above_ignored)) = folders.pop() {
            let inside_folder = known.inside(&folder);
            for item in self.names(&folder, above_ignored, found)? {
                let path = folder.entry(item.file_name().as_encoded_bytes());
                let Ok(kind) = item.file_type() else { continue };
                let hidden = path.file_name().eq_ignore_ascii_case(b".git")
                    || (kind.is_dir() && own.as_ref() == Some(&path));
                if hidden || known.has(inside_folder, &path, kind.is_dir()) {
                    continue;
                }
                let mode = if kind.is_dir() { Mode::DIR } else { Mode::FILE };
                let ignored = above_ignored
                    || rules
                        .at_entry(path.as_bytes().as_bstr(), Some(mode))
                        .map_err(ProjectFault::git("look up the ignore rules"))?
                        .is_excluded();
                if ignored && !options.ignored {
                    continue;
                }
                if kind.is_dir() && item.path().join(".git").exists() {
                    found.nested.push(path);
                } else if kind.is_dir() {
                    folders.push((path, ignored));
                } else if kind.is_file() || kind.is_symlink() {
                    let disk = self.look(&path, None)?;
                    let into = if ignored { &mut found.ignored } else { &mut found.untracked };
                    into.push(Different { path, index: None, disk });
                }
            }
        }
        found.untracked.sort_by(|a, b| a.path.cmp(&b.path));
        found.ignored.sort_by(|a, b| a.path.cmp(&b.path));
        found.empty_folders.sort();
        Ok(())
    }

    /// What lies in a folder, by name; one with nothing in it is noted.
    fn names(
        &self,
        folder: &GitPath,
        ignored: bool,
        found: &mut Found,
    ) -> Result<Vec<std::fs::DirEntry>, ProjectFault> {
        let full = folder.below(self.work_dir);
        let mut names: Vec<_> = match std::fs::read_dir(&full) {
            Ok(listing) => listing.flatten().collect(),
            Err(error) if crate::refs::is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(ProjectFault::io("list", &full)(error)),
        };
        if names.is_empty() && !ignored && !folder.is_root() {
            found.empty_folders.push(folder.clone());
        }
        names.sort_by_cached_key(std::fs::DirEntry::file_name);
        Ok(names)
    }
}
