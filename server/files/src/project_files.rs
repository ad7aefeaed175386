//! Plain files of the project, and the folders of the host that tools may reach.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use sha2::Digest as _;
use tgp_model::RepoPath;

pub(crate) mod image;
pub(crate) mod jail;
pub(crate) mod list;
pub(crate) mod record;
pub(crate) mod stage;
mod sweep;
pub(crate) mod undo;

pub use list::Listing;
pub use stage::Staged;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symlink; only where it was not to be followed.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Symlink => "symlink",
            Self::Fifo => "named pipe",
            Self::Socket => "socket",
            Self::Device => "device",
        })
    }
}

/// A plain file that was not read, listed or written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A symlink on the way leads out of the root.
    #[error("`{path}` leads out of the project")]
    Escape {
        /// The path.
        path: String,
    },
    /// Nothing is there.
    #[error("`{path}` does not exist")]
    Missing {
        /// The path.
        path: String,
    },
    /// Something else is there than was asked for.
    #[error("`{path}` is a {kind}")]
    Kind {
        /// The path.
        path: String,
        /// What is there.
        kind: FileKind,
    },
    /// It is larger than the caller takes.
    #[error("`{path}` has {size} bytes, more than {limit}")]
    TooLarge {
        /// The path.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// It lies in no folder that may be written.
    #[error("`{path}` is in none of the folders that may be written")]
    NotAllowed {
        /// The path.
        path: String,
    },
    /// The file, or a folder on the way to it, was exchanged between look and commit.
    #[error("`{path}` was changed by somebody else meanwhile")]
    Changed {
        /// The path.
        path: String,
    },
    /// Symlinks lead to each other, or there are too many on the way.
    #[error("`{path}` goes through too many symlinks")]
    Loop {
        /// The path.
        path: String,
    },
    /// An absolute path that is below none of the allowed host folders, or a spelling no path has.
    #[error(transparent)]
    Path(#[from] tgp_model::PathProblem),
    /// The operating system refused.
    #[error("could not {doing} `{path}`: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl FileError {
    pub(crate) fn io(doing: &'static str, path: &RepoPath) -> impl FnOnce(rustix::io::Errno) -> Self + use<> {
        let path = path.to_string();
        move |error| Self::Io { doing, path, source: error.into() }
    }
}

/// A place that can be reached: a path below the project, or below one of the allowed host folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub(crate) base: usize,
    pub(crate) path: RepoPath,
}

impl Place {
    /// The path below its root: the project, or the host folder.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Whether it lies below the project, not in a host folder.
    pub fn is_in_project(&self) -> bool {
        self.base == 0
    }
}

impl From<&RepoPath> for Place {
    fn from(path: &RepoPath) -> Self {
        Self { base: 0, path: path.clone() }
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

/// Where a path leads, without changing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The place after all symlinks; this is what is judged, and what [`ProjectFiles::read_direct`] reads.
    pub leads_to: Place,
    /// What is there; none where nothing is.
    pub kind: Option<FileKind>,
    /// Size in bytes of a regular file, otherwise 0.
    pub size: u64,
    /// Names of the same file: with more than one, a hard link elsewhere may be the same content.
    pub links: u64,
    /// Whether writing there is allowed.
    pub writable: bool,
}

impl Looked {
    /// Whether anything is there.
    pub fn exists(&self) -> bool {
        self.kind.is_some()
    }
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The bytes from the offset on, at most as many as asked for.
    pub content: Vec<u8>,
    /// Size of the whole file in bytes.
    pub size: u64,
}

/// A folder everything is reached from.
pub(crate) struct Base {
    pub(crate) path: PathBuf,
    pub(crate) folder: OwnedFd,
}

/// The project's plain files.
pub struct ProjectFiles {
    /// The project first, then the allowed host folders outside it.
    pub(crate) bases: Vec<Base>,
    /// Allowed folders below a base; the root path for a host folder.
    pub(crate) allowed: Vec<Place>,
}

impl std::fmt::Debug for ProjectFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProjectFiles").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl ProjectFiles {
    /// Opens the root. Allowed folders are relative to it or absolute; a relative one need not exist yet. A host folder
    /// that does not exist is an error, because nothing says who may make it.
    pub fn open(root: &Path, allowed_dirs: &[String]) -> Result<Self, FileError> {
        let mut files = Self { bases: vec![open_base(root)?], allowed: Vec::new() };
        for text in allowed_dirs {
            let place = if Path::new(text).is_absolute() {
                files.host_folder(Path::new(text))?
            } else {
                Place { base: 0, path: text.parse()? }
            };
            files.allowed.push(place);
        }
        Ok(files)
    }

    fn host_folder(&mut self, folder: &Path) -> Result<Place, FileError> {
        let base = open_base(folder)?;
        let below = self.bases.first().and_then(|root| base.path.strip_prefix(&root.path).ok());
        if let Some(path) = below.and_then(Path::to_str) {
            return Ok(Place { base: 0, path: path.parse()? });
        }
        self.bases.push(base);
        Ok(Place { base: self.bases.len() - 1, path: RepoPath::root() })
    }

    /// The folders that may be written: those of the project, and those of the host as absolute paths.
    pub fn allowed_folders(&self) -> (Vec<RepoPath>, Vec<String>) {
        let (project, host): (Vec<&Place>, Vec<&Place>) =
            self.allowed.iter().partition(|place| place.is_in_project());
        let project = project.into_iter().map(|place| place.path.clone()).collect();
        (project, host.into_iter().map(|place| self.absolute(place)).collect())
    }

