//! What opening does with what a dead process or a power loss left behind.

use std::path::Path;
use std::time::Duration;

use gix::ObjectId;
use tgp_model::ActionId;

use super::{Library, Line, ReadError, Repair, Shared, edit};
use crate::fault::LibraryFault;
use crate::id::CommitId;
use crate::message::trailer;
use tgp_lock::{age, clear_foreign, clear_own, lock_name};

/// A temporary object younger than this may belong to a process that is writing it.
const TEMPORARY_AGE: Duration = Duration::from_hours(1);
/// How many commits are looked through when the last whole one is sought.
const MOST_COMMITS: usize = 1_000;

impl Library {
    /// The commit that carries an action's number, sought from the newest backwards through the trunk and all branches
    /// for review, at most `most` commits.
    pub fn find_action(&self, action: ActionId, most: usize) -> Result<Option<CommitId>, ReadError> {
        let shared = &self.shared;
        let wanted = action.to_string();
        let trunk = shared.head(&Line::Trunk)?;
        let mut queue: std::collections::VecDeque<(ObjectId, bool)> =
            trunk.into_iter().map(|id| (id, true)).collect();
        queue.extend(shared.review_branches()?.into_iter().map(|(_, id)| (id, false)));
        let mut known = std::collections::HashSet::new();
        while let Some((id, on_trunk)) = queue.pop_front() {
            if !known.insert(id) {
                continue;
            }
            if known.len() > most {
                return Ok(None);
            }
            let commit = match shared.objects.commit(id) {
                Ok(commit) => commit,
                // What a broken branch lacks says nothing about the others; without the trunk nothing can be said.
                Err(fault) if on_trunk => return Err(fault.into()),
                Err(_) => continue,
            };
            if trailer(&commit.message, "Tgp-Action") == Some(wanted.as_str()) {
                return Ok(Some(CommitId(id)));
            }
            queue.extend(commit.parents.into_iter().map(|id| (id, on_trunk)));
        }
        Ok(None)
    }
}

impl Shared {
    pub(crate) fn recover(&self) -> Result<Vec<Repair>, LibraryFault> {
        let _passage = self.gate.pass()?;
        let mut repairs = self.clear_locks();
        let count = self.clear_temporary_files();
        if count > 0 {
            repairs.push(Repair::TemporaryFilesRemoved { count });
        }
        if let Some(commit) = self.restore_ref()? {
            repairs.push(Repair::RefRestored { commit: CommitId(commit) });
        }
        repairs.extend(self.restore_branches()?);
        let files = self.finish_tree()?;
        if files > 0 {
            repairs.push(Repair::WorkingTreeFinished { files });
        }
        Ok(repairs)
    }

    fn clear_locks(&self) -> Vec<Repair> {
        let trunk = self.git.join(&self.trunk);
        let mut repairs = Vec::new();
        for (target, own) in
            [(self.git.join("index"), "lock-index"), (trunk, "lock-ref"), (self.git.join("HEAD"), "lock-ref")]
        {
            if let Some(path) = clear_own(&target, &self.state.join(own)) {
                repairs.push(Repair::LockRemoved { path, foreign: false });
            }
            let lock = lock_name(&target);
            if std::fs::symlink_metadata(&lock).is_ok() && clear_foreign(&lock, &self.folder) {
                repairs.push(Repair::LockRemoved { path: lock, foreign: true });
            }
        }
        repairs
    }

