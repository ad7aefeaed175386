//! Listings: every file below a folder, bounded, never through a symlinked folder.

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use tgp_model::RepoPath;

use super::jail::{self, kind_of};
use super::stage::TEMPORARY_PREFIX;
use super::{Base, FileError, FileKind, Place, ProjectFiles};

/// Deepest folder a listing goes into.
const DEEPEST: usize = 128;

/// The files below a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Paths of regular files, and of symlinks that lead to one inside; sorted.
    pub files: Vec<RepoPath>,
    /// How many names were left out because no path can spell them (not UTF-8, control characters, backslashes).
    pub unnameable: usize,
    /// Whether there is more than the most that was asked for.
    pub cut: bool,
}

struct Walk<'a> {
    base: &'a Base,
    skip: &'a dyn Fn(&RepoPath) -> bool,
    most: usize,
    listing: Listing,
}

impl ProjectFiles {
    /// Files below a folder at any depth, at most `most`. `skip` leaves out files and whole folders by their path
    /// (`.git`, `node_modules`, what may not be read). Symlinked folders are not entered.
    pub fn list(
        &self,
        folder: impl Into<Place>,
        skip: &dyn Fn(&RepoPath) -> bool,
        most: usize,
    ) -> Result<Listing, FileError> {
        let place = folder.into();
        let base = self.base(&place)?;
        let walked = jail::walk(base, &place.path, true)?;
        let path = walked.leads_to()?;
        match walked.stat.as_ref().map(kind_of) {
            None => return Err(FileError::Missing { path: place.path.to_string() }),
            Some(FileKind::Folder) => {}
            Some(kind) => return Err(FileError::Kind { path: place.path.to_string(), kind }),
        }
        let mut walk = Walk { base, skip, most, listing: Listing::default() };
        let name = walked.name.as_deref().unwrap_or(".");
        let folder = open_folder(walked.folder(base), name).map_err(FileError::io("list", &place.path))?;
        walk.folder(&folder, &path, 0)?;
        Ok(walk.listing)
    }
}

fn open_folder(
    above: std::os::fd::BorrowedFd<'_>,
    name: &str,
) -> Result<std::os::fd::OwnedFd, rustix::io::Errno> {
    rustix::fs::openat(
        above,
        name,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

impl Walk<'_> {
    fn folder(
        &mut self,
        folder: &std::os::fd::OwnedFd,
        path: &RepoPath,
        depth: usize,
    ) -> Result<(), FileError> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(FileError::io("list", path))? {
            let entry = entry.map_err(FileError::io("list", path))?;
            match entry.file_name().to_str() {
                Ok("." | "..") => {}
                Ok(name) => match path.join(name) {
                    // A name that changes when it is spelled as a path cannot be asked for.
                    Ok(spelled) if spelled.file_name() == Some(name) => {
                        names.push((name.to_owned(), spelled));
                    }
                    _ => self.listing.unnameable += 1,
                },
                Err(_) => self.listing.unnameable += 1,
            }
        }
        names.sort();
        for (name, path) in names {
            if self.listing.cut {
                return Ok(());
            }
            if name.starts_with(TEMPORARY_PREFIX) || (self.skip)(&path) {
                continue;
            }
            // Gone since it was listed, or not to be looked at: not a file to name.
            let Ok(stat) = rustix::fs::statat(folder, name.as_str(), AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            match kind_of(&stat) {
                FileKind::File => self.add(path),
                FileKind::Folder if depth < DEEPEST => {
                    if let Ok(inner) = open_folder(std::os::fd::AsFd::as_fd(folder), &name) {
                        self.folder(&inner, &path, depth + 1)?;
                    }
                }
                FileKind::Folder => self.listing.cut = true,
                FileKind::Symlink if self.leads_to_file(&path) => self.add(path),
                _ => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, path: RepoPath) {
        if self.listing.files.len() < self.most {
            self.listing.files.push(path);
        } else {
            self.listing.cut = true;
        }
    }

    fn leads_to_file(&self, path: &RepoPath) -> bool {
        let Ok(walked) = jail::walk(self.base, path, true) else { return false };
        walked.stat.as_ref().map(kind_of) == Some(FileKind::File)
            && walked.leads_to().is_ok_and(|target| !(self.skip)(&target))
    }
}
