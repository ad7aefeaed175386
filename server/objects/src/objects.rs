//! Git objects: read through gix, trees kept parsed, written so that a crash never leaves a wrong one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::{Exists as _, Find as _, Kind, Write as _};

use crate::fault::LibraryFault;
use crate::loose;
use crate::recent::{Recent, Written};
use crate::tree::{Entry, parse_tree};

/// How many entries of parsed trees are kept; about 40 MB at the most. When it is reached, all are dropped.
const KEPT_ENTRIES: usize = 400_000;
/// With more objects than this, syncing the whole file system once costs less than each by itself.
const MOST_SINGLE_SYNCS: usize = 64;
/// How often an object is written anew because Git removed the folder it was to come to.
const MOST_REPEATS: u32 = 100;
/// How often an object that is there but could not be read is looked for anew.
const MOST_SEARCHES: u32 = 3;
/// How many open handles are kept for threads that come back.
const KEPT_HANDLES: usize = 8;

/// A mutex whose data stay usable when a thread that held it panicked: everything in them is a cache.
pub fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct TreeCache {
    trees: HashMap<ObjectId, Arc<Vec<Entry>>>,
    entries: usize,
}

/// The parts of a commit we use.
#[derive(Debug, Clone)]
pub struct CommitParts {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, the first one first.
    pub parents: Vec<ObjectId>,
    /// Its whole message.
    pub message: String,
}

/// The objects of one repository. Methods may be called from several threads.
pub struct Objects {
    folder: PathBuf,
    store_path: PathBuf,
    repository: gix::ThreadSafeRepository,
    handles: Mutex<Vec<gix::Repository>>,
    trees: Mutex<TreeCache>,
    unsynced: Mutex<Vec<ObjectId>>,
    recent: Mutex<Recent>,
}

impl Objects {
    /// Those of an open repository; `folder` is the one errors name.
    pub fn new(folder: &Path, repository: gix::ThreadSafeRepository) -> Self {
        let store_path = repository.to_thread_local().common_dir().join("objects");
        Self {
            folder: folder.to_owned(),
            store_path,
            repository,
            handles: Mutex::default(),
            trees: Mutex::default(),
            unsynced: Mutex::default(),
            recent: Mutex::default(),
        }
    }

    /// Runs `work` with a handle of its own; handles are kept because opening one costs more than a read.
    pub fn with<T>(&self, work: impl FnOnce(&gix::Repository) -> T) -> T {
        let kept = hold(&self.handles).pop();
        let handle = kept.unwrap_or_else(|| self.repository.to_thread_local());
        let result = work(&handle);
        let mut handles = hold(&self.handles);
        if handles.len() < KEPT_HANDLES {
            handles.push(handle);
        }
        result
    }

    fn damaged(&self, id: ObjectId, what: &str) -> LibraryFault {
        LibraryFault::Damaged { folder: self.folder.clone(), what: format!("object {id} {what}") }
    }

    fn bytes(&self, id: ObjectId, kind: Kind) -> Result<Vec<u8>, LibraryFault> {
        let mut found = self.find(id, kind);
        let mut repeats = 0;
        // Git moves objects from one pack to another while it is read: what it has by now is looked for anew.
        while matches!(found, Err(LibraryFault::Damaged { .. })) && repeats < MOST_SEARCHES && self.exists(id)
        {
            repeats += 1;
            found = self.find(id, kind);
        }
        let recent = || hold(&self.recent).get(id).filter(|written| written.kind == kind);
        match found {
            Err(LibraryFault::Damaged { .. }) if !self.exists(id) => match recent() {
                Some(written) => {
                    self.write(kind, &written.bytes)?;
                    Ok(written.bytes.to_vec())
                }
                None => found,
            },
            found => found,
        }
    }

    fn find(&self, id: ObjectId, kind: Kind) -> Result<Vec<u8>, LibraryFault> {
        self.with(|handle| {
            let mut buffer = Vec::new();
            match handle.objects.try_find(&id, &mut buffer) {
                Ok(Some(found)) if found.kind == kind => Ok(()),
                Ok(Some(found)) => Err(self.damaged(id, &format!("is a {}, not a {kind}", found.kind))),
                Ok(None) => Err(self.damaged(id, "is missing")),
                Err(error) => Err(self.damaged(id, &format!("cannot be read: {error}"))),
            }?;
            Ok(buffer)
        })
    }

