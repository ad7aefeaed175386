//! Writing a file of the person's project whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::InitError;

/// The text of a file; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, InitError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(InitError::Read { path: path.to_owned(), source }),
    }
}

/// Puts `text` at `path`: a temporary file beside it, then a rename, so that a crash leaves the old file or the
/// new one. A symlink is followed, not replaced: people link their dotfiles.
pub(super) fn write(path: &Path, text: &str) -> Result<(), InitError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    write_beside(&target, text).map_err(|source| InitError::Write { path: path.to_owned(), source })
}

fn write_beside(target: &Path, text: &str) -> io::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = Temporary(folder.join(format!(".{name}.tgp-{}", std::process::id())));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary.0)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    fs::rename(&temporary.0, target)
}

/// A file that goes away when the write fails; after the rename there is nothing left to remove.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // The usual case is that it was renamed, and there is nothing here any more.
        let _ = fs::remove_file(&self.0);
    }
}
