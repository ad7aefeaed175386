//! Writing a plain file: into a temporary file beside it, then one rename, and only in the allowed folders.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;
use tgp_model::RepoPath;

use super::image::{Image, ImageKind, copy_hashed};
use super::jail::{self, Walked, identity, identity_of, kind_of};
use super::{Base, FileError, FileKind, Place, ProjectFiles};

/// Beginning of the names of temporary files; listings leave them out.
pub(crate) const TEMPORARY_PREFIX: &str = ".tgp-tmp-";

/// A file written beside its place and not yet in it. Dropping it removes it, and the folders made for it.
#[derive(Debug)]
pub struct Staged {
    pub(crate) place: Place,
    folder: OwnedFd,
    name: String,
    temporary: String,
    pub(crate) before: Option<Before>,
    made: Vec<(OwnedFd, String)>,
    /// Folders made for it, as paths, outermost first.
    pub(crate) made_paths: Vec<RepoPath>,
    /// What was written.
    pub(crate) written: Image,
    done: bool,
    /// Kept open and locked, so that a leftover of a dead process is told from a living one's file.
    _file: File,
}

/// What stood in the place when the file was staged.
pub(crate) type Before = ((u64, u64), i64, i64, i64);

impl Staged {
    /// Where it will be: the place after all symlinks.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The written file, from its beginning.
    pub(crate) fn reopened(&self) -> Result<File, FileError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.folder, self.temporary.as_str(), flags, Mode::empty());
        Ok(opened.map_err(FileError::io("read", &self.place.path))?.into())
    }

    /// Whether it replaces a file.
    pub fn replaces(&self) -> bool {
        self.before.is_some()
    }
}

#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the types differ between systems")]
pub(crate) fn before_of(stat: &Stat) -> Before {
    (identity(stat), stat.st_size as i64, stat.st_mtime as i64, stat.st_mtime_nsec as i64)
}

impl ProjectFiles {
    /// Writes `content` into a temporary file beside the place, made durable. Nothing is visible until
    /// [`ProjectFiles::commit`].
    pub fn stage(&self, path: impl Into<Place>, content: &[u8]) -> Result<Staged, FileError> {
        self.stage_from(path.into(), true, &mut &*content, None)
    }

    /// Writes what `content` gives. With `follow`, symlinks on the way that stay inside are followed. A new file gets
    /// `mode`, another one keeps its own unless `mode` says otherwise.
    pub(crate) fn stage_from(
        &self,
        asked: Place,
        follow: bool,
        content: &mut dyn Read,
        mode: Option<u32>,
    ) -> Result<Staged, FileError> {
        let base = self.base(&asked)?;
        let walked = jail::walk(base, &asked.path, follow)?;
        let place = Place { base: asked.base, path: walked.leads_to()? };
        let Some(name) = walked.name.clone() else {
            return Err(FileError::Kind { path: asked.path.to_string(), kind: FileKind::Folder });
        };
        if !self.may_write(&place, &walked)? {
            return Err(FileError::NotAllowed { path: place.path.to_string() });
        }
        if let Some(kind) = walked.stat.as_ref().map(kind_of).filter(|kind| *kind != FileKind::File) {
            return Err(FileError::Kind { path: place.path.to_string(), kind });
        }
        let before = walked.stat.as_ref().map(before_of);
        let kept = walked.stat.as_ref().map(|stat| stat.st_mode & 0o777);
        let mode = mode.map(|mode| mode & 0o777).or(kept).map(Mode::from_raw_mode);
        let mut new_folders = Vec::new();
        let folder = enter(base, &walked, &mut new_folders)
            .map_err(FileError::io("create the folder of", &place.path))?;
        let temporary = temporary_name(&name);
        let (file, written) = match write_temporary(&folder, &temporary, content, mode) {
            Ok(written) => written,
            Err(source) => {
                remove_made(&new_folders);
                return Err(FileError::Io { doing: "write", path: place.path.to_string(), source });
            }
        };
        let made_paths = made_paths(&place.path, new_folders.len())?;
        Ok(Staged {
            place,
            folder,
            name,
            temporary,
            before,
            made: new_folders,
            made_paths,
            written,
            done: false,
            _file: file,
        })
    }

    /// Puts a staged file in its place, if the way there and what stood there are what they were.
    pub fn commit(&self, mut staged: Staged) -> Result<(), FileError> {
        let path = staged.place.path.clone();
        let changed = || FileError::Changed { path: path.to_string() };
        let base = self.base(&staged.place)?;
        // The held folder is the real one whatever happened to its name; but a file put into a folder that is no longer
        // on the way would be lost, and a symlink in its place would make the path lead elsewhere.
        let walked = jail::walk(base, &path, false).map_err(|_| changed())?;
        if identity_of(walked.folder(base)) != identity_of(staged.folder.as_fd())
            || !walked.missing.is_empty()
        {
            return Err(changed());
        }
        if walked.stat.as_ref().map(before_of) != staged.before {
            return Err(changed());
        }
        rustix::fs::renameat(&staged.folder, staged.temporary.as_str(), &staged.folder, staged.name.as_str())
            .map_err(FileError::io("write", &path))?;
        staged.done = true;
        // The name too is durable. Where folders cannot be synced the file stands all the same.
        let _ = rustix::fs::fsync(&staged.folder);
        Ok(())
    }

