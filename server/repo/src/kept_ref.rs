//! A few bytes under a ref of the library's repository that nobody pushes: what has to outlive the state folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::ObjectId;
use gix::objs::{Kind, Write as _};
use tgp_lock::GitLock;
use tgp_objects::objects::system_error;

use crate::fault::LibraryFault;
use crate::library::init::open_repository;
use crate::library::refs::read_ref_in;

/// How long Git's own lock on the ref is waited for; what is kept may trail.
const PATIENCE: Duration = Duration::from_millis(200);
/// How often the bytes are written anew because Git took them or their folder before the ref named them.
const MOST_REPEATS: u32 = 100;

/// A ref below `refs/tgp/` that names a content. It needs no open library.
#[derive(Debug, Clone)]
pub struct KeptRef {
    folder: PathBuf,
    name: String,
}

impl KeptRef {
    /// `refs/tgp/<name>` of the library in `folder`. Nothing is read or written yet.
    pub fn new(folder: &Path, name: &str) -> Self {
        Self { folder: folder.to_owned(), name: format!("refs/tgp/{name}") }
    }

    fn git(&self) -> PathBuf {
        self.folder.join(".git")
    }

    fn loose(&self) -> gix::odb::loose::Store {
        gix::odb::loose::Store::at(self.git().join("objects"), gix::hash::Kind::Sha1)
    }

    fn id(&self) -> Result<Option<ObjectId>, LibraryFault> {
        read_ref_in(&self.git(), &self.folder, &self.name)
    }

    /// What it holds; none where there is no such ref.
    pub fn read(&self) -> Result<Option<Vec<u8>>, LibraryFault> {
        let Some(id) = self.id()? else { return Ok(None) };
        let mut bytes = Vec::new();
        // Nearly always it is a file of its own; only Git's housekeeping puts it into a pack.
        if let Ok(Some(found)) = self.loose().try_find(&id, &mut bytes) {
            return Ok(Some(found.data.to_vec()));
        }
        let damaged = |what: String| LibraryFault::Damaged { folder: self.folder.clone(), what };
        let repository = open_repository(&self.folder).map_err(|error| damaged(error.to_string()))?;
        let found = repository.to_thread_local().find_object(id).map(|object| object.data.clone());
        found.map(Some).map_err(|error| damaged(format!("{} names no object: {error}", self.name)))
    }

    /// Puts other bytes in their place. On the disk before the ref names them: a torn one would be damage to Git.
    pub fn write(&self, content: &[u8]) -> Result<(), LibraryFault> {
        let before = self.id()?;
        let objects = self.git().join("objects");
        let mut repeats = 0;
        let id = loop {
            match self.put(&objects, content) {
                Ok(id) => break id,
                // `git prune` and `gc` take what no ref names yet, and folders they find empty.
                Err(LibraryFault::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound && repeats < MOST_REPEATS =>
                {
                    repeats += 1;
                }
                Err(fault) => return Err(fault),
            }
        };
        let path = self.git().join(&self.name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(LibraryFault::io("create", folder))?;
        }
        let own = self.folder.join("state/lock-kept-ref");
        let mut lock = GitLock::take(&path, &own, PATIENCE, &self.folder).map_err(LibraryFault::from)?;
        writeln!(lock, "{id}").map_err(LibraryFault::io("write", &path))?;
        lock.commit().map_err(LibraryFault::from)?;
        // A `gc` that began before the ref was moved ends after it.
        let packed = || open_repository(&self.folder).is_ok_and(|git| git.to_thread_local().has_object(id));
        if !file_of(&objects, id).exists() && !packed() {
            self.put(&objects, content)?;
        }
        if let Some(before) = before.filter(|before| *before != id) {
            // Nothing else ever named it; left there, each would be a file for ever.
            let _ = std::fs::remove_file(file_of(&objects, before));
        }
        Ok(())
    }

    /// Writes the bytes as an object, on the disk before its name is given.
    fn put(&self, objects: &Path, content: &[u8]) -> Result<ObjectId, LibraryFault> {
        let id = self.loose().write_buf(Kind::Blob, content).map_err(|error| LibraryFault::Io {
            doing: "write an object into",
            path: objects.to_owned(),
            source: system_error(error),
        })?;
        let object = file_of(objects, id);
        let synced = std::fs::File::open(&object).and_then(|file| file.sync_all());
        synced.map_err(LibraryFault::io("sync", &object))?;
        Ok(id)
    }
}

fn file_of(objects: &Path, id: ObjectId) -> PathBuf {
    let name = id.to_string();
    let (folder, file) = name.split_at(2);
    objects.join(folder).join(file)
}
