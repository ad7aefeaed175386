//! The way to a file, one component at a time below a folder that is held open, so that nothing exchanged on the way
//! leads out.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use tgp_model::RepoPath;

use super::{Base, FileError, FileKind};

/// Symlinks followed on one way; as Linux has it.
const MOST_SYMLINKS: u32 = 40;

/// Opening a folder only to go on from there needs no right to list it.
#[cfg(target_os = "linux")]
const PASS: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const PASS: OFlags = OFlags::RDONLY;

/// How far a path leads.
pub(crate) struct Walked {
    /// The folders on the way, outermost first, each held open, without the base.
    pub(crate) folders: Vec<(String, OwnedFd)>,
    /// Folders that do not exist yet, between the last one that does and the name.
    pub(crate) missing: Vec<String>,
    /// The last component; none for the base itself.
    pub(crate) name: Option<String>,
    /// What is there; none where nothing is.
    pub(crate) stat: Option<Stat>,
}

impl Walked {
    pub(crate) fn leads_to(&self) -> Result<RepoPath, FileError> {
        let parts: Vec<&str> = self
            .folders
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(self.missing.iter().map(String::as_str))
            .chain(self.name.as_deref())
            .collect();
        Ok(parts.join("/").parse()?)
    }

    /// The innermost folder that exists.
    pub(crate) fn folder<'a>(&'a self, base: &'a Base) -> BorrowedFd<'a> {
        self.folders.last().map_or_else(|| base.folder.as_fd(), |(_, folder)| folder.as_fd())
    }
}

pub(crate) fn kind_of(stat: &Stat) -> FileKind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Symlink,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        _ => FileKind::Device,
    }
}

pub(crate) fn identity(stat: &Stat) -> (u64, u64) {
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        reason = "the types differ between systems"
    )]
    (stat.st_dev as u64, stat.st_ino.into())
}

pub(crate) fn identity_of(folder: BorrowedFd<'_>) -> Option<(u64, u64)> {
    rustix::fs::fstat(folder).ok().map(|stat| identity(&stat))
}

/// Goes the way of `path` below `base`. With `follow`, symlinks are resolved here, by hand: a `..` in one goes back
/// over the folders that are held, and an absolute one must point below the base.
pub(crate) fn walk(base: &Base, path: &RepoPath, follow: bool) -> Result<Walked, FileError> {
    let mut walked = Walked { folders: Vec::new(), missing: Vec::new(), name: None, stat: None };
    let mut ahead: VecDeque<String> = path.components().map(str::to_owned).collect();
    let mut symlinks = 0;
    while let Some(part) = ahead.pop_front() {
        if part == "." || part.is_empty() {
            continue;
        }
        if part == ".." {
            if !walked.missing.is_empty() {
                walked.missing.pop();
            } else if walked.folders.pop().is_none() {
                return Err(FileError::Escape { path: path.to_string() });
            }
            continue;
        }
        let last = ahead.iter().all(|part| part.is_empty() || part == ".");
        if !walked.missing.is_empty() {
            if last {
                walked.name = Some(part);
            } else {
                walked.missing.push(part);
            }
            continue;
        }
        let here = walked.folder(base);
        let stat = match rustix::fs::statat(here, part.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) if last => {
                walked.name = Some(part);
                break;
            }
            Err(Errno::NOENT) => {
                walked.missing.push(part);
                continue;
            }
            Err(error) => return Err(FileError::io("look at", path)(error)),
        };
        match kind_of(&stat) {
            FileKind::Symlink if follow => {
                symlinks += 1;
                if symlinks > MOST_SYMLINKS {
                    return Err(FileError::Loop { path: path.to_string() });
                }
                let target = target_of(base, here, &part, path)?;
                if target.from_base {
                    walked.folders.clear();
                }
                for part in target.parts.into_iter().rev() {
                    ahead.push_front(part);
                }
            }
            _ if last => {
                walked.name = Some(part);
                walked.stat = Some(stat);
                break;
            }
            FileKind::Folder => {
                let flags = PASS | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                match rustix::fs::openat(here, part.as_str(), flags, Mode::empty()) {
                    Ok(folder) => walked.folders.push((part, folder)),
                    Err(Errno::LOOP | Errno::NOTDIR) => {
                        return Err(FileError::Changed { path: path.to_string() });
                    }
                    Err(error) => return Err(FileError::io("open", path)(error)),
                }
            }
            kind => return Err(FileError::Kind { path: path.to_string(), kind }),
        }
    }
    settle(base, walked, path)
}

/// A way that ended in a folder (`link -> sub/..`) names that folder.
fn settle(base: &Base, mut walked: Walked, path: &RepoPath) -> Result<Walked, FileError> {
    if walked.name.is_none() {
        if let Some(name) = walked.missing.pop() {
            walked.name = Some(name);
        } else {
            let stat = rustix::fs::fstat(walked.folder(base)).map_err(FileError::io("look at", path))?;
            walked.stat = Some(stat);
            walked.name = walked.folders.pop().map(|(name, _)| name);
        }
    }
    Ok(walked)
}

struct Target {
    from_base: bool,
    parts: Vec<String>,
}

fn target_of(base: &Base, folder: BorrowedFd<'_>, name: &str, path: &RepoPath) -> Result<Target, FileError> {
    let escape = || FileError::Escape { path: path.to_string() };
    let target = rustix::fs::readlinkat(folder, name, Vec::new()).map_err(FileError::io("follow", path))?;
    let target = target.to_str().map_err(|_| escape())?;
    let parts = |text: &str| text.split('/').map(str::to_owned).collect();
    if !target.starts_with('/') {
        return Ok(Target { from_base: false, parts: parts(target) });
    }
    let below = Path::new(target).strip_prefix(&base.path).ok().and_then(Path::to_str).ok_or_else(escape)?;
    Ok(Target { from_base: true, parts: parts(below) })
}

/// Opens a file for reading. On Linux the kernel holds the jail in one call; where it refuses or cannot, the walk
/// settles why.
pub(crate) fn open_file(base: &Base, path: &RepoPath, follow: bool) -> Result<OwnedFd, FileError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::ResolveFlags;
        let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if !follow {
            resolve |= ResolveFlags::NO_SYMLINKS;
        }
        let spelled = if path.is_root() { "." } else { path.as_str() };
        match rustix::fs::openat2(&base.folder, spelled, flags, Mode::empty(), resolve) {
            Ok(file) => return Ok(file),
            Err(Errno::NOENT) => return Err(FileError::Missing { path: path.to_string() }),
            // XDEV: out of the jail, or an absolute symlink that points inside. AGAIN: something was renamed meanwhile.
            // NOSYS, PERM: an old kernel, or one that filters the call.
            Err(_) => {}
        }
    }
    let walked = walk(base, path, follow)?;
    let stat = walked.stat.as_ref().ok_or_else(|| FileError::Missing { path: path.to_string() })?;
    match kind_of(stat) {
        FileKind::File | FileKind::Folder => {}
        kind => return Err(FileError::Kind { path: path.to_string(), kind }),
    }
    let name = walked.name.as_deref().unwrap_or(".");
    rustix::fs::openat(walked.folder(base), name, flags | OFlags::NOFOLLOW, Mode::empty()).map_err(|error| {
        match error {
            Errno::LOOP => FileError::Changed { path: path.to_string() },
            Errno::NOENT => FileError::Missing { path: path.to_string() },
            error => FileError::io("open", path)(error),
        }
    })
}
