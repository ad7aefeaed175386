//! Bringing a snapshot back. Everything is checked first; a file that changed meanwhile is left alone and named. Killed
//! halfway, the same restore is done again and ends where it would have.

use gix::bstr::ByteSlice as _;
use tgp_git::disk::hash;
use tgp_git::rules::{ATTRIBUTES, Conversions};
use tgp_git::scan::open_index;
use tgp_git::{GitPath, HeldIndex, MODE_SYMLINK, MoveRefError, ProjectFault, RefMove};
use tgp_model::Timestamp;
use tgp_objects::id::BlobId;

use crate::diff::Stands;
use crate::place::{Found, Place};
use crate::plan::{Blocked, Options, Plan};
use crate::shelf::{Shelf, Snapshot};

/// A snapshot that was not restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Files stand in the way that no snapshot could bring back.
    #[error("the snapshot cannot be restored: {}", files.iter().map(|file| format!("`{}`: {}", file.path, file.why)).collect::<Vec<_>>().join("; "))]
    Blocked {
        /// The files.
        files: Vec<Blocked>,
    },
    /// HEAD is elsewhere, and an index only means something on its own commit.
    #[error(
        "the snapshot was taken on {then}, and HEAD is on {now}: restore the branch as well, or check it out first"
    )]
    Head {
        /// Where HEAD was.
        then: String,
        /// Where it is.
        now: String,
    },
    /// A person has begun something there.
    #[error("{doing} is going on; end it first")]
    Busy {
        /// What.
        doing: &'static str,
    },
    /// The index is locked.
    #[error("`{}` exists: a git program works there, or one ended without removing it", lock.display())]
    IndexLocked {
        /// The lock file.
        lock: std::path::PathBuf,
    },
    /// A person staged something after what is there was kept; it would be lost.
    #[error("something was staged while what is there now was kept")]
    Staged,
    /// What is there now cannot be looked at.
    #[error("what is there now cannot be kept: {0}")]
    Contents(String),
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// What a restore did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// Files that were written.
    pub written: Vec<GitPath>,
    /// Files that were made where nothing was: to undo this restore, they go, if they are still these bytes.
    pub made: Vec<(GitPath, BlobId)>,
    /// Files that went.
    pub removed: Vec<GitPath>,
    /// Files the snapshot did not know, which stayed.
    pub unknown: Vec<GitPath>,
    /// Files that changed while it was done, which were left alone.
    pub left_alone: Vec<GitPath>,
}

/// A restore that nothing stands against. Nothing was changed yet, and no git program changes the index until it is
/// carried out or dropped.
pub struct Ready {
    held: HeldIndex,
    plan: Plan,
}

