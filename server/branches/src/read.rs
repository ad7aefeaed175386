//! Contents read from a commit: files whole, by lines or by bytes; what is no file is named.

use gix::ObjectId;
use tgp_git::{GitPath, Leaf, MODE_EXECUTABLE, MODE_FOLDER, MODE_SYMLINK, ProjectFault};
use tgp_objects::id::{BlobId, CommitId};

use crate::task::Branches;

/// Larger files are not read into memory.
pub const LARGEST_FILE: u64 = 256 << 20;
/// Longest pointer file of Git LFS, by its specification.
const LONGEST_POINTER: u64 = 1024;

/// Which part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From a line, counted from 1.
    Lines {
        /// The first line.
        from: usize,
        /// How many.
        count: usize,
    },
    /// From a byte, counted from 0.
    Bytes {
        /// The first byte.
        from: u64,
    },
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// Nothing is there.
    #[error("there is no file `{path}`")]
    NotThere {
        /// The path.
        path: GitPath,
    },
    /// It is too large to be read.
    #[error("`{path}` has {size} bytes; at most {LARGEST_FILE} are read")]
    TooLarge {
        /// The path.
        path: GitPath,
        /// Its size.
        size: u64,
    },
    /// The disk or the repository.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File(FilePart),
    /// A symlink; it is not followed.
    Symlink {
        /// What it says.
        target: Vec<u8>,
    },
    /// A folder.
    Folder,
    /// Another repository's commit.
    Submodule {
        /// The commit.
        commit: CommitId,
    },
}

/// Part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// Name of the whole content.
    pub blob: BlobId,
    /// Whether it may be run.
    pub executable: bool,
    /// Size of the whole content, in bytes.
    pub size: u64,
    /// The bytes asked for.
    pub bytes: Vec<u8>,
    /// Whether lines mean nothing in it.
    pub binary: bool,
    /// Number of its lines; none where it is binary.
    pub lines: Option<usize>,
    /// Where the next part begins; none at the end.
    pub next: Option<Part>,
    /// What it stands for, where it is a pointer of Git LFS.
    pub pointer: Option<LfsPointer>,
}

/// A pointer of Git LFS: the content lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LfsPointer {
    /// SHA-256 of the content.
    pub oid: String,
    /// Its size.
    pub size: u64,
}

impl Branches {
    /// What stands at a path of a commit; at most `most` bytes of a file.
    pub fn read(
        &self,
        at: CommitId,
        path: &GitPath,
        part: Part,
        most: usize,
    ) -> Result<Found, ReadFileError> {
        let tree = self.tree_at(at)?;
        let found = self.project.leaf(tree, path)?;
        let leaf = found.ok_or_else(|| ReadFileError::NotThere { path: path.clone() })?;
        if leaf.mode == MODE_FOLDER {
            return Ok(Found::Folder);
        }
        if leaf.mode == MODE_SYMLINK {
            return Ok(Found::Symlink { target: self.project.blob(leaf.id)? });
        }
        if !leaf.is_file() {
            return Ok(Found::Submodule { commit: CommitId(leaf.id) });
        }
        let size = self.size_of(leaf.id)?;
        if size > LARGEST_FILE {
            return Err(ReadFileError::TooLarge { path: path.clone(), size });
        }
        Ok(Found::File(cut(leaf, &self.project.blob(leaf.id)?, part, most)))
    }

    /// The whole content of a file of a commit; none where there is no regular file.
    pub fn content(&self, at: CommitId, path: &GitPath) -> Result<Option<Vec<u8>>, ProjectFault> {
        let tree = self.tree_at(at)?;
        match self.project.leaf(tree, path)? {
            Some(leaf) if leaf.is_file() => self.project.blob(leaf.id).map(Some),
            _ => Ok(None),
        }
    }

    /// A content by its name.
    pub fn blob(&self, blob: BlobId) -> Result<Vec<u8>, ProjectFault> {
        self.project.blob(blob.0)
    }

    /// What stands at a path of a commit, unread: its mode and object.
    pub fn leaf(&self, at: CommitId, path: &GitPath) -> Result<Option<Leaf>, ProjectFault> {
        self.project.leaf(self.tree_at(at)?, path)
    }

    /// Size of an object without reading it whole.
    pub(crate) fn size_of(&self, id: ObjectId) -> Result<u64, ProjectFault> {
        let header =
            self.project.objects().with(|handle| handle.find_header(id).map(|header| header.size()).ok());
        match header {
            Some(size) => Ok(size),
            // The plain read says what is wrong with it.
            None => self.project.blob(id).map(|bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
        }
    }
}

fn cut(leaf: Leaf, bytes: &[u8], part: Part, most: usize) -> FilePart {
    let binary = tgp_patch::hunks::is_binary(bytes);
    let starts: Vec<usize> = if binary { Vec::new() } else { line_starts(bytes) };
    let (from, end, next) = match part {
        Part::Lines { from, count } if !binary => {
            let first = from.max(1) - 1;
            let start = starts.get(first).copied().unwrap_or(bytes.len());
            let mut last = first.saturating_add(count).min(starts.len());
            let end_of = |line: usize| starts.get(line).copied().unwrap_or(bytes.len());
            while last > first + 1 && end_of(last) - start > most {
                last -= 1;
            }
            let end = end_of(last);
            if end.saturating_sub(start) > most {
                // One line alone is too long: the rest of it is reached by bytes.
                let end = start + most;
                (start, end, Some(Part::Bytes { from: u64::try_from(end).unwrap_or(u64::MAX) }))
            } else {
                (start, end, (last < starts.len()).then_some(Part::Lines { from: last + 1, count }))
            }
        }
        Part::Lines { .. } => by_bytes(bytes, 0, most),
        Part::Bytes { from } => by_bytes(bytes, usize::try_from(from).unwrap_or(usize::MAX), most),
    };
    FilePart {
        blob: BlobId(leaf.id),
        executable: leaf.mode == MODE_EXECUTABLE,
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        bytes: bytes.get(from..end).unwrap_or_default().to_vec(),
        binary,
        lines: (!binary).then_some(starts.len()),
        next,
        pointer: pointer(bytes),
    }
}

fn by_bytes(bytes: &[u8], from: usize, most: usize) -> (usize, usize, Option<Part>) {
    let from = from.min(bytes.len());
    let end = from.saturating_add(most).min(bytes.len());
    let next = (end < bytes.len()).then(|| Part::Bytes { from: u64::try_from(end).unwrap_or(u64::MAX) });
    (from, end, next)
}

/// Where each line begins; a last empty line is none.
fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        starts.push(at);
        at += line.len();
    }
    starts
}

fn pointer(bytes: &[u8]) -> Option<LfsPointer> {
    if u64::try_from(bytes.len()).ok()? > LONGEST_POINTER {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let rest = text.strip_prefix("version https://git-lfs.github.com/spec/v1\n")?;
    let value = |name: &str| rest.lines().find_map(|line| line.strip_prefix(name));
    Some(LfsPointer { oid: value("oid sha256:")?.to_owned(), size: value("size ")?.parse().ok()? })
}
