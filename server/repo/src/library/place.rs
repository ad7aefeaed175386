//! Files of the working tree: written only where nobody edited them, and never through a symlink.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

use gix::objs::Kind;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use tgp_model::RepoPath;

use super::commit::{LeftAlone, LeftAloneWhy};
use super::edit::{RESERVED, Step};
use super::tree::{Leaf, MODE_EXECUTABLE};
use super::{Library, Line, ReadError, Shared};
use crate::fault::LibraryFault;
use crate::id;

/// Largest file of the working tree that is compared with its commit; a larger one counts as edited.
const LARGEST_FILE: u64 = 64 << 20;
static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// What the working tree has for a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkingCopy {
    /// What is committed, or nothing where nothing is committed.
    Same,
    /// Something else: a person's uncommitted edit.
    Edited(Vec<u8>),
    /// Nothing, though something is committed.
    Deleted,
    /// Something that is no regular file, or one that is too large to look at.
    NotAFile,
}

/// What stands at a path of the working tree.
pub(crate) enum Standing {
    Nothing,
    File(File, Vec<u8>),
    Other,
}

impl Library {
    /// The working tree's state of a file against the last commit: what a person edited and did not commit.
    pub fn working_copy(&self, path: &RepoPath) -> Result<WorkingCopy, ReadError> {
        let committed = match self.view(&Line::Trunk)? {
            Some(view) => view.leaf(path)?.filter(Leaf::is_file),
            None => None,
        };
        Ok(match (self.shared.standing(path)?, committed) {
            (Standing::Nothing, None) => WorkingCopy::Same,
            (Standing::Nothing, Some(_)) => WorkingCopy::Deleted,
            (Standing::Other, _) => WorkingCopy::NotAFile,
            (Standing::File(_, content), Some(leaf)) if id::hash(Kind::Blob, &content) == Some(leaf.id) => {
                WorkingCopy::Same
            }
            (Standing::File(_, content), _) => WorkingCopy::Edited(content),
        })
    }
}

impl Shared {
    fn root(&self) -> Result<OwnedFd, LibraryFault> {
        rustix::fs::open(&self.folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|error| LibraryFault::io("open", &self.folder)(error.into()))
    }

