//! Contents of files as they were before an action, kept by their hash, so that the action can be undone.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::project_files::image::{Image, copy_hashed};
use crate::project_files::stage::{TEMPORARY_PREFIX, write_temporary};

/// Why a pre-image was not kept, found or removed.
#[derive(Debug, thiserror::Error)]
pub enum PreImageError {
    /// The file itself could not be looked at, or was changed meanwhile.
    #[error(transparent)]
    File(#[from] crate::FileError),
    /// What is kept is not what its name says, or the name is none.
    #[error("the kept content `{hash}` is damaged or gone")]
    Damaged {
        /// The hash.
        hash: String,
    },
    /// The operating system refused.
    #[error("could not {doing} the kept contents: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl PreImageError {
    pub(crate) fn io<E: Into<std::io::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Io { doing, source: error.into() }
    }
}

/// What pruning removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Contents removed.
    pub files: u64,
    /// Bytes freed.
    pub bytes: u64,
}

/// The store, below a folder nobody but the user can read.
#[derive(Debug)]
pub struct PreImages {
    folder: OwnedFd,
    largest: u64,
}

/// While it lives, nothing is pruned. Keep it until the changes it recorded are noted durably.
#[derive(Debug)]
pub struct Recording<'a> {
    pub(crate) store: &'a PreImages,
    _lock: File,
}

const LOCK: &str = "lock";

impl PreImages {
    /// Opens the store in `folder`, which is made where it is missing. Contents of more than `largest` bytes are not
    /// kept; what replaces such a file is irreversible.
    pub fn open(folder: &Path, largest: u64) -> Result<Self, PreImageError> {
        let io = PreImageError::io::<std::io::Error>;
        std::fs::create_dir_all(folder).map_err(io("make the folder of"))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened =
            rustix::fs::open(folder, flags, Mode::empty()).map_err(PreImageError::io::<Errno>("open"))?;
        rustix::fs::fchmod(&opened, Mode::RWXU).map_err(PreImageError::io::<Errno>("protect"))?;
        Ok(Self { folder: opened, largest })
    }

    /// Begins to record the changes of one action.
    pub fn begin(&self) -> Result<Recording<'_>, PreImageError> {
        let lock = self.lock(FlockOperation::LockShared).map_err(PreImageError::io::<Errno>("lock"))?;
        Ok(Recording { store: self, _lock: lock })
    }

    fn lock(&self, operation: FlockOperation) -> Result<File, Errno> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = rustix::fs::openat(&self.folder, LOCK, flags, Mode::from_raw_mode(0o600))?;
        rustix::fs::flock(&lock, operation)?;
        Ok(lock.into())
    }

    /// The whole content of a kept image of at most `limit` bytes, for showing a difference.
    pub fn read(&self, image: &Image, limit: u64) -> Result<Vec<u8>, PreImageError> {
        if image.size > limit {
            let path = image.hash.clone();
            return Err(crate::FileError::TooLarge { path, size: image.size, limit }.into());
        }
        let mut content = Vec::new();
        let (hash, _) = copy_hashed(&mut self.open_image(&image.hash)?, &mut content)
            .map_err(PreImageError::io::<std::io::Error>("read"))?;
        if hash != image.hash {
            return Err(PreImageError::Damaged { hash: image.hash.clone() });
        }
        Ok(content)
    }

    /// Opens a kept content. The hash comes from stored state: it may be anything.
    pub(crate) fn open_image(&self, hash: &str) -> Result<File, PreImageError> {
        let damaged = || PreImageError::Damaged { hash: hash.to_owned() };
        if !is_hash(hash) {
            return Err(damaged());
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.folder, hash, flags, Mode::empty()) {
            Ok(file) => Ok(file.into()),
            Err(Errno::NOENT | Errno::LOOP) => Err(damaged()),
            Err(error) => Err(PreImageError::io("read")(error)),
        }
    }

    /// Bytes of all kept contents.
    pub fn size(&self) -> Result<u64, PreImageError> {
        let mut bytes = 0;
        self.each(|_, size| {
            bytes += size;
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Removes every content `keep` does not want, and what a dead process left half-written. None where an action is
    /// being recorded just now: then nothing was removed.
    pub fn prune(&self, keep: &dyn Fn(&str) -> bool) -> Result<Option<Pruned>, PreImageError> {
        let _lock = match self.lock(FlockOperation::NonBlockingLockExclusive) {
            Ok(lock) => lock,
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(PreImageError::io("lock")(error)),
        };
        let mut pruned = Pruned::default();
        self.each(|name, size| {
            if !is_hash(name) || !keep(name) {
                rustix::fs::unlinkat(&self.folder, name, AtFlags::empty())?;
                pruned.files += 1;
                pruned.bytes += size;
            }
            Ok(())
        })?;
        Ok(Some(pruned))
    }

    fn each(&self, mut work: impl FnMut(&str, u64) -> Result<(), Errno>) -> Result<(), PreImageError> {
        let io = PreImageError::io::<Errno>;
        for entry in Dir::read_from(&self.folder).map_err(io("list"))? {
            let entry = entry.map_err(io("list"))?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if is_hash(name) || name.starts_with(TEMPORARY_PREFIX) {
                let stat = match rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => continue,
                    stat => stat.map_err(io("list"))?,
                };
                work(name, u64::try_from(stat.st_size).unwrap_or(0)).map_err(io("remove"))?;
            }
        }
        Ok(())
    }

    /// Keeps a content, durably, unless it is kept already or too large. Says its hash and size, and whether it is kept.
    pub(crate) fn keep<R: Read + Seek>(&self, content: &mut R) -> std::io::Result<(String, u64, bool)> {
        let (hash, size) = copy_hashed(content, &mut std::io::sink())?;
        if size > self.largest {
            return Ok((hash, size, false));
        }
        let there = rustix::fs::statat(&self.folder, hash.as_str(), AtFlags::SYMLINK_NOFOLLOW);
        if there.is_ok_and(|stat| u64::try_from(stat.st_size).is_ok_and(|kept| kept == size)) {
            return Ok((hash, size, true));
        }
        content.seek(SeekFrom::Start(0))?;
        self.write(&hash, content)?;
        Ok((hash, size, true))
    }

    fn write(&self, hash: &str, content: &mut dyn Read) -> std::io::Result<()> {
        // A name of this thread's own: two actions may keep the same content at once.
        let temporary = format!("{TEMPORARY_PREFIX}{hash}-{}", rustix::thread::gettid().as_raw_nonzero());
        let (_file, written) =
            write_temporary(&self.folder, &temporary, content, Some(Mode::from_raw_mode(0o400)))?;
        let done = if written.hash == hash {
            rustix::fs::renameat(&self.folder, temporary.as_str(), &self.folder, hash)
                .map_err(std::io::Error::from)
        } else {
            Err(std::io::Error::other("the file was changed while it was read"))
        };
        if done.is_err() {
            let _ = rustix::fs::unlinkat(&self.folder, temporary.as_str(), AtFlags::empty());
        }
        done?;
        Ok(rustix::fs::fsync(self.folder.as_fd())?)
    }
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
