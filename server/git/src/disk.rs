//! The working tree: looked at beneath its top, one file at a time, never through a symlink.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use gix::ObjectId;
use rustix::fs::{Mode as FileMode, OFlags};

use crate::fault::ProjectFault;
use crate::open::Project;
use crate::path::GitPath;
use crate::rules::Conversions;
use crate::scan::{OnDisk, Unread};
use crate::unchanged::{Rules, suspects};
use crate::{Leaf, MODE_EXECUTABLE, MODE_FILE, MODE_SUBMODULE, MODE_SYMLINK};

/// The working tree, looked at beneath its top and never through a symlink.
pub(crate) struct Disk<'a, 'b> {
    pub(crate) handle: &'a gix::Repository,
    pub(crate) work_dir: &'a Path,
    top: OwnedFd,
    largest: u64,
    conversions: &'a mut Conversions<'b>,
    folders: HashMap<GitPath, bool>,
    stat: gix::index::entry::stat::Options,
    file_mode: bool,
}

impl<'a, 'b> Disk<'a, 'b> {
    pub(crate) fn new(
        handle: &'a gix::Repository,
        work_dir: &'a Path,
        largest: u64,
        conversions: &'a mut Conversions<'b>,
    ) -> Result<Self, ProjectFault> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = rustix::fs::open(work_dir, flags, FileMode::empty())
            .map_err(|error| ProjectFault::io("open", work_dir)(error.into()))?;
        let stat = handle.stat_options().map_err(ProjectFault::git("read the configuration"))?;
        let file_mode = handle.config_snapshot().boolean("core.fileMode").unwrap_or(true);
        Ok(Self { handle, work_dir, top, largest, conversions, folders: HashMap::new(), stat, file_mode })
    }

    /// Those of some entries of the index that have to be looked at by themselves.
    pub(crate) fn suspects(&self, index: &gix::index::File, among: &[usize]) -> Vec<usize> {
        suspects(&self.top, index, among, Rules { stat: self.stat, file_mode: self.file_mode })
    }

    /// Whether all of a folder's path are folders and none a symlink.
    pub(crate) fn is_real_folder(&mut self, folder: &GitPath) -> bool {
        if folder.is_root() {
            return true;
        }
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let real = self.is_real_folder(&folder.parent())
            && std::fs::symlink_metadata(folder.below(self.work_dir)).is_ok_and(|about| about.is_dir());
        self.folders.insert(folder.clone(), real);
        real
    }

    /// What stands at a path as Git would store it.
    pub(crate) fn look(&mut self, path: &GitPath, index: Option<Leaf>) -> Result<OnDisk, ProjectFault> {
        let full = path.below(self.work_dir);
        if !self.is_real_folder(&path.parent()) {
            return Ok(OnDisk::Nothing);
        }
        let about = match std::fs::symlink_metadata(&full) {
            Ok(about) => about,
            Err(error) if crate::refs::is_absent(&error) => return Ok(OnDisk::Nothing),
            Err(error) => return Err(ProjectFault::io("look at", &full)(error)),
        };
        if about.is_dir() {
            return Ok(submodule(&full)
                .or(index.filter(|leaf| leaf.mode == MODE_SUBMODULE))
                .map_or(OnDisk::Nothing, OnDisk::Leaf));
        }
        if about.is_symlink() {
            let target = std::fs::read_link(&full).map_err(ProjectFault::io("read", &full))?;
            let id = hash(target.as_os_str().as_encoded_bytes())?;
            return Ok(OnDisk::Leaf(Leaf { mode: MODE_SYMLINK, id }));
        }
        if !about.is_file() {
            return Ok(OnDisk::Nothing);
        }
        let kept = index.filter(|leaf| !self.file_mode && leaf.is_file()).map(|leaf| leaf.mode);
        let mode = kept.unwrap_or(if is_executable(&about) { MODE_EXECUTABLE } else { MODE_FILE });
        if about.len() > self.largest {
            return Ok(OnDisk::Unread(mode, Unread::TooLarge));
        }
        if let Some(filter) = self.conversions.filter_of(path)?
            && ["clean", "process"].iter().any(|part| {
                self.handle.config_snapshot().string(&format!("filter.{filter}.{part}")).is_some()
            })
        {
            return Ok(OnDisk::Unread(mode, Unread::Filtered));
        }
        let Some(bytes) =
            read_beneath(self.top.as_fd(), path, self.largest).map_err(ProjectFault::io("read", &full))?
        else {
            return Ok(OnDisk::Nothing);
        };
        Ok(OnDisk::Leaf(Leaf { mode, id: hash(&self.conversions.to_git(path, &bytes)?)? }))
    }
}

fn submodule(folder: &Path) -> Option<Leaf> {
    let opened = Project::open(folder, crate::open::ProjectSettings::default()).ok()?;
    Some(Leaf { mode: MODE_SUBMODULE, id: opened.head().ok()?.commit()? })
}

/// The name Git gives a content.
pub fn hash(bytes: &[u8]) -> Result<ObjectId, ProjectFault> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes)
        .map_err(ProjectFault::git("name a content"))
}

fn is_executable(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o100 != 0
}

/// Reads a file, entering one folder at a time and never a symlink: what was checked is what is read. None where
/// something else stands there by now.
pub fn read_beneath(
    top: std::os::fd::BorrowedFd<'_>,
    path: &GitPath,
    largest: u64,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut here: OwnedFd = top.try_clone_to_owned()?;
    for part in path.parent().components() {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&here, part, flags, FileMode::empty()) {
            Ok(folder) => here = folder,
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(&here, path.file_name(), flags, FileMode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let about = file.metadata()?;
    if !about.is_file() || about.len() > largest {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    (&file).take(largest).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