    /// Whether there is an object of this name. The empty tree is one like any other here: Git can read it where it is
    /// not stored, but `git fsck` misses it.
    pub fn exists(&self, id: ObjectId) -> bool {
        self.with(|handle| handle.objects.exists(&id))
    }

    /// A file's content.
    pub fn blob(&self, id: ObjectId) -> Result<Vec<u8>, LibraryFault> {
        self.bytes(id, Kind::Blob)
    }

    /// A commit's parts.
    pub fn commit(&self, id: ObjectId) -> Result<CommitParts, LibraryFault> {
        let bytes = self.bytes(id, Kind::Commit)?;
        let text = String::from_utf8_lossy(&bytes);
        let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let named = |line: &str, name: &str| ObjectId::from_hex(line.strip_prefix(name)?.as_bytes()).ok();
        let tree = headers.lines().find_map(|line| named(line, "tree "));
        let parents = headers.lines().filter_map(|line| named(line, "parent ")).collect();
        let tree = tree.ok_or_else(|| self.damaged(id, "names no tree"))?;
        Ok(CommitParts { tree, parents, message: message.to_owned() })
    }

    /// The entries of a tree, in Git's order.
    pub fn tree(&self, id: ObjectId) -> Result<Arc<Vec<Entry>>, LibraryFault> {
        if id.is_empty_tree() {
            return Ok(Arc::default());
        }
        if let Some(known) = hold(&self.trees).trees.get(&id) {
            return Ok(Arc::clone(known));
        }
        let bytes = self.bytes(id, Kind::Tree)?;
        let entries = parse_tree(&bytes).ok_or_else(|| self.damaged(id, "is not a well-formed tree"))?;
        Ok(self.remember(id, entries))
    }

    /// Keeps the entries of a tree that was parsed or made.
    pub fn remember(&self, id: ObjectId, entries: Vec<Entry>) -> Arc<Vec<Entry>> {
        let entries = Arc::new(entries);
        let mut cache = hold(&self.trees);
        if cache.entries + entries.len() > KEPT_ENTRIES {
            *cache = TreeCache::default();
        }
        cache.entries += entries.len() + 1;
        cache.trees.insert(id, Arc::clone(&entries));
        entries
    }