    /// The absolute path of a place.
    pub fn absolute(&self, place: &Place) -> String {
        let base = self.bases.get(place.base).map(|base| base.path.to_string_lossy()).unwrap_or_default();
        if place.path.is_root() { base.into_owned() } else { format!("{base}/{}", place.path) }
    }

    /// The place a text names: a path relative to the project, or an absolute one below the project or a host folder.
    pub fn place(&self, text: &str) -> Result<Place, FileError> {
        if Path::new(text).is_absolute() {
            for (base, folder) in self.bases.iter().enumerate() {
                // By whole components; `..` in what remains is resolved by the spelling and never leads out.
                if let Some(rest) = Path::new(text).strip_prefix(&folder.path).ok().and_then(Path::to_str) {
                    return Ok(Place { base, path: rest.parse()? });
                }
            }
        }
        Ok(Place { base: 0, path: text.parse()? })
    }

    /// Content of a regular file of at most `limit` bytes. Symlinks that stay inside are followed.
    pub fn read(&self, path: impl Into<Place>, limit: u64) -> Result<Vec<u8>, FileError> {
        let place = path.into();
        let (mut file, size) = self.regular(&place, true)?;
        if size > limit {
            return Err(FileError::TooLarge { path: place.path.to_string(), size, limit });
        }
        read_part(&mut file, &place.path, limit)
    }

    /// Content of the very file a look led to: no symlink is followed any more.
    pub fn read_direct(&self, path: impl Into<Place>, limit: u64) -> Result<Vec<u8>, FileError> {
        let place = path.into();
        let (mut file, size) = self.regular(&place, false)?;
        if size > limit {
            return Err(FileError::TooLarge { path: place.path.to_string(), size, limit });
        }
        read_part(&mut file, &place.path, limit)
    }

    /// A part of a regular file of any size: `most` bytes from `offset` on.
    pub fn read_part(&self, path: impl Into<Place>, offset: u64, most: u64) -> Result<FilePart, FileError> {
        let place = path.into();
        let (mut file, size) = self.regular(&place, false)?;
        let sought = file.seek(SeekFrom::Start(offset));
        sought.map_err(|source| FileError::Io { doing: "read", path: place.path.to_string(), source })?;
        Ok(FilePart { content: read_part(&mut file, &place.path, most)?, size })
    }

    /// Where a path leads and what is there.
    pub fn look(&self, path: impl Into<Place>) -> Result<Looked, FileError> {
        let place = path.into();
        let base = self.base(&place)?;
        let walked = jail::walk(base, &place.path, true)?;
        let leads_to = Place { base: place.base, path: walked.leads_to()? };
        let stat = walked.stat.as_ref();
        let kind = stat.map(jail::kind_of);
        let size = stat
            .filter(|_| kind == Some(FileKind::File))
            .map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
        let writable = self.may_write(&leads_to, &walked)?;
        #[allow(clippy::useless_conversion, reason = "the type of st_nlink differs between systems")]
        let links = stat.map_or(0, |stat| u64::from(stat.st_nlink));
        Ok(Looked { leads_to, kind, size, links, writable })
    }

    /// SHA-256 of a file's content in hexadecimal, read in pieces; none where nothing is there.
    pub fn fingerprint(&self, path: impl Into<Place>) -> Result<Option<String>, FileError> {
        let place = path.into();
        let mut file = match self.regular(&place, false) {
            Ok((file, _)) => file,
            Err(FileError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut hasher = sha2::Sha256::new();
        let mut buffer = vec![0_u8; 64 << 10];
        loop {
            let count = file.read(&mut buffer).map_err(|source| FileError::Io {
                doing: "read",
                path: place.path.to_string(),
                source,
            })?;
            let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
            hasher.update(read);
        }
        Ok(Some(hex::encode(hasher.finalize())))
    }

    pub(crate) fn base(&self, place: &Place) -> Result<&Base, FileError> {
        self.bases.get(place.base).ok_or_else(|| FileError::Escape { path: place.path.to_string() })
    }

    /// Opens a regular file without waiting for a FIFO's other end and without touching a device.
    fn regular(&self, place: &Place, follow: bool) -> Result<(std::fs::File, u64), FileError> {
        let file = jail::open_file(self.base(place)?, &place.path, follow)?;
        let stat = rustix::fs::fstat(&file).map_err(FileError::io("read", &place.path))?;
        match jail::kind_of(&stat) {
            FileKind::File => Ok((file.into(), u64::try_from(stat.st_size).unwrap_or(0))),
            kind => Err(FileError::Kind { path: place.path.to_string(), kind }),
        }
    }
}

fn open_base(root: &Path) -> Result<Base, FileError> {
    let failed = |source| FileError::Io { doing: "open", path: root.display().to_string(), source };
    let path = root.canonicalize().map_err(failed)?;
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
    let folder =
        rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).map_err(|error| failed(error.into()))?;
    Ok(Base { path, folder })
}

fn read_part(file: &mut std::fs::File, path: &RepoPath, most: u64) -> Result<Vec<u8>, FileError> {
    let mut content = Vec::new();
    // A file that grows while it is read is cut at the limit, never read without end.
    let read = file.take(most).read_to_end(&mut content);
    read.map_err(|source| FileError::Io { doing: "read", path: path.to_string(), source })?;
    Ok(content)
}
