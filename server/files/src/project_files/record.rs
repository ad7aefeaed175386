//! Notes what a write replaces, before it does.

use std::fs::File;
use std::io::{Cursor, Read, Seek};

use rustix::fs::{AtFlags, Mode, OFlags};

use super::image::{FileChange, Image, ImageKind, copy_hashed};
use super::jail::{self, Walked, kind_of};
use super::stage::{Before, Staged, before_of};
use super::undo::Removal;
use super::{FileError, FileKind, Place, ProjectFiles};
use crate::pre_images::{PreImageError, PreImages, Recording};

/// Largest text that is kept on both sides, so that a person's later edits can be merged.
pub(crate) const LARGEST_MERGED: u64 = 1 << 20;

/// What lies at a place now.
pub(crate) struct Present {
    pub(crate) image: Image,
    pub(crate) stat: Before,
}

impl Recording<'_> {
    /// What a staged write will replace, with its content kept durably. Call it before the write is committed; the
    /// commit refuses when the file was changed in between.
    pub fn replaced(&self, files: &ProjectFiles, staged: &Staged) -> Result<FileChange, PreImageError> {
        let before = files.keep_present(&staged.place, staged.before, self.store)?;
        let mut after = staged.written.clone();
        if after.size <= LARGEST_MERGED && before.is_some() {
            after.kept = self.store.keep(&mut staged.reopened()?).is_ok_and(|(_, _, kept)| kept);
        }
        Ok(FileChange {
            root: files.root_of(&staged.place),
            path: staged.place.path.clone(),
            before,
            after: Some(after),
            made: staged.made_paths.clone(),
        })
    }

    /// What a removal will remove, with its content kept durably.
    pub fn removed(&self, files: &ProjectFiles, removal: &Removal) -> Result<FileChange, PreImageError> {
        let before = files.keep_present(&removal.place, Some(removal.before), self.store)?;
        let (root, path) = (files.root_of(&removal.place), removal.place.path.clone());
        Ok(FileChange { root, path, before, after: None, made: Vec::new() })
    }
}

impl ProjectFiles {
    /// The content of what lies at a place, if it still is what the caller saw there.
    fn keep_present(
        &self,
        place: &Place,
        expected: Option<Before>,
        store: &PreImages,
    ) -> Result<Option<Image>, PreImageError> {
        let present = self.present(place, Some(store))?;
        if present.as_ref().map(|present| present.stat) != expected {
            return Err(FileError::Changed { path: place.path.to_string() }.into());
        }
        Ok(present.map(|present| present.image))
    }

    /// What lies at a place; no symlink on the way is followed. With a store, its content is kept there.
    pub(crate) fn present(
        &self,
        place: &Place,
        store: Option<&PreImages>,
    ) -> Result<Option<Present>, PreImageError> {
        let base = self.base(place)?;
        let walked = jail::walk(base, &place.path, false)?;
        let (Some(stat), Some(name)) = (walked.stat.as_ref(), walked.name.as_deref()) else {
            return Ok(None);
        };
        let folder = walked.folder(base);
        let (kind, mode, stat, hashed) = match kind_of(stat) {
            FileKind::File => {
                let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let opened = rustix::fs::openat(folder, name, flags, Mode::empty());
                let mut file = File::from(opened.map_err(FileError::io("read", &place.path))?);
                let stat = rustix::fs::fstat(&file).map_err(FileError::io("read", &place.path))?;
                (ImageKind::File, stat.st_mode & 0o777, before_of(&stat), hashed(store, &mut file))
            }
            FileKind::Symlink => {
                let target = rustix::fs::readlinkat(folder, name, Vec::new());
                let target = target.map_err(FileError::io("read", &place.path))?.into_bytes();
                (ImageKind::Symlink, 0, before_of(stat), hashed(store, &mut Cursor::new(target)))
            }
            kind => return Err(FileError::Kind { path: place.to_string(), kind }.into()),
        };
        let (hash, size, kept) = hashed.map_err(|source| FileError::Io {
            doing: "keep a copy of",
            path: place.to_string(),
            source,
        })?;
        Ok(Some(Present { image: Image { kind, hash, size, mode, kept }, stat }))
    }

    /// How the root of a place is named in stored state.
    pub(crate) fn root_of(&self, place: &Place) -> Option<String> {
        let base = self.bases.get(place.base).filter(|_| place.base > 0);
        base.and_then(|base| base.path.to_str()).map(str::to_owned)
    }

    /// The place stored state names; none where its root is not reachable any more.
    pub(crate) fn place_of(&self, change: &FileChange) -> Option<Place> {
        let base = match change.root.as_deref() {
            None => 0,
            Some(root) => 1 + self.bases.iter().skip(1).position(|base| base.path.to_str() == Some(root))?,
        };
        Some(Place { base, path: change.path.clone() })
    }

    /// Where the way to a place ends, without following symlinks, if writing there is allowed.
    pub(crate) fn walk_to_write(&self, place: &Place) -> Result<Walked, FileError> {
        let walked = jail::walk(self.base(place)?, &place.path, false)?;
        if walked.name.is_none() || !self.may_write(place, &walked)? {
            return Err(FileError::NotAllowed { path: place.path.to_string() });
        }
        Ok(walked)
    }

    /// Removes folders an action made, innermost first, where they are empty. Says which.
    pub(crate) fn remove_empty(
        &self,
        base: usize,
        folders: &[tgp_model::RepoPath],
    ) -> Vec<tgp_model::RepoPath> {
        let mut removed = Vec::new();
        for path in folders.iter().rev() {
            let place = Place { base, path: path.clone() };
            let Ok(walked) = self.walk_to_write(&place) else { continue };
            let (Ok(base), Some(name)) = (self.base(&place), walked.name.as_deref()) else { continue };
            // Fails, as it should, where somebody has put something into it.
            if rustix::fs::unlinkat(walked.folder(base), name, AtFlags::REMOVEDIR).is_ok() {
                removed.push(path.clone());
            }
        }
        removed
    }
}

fn hashed<R: Read + Seek>(
    store: Option<&PreImages>,
    content: &mut R,
) -> std::io::Result<(String, u64, bool)> {
    if let Some(store) = store {
        return store.keep(content);
    }
    let (hash, size) = copy_hashed(content, &mut std::io::sink())?;
    Ok((hash, size, false))
}