    /// Files in `state/tmp` are made while holding the gate, so they are a dead process's; notes of what is durable and
    /// temporary objects are made without it and must be old.
    fn clear_temporary_files(&self) -> usize {
        let objects = self.git.join("objects");
        let old = |path: &Path| age(path, &self.state.join("age")).is_some_and(|age| age > TEMPORARY_AGE);
        let mut count = 0;
        for (folder, prefixes) in [(self.state.join("tmp"), &[""][..]), (objects, &[".tmp", "tmp_obj"][..])] {
            let Ok(listing) = std::fs::read_dir(&folder) else { continue };
            for item in listing.flatten().filter(|item| item.file_type().is_ok_and(|kind| kind.is_file())) {
                let name = item.file_name();
                let fits =
                    prefixes.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()));
                let path = item.path();
                let gated = prefixes == [""] && !name.as_encoded_bytes().starts_with(b"durable-");
                if fits && (gated || old(&path)) && std::fs::remove_file(&path).is_ok() {
                    count += 1;
                }
            }
        }
        count
    }

    /// After a power loss the ref may be empty, or name a commit whose objects never reached the disk. Then it is set
    /// to the last commit that is whole; the engine writes the later ones again from its intents.
    fn restore_ref(&self) -> Result<Option<ObjectId>, LibraryFault> {
        let head = self.head(&Line::Trunk);
        let Some(durable) = self.durable_head().filter(|durable| self.objects.exists(*durable)) else {
            return Ok(None);
        };
        let whole = match &head {
            Ok(Some(head)) if *head == durable => return Ok(None),
            Ok(Some(head)) => self.last_whole(*head, &[durable]).unwrap_or(durable),
            // A branch that is gone was deleted by a person; an unreadable one was not.
            Ok(None) => return Ok(None),
            Err(_) => durable,
        };
        if head.as_ref().is_ok_and(|head| *head == Some(whole)) {
            return Ok(None);
        }
        self.put_ref(&self.trunk, whole)?;
        Ok(Some(whole))
    }

    fn put_ref(&self, name: &str, commit: ObjectId) -> Result<(), LibraryFault> {
        let path = self.git.join(name);
        let temporary = self.state.join("tmp").join("restored-ref");
        std::fs::write(&temporary, format!("{commit}\n")).map_err(LibraryFault::io("write", &temporary))?;
        std::fs::rename(&temporary, &path).map_err(LibraryFault::io("write", &path))
    }

    /// The same for branches for review. One of which nothing whole is known is taken away: the write that began it is
    /// made again. Notes of branches that are gone go too.
    fn restore_branches(&self) -> Result<Vec<Repair>, LibraryFault> {
        let mut repairs = Vec::new();
        let refs = self.refs_below("refs/heads/feat/")?;
        self.forget_notes(&refs.iter().filter_map(|(name, _)| name.rsplit('/').next()).collect());
        for (name, head) in refs {
            let durable = self.durable_branch(&name).filter(|durable| self.objects.exists(*durable));
            if head.as_ref().ok() == durable.as_ref() && durable.is_some() {
                continue;
            }
            let whole = match &head {
                Ok(head) => self.last_whole_of_branch(*head, durable),
                Err(_) => self.branch_was(&name).and_then(|was| self.last_whole_of_branch(was, durable)),
            };
            let whole = whole.or(durable);
            if head.as_ref().is_ok_and(|head| whole == Some(*head)) {
                continue;
            }
            match whole {
                Some(commit) => {
                    self.put_ref(&name, commit)?;
                    repairs.push(Repair::RefRestored { commit: CommitId(commit) });
                }
                None if is_torn(&self.git.join(&name)) => {
                    let path = self.git.join(&name);
                    tracing::warn!(
                        name,
                        "a branch for review of which nothing reached the disk was taken away"
                    );
                    std::fs::remove_file(&path).map_err(LibraryFault::io("delete", &path))?;
                    repairs.push(Repair::RefRemoved { name });
                }
                None => {}
            }
        }
        Ok(repairs)
    }

    /// Removes what is noted as durable of branches that are gone; a note that stays is only old.
    fn forget_notes(&self, branches: &std::collections::BTreeSet<&str>) {
        for item in std::fs::read_dir(self.state.join("durable")).into_iter().flatten().flatten() {
            if item.file_name().to_str().is_none_or(|name| !branches.contains(name)) {
                let _ = std::fs::remove_file(item.path());
            }
        }
    }

    /// The newest whole commit of a branch's own; none where nothing of it is left.
    fn last_whole_of_branch(&self, head: ObjectId, durable: Option<ObjectId>) -> Option<ObjectId> {
        let trunk = self.head(&Line::Trunk).ok().flatten();
        let base = trunk.and_then(|trunk| self.merge_base(head, trunk).ok().flatten());
        let stops: Vec<ObjectId> = durable.into_iter().chain(base).collect();
        // A branch that stands on the trunk has nothing of its own to lose.
        self.last_whole(head, &stops).filter(|whole| base != Some(*whole) || head == *whole)
    }

    /// What a branch named last of all that is still there, by its reflog.
    fn branch_was(&self, name: &str) -> Option<ObjectId> {
        let log = std::fs::read(self.git.join("logs").join(name)).ok()?;
        let text = String::from_utf8_lossy(&log);
        let ids = text
            .lines()
            .rev()
            .take(MOST_COMMITS)
            .flat_map(|line| line.split(' ').take(2).collect::<Vec<_>>().into_iter().rev());
        ids.filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok())
            .find(|id| self.objects.commit(*id).is_ok())
    }

    /// Goes back from `head` by first parents to the newest commit all of whose additions can be read; commits from
    /// `stops` on are known to be whole. None where that cannot be followed.
    fn last_whole(&self, head: ObjectId, stops: &[ObjectId]) -> Option<ObjectId> {
        let mut candidate = Some(head);
        let mut here = head;
        for _ in 0..MOST_COMMITS {
            if stops.contains(&here) {
                break;
            }
            let commit = self.objects.commit(here).ok()?;
            let parent = commit.parents.first().copied();
            // Git syncs the packs it fetches or makes; only what we wrote can be torn, and that is never packed.
            if self.objects.is_loose(here) && !self.adds_are_whole(parent, commit.tree) {
                candidate = parent;
            }
            match parent {
                Some(parent) => here = parent,
                None => break,
            }
        }
        candidate
    }

    fn adds_are_whole(&self, parent: Option<ObjectId>, tree: ObjectId) -> bool {
        let before = parent.map(|parent| self.objects.commit(parent).map(|commit| commit.tree)).transpose();
        let steps = before.and_then(|before| edit::difference(&self.objects, before, Some(tree)));
        steps.is_ok_and(|steps| {
            steps
                .iter()
                .filter_map(|step| step.new)
                .filter(super::tree::Leaf::is_file)
                .all(|leaf| self.objects.blob(leaf.id).is_ok())
        })
    }
}

/// Whether a ref's file is what a power loss leaves: nothing, zeros, or the name of a commit that never arrived.
/// Anything else a person or another program wrote there, and it is left to be looked at.
fn is_torn(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| {
        bytes.iter().all(|byte| *byte == 0 || byte.is_ascii_hexdigit() || byte.is_ascii_whitespace())
    })
}
