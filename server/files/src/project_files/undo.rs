//! Takes back what an action did to a file, where the file still is as the action left it.

use std::io::Read;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Mode, OFlags};
use tgp_model::RepoPath;

use super::image::{FileChange, Image, ImageKind, same};
use super::jail::{self, identity_of, kind_of};
use super::record::{LARGEST_MERGED, Present};
use super::stage::{Before, Staged, before_of};
use super::{FileError, FileKind, Place, ProjectFiles};
use crate::pre_images::{PreImageError, Recording};

/// Why a file was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileConflict {
    /// It was changed since; none where it is gone.
    Changed {
        /// What is there now.
        found: Option<Image>,
    },
    /// Something that is no file is there.
    Kind {
        /// What is there.
        kind: FileKind,
    },
    /// A folder on the way is no folder any more, or a symlink.
    WayChanged,
    /// It lies in no folder that may be written now, or in none that can be reached.
    NotAllowed,
    /// What was there was too large to be kept, or is not kept any more.
    NotKept,
}

/// What undoing one change needs.
#[derive(Debug)]
pub enum UndoStep {
    /// It already is as it was before the action.
    Nothing,
    /// It is left.
    Conflict(FileConflict),
    /// It can be taken back: see [`ProjectFiles::commit_undo`]. Dropping it changes nothing.
    Ready(Box<StagedUndo>),
}

/// An undo that is prepared.
#[derive(Debug)]
pub struct StagedUndo {
    work: Work,
    own: FileChange,
    merged: bool,
    folders: Vec<RepoPath>,
}

#[derive(Debug)]
enum Work {
    Write(Staged),
    Remove(Removal),
    Link(Link),
}

/// A file that will be removed.
#[derive(Debug)]
pub struct Removal {
    pub(crate) place: Place,
    pub(crate) before: Before,
    folder: OwnedFd,
    name: String,
}

#[derive(Debug)]
struct Link {
    place: Place,
    before: Option<Before>,
    target: Vec<u8>,
}

/// What has become of a change whose end nobody noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLanded {
    /// The file is as the action wanted to leave it.
    Yes,
    /// The file is as it was before.
    No,
    /// It is neither: somebody else has changed it.
    Ambiguous,
}

impl StagedUndo {
    /// What the undo itself changes: kept, so that the undo can be undone.
    pub fn change(&self) -> &FileChange {
        &self.own
    }

    /// Whether a person's later edits stay and only the action's go.
    pub fn is_merged(&self) -> bool {
        self.merged
    }
}

impl ProjectFiles {
    /// Looks at what undoing a change needs, and prepares it beside its place. What is there now is kept in the store.
    pub fn stage_undo(
        &self,
        change: &FileChange,
        recording: &Recording<'_>,
    ) -> Result<UndoStep, PreImageError> {
        let Some(place) = self.place_of(change) else {
            return Ok(UndoStep::Conflict(FileConflict::NotAllowed));
        };
        match self.staged_undo(&place, change, recording) {
            Err(PreImageError::File(error)) => Ok(UndoStep::Conflict(conflict_of(error, &place)?)),
            Err(PreImageError::Damaged { .. }) => Ok(UndoStep::Conflict(FileConflict::NotKept)),
            other => other,
        }
    }

    fn staged_undo(
        &self,
        place: &Place,
        change: &FileChange,
        recording: &Recording<'_>,
    ) -> Result<UndoStep, PreImageError> {
        self.walk_to_write(place)?;
        let present = self.present(place, Some(recording.store))?;
        let now = present.as_ref().map(|present| &present.image);
        if same(now, change.before.as_ref()) {
            return Ok(UndoStep::Nothing);
        }
        let merging = if same(now, change.after.as_ref()) {
            None
        } else {
            match merged(change, now, recording)? {
                Some(merged) => Some(merged),
                None => return Ok(UndoStep::Conflict(FileConflict::Changed { found: now.cloned() })),
            }
        };
        let folders = if change.before.is_none() { change.made.clone() } else { Vec::new() };
        let is_merged = merging.is_some();
        let (work, after, made) = self.work(place, change, present.as_ref(), merging, recording)?;
        let before = present.map(|present| present.image);
        let own = FileChange { root: change.root.clone(), path: place.path.clone(), before, after, made };
        Ok(UndoStep::Ready(Box::new(StagedUndo { work, own, merged: is_merged, folders })))
    }

