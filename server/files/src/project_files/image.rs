//! What lay at a path: kind, content by its hash, size and mode bits.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use tgp_model::RepoPath;

/// What kind of thing was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// A regular file; the content is its own.
    File,
    /// A symlink; the content is what it says.
    Symlink,
}

/// What lay at a path at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// A file or a symlink.
    pub kind: ImageKind,
    /// SHA-256 of the content in hexadecimal.
    pub hash: String,
    /// Bytes of the content.
    pub size: u64,
    /// Mode bits of a file (the lower nine); 0 for a symlink.
    pub mode: u32,
    /// Whether the content is in the store of pre-images.
    pub kept: bool,
}

impl Image {
    /// Whether it is the same content of the same kind.
    pub fn same_content(&self, other: &Image) -> bool {
        self.kind == other.kind && self.hash == other.hash
    }

    /// Whether it is the same in everything that can be seen.
    pub fn same(&self, other: &Image) -> bool {
        self.same_content(other) && self.mode == other.mode
    }
}

/// Whether both are the same, or both nothing.
pub(crate) fn same(one: Option<&Image>, other: Option<&Image>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same(other),
        _ => false,
    }
}

/// What an action did to one file. Kept with the action, and read back with distrust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The allowed host folder it lies in; none in the project.
    pub root: Option<String>,
    /// The path below that, after all symlinks.
    pub path: RepoPath,
    /// What was there; none where nothing was.
    pub before: Option<Image>,
    /// What the action left; none where it deleted.
    pub after: Option<Image>,
    /// Folders the action made for it, outermost first.
    pub made: Vec<RepoPath>,
}

impl FileChange {
    /// Whether what was there before can be brought back: it is kept, or there was nothing.
    pub fn is_reversible(&self) -> bool {
        self.before.as_ref().is_none_or(|before| before.kept)
    }
}

/// Copies everything; says the hash and the size of what was copied.
pub(crate) fn copy_hashed(from: &mut dyn Read, to: &mut dyn Write) -> std::io::Result<(String, u64)> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0_u8; 64 << 10];
    let mut size = 0_u64;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        to.write_all(read)?;
        size += u64::try_from(count).unwrap_or(0);
    }
    Ok((hex::encode(hasher.finalize()), size))
}