    /// The folder a file lies in, entered one component at a time and never through a symlink.
    fn parent(&self, path: &RepoPath, create: bool) -> Result<Result<OwnedFd, Errno>, LibraryFault> {
        let mut here = self.root()?;
        for part in path.parent().unwrap_or_default().components() {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mut next = rustix::fs::openat(&here, part, flags, Mode::empty());
            if create && next.as_ref().err() == Some(&Errno::NOENT) {
                match rustix::fs::mkdirat(&here, part, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {
                        next = rustix::fs::openat(&here, part, flags, Mode::empty());
                    }
                    Err(error) => next = Err(error),
                }
            }
            match next {
                Ok(folder) => here = folder,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(here))
    }

    /// What stands at a path, with its content where it is a regular file of bearable size.
    pub(crate) fn standing(&self, path: &RepoPath) -> Result<Standing, LibraryFault> {
        match self.parent(path, false)? {
            Ok(folder) => stand(folder.as_fd(), path)
                .map_err(|error| LibraryFault::io("read", &self.folder.join(path.as_str()))(error)),
            Err(Errno::NOENT) => Ok(Standing::Nothing),
            Err(_) => Ok(Standing::Other),
        }
    }

    /// Brings each step into the working tree where that harms nobody's edit, and tells where it would have.
    /// `contents` may know a content by the step's place; otherwise it is read from the objects.
    pub(crate) fn place_all(
        &self,
        steps: &[Step],
        contents: &dyn Fn(usize) -> Option<Vec<u8>>,
    ) -> Vec<LeftAlone> {
        let mut left_alone = Vec::new();
        // Deletions first: a file may become a folder in one commit.
        let order =
            |deletes: bool| steps.iter().enumerate().filter(move |(_, step)| step.new.is_none() == deletes);
        for (at, step) in order(true).chain(order(false)) {
            let why = match self.place(step, || contents(at)) {
                Ok(why) => why,
                Err(error) => Some(LeftAloneWhy::Failed { reason: error.to_string() }),
            };
            if let Some(why) = why {
                left_alone.push(LeftAlone { path: step.path.clone(), why });
            }
        }
        left_alone
    }

    fn place(
        &self,
        step: &Step,
        content: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Result<Option<LeftAloneWhy>, LibraryFault> {
        let first = step.path.components().next().unwrap_or_default();
        if RESERVED.iter().any(|reserved| first.eq_ignore_ascii_case(reserved))
            || super::edit::unfit(&step.path).is_some()
        {
            return Ok(Some(LeftAloneWhy::Reserved));
        }
        if step.new.is_some_and(|leaf| !leaf.is_file()) {
            return Ok(Some(LeftAloneWhy::Unsupported));
        }
        let full = self.folder.join(step.path.as_str());
        let folder = match self.parent(&step.path, step.new.is_some())? {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => return Ok(Some(LeftAloneWhy::NotAFile)),
            Err(error) => return Err(LibraryFault::io("open the folder of", &full)(error.into())),
        };
        let name = step.path.file_name().unwrap_or_default();
        let standing = stand(folder.as_fd(), &step.path).map_err(LibraryFault::io("read", &full))?;
        let known = match &standing {
            Standing::Other => return Ok(Some(LeftAloneWhy::NotAFile)),
            Standing::Nothing => None,
            Standing::File(_, bytes) => id::hash(Kind::Blob, bytes),
        };
        if known == step.new.map(|leaf| leaf.id) {
            return Ok(None);
        }
        if known != step.old.map(|leaf| leaf.id) {
            return Ok(Some(match (known, step.old) {
                (None, _) => LeftAloneWhy::Deleted,
                (Some(_), None) => LeftAloneWhy::Untracked,
                (Some(_), Some(_)) => LeftAloneWhy::Edited,
            }));
        }
        let Some(leaf) = step.new else {
            rustix::fs::unlinkat(&folder, name, AtFlags::empty())
                .map_err(|error| LibraryFault::io("delete", &full)(error.into()))?;
            self.remove_empty_folders(&step.path);
            return Ok(None);
        };
        let content = content().map_or_else(|| self.objects.blob(leaf.id), Ok)?;
        self.replace(folder.as_fd(), name, leaf, &content).map_err(LibraryFault::io("write", &full))?;
        Ok(None)
    }

    /// Writes beside, in `state/tmp`, and renames: a reader sees the old or the new file.
    fn replace(
        &self,
        folder: std::os::fd::BorrowedFd<'_>,
        name: &str,
        leaf: Leaf,
        content: &[u8],
    ) -> std::io::Result<()> {
        let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
        let temporary = self.state.join("tmp").join(format!("{}-{number}", std::process::id()));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(if leaf.mode == MODE_EXECUTABLE { 0o777 } else { 0o666 });
        let written = rustix::fs::open(&temporary, flags, mode)
            .map_err(std::io::Error::from)
            .and_then(|file| File::from(file).write_all(content))
            .and_then(|()| Ok(rustix::fs::renameat(rustix::fs::CWD, &temporary, folder, name)?));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written
    }

    /// As Git does: a folder goes with its last file. The library's own folders stay.
    fn remove_empty_folders(&self, path: &RepoPath) {
        let mut folder = path.parent();
        while let Some(here) = folder.filter(|here| here.components().count() > 1) {
            let Some(name) = here.file_name() else { return };
            let Ok(Ok(above)) = self.parent(&here, false) else { return };
            if rustix::fs::unlinkat(&above, name, AtFlags::REMOVEDIR).is_err() {
                return;
            }
            folder = here.parent();
        }
    }
}

fn stand(folder: std::os::fd::BorrowedFd<'_>, path: &RepoPath) -> std::io::Result<Standing> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(folder, path.file_name().unwrap_or_default(), flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(Standing::Nothing),
        Err(Errno::LOOP | Errno::NXIO | Errno::MLINK) => return Ok(Standing::Other),
        Err(error) => return Err(error.into()),
    };
    let about = file.metadata()?;
    if !about.is_file() || about.len() > LARGEST_FILE {
        return Ok(Standing::Other);
    }
    let mut content = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    (&file).take(LARGEST_FILE).read_to_end(&mut content)?;
    Ok(Standing::File(file, content))
}