    /// Deletes a regular file in an allowed folder. The last symlink on the way is not followed: it is deleted itself.
    pub fn delete(&self, path: impl Into<Place>) -> Result<(), FileError> {
        let place = path.into();
        let base = self.base(&place)?;
        let walked = jail::walk(base, &place.path, false)?;
        let missing = || FileError::Missing { path: place.path.to_string() };
        let stat = walked.stat.as_ref().ok_or_else(missing)?;
        if !self.may_write(&place, &walked)? {
            return Err(FileError::NotAllowed { path: place.path.to_string() });
        }
        match kind_of(stat) {
            FileKind::File | FileKind::Symlink => {}
            kind => return Err(FileError::Kind { path: place.path.to_string(), kind }),
        }
        let name = walked.name.as_deref().ok_or_else(missing)?;
        rustix::fs::unlinkat(walked.folder(base), name, AtFlags::empty())
            .map_err(FileError::io("delete", &place.path))
    }

    /// Whether a place lies in an allowed folder: by the identity of the folders on the way, so that neither case nor a
    /// bind mount matters; for folders that do not exist yet by whole components of the path.
    pub(crate) fn may_write(&self, place: &Place, walked: &Walked) -> Result<bool, FileError> {
        for allowed in &self.allowed {
            if allowed.base != place.base {
                continue;
            }
            if place.path == allowed.path {
                // The allowed folder itself is not a file in it.
                continue;
            }
            if allowed.path.is_root() {
                return Ok(true);
            }
            let base = self.base(allowed)?;
            // An allowed folder that a symlink turns out of the project allows nothing.
            let Ok(here) = jail::walk(base, &allowed.path, true) else { continue };
            match here.stat.as_ref() {
                Some(stat) if kind_of(stat) == FileKind::Folder => {
                    let wanted = Some(identity(stat));
                    if walked.folders.iter().any(|(_, folder)| identity_of(folder.as_fd()) == wanted) {
                        return Ok(true);
                    }
                }
                Some(_) => {}
                None => {
                    if here.leads_to()? != place.path && place.path.is_within(&here.leads_to()?) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.done {
            let _ = rustix::fs::unlinkat(&self.folder, self.temporary.as_str(), AtFlags::empty());
            remove_made(&self.made);
        }
    }
}

/// The innermost `count` folders above a path, outermost first.
fn made_paths(path: &RepoPath, count: usize) -> Result<Vec<RepoPath>, FileError> {
    let parts: Vec<&str> = path.components().collect();
    let last = parts.len().saturating_sub(1);
    let above = (last.saturating_sub(count) + 1..=last).filter_map(|end| parts.get(..end));
    Ok(above.map(|parts| parts.join("/").parse()).collect::<Result<_, _>>()?)
}

fn remove_made(made: &[(OwnedFd, String)]) {
    for (above, name) in made.iter().rev() {
        // Fails, as it should, when somebody put something into it meanwhile.
        let _ = rustix::fs::unlinkat(above, name.as_str(), AtFlags::REMOVEDIR);
    }
}

/// The folder the file goes into, made where it is missing, and held open for reading so that it can be synced.
fn enter(base: &Base, walked: &Walked, made: &mut Vec<(OwnedFd, String)>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut here = rustix::fs::openat(walked.folder(base), ".", flags, Mode::empty())?;
    for name in &walked.missing {
        match rustix::fs::mkdirat(&here, name.as_str(), Mode::from_raw_mode(0o777)) {
            Ok(()) => made.push((here.try_clone().map_err(|_| Errno::MFILE)?, name.clone())),
            Err(Errno::EXIST) => {}
            Err(error) => {
                remove_made(made);
                return Err(error);
            }
        }
        here = match rustix::fs::openat(&here, name.as_str(), flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(error) => {
                remove_made(made);
                return Err(error);
            }
        };
    }
    Ok(here)
}

pub(crate) fn temporary_name(name: &str) -> String {
    let mut kept = name.len().min(200);
    while !name.is_char_boundary(kept) {
        kept -= 1;
    }
    format!("{TEMPORARY_PREFIX}{}", name.get(..kept).unwrap_or_default())
}

/// Writes a file that is not there yet, made durable.
pub(crate) fn write_temporary(
    folder: &OwnedFd,
    name: &str,
    content: &mut dyn Read,
    mode: Option<Mode>,
) -> std::io::Result<(File, Image)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let create = || rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o666));
    let file = match create() {
        Err(Errno::EXIST) => {
            clear_leftover(folder, name)?;
            create()?
        }
        other => other?,
    };
    let mut file = File::from(file);
    let written = (|| {
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let (hash, size) = copy_hashed(content, &mut file)?;
        if let Some(mode) = mode {
            rustix::fs::fchmod(&file, mode)?;
        }
        file.sync_all()?;
        let mode = rustix::fs::fstat(&file)?.st_mode & 0o777;
        Ok(Image { kind: ImageKind::File, hash, size, mode, kept: false })
    })();
    match written {
        Ok(image) => Ok((file, image)),
        Err(error) => {
            let _ = rustix::fs::unlinkat(folder, name, AtFlags::empty());
            Err(error)
        }
    }
}

/// Removes the temporary file of a process that died: nobody holds its lock.
pub(crate) fn clear_leftover(folder: &OwnedFd, name: &str) -> std::io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(rustix::fs::unlinkat(folder, name, AtFlags::empty())?)
}

/// The path of a place, for messages.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.path as &RepoPath, f)
    }
}
