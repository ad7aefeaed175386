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
        let mut queue: std::collections::VecDeque<ObjectId> =
            shared.head(&Line::Trunk)?.into_iter().collect();
        queue.extend(shared.refs_below("refs/heads/feat/")?.into_iter().map(|(_, id)| id));
        let mut known = std::collections::HashSet::new();
        while let Some(id) = queue.pop_front() {
            if !known.insert(id) {
                continue;
            }
            if known.len() > most {
                return Ok(None);
            }
            let commit = shared.objects.commit(id)?;
            if trailer(&commit.message, "Tgp-Action") == Some(wanted.as_str()) {
                return Ok(Some(CommitId(id)));
            }
            queue.extend(commit.parents);
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
            Ok(Some(head)) => self.last_whole(*head, durable),
            // A branch that is gone was deleted by a person; an unreadable one was not.
            Ok(None) => return Ok(None),
            Err(_) => durable,
        };
        if head.as_ref().is_ok_and(|head| *head == Some(whole)) {
            return Ok(None);
        }
        let path = self.git.join(&self.trunk);
        let temporary = self.state.join("tmp").join("restored-ref");
        std::fs::write(&temporary, format!("{whole}\n")).map_err(LibraryFault::io("write", &temporary))?;
        std::fs::rename(&temporary, &path).map_err(LibraryFault::io("write", &path))?;
        Ok(Some(whole))
    }

    /// Goes back from `head` by first parents to the newest commit all of whose additions can be read; commits from
    /// `durable` on are known to be whole.
    fn last_whole(&self, head: ObjectId, durable: ObjectId) -> ObjectId {
        let mut candidate = Some(head);
        let mut here = head;
        for _ in 0..MOST_COMMITS {
            if here == durable {
                break;
            }
            let Ok(commit) = self.objects.commit(here) else { return durable };
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
        candidate.unwrap_or(durable)
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
