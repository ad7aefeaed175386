//! What follows a write without anyone waiting for it: the index, and safety against power loss.
//!
//! Writing Git's index costs time in proportion to all files, so one background thread writes it for many commits at
//! once; `docs/decisions/0002-index-follows.md` tells why this is safe.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gix::ObjectId;

use super::{Library, Line, ReadError, Shared, hold};
use crate::fault::LibraryFault;
use crate::id::CommitId;

/// The thread rests this many times as long as it worked, so that it takes no more than a tenth of one processor.
const REST: u32 = 9;
/// Commits looked through for one that is not ours; beyond them everything is synced.
const MOST_COMMITS: usize = 10_000;

/// Where Git's index stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexState {
    /// It is that of the last commit (and of what a person staged).
    Current,
    /// A person has another branch checked out; the index is theirs.
    NotCheckedOut,
    /// A git program holds its lock; it will be brought up with the next write or flush.
    Waiting {
        /// The lock file.
        lock: PathBuf,
        /// Its age, where that can be told.
        age: Option<Duration>,
    },
}

/// What a flush made sure of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flushed {
    /// Everything up to this commit survives a power loss.
    pub head: Option<CommitId>,
    /// Where the index stands.
    pub index: IndexState,
}

#[derive(Default)]
struct Wanted {
    work: bool,
    settle: bool,
    stop: bool,
}

/// The thread that brings the index up; it begins with the first write, or with commits of others that are not known
/// to be on the disk.
#[derive(Default)]
pub(crate) struct Follower {
    signal: Arc<(Mutex<Wanted>, Condvar)>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    pub(crate) fn wake(&self, shared: &Arc<Shared>) {
        self.start(shared, |wanted| wanted.work = true);
    }

    /// Makes what others committed survive a power loss, so that the next opening need not look at it again.
    pub(crate) fn settle(&self, shared: &Arc<Shared>) {
        self.start(shared, |wanted| wanted.settle = true);
    }

    fn start(&self, shared: &Arc<Shared>, want: impl FnOnce(&mut Wanted)) {
        let mut thread = hold(&self.thread);
        if thread.is_none() {
            let (signal, shared) = (Arc::clone(&self.signal), Arc::clone(shared));
            let begun = std::thread::Builder::new()
                .name("tgp-index".to_owned())
                .spawn(move || follow(&signal, &shared));
            // Without a thread the index waits for `flush`, which the end of the process calls.
            *thread = begun.map_err(|error| tracing::warn!(%error, "no thread for the index")).ok();
        }
        want(&mut hold(&self.signal.0));
        self.signal.1.notify_one();
    }

    fn stop(&self) {
        hold(&self.signal.0).stop = true;
        self.signal.1.notify_one();
        if let Some(thread) = hold(&self.thread).take() {
            let _ = thread.join();
        }
    }
}

fn follow(signal: &(Mutex<Wanted>, Condvar), shared: &Shared) {
    loop {
        let idle = |wanted: &mut Wanted| !wanted.work && !wanted.settle && !wanted.stop;
        let mut wanted = signal.1.wait_while(hold(&signal.0), idle).unwrap_or_else(PoisonError::into_inner);
        let settle = std::mem::take(&mut wanted.settle);
        if wanted.stop && !settle {
            return;
        }
        wanted.work = false;
        drop(wanted);
        if settle && let Err(error) = shared.sync_all() {
            tracing::debug!(%error, "what others committed is synced at another time");
        }
        let begun = Instant::now();
        match shared.catch_up_index(Duration::from_millis(100)) {
            Ok(IndexState::Waiting { .. }) => tracing::debug!("the index waits for a git program"),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "could not bring the index up to the last commit"),
        }
        let rest = begun.elapsed() * REST;
        let _ = signal.1.wait_timeout_while(hold(&signal.0), rest, |wanted| !wanted.stop);
    }
}

impl Library {
    /// Brings the index up to the last commit, and makes everything committed so far survive a power loss.
    pub fn flush(&self) -> Result<Flushed, ReadError> {
        let index = self.shared.catch_up_index(self.shared.settings.lock_limit)?;
        Ok(Flushed { head: self.shared.sync_all()?.map(CommitId), index })
    }

    /// Brings only the index up to the last commit, so that a person's `git status` is right.
    pub fn update_index(&self) -> Result<IndexState, ReadError> {
        Ok(self.shared.catch_up_index(self.shared.settings.lock_limit)?)
    }
}

impl Drop for Library {
    /// Leaves `git status` right. Durability is not decided here: nobody could be told of an error.
    fn drop(&mut self) {
        self.follower.stop();
        if let Err(error) = self.shared.catch_up_index(Duration::from_millis(100)) {
            tracing::debug!(%error, "the index is brought up when the library is opened again");
        }
    }
}

impl Shared {
    /// Syncs objects, then the refs that name them, then the notes of what is whole.
    pub(crate) fn sync_all(&self) -> Result<Option<ObjectId>, LibraryFault> {
        // One at a time: the thread that settles what others wrote may be at it.
        let _syncing = hold(&self.syncing);
        let head = self.head(&Line::Trunk)?;
        let mut moved = std::mem::take(&mut *hold(&self.moved));
        moved.remove(&self.trunk);
        let synced = self.sync_moved(head, &moved);
        if synced.is_err() {
            hold(&self.moved).extend(moved);
        }
        synced.map(|()| head)
    }