impl Shelf<'_> {
    /// Restores a snapshot: files, and where asked for the index and the branch. The caller takes a snapshot of its own
    /// first, which undoes this one.
    pub fn restore(
        &self,
        snapshot: &Snapshot,
        options: &Options,
        now: Timestamp,
    ) -> Result<Restored, RestoreError> {
        self.carry_out(self.ready(snapshot, None, options)?, snapshot, options, now)
    }

    /// Takes the index and looks whether anything stands against a restore. `before` is the snapshot that keeps what is
    /// there; where something was staged since it was taken, it would be lost, and nothing is done.
    pub fn ready(
        &self,
        snapshot: &Snapshot,
        before: Option<&Snapshot>,
        options: &Options,
    ) -> Result<Ready, RestoreError> {
        if let Some(doing) = self.project.begun().filter(|_| options.index || options.branch) {
            return Err(RestoreError::Busy { doing });
        }
        // Held from here to the end: files that are of now and an index that is of then would be a third state.
        let held = self.project.hold_index().map_err(|fault| match fault {
            ProjectFault::Locked { path, .. } => RestoreError::IndexLocked { lock: path },
            other => other.into(),
        })?;
        let plan = self.plan(snapshot, options)?;
        if !plan.blocked.is_empty() {
            return Err(RestoreError::Blocked { files: plan.blocked });
        }
        if let Some(before) = before.filter(|_| options.index)
            && self.is_staged_since(before)?
        {
            return Err(RestoreError::Staged);
        }
        Ok(Ready { held, plan })
    }

    /// Whether the index holds other files than it did when a snapshot was taken. That Git looked at them anew is no
    /// difference.
    fn is_staged_since(&self, before: &Snapshot) -> Result<bool, RestoreError> {
        let then = self.folder(before, b"index")?;
        let index = self.project.objects().with(open_index)?;
        Ok(!self.project.index_steps(then, &index)?.is_empty())
    }

    /// Does what was found ready.
    pub fn carry_out(
        &self,
        ready: Ready,
        snapshot: &Snapshot,
        options: &Options,
        now: Timestamp,
    ) -> Result<Restored, RestoreError> {
        let Ready { held, plan } = ready;
        let mut restored = Restored { unknown: plan.unknown.clone(), ..Restored::default() };
        self.files(&plan, &mut restored)?;
        self.folders(snapshot, options)?;
        if options.index {
            self.restore_index(held, snapshot, &plan)?;
        } else {
            drop(held);
        }
        if let Some((branch, from, to)) = &plan.branch {
            let change = RefMove {
                name: branch,
                from: from.map(|from| from.0),
                to: Some(to.0),
                log: Some((now, "tgp: restore a snapshot")),
            };
            self.project.move_ref(&change).map_err(|error| match error {
                MoveRefError::Fault(fault) => fault,
                other => ProjectFault::Git { doing: "restore the branch", reason: other.to_string() },
            })?;
        }
        Ok(restored)
    }

    fn files(&self, plan: &Plan, restored: &mut Restored) -> Result<(), RestoreError> {
        let mut place = self.place()?;
        // What goes first makes room for what comes: a folder may become a file.
        let removes = plan.removes.iter().map(|path| (path, false));
        let mut rest = removes.chain(plan.writes.iter().map(|path| (path, true))).peekable();
        while rest.peek().is_some() {
            self.project.objects().with(|handle| {
                let index = open_index(handle)?;
                self.project.with_conversions(handle, &index, |conversions| {
                    for (path, comes) in rest.by_ref() {
                        if comes {
                            self.put(path, plan, &mut place, conversions, restored)?;
                        } else {
                            self.take_away(path, plan, &place, conversions, restored)?;
                        }
                        if path.file_name() == ATTRIBUTES {
                            break; // What is converted, and how, is read anew.
                        }
                    }
                    Ok(())
                })
            })?;
        }
        place.sync().map_err(ProjectFault::io("sync", self.project.root()))?;
        Ok(())
    }

    fn take_away(
        &self,
        path: &GitPath,
        plan: &Plan,
        place: &Place,
        conversions: &mut Conversions<'_>,
        restored: &mut Restored,
    ) -> Result<(), ProjectFault> {
        if self.still(place, plan, path, conversions)?.is_none() {
            restored.left_alone.push(path.clone());
            return Ok(());
        }
        place.remove(path).map_err(ProjectFault::io("remove", &path.below(self.project.root())))?;
        restored.removed.push(path.clone());
        Ok(())
    }

    fn put(
        &self,
        path: &GitPath,
        plan: &Plan,
        place: &mut Place,
        conversions: &mut Conversions<'_>,
        restored: &mut Restored,
    ) -> Result<(), ProjectFault> {
        let full = path.below(self.project.root());
        let Some(wanted) = self.stands(plan.then, path)? else { return Ok(()) };
        let bytes = self.bytes_of(path, wanted, conversions)?;
        let Some(found) = self.still(place, plan, path, conversions)? else {
            restored.left_alone.push(path.clone());
            return Ok(());
        };
        if found == Found::File(wanted.leaf().mode, bytes.clone()) {
            return Ok(());
        }
        if found == Found::Folder {
            // Empty by now; a symlink or file takes its place.
            std::fs::remove_dir(&full).map_err(ProjectFault::io("remove", &full))?;
        }
        place.write(path, wanted.leaf().mode, &bytes).map_err(ProjectFault::io("write", &full))?;
        if matches!(found, Found::Nothing | Found::Folder) {
            restored.made.push((path.clone(), BlobId(hash(&bytes)?)));
        }
        restored.written.push(path.clone());
        Ok(())
    }

    /// Folders the snapshot has empty come back; those that an earlier restore made go, where they are empty.
    fn folders(&self, snapshot: &Snapshot, options: &Options) -> Result<(), RestoreError> {
        let place = self.place()?;
        let empty = &snapshot.about.empty_folders;
        for folder in options.remove_folders.iter().rev() {
            let mut here = folder.clone();
            while !here.is_root()
                && !empty.iter().any(|kept| kept.is_within(&here))
                && place.remove_folder(&here)
            {
                here = here.parent();
            }
        }
        for folder in empty {
            if place.look(folder).is_ok_and(|found| found == Found::Nothing) {
                place
                    .make_folder(folder)
                    .map_err(ProjectFault::io("make", &folder.below(self.project.root())))?;
            }
        }
        Ok(())
    }

    /// What stands at a path, if it is still what the plan saw.
    fn still(
        &self,
        place: &Place,
        plan: &Plan,
        path: &GitPath,
        conversions: &mut Conversions<'_>,
    ) -> Result<Option<Found>, ProjectFault> {
        let full = path.below(self.project.root());
        let found = place.look(path).map_err(ProjectFault::io("look at", &full))?;
        let same = match (&found, self.stands(plan.now, path)?) {
            (Found::File(mode, bytes), Some(Stands::AsBytes(leaf))) => {
                *mode == leaf.mode && hash(bytes)? == leaf.id
            }
            (Found::File(mode, bytes), Some(Stands::AsGit(leaf))) => {
                let stored =
                    if *mode == MODE_SYMLINK { bytes.clone() } else { conversions.to_git(path, bytes)? };
                *mode == leaf.mode && hash(&stored)? == leaf.id
            }
            (Found::Nothing, None) => true,
            (Found::Folder, None) => place.is_empty(path),
            _ => false,
        };
        Ok(same.then_some(found))
    }

    fn bytes_of(
        &self,
        path: &GitPath,
        stands: Stands,
        conversions: &mut Conversions<'_>,
    ) -> Result<Vec<u8>, ProjectFault> {
        let bytes = self.project.blob(stands.leaf().id)?;
        match stands {
            Stands::AsGit(leaf) if leaf.mode != MODE_SYMLINK => conversions.to_disk(path, &bytes),
            _ => Ok(bytes),
        }
    }

    /// Puts the index back. Its times are those of then, so Git looks at every file anew.
    fn restore_index(&self, held: HeldIndex, snapshot: &Snapshot, plan: &Plan) -> Result<(), RestoreError> {
        let Some(part) = self.part(snapshot, b"index.bin")? else { return Ok(()) };
        let bytes = self.with_present_sparse(self.project.blob(part.id)?, plan)?;
        let target = self.project.git_dir().join("index");
        if std::fs::read(&target).is_ok_and(|now| now.as_bstr() == bytes.as_bstr()) {
            return Ok(());
        }
        Ok(held.replace(&bytes)?)
    }
}
