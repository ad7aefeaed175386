//! A temporary folder a program works in; it goes when the value goes.

use std::io;
use std::path::Path;

use tempfile::TempDir;

/// A folder of files for one program.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// Makes an empty folder inside `parent`.
    pub fn inside(parent: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(parent)?;
        Ok(Self { folder: tempfile::Builder::new().prefix("scratch-").tempdir_in(parent)? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file into it; folders on the way are made. `path` is relative and was checked by the caller.
    pub fn put(&self, path: &str, text: &str) -> io::Result<()> {
        let target = self.path().join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(target, text)
    }

    /// Lets the program find `original` under `name`. Where the system has no symlinks it finds nothing there.
    #[cfg(unix)]
    pub fn link(&self, original: &Path, name: &str) -> io::Result<()> {
        std::os::unix::fs::symlink(original, self.path().join(name))
    }

    /// Lets the program find `original` under `name`. Where the system has no symlinks it finds nothing there.
    #[cfg(not(unix))]
    pub fn link(&self, _: &Path, _: &str) -> io::Result<()> {
        Ok(())
    }
}