    fn sync_moved(&self, head: Option<ObjectId>, moved: &BTreeSet<String>) -> Result<(), LibraryFault> {
        // An unreadable branch holds nothing that could be made durable.
        let mut branches: Vec<(&str, ObjectId)> = Vec::new();
        for name in moved {
            let commit = self.read_ref(name).ok().flatten();
            branches.extend(
                commit.filter(|id| self.durable_branch(name) != Some(*id)).map(|id| (name.as_str(), id)),
            );
        }
        let heads = || head.into_iter().chain(branches.iter().map(|(_, id)| *id));
        let ids = self.objects.unsynced();
        if !self.is_all_ours(heads(), &ids) {
            self.objects.sync_all()?;
        } else if !ids.is_empty() {
            self.objects.sync(&ids)?;
        }
        for (name, commit) in branches {
            self.sync_ref(name)?;
            self.note_whole(&self.durable_branch_path(name), commit)?;
        }
        if let Some(commit) = head.filter(|head| self.durable_head() != Some(*head)) {
            self.sync_ref(&self.trunk)?;
            self.note_durable(commit)?;
        }
        Ok(())
    }

    /// Syncs a ref and the folders that name it. One that Git packed meanwhile is Git's to keep.
    fn sync_ref(&self, name: &str) -> Result<(), LibraryFault> {
        let path = self.git.join(name);
        for path in path.ancestors().take_while(|path| path.starts_with(self.git.join("refs"))) {
            match std::fs::File::open(path).and_then(|file| file.sync_all()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(LibraryFault::io("sync", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether all commits since those known to be on the disk are among `ids`, those this process wrote. A join has
    /// two parents, and what the other one names was fetched.
    fn is_all_ours(&self, heads: impl Iterator<Item = ObjectId>, ids: &[ObjectId]) -> bool {
        let durable = self.durable_head();
        let ids: HashSet<&ObjectId> = ids.iter().collect();
        let mut queue: Vec<ObjectId> = heads.collect();
        let mut known = HashSet::new();
        while let Some(id) = queue.pop() {
            if durable == Some(id) || !known.insert(id) {
                continue;
            }
            if !ids.contains(&id) || known.len() > MOST_COMMITS {
                return false;
            }
            queue.extend(self.objects.commit(id).map(|commit| commit.parents).unwrap_or_default());
        }
        true
    }

    fn durable_branch_path(&self, name: &str) -> PathBuf {
        self.state.join("durable").join(name.rsplit('/').next().unwrap_or(name))
    }

    /// The last commit of a branch for review known to be on the disk with all it needs.
    pub(crate) fn durable_branch(&self, name: &str) -> Option<ObjectId> {
        ObjectId::from_hex(std::fs::read(self.durable_branch_path(name)).ok()?.trim_ascii()).ok()
    }

    fn durable_path(&self) -> PathBuf {
        self.state.join("durable-head")
    }

    /// The last commit known to be on the disk with all it needs.
    pub(crate) fn durable_head(&self) -> Option<ObjectId> {
        ObjectId::from_hex(std::fs::read(self.durable_path()).ok()?.trim_ascii()).ok()
    }

    pub(crate) fn note_durable(&self, commit: ObjectId) -> Result<(), LibraryFault> {
        self.note_whole(&self.durable_path(), commit)
    }

    fn note_whole(&self, path: &Path, commit: ObjectId) -> Result<(), LibraryFault> {
        let temporary = self.state.join("tmp").join(format!("durable-{}", std::process::id()));
        let written = std::fs::File::create(&temporary).and_then(|mut file| {
            std::io::Write::write_all(&mut file, format!("{commit}\n").as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temporary, path)
        });
        written.map_err(LibraryFault::io("write", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_join_brought_is_not_ours_to_call_durable() {
        let folder = tempfile::tempdir().unwrap();
        let library =
            Library::init(folder.path(), &crate::LibrarySettings::default(), tgp_model::Timestamp(0));
        let library = library.unwrap();
        let shared = &library.shared;
        let ours = shared.head(&Line::Trunk).unwrap().unwrap();
        let message = crate::CommitMessage {
            subject: "Join".to_owned(),
            action: tgp_model::ActionId::from_parts(1, 2),
            session: tgp_model::SessionId::from_parts(1, 3),
            agent: tgp_model::AgentName::default(),
            installation: "here".to_owned(),
            when: tgp_model::Timestamp(0),
        };
        let tree = shared.tree_of(ours).unwrap();
        let theirs = shared.write_commit(tree, &[], &message).unwrap();
        let join = shared.write_commit(tree, &[ours, theirs], &message).unwrap();
        shared.note_durable(ours).unwrap();
        assert!(shared.is_all_ours([join].into_iter(), &[join, theirs]));
        assert!(!shared.is_all_ours([join].into_iter(), &[join]), "theirs was fetched");
    }
}
