//! Checkouts while the branch they are on moves: nobody stages or commits there, files and index come first, the ref
//! last. What a process that died left half done is made whole, or is as it was.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tgp_git::edit::Step;
use tgp_git::scan::{OnDisk, Scan};
use tgp_git::{Checkout, GitPath, HeldIndex, Leaf, MoveRefError, ProjectFault, RefMove};
use tgp_objects::id::CommitId;

use crate::change::fault_of;
use crate::follow::{FollowError, SCAN};
use crate::task::Branches;

/// So often a checkout that refuses to follow is asked: once more for an index that has to be looked at anew.
const MOST_READS: usize = 2;

/// So often it is asked who has a branch checked out, where that changes meanwhile.
const MOST_LOOKS: usize = 3;

/// A checkout whose index no other program changes.
#[derive(Debug)]
pub(crate) struct HeldCheckout {
    pub(crate) checkout: Checkout,
    folder: PathBuf,
    index: HeldIndex,
}

/// How a checkout stands to a move that died: what differs from its index.
struct Left {
    steps: Vec<Step>,
    scan: Scan,
    /// The index has all of it as it is to come.
    is_staged: bool,
}

impl Branches {
    /// Takes the index of every checkout of a branch. One without files has none that matters.
    pub(crate) fn hold_checkouts(&self, target: &str) -> Result<Vec<HeldCheckout>, FollowError> {
        let mut looks = 0;
        loop {
            let checkouts = self.project.checkouts(target);
            let held = checkouts.iter().filter_map(|checkout| self.hold(checkout).transpose());
            let held = held.collect::<Result<Vec<_>, _>>()?;
            looks += 1;
            // A person may have switched while a git program was waited for.
            if looks == MOST_LOOKS || self.project.checkouts(target) == checkouts {
                return Ok(held);
            }
        }
    }

    fn hold(&self, checkout: &Checkout) -> Result<Option<HeldCheckout>, FollowError> {
        let Some(folder) = checkout.work_dir.clone() else { return Ok(None) };
        let index = self.project.hold_index_of(&checkout.git_dir).map_err(|fault| match fault {
            ProjectFault::Locked { path, .. } => FollowError::IndexLocked { lock: path },
            other => other.into(),
        })?;
        Ok(Some(HeldCheckout { checkout: checkout.clone(), folder, index }))
    }

    /// Lets a checkout follow: files, index and nothing else. Asked again after a crash, it goes on.
    pub fn follow(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        let Some(held) = self.hold(checkout)? else { return Ok(()) };
        self.follow_held(&held, from, to)
    }

    fn follow_held(
        &self,
        held: &HeldCheckout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        self.check_held(&held.checkout, from, to)?;
        self.read_tree(held, from, Some(to))?;
        Ok(held.index.put_next()?)
    }

    /// Moves the files of a checkout that was looked at, and makes the index that belongs to them. The one the checkout
    /// has stays.
    fn read_tree(
        &self,
        held: &HeldCheckout,
        from: Option<CommitId>,
        to: Option<CommitId>,
    ) -> Result<(), FollowError> {
        let tree = |commit: Option<CommitId>| -> Result<OsString, ProjectFault> {
            Ok(self.project.tree_of(commit.map(|commit| commit.0))?.to_string().into())
        };
        // `read-tree` knows the empty tree by its name, also where no object of it exists.
        let arguments: [OsString; 6] =
            ["read-tree".into(), "--quiet".into(), "-m".into(), "-u".into(), tree(from)?, tree(to)?];
        let mut reads = 1;
        loop {
            match held.index.git(&held.folder, &arguments) {
                Ok(_) => return Ok(()),
                Err(fault) if reads == MOST_READS => return Err(fault.into()),
                // A repository that was copied has an index whose times and numbers are of other files. Git then refuses,
                // and touches nothing; `git merge` would look at the files anew first as well. It says no where a file
                // differs, which is nobody's fault here.
                Err(_) => drop(
                    held.index.git(&held.folder, &["update-index", "-q", "--refresh"].map(OsString::from)),
                ),
            }
            reads += 1;
        }
    }

    /// Moves files and index of every checkout, or leaves all as they were.
    pub(crate) fn move_all(
        &self,
        held: &[HeldCheckout],
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        let moved = held
            .iter()
            .try_for_each(|held| self.read_tree(held, from, Some(to)))
            .and_then(|()| held.iter().try_for_each(|held| Ok(held.index.put_next()?)));
        if moved.is_err() {
            self.move_back(held, from, to);
        }
        moved
    }

    /// The way back where the disk fails in the middle.
    pub(crate) fn move_back(&self, held: &[HeldCheckout], from: Option<CommitId>, to: CommitId) {
        for held in held {
            if let Err(error) = self.go_back(held, from, to) {
                tracing::warn!(folder = %held.folder.display(), %error, "a checkout did not go back");
            }
        }
    }

