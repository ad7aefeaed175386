//! A rule file in the library's folder that is to get another text, and what lies there until then.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::open_error::OpenEngineError;

/// The file, its new text, and what lies there.
pub(crate) struct Draft {
    path: PathBuf,
    text: String,
    found: Option<String>,
}

impl Draft {
    /// Looks at what lies there.
    pub(crate) fn look(path: PathBuf, text: &str) -> Result<Self, OpenEngineError> {
        Ok(Self { found: read(&path)?, text: text.to_owned(), path })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What a person wrote there and is kept nowhere else: neither what is trusted nor what is to be put there.
    pub(crate) fn unkept(&self, trusted: Option<&str>) -> Option<&str> {
        self.found.as_deref().filter(|found| *found != self.text && Some(*found) != trusted)
    }

    /// Writes the new text in place of what was found. Something else by now, and nothing is written.
    pub(crate) fn put(&self) -> Result<(), OpenEngineError> {
        if read(&self.path)? != self.found {
            return Err(OpenEngineError::Draft { path: self.path.clone() });
        }
        write_whole(&self.path, &self.text)
            .map_err(|source| OpenEngineError::Unwritable { path: self.path.clone(), source })
    }
}

fn read(path: &Path) -> Result<Option<String>, OpenEngineError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(OpenEngineError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Writes a file so that it is there whole, or as it was before.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".new-{}", std::process::id()));
    let written = std::fs::File::create(&beside).and_then(|mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&beside, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_since_somebody_looked_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scopes/coder.yaml");
        let new = Draft::look(path.clone(), "new").unwrap();
        assert_eq!(new.unkept(None), None);
        new.put().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let next = Draft::look(path.clone(), "next").unwrap();
        assert_eq!(next.unkept(Some("new")), None);
        std::fs::write(&path, "by hand").unwrap();
        assert!(matches!(next.put(), Err(OpenEngineError::Draft { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "by hand");
        let again = Draft::look(path.clone(), "next").unwrap();
        assert_eq!(again.unkept(Some("new")), Some("by hand"));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(again.put(), Err(OpenEngineError::Draft { .. })));
        assert!(!path.exists(), "a draft that was taken away is not put back");
    }
}