    fn work(
        &self,
        place: &Place,
        change: &FileChange,
        present: Option<&Present>,
        merging: Option<Merged>,
        recording: &Recording<'_>,
    ) -> Result<(Work, Option<Image>, Vec<RepoPath>), PreImageError> {
        let expected = present.map(|present| present.stat);
        let Some(target) = &change.before else {
            let removal = self.stage_removal(place.clone())?;
            return if Some(removal.before) == expected {
                Ok((Work::Remove(removal), None, Vec::new()))
            } else {
                Err(FileError::Changed { path: place.path.to_string() }.into())
            };
        };
        if target.kind == ImageKind::Symlink {
            let target_text = recording.store.read(target, LARGEST_MERGED)?;
            let link = Link { place: place.clone(), before: expected, target: target_text };
            return Ok((Work::Link(link), Some(target.clone()), Vec::new()));
        }
        let mut content: Box<dyn Read + '_> = match &merging {
            Some(merged) => Box::new(merged.content.as_slice()),
            None => Box::new(recording.store.open_image(&target.hash)?),
        };
        let mode = merging.as_ref().map_or(target.mode, |merged| merged.mode);
        let mut staged = self.stage_from(place.clone(), false, &mut *content, Some(mode))?;
        if merging.is_none() && staged.written.hash != target.hash {
            return Err(PreImageError::Damaged { hash: target.hash.clone() });
        }
        if staged.before != expected {
            return Err(FileError::Changed { path: place.path.to_string() }.into());
        }
        staged.written.kept = match &merging {
            Some(merged) => {
                let kept = recording.store.keep(&mut std::io::Cursor::new(&merged.content));
                kept.map_err(PreImageError::io::<std::io::Error>("write"))?.2
            }
            None => true,
        };
        let (written, folders) = (staged.written.clone(), staged.made_paths.clone());
        Ok((Work::Write(staged), Some(written), folders))
    }

    /// Does what was prepared: the file is the old one or the new one, whenever the process is killed. Says which
    /// folders went with it.
    pub fn commit_undo(&self, undo: StagedUndo) -> Result<Vec<RepoPath>, FileError> {
        let base = match undo.work {
            Work::Write(staged) => {
                self.commit(staged)?;
                return Ok(Vec::new());
            }
            Work::Link(link) => {
                self.commit_link(link)?;
                return Ok(Vec::new());
            }
            Work::Remove(removal) => {
                let base = removal.place.base;
                self.commit_removal(removal)?;
                base
            }
        };
        Ok(self.remove_empty(base, &undo.folders))
    }

    /// Prepares to delete a file, or a symlink itself, in an allowed folder.
    pub fn stage_removal(&self, path: impl Into<Place>) -> Result<Removal, FileError> {
        let place = path.into();
        let walked = self.walk_to_write(&place)?;
        let missing = || FileError::Missing { path: place.path.to_string() };
        let (stat, name) = walked.stat.as_ref().zip(walked.name.clone()).ok_or_else(missing)?;
        match kind_of(stat) {
            FileKind::File | FileKind::Symlink => {}
            kind => return Err(FileError::Kind { path: place.path.to_string(), kind }),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(walked.folder(self.base(&place)?), ".", flags, Mode::empty())
            .map_err(FileError::io("open the folder of", &place.path))?;
        Ok(Removal { before: before_of(stat), place, folder, name })
    }

    /// Deletes it, if the way there and what is there are what they were.
    pub fn commit_removal(&self, removal: Removal) -> Result<(), FileError> {
        let Removal { place, before, folder, name } = removal;
        let changed = || FileError::Changed { path: place.path.to_string() };
        let walked = jail::walk(self.base(&place)?, &place.path, false).map_err(|_| changed())?;
        let here = identity_of(walked.folder(self.base(&place)?));
        if here != identity_of(std::os::fd::AsFd::as_fd(&folder))
            || walked.stat.as_ref().map(before_of) != Some(before)
        {
            return Err(changed());
        }
        rustix::fs::unlinkat(&folder, name.as_str(), AtFlags::empty())
            .map_err(FileError::io("delete", &place.path))?;
        // Where folders cannot be synced the file is gone all the same.
        let _ = rustix::fs::fsync(&folder);
        Ok(())
    }

    fn commit_link(&self, link: Link) -> Result<(), FileError> {
        let path = &link.place.path;
        let walked = self.walk_to_write(&link.place)?;
        let changed = walked.stat.as_ref().map(before_of) != link.before || !walked.missing.is_empty();
        let Some(name) = walked.name.as_deref().filter(|_| !changed) else {
            return Err(FileError::Changed { path: path.to_string() });
        };
        let folder = walked.folder(self.base(&link.place)?);
        if walked.stat.is_none() {
            let made = rustix::fs::symlinkat(link.target.as_slice(), folder, name);
            return made.map_err(FileError::io("write", path));
        }
        let temporary = super::stage::temporary_name(name);
        let made = rustix::fs::symlinkat(link.target.as_slice(), folder, temporary.as_str());
        let done = made.and_then(|()| rustix::fs::renameat(folder, temporary.as_str(), folder, name));
        if done.is_err() {
            let _ = rustix::fs::unlinkat(folder, temporary.as_str(), AtFlags::empty());
        }
        done.map_err(FileError::io("write", path))
    }

    /// Whether a change whose end nobody noted has landed, from what is there now.
    pub fn landed(&self, change: &FileChange) -> Result<FileLanded, PreImageError> {
        let Some(place) = self.place_of(change) else { return Ok(FileLanded::Ambiguous) };
        let now = match self.present(&place, None) {
            Ok(present) => present.map(|present| present.image),
            Err(PreImageError::File(error)) => {
                conflict_of(error, &place)?;
                return Ok(FileLanded::Ambiguous);
            }
            Err(error) => return Err(error),
        };
        Ok(if same(now.as_ref(), change.after.as_ref()) {
            FileLanded::Yes
        } else if same(now.as_ref(), change.before.as_ref()) {
            FileLanded::No
        } else {
            FileLanded::Ambiguous
        })
    }
}