    /// Writes an object, also where one of that name exists: a damaged one is mended by that.
    pub fn write(&self, kind: Kind, bytes: &[u8]) -> Result<ObjectId, LibraryFault> {
        let mut repeats = 0;
        let id = loop {
            match self.put(kind, bytes) {
                Ok(id) => break id,
                // `git prune` and `gc` remove folders of objects they find empty, also one made for this object just now.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && repeats < MOST_REPEATS => {
                    repeats += 1;
                }
                Err(source) => {
                    let path = self.store_path.clone();
                    return Err(LibraryFault::Io { doing: "write an object into", path, source });
                }
            }
        };
        hold(&self.unsynced).push(id);
        hold(&self.recent).add(id, kind, bytes);
        Ok(id)
    }

    fn put(&self, kind: Kind, bytes: &[u8]) -> std::io::Result<ObjectId> {
        let Some(file) = loose::stored(kind, bytes) else {
            return self.with(|handle| handle.objects.write_buf(kind, bytes)).map_err(system_error);
        };
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, bytes).map_err(system_error)?;
        loose::put(&self.store_path, id, &file).map(|()| id)
    }

    /// The same for what this process may have written a moment ago: one that still lies there stays as it is.
    pub fn write_once(&self, kind: Kind, bytes: &[u8]) -> Result<ObjectId, LibraryFault> {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, bytes);
        match id {
            Ok(id) if hold(&self.recent).own(id) && self.is_loose(id) => Ok(id),
            _ => self.write(kind, bytes),
        }
    }

    /// What another thread wrote for this one counts as this one's.
    pub fn own(&self, id: ObjectId) {
        hold(&self.recent).own(id);
    }

    /// Writes again what this thread wrote and a `git gc` took before a ref named it. To be called once a ref does.
    pub fn keep_written(&self) -> Result<(), LibraryFault> {
        let written = hold(&self.recent).of_this_thread();
        self.keep(written)
    }

    /// The same for all that was written last: a `gc` that began before a ref was moved ends after it.
    pub fn keep_recent(&self) -> Result<(), LibraryFault> {
        let written = hold(&self.recent).all();
        self.keep(written)
    }

    fn keep(&self, written: Vec<Written>) -> Result<(), LibraryFault> {
        for one in written {
            if !self.is_loose(one.id) && !self.exists(one.id) {
                self.write(one.kind, &one.bytes)?;
            }
        }
        Ok(())
    }

    /// Folder of all objects.
    pub(crate) fn store_path(&self) -> &Path {
        &self.store_path
    }

    fn object_path(&self, id: ObjectId) -> PathBuf {
        let name = id.to_string();
        let (folder, file) = name.split_at(2);
        self.store_path.join(folder).join(file)
    }

    /// Whether an object is a file of its own, as ours are until Git packs them.
    pub fn is_loose(&self, id: ObjectId) -> bool {
        self.object_path(id).exists()
    }

    /// Makes these objects durable. One that Git packed meanwhile is Git's to keep.
    pub fn sync(&self, ids: &[ObjectId]) -> Result<(), LibraryFault> {
        if ids.len() > MOST_SINGLE_SYNCS && self.sync_file_system()? {
            let synced: std::collections::HashSet<&ObjectId> = ids.iter().collect();
            hold(&self.unsynced).retain(|id| !synced.contains(id));
            return Ok(());
        }
        let mut folders = std::collections::BTreeSet::new();
        // One that was written twice is synced once.
        for id in ids.iter().collect::<std::collections::BTreeSet<_>>() {
            let path = self.object_path(*id);
            match std::fs::File::open(&path) {
                Ok(file) => file.sync_all().map_err(LibraryFault::io("sync", &path))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(LibraryFault::io("sync", &path)(error)),
            }
            folders.extend(path.parent().map(Path::to_owned));
        }
        folders.insert(self.store_path.clone());
        for folder in folders {
            match std::fs::File::open(&folder).and_then(|file| file.sync_all()) {
                // One that Git emptied and removed held nothing of ours any more.
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(LibraryFault::io("sync", &folder)(error));
                }
                _ => {}
            }
        }
        hold(&self.unsynced).retain(|id| !ids.contains(id));
        Ok(())
    }

    /// Syncs all objects, whoever wrote them, where this system can do that.
    pub fn sync_all(&self) -> Result<(), LibraryFault> {
        let ids = self.unsynced();
        if self.sync_file_system()? {
            hold(&self.unsynced).retain(|id| !ids.contains(id));
            return Ok(());
        }
        self.sync(&ids)
    }

    /// Syncs everything the file system has not written yet; whether this system can do that.
    #[cfg(target_os = "linux")]
    fn sync_file_system(&self) -> Result<bool, LibraryFault> {
        let synced =
            std::fs::File::open(&self.store_path).and_then(|folder| Ok(rustix::fs::syncfs(&folder)?));
        synced.map(|()| true).map_err(LibraryFault::io("sync", &self.store_path))
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "Linux needs both")]
    fn sync_file_system(&self) -> Result<bool, LibraryFault> {
        Ok(false)
    }

    /// Objects written since the last sync.
    pub fn unsynced(&self) -> Vec<ObjectId> {
        hold(&self.unsynced).clone()
    }
}

/// The system's error inside an error of gix, so that a full disk is told from a damaged repository.
pub fn system_error(error: impl std::error::Error + Send + Sync + 'static) -> std::io::Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return io.raw_os_error().map_or_else(
                || std::io::Error::new(io.kind(), io.to_string()),
                std::io::Error::from_raw_os_error,
            );
        }
        source = inner.source();
    }
    std::io::Error::other(error.to_string())
}
