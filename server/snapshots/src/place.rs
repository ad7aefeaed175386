//! Files of the working tree put in place and taken away: beneath its top, one folder at a time, never through a
//! symlink, each as a whole.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use tgp_git::{GitPath, MODE_EXECUTABLE, MODE_FILE, MODE_SYMLINK};

/// The working tree, opened once: what its folders are called later does not matter.
pub struct Place {
    top: OwnedFd,
    temporary: PathBuf,
    number: u64,
    /// How many files were put in place and are not synced.
    written: u64,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A file or symlink: its mode as Git has it, and its bytes.
    File(u32, Vec<u8>),
    /// A folder.
    Folder,
    /// A file or something else in place of a folder on the way, or what is neither file nor folder.
    Other,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Place {
    /// The working tree at `top`; files in the making lie in `temporary`.
    pub fn new(top: &Path, temporary: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(temporary)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = rustix::fs::open(top, flags, Mode::empty())?;
        Ok(Self { top, temporary: temporary.to_owned(), number: 0, written: 0 })
    }

    /// The folder a path lies in.
    fn parent(&self, path: &GitPath, create: bool) -> Result<OwnedFd, Errno> {
        let mut here = rustix::fs::openat(&self.top, ".", FOLDER, Mode::empty())?;
        for part in path.parent().components() {
            let mut next = rustix::fs::openat(&here, part, FOLDER, Mode::empty());
            if create && next.as_ref().err() == Some(&Errno::NOENT) {
                match rustix::fs::mkdirat(&here, part, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {
                        next = rustix::fs::openat(&here, part, FOLDER, Mode::empty());
                    }
                    Err(error) => return Err(error),
                }
            }
            here = next?;
        }
        Ok(here)
    }

    /// What stands at a path.
    pub fn look(&self, path: &GitPath) -> std::io::Result<Found> {
        let folder = match self.parent(path, false) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(Errno::NOTDIR | Errno::LOOP) => return Ok(Found::Other),
            Err(error) => return Err(error.into()),
        };
        let name = path.file_name();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = match rustix::fs::openat(&folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(Errno::LOOP) => {
                let target = rustix::fs::readlinkat(&folder, name, Vec::new())?;
                return Ok(Found::File(MODE_SYMLINK, target.into_bytes()));
            }
            Err(Errno::NXIO) => return Ok(Found::Other),
            Err(error) => return Err(error.into()),
        };
        let about = file.metadata()?;
        if about.is_dir() {
            return Ok(Found::Folder);
        }
        if !about.is_file() {
            return Ok(Found::Other);
        }
        let executable = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o100 != 0;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Found::File(if executable { MODE_EXECUTABLE } else { MODE_FILE }, bytes))
    }

    /// Whether a folder holds nothing.
    pub fn is_empty(&self, path: &GitPath) -> bool {
        let Ok(folder) = self.parent(&path.entry(b"x"), false) else { return false };
        let Ok(entries) = rustix::fs::Dir::read_from(&folder) else { return false };
        entries.flatten().all(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
    }

    /// Puts a file or symlink in place: a reader sees the old one or the new one. It is on the disk after `sync` only; a
    /// sync a file would make a restore of many files wait for the disk as often.
    pub fn write(&mut self, path: &GitPath, mode: u32, bytes: &[u8]) -> std::io::Result<()> {
        let folder = self.parent(path, true)?;
        self.number += 1;
        let name = format!("restore-{}-{}", std::process::id(), self.number);
        let beside = self.temporary.join(&name);
        let begun = make(rustix::fs::CWD, beside.as_os_str().as_encoded_bytes(), mode, bytes);
        let placed = begun
            .and_then(|()| Ok(rustix::fs::renameat(rustix::fs::CWD, &beside, &folder, path.file_name())?));
        match placed {
            Err(error) if error.raw_os_error() == Some(Errno::XDEV.raw_os_error()) => {
                // The repository lies on another file system: the file is made beside its place.
                let _ = std::fs::remove_file(&beside);
                let hidden = format!(".tgp-{name}");
                let placed = make(folder.as_fd(), hidden.as_bytes(), mode, bytes)
                    .and_then(|()| Ok(rustix::fs::renameat(&folder, &hidden, &folder, path.file_name())?));
                if placed.is_err() {
                    let _ = rustix::fs::unlinkat(&folder, &hidden, AtFlags::empty());
                }
                placed
            }
            Err(error) => {
                let _ = std::fs::remove_file(&beside);
                Err(error)
            }
            Ok(()) => Ok(()),
        }?;
        self.written += 1;
        Ok(())
    }

    /// Brings what was put in place to the disk.
    pub fn sync(&mut self) -> std::io::Result<()> {
        let written = std::mem::take(&mut self.written);
        #[cfg(target_os = "linux")]
        if written > 0 {
            rustix::fs::syncfs(&self.top)?;
        }
        #[cfg(not(target_os = "linux"))]
        let _ = written;
        Ok(())
    }

    /// Takes a folder away, if nothing is in it; whether it went.
    pub fn remove_folder(&self, path: &GitPath) -> bool {
        let Ok(folder) = self.parent(path, false) else { return false };
        rustix::fs::unlinkat(&folder, path.file_name(), AtFlags::REMOVEDIR).is_ok()
    }

    /// Takes a file away, and the folders that are empty then.
    pub fn remove(&self, path: &GitPath) -> std::io::Result<()> {
        let folder = self.parent(path, false)?;
        rustix::fs::unlinkat(&folder, path.file_name(), AtFlags::empty())?;
        let mut above = path.parent();
        while !above.is_root() {
            let Ok(folder) = self.parent(&above, false) else { break };
            // One that holds something stays: the system refuses.
            if rustix::fs::unlinkat(&folder, above.file_name(), AtFlags::REMOVEDIR).is_err() {
                break;
            }
            above = above.parent();
        }
        Ok(())
    }

    /// Makes a folder and those above it; one that is there stays.
    pub fn make_folder(&self, path: &GitPath) -> std::io::Result<()> {
        self.parent(&path.entry(b"x"), true).map(drop).map_err(Into::into)
    }
}

fn make(folder: std::os::fd::BorrowedFd<'_>, name: &[u8], mode: u32, bytes: &[u8]) -> std::io::Result<()> {
    if mode == MODE_SYMLINK {
        return Ok(rustix::fs::symlinkat(bytes, folder, name)?);
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let permissions = Mode::from_raw_mode(if mode == MODE_EXECUTABLE { 0o777 } else { 0o666 });
    let mut file = File::from(rustix::fs::openat(folder, name, flags, permissions)?);
    file.write_all(bytes)?;
    // Where a whole file system can be synced, that is done once for all files.
    if cfg!(target_os = "linux") { Ok(()) } else { file.sync_all() }
}
