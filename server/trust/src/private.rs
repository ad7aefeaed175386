//! Files and folders that only this user can read and write.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::error::TrustError;

/// Largest file read back; what is kept here is far smaller.
const LARGEST: u64 = 64 << 20;

/// Makes a folder with all above it, open to this user only.
pub(crate) fn make_folder(folder: &Path) -> Result<(), TrustError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(TrustError::io("create", folder))?;
    check(folder)
}

/// Refuses what somebody else owns or may write.
pub(crate) fn check(path: &Path) -> Result<(), TrustError> {
    let metadata = std::fs::symlink_metadata(path).map_err(TrustError::io("read", path))?;
    if is_private(&metadata) { Ok(()) } else { Err(TrustError::NotPrivate { path: path.to_owned() }) }
}

#[cfg(unix)]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    !metadata.is_symlink()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o022 == 0
}

/// Elsewhere the user's profile folder is closed to others.
#[cfg(not(unix))]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    !metadata.is_symlink()
}

/// The content of a file; none where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, TrustError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(TrustError::io("open", path))?,
    };
    check(path)?;
    let mut content = Vec::new();
    file.take(LARGEST).read_to_end(&mut content).map_err(TrustError::io("read", path))?;
    Ok(Some(content))
}

/// Writes a file that is whole and on the disk, or not there.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), TrustError> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let _ = std::fs::remove_file(&beside);
    let written = create(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        TrustError::io("write", path)(error)
    })?;
    sync_folder(path)
}

/// Writes a file only where there is none; whether it was written.
pub(crate) fn write_first(path: &Path, content: &[u8]) -> Result<bool, TrustError> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let _ = std::fs::remove_file(&beside);
    let written = create(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    // A link, unlike a rename, never replaces what another process put there meanwhile.
    let linked = written.and_then(|()| std::fs::hard_link(&beside, path));
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => sync_folder(path).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(TrustError::io("write", path)(error)),
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), TrustError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(TrustError::io("sync", folder))
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), TrustError> {
    Ok(())
}
