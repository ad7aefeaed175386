//! What is kept between processes: the engine's compiled code, and the WASM modules of tools.
//!
//! Files are written beside their place and renamed into it, so that two processes that make the same file, or one
//! that is killed, leave a whole file or none. Each carries a hash; a file that does not match is made again.

mod engine_file;
mod tool_cache;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use sha2::{Digest, Sha256};

pub(crate) use engine_file::EngineFile;
pub(crate) use tool_cache::ToolCache;

/// A file or folder of the cache that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub(crate) struct CacheError {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl CacheError {
    fn at(path: &Path) -> impl Fn(io::Error) -> CacheError {
        move |source| CacheError { path: path.to_owned(), source }
    }
}

/// Makes a folder that only this user can enter.
fn make_private_folder(folder: &Path) -> Result<(), CacheError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(CacheError::at(folder))
}

/// Whether nobody but this user can have written the file: it is the user's own, and closed to others' writing.
#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.is_file()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o022 == 0
}

/// Elsewhere the user's profile folder is closed to others.
#[cfg(not(unix))]
fn is_private(metadata: &fs::Metadata) -> bool {
    metadata.is_file()
}

/// Writes a file that is whole or not there.
fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<(), CacheError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let write = || -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        drop(file);
        fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        CacheError::at(path)(error)
    })
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