struct Merged {
    content: Vec<u8>,
    mode: u32,
}

/// The file as it is now without what the action did: only for text that is kept on both sides.
fn merged(
    change: &FileChange,
    now: Option<&Image>,
    recording: &Recording<'_>,
) -> Result<Option<Merged>, PreImageError> {
    let (Some(before), Some(after), Some(now)) = (&change.before, &change.after, now) else {
        return Ok(None);
    };
    let can = |image: &Image| image.kept && image.kind == ImageKind::File && image.size <= LARGEST_MERGED;
    if ![before, after, now].into_iter().all(can) {
        return Ok(None);
    }
    let mode = if now.mode == after.mode { before.mode } else { now.mode };
    let read = |image: &Image| recording.store.read(image, LARGEST_MERGED);
    let (before, after, now) = (read(before)?, read(after)?, read(now)?);
    if [&before, &after, &now].into_iter().any(|content| content.contains(&0)) {
        return Ok(None);
    }
    Ok(diffy::merge_bytes(&after, &now, &before).ok().map(|content| Merged { content, mode }))
}

/// What an error about a file means for an undo; others are errors of the undo itself.
fn conflict_of(error: FileError, place: &Place) -> Result<FileConflict, PreImageError> {
    let name = place.path.as_str();
    match error {
        FileError::Kind { path, kind } if path == name && kind == FileKind::Symlink => {
            Ok(FileConflict::WayChanged)
        }
        FileError::Kind { path, kind } if path == name => Ok(FileConflict::Kind { kind }),
        FileError::Kind { .. } | FileError::Escape { .. } | FileError::Loop { .. } => {
            Ok(FileConflict::WayChanged)
        }
        FileError::NotAllowed { .. } => Ok(FileConflict::NotAllowed),
        FileError::Changed { .. } | FileError::Missing { .. } => Ok(FileConflict::Changed { found: None }),
        other => Err(other.into()),
    }
}