    fn left(&self, held: &HeldCheckout, from: Option<CommitId>, to: CommitId) -> Result<Left, ProjectFault> {
        let (old, new) = (self.project.tree_of(from.map(|from| from.0))?, self.project.commit(to.0)?.tree);
        let steps = self.project.difference(old, new)?;
        let opened = self.opened_at(&held.folder)?;
        let project = opened.as_ref().unwrap_or(&self.project);
        let scan = project.scan(SCAN)?;
        let not_staged = project.index_steps(new, &scan.index)?;
        let touched = |path: &GitPath| steps.iter().any(|step| step.path == *path);
        let is_staged = !not_staged.iter().any(|step| touched(&step.path));
        Ok(Left { steps, scan, is_staged })
    }

    /// Lets a checkout follow after a crash, which may have left some files as they were and some as they come. Says
    /// whether there was something to do.
    pub fn follow_after_crash(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<bool, FollowError> {
        let Some(held) = self.hold(checkout)? else { return Ok(false) };
        let left = self.left(&held, from, to)?;
        if left.is_staged {
            return Ok(false);
        }
        let (came, torn) = self.sorted(&held.folder, &left)?;
        // What was being written when it died is as it was again; the index still knows that.
        held.index.put_back(&held.folder, &torn)?;
        // What came already is told to the index first: then Git sees that it is what is to come.
        held.index.git_on(&held.folder, &["update-index", "--add", "--remove", "--"], came.into_iter())?;
        held.index.put_next()?;
        self.follow_held(&held, from, to)?;
        Ok(true)
    }

    /// What a move that died before the ref moved left in the checkouts: files and index are as they were. What a person
    /// wrote since stays. Says whether there was something to do.
    pub fn go_back_after_crash(
        &self,
        target: &str,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<bool, FollowError> {
        let held = self.hold_checkouts(target)?;
        // With it, a lock of the ref that the dead one left goes as well.
        let change = RefMove { name: target, from: from.map(|from| from.0), to: Some(to.0), log: None };
        let _reference = match self.project.hold_ref(&change) {
            // A person went on from there.
            Err(MoveRefError::Moved { .. }) => return Ok(false),
            other => other.map_err(fault_of)?,
        };
        let mut any = false;
        for held in held.iter().filter(|held| held.index.was_left()) {
            any |= self.go_back(held, from, to)?;
        }
        Ok(any)
    }

    fn go_back(
        &self,
        held: &HeldCheckout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<bool, FollowError> {
        held.index.forget_next();
        let left = self.left(held, from, to)?;
        if left.is_staged {
            self.read_tree(held, Some(to), from)?;
            held.index.put_next()?;
            return Ok(true);
        }
        let (came, torn) = self.sorted(&held.folder, &left)?;
        let all: Vec<&Step> = came.into_iter().chain(torn).collect();
        held.index.put_back(&held.folder, &all)?;
        Ok(!all.is_empty())
    }

    /// Steps whose file is as it comes already, and those whose file Git was writing when it died.
    fn sorted<'a>(
        &self,
        folder: &Path,
        left: &'a Left,
    ) -> Result<(Vec<&'a Step>, Vec<&'a Step>), ProjectFault> {
        let scan = &left.scan;
        let differs: HashMap<&GitPath, OnDisk> = scan
            .tracked
            .iter()
            .chain(&scan.untracked)
            .chain(&scan.ignored)
            .map(|file| (&file.path, file.disk))
            .collect();
        let (mut came, mut torn) = (Vec::new(), Vec::new());
        for step in &left.steps {
            let Some(there) = differs.get(&step.path).copied() else { continue };
            if there == step.new.map_or(OnDisk::Nothing, OnDisk::Leaf) {
                came.push(step);
            } else if self.is_torn(folder, step, there)? {
                torn.push(step);
            }
        }
        Ok((came, torn))
    }

    /// Whether a file is one Git was writing when it died: gone, because the old one goes first, or the beginning of what
    /// is to come.
    fn is_torn(&self, folder: &Path, step: &Step, there: OnDisk) -> Result<bool, ProjectFault> {
        let Some(new) = step.new.filter(Leaf::is_file) else { return Ok(false) };
        if there == OnDisk::Nothing {
            return Ok(step.old.is_some());
        }
        let Ok(bytes) = std::fs::read(step.path.below(folder)) else { return Ok(false) };
        let whole = self.project.blob(new.id)?;
        // As it stands, or with the line endings of the person's checkout.
        let plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
        let begins = |part: &[u8]| part.len() < whole.len() && whole.starts_with(part);
        Ok(begins(&bytes) || begins(&plain))
    }
}
