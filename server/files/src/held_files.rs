//! Files a tool run wants to write: held back until it is decided whether they are kept.

use std::collections::BTreeMap;

use tgp_model::RepoPath;

use crate::project_files::{FileError, FileKind, Place, ProjectFiles, Staged};

/// Bytes one run may hold back; they lie in the memory of the server, outside the tool's own limit.
pub const MOST_HELD: u64 = 64 << 20;

/// What a run would write, by the place each path leads to.
#[derive(Debug, Default)]
pub struct HeldFiles {
    files: BTreeMap<Place, String>,
    bytes: u64,
}

impl HeldFiles {
    /// What was written there in this run, if anything was.
    pub fn get(&self, place: &Place) -> Option<&String> {
        self.files.get(place)
    }

    /// Holds a file back. `place` is where its path leads, so that two names of one file are one file.
    ///
    /// Refused: more than `MOST_HELD` bytes in all, and a file where another of the run needs a folder.
    pub fn put(&mut self, place: Place, content: String) -> Result<(), FileError> {
        let size = |text: &String| u64::try_from(text.len()).unwrap_or(u64::MAX);
        let freed = self.files.get(&place).map_or(0, size);
        let bytes = self.bytes - freed + size(&content);
        if bytes > MOST_HELD {
            return Err(FileError::TooLarge { path: place.path.to_string(), size: bytes, limit: MOST_HELD });
        }
        let other = self.files.keys().find(|held| {
            held.base == place.base
                && held.path != place.path
                && (held.path.is_within(&place.path) || place.path.is_within(&held.path))
        });
        if let Some(other) = other {
            return Err(FileError::Kind { path: other.path.to_string(), kind: FileKind::File });
        }
        self.files.insert(place, content);
        self.bytes = bytes;
        Ok(())
    }

    /// The project's files among them that lie in `folder`.
    pub fn within<'a>(&'a self, folder: &'a RepoPath) -> impl Iterator<Item = &'a RepoPath> {
        self.files
            .keys()
            .filter(|place| place.is_in_project())
            .map(Place::path)
            .filter(|path| path.is_within(folder))
    }

    /// The paths, below the project or a host folder.
    pub fn paths(&self) -> Vec<RepoPath> {
        self.files.keys().map(|place| place.path.clone()).collect()
    }

    /// Whether the run wrote nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Writes all of them beside their places; nothing is visible before each is committed.
    pub fn stage(&self, files: &ProjectFiles) -> Result<Vec<Staged>, FileError> {
        self.files.iter().map(|(place, content)| files.stage(place, content.as_bytes())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        Place { base: 0, path: path.parse().unwrap() }
    }

    #[test]
    fn a_file_and_a_file_inside_it_cannot_both_be_written() {
        let mut held = HeldFiles::default();
        held.put(place("out/x"), "1".to_owned()).unwrap();
        assert!(matches!(held.put(place("out/x/y"), "2".to_owned()), Err(FileError::Kind { .. })));
        held.put(place("out/xy"), "3".to_owned()).unwrap();
        assert_eq!(held.paths().len(), 2);
    }

    #[test]
    fn what_is_held_back_is_bounded_and_writing_again_counts_once() {
        let mut held = HeldFiles::default();
        let large = "x".repeat(40 << 20);
        held.put(place("a"), large.clone()).unwrap();
        held.put(place("a"), large.clone()).unwrap();
        assert!(matches!(held.put(place("b"), large), Err(FileError::TooLarge { .. })));
        held.put(place("b"), "small".to_owned()).unwrap();
    }
}
