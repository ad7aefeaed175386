//! Refs: read directly, moved by compare-and-swap under Git's own lock file, so that Git and we never overwrite each
//! other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use tgp_lock::{GitLock, LockError};
use tgp_model::Timestamp;

use crate::fault::ProjectFault;
use crate::head::symbolic;
use crate::message::header_name;
use crate::open::Project;

/// How often a folder of refs is made again that Git removed meanwhile.
const MOST_REPEATS: u32 = 100;

/// More bytes than a ref has that names an object; one that names another ref may have more.
const LIKELY: usize = 256;

/// A ref that was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveRefError {
    /// It names something else than expected.
    #[error("`{name}` was moved meanwhile")]
    Moved {
        /// The ref.
        name: String,
        /// What it names now; none where it is gone.
        now: Option<ObjectId>,
    },
    /// Its name cannot be had.
    #[error("`{name}` cannot be written: {why}")]
    Taken {
        /// The ref.
        name: String,
        /// What stands against it.
        why: String,
    },
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// One move of a ref.
#[derive(Debug, Clone)]
pub struct RefMove<'a> {
    /// Full name, such as `refs/heads/main`.
    pub name: &'a str,
    /// What it must name now; none where it must not exist.
    pub from: Option<ObjectId>,
    /// What it is to name; none removes it.
    pub to: Option<ObjectId>,
    /// A line for the reflog, where a person's branch is moved; agents' branches and private refs have none.
    pub log: Option<(Timestamp, &'a str)>,
}

impl Project {
    /// Our own folder beside the refs, with the gate between processes and the lock files in the making.
    pub fn private(&self) -> PathBuf {
        self.common_dir.join("tgp")
    }

    fn ref_path(&self, name: &str) -> PathBuf {
        self.common_dir.join(name)
    }

    /// What a ref names; none where it does not exist. A symbolic one is followed.
    pub fn read_ref(&self, name: &str) -> Result<Option<ObjectId>, ProjectFault> {
        let mut name = name.to_owned();
        for _ in 0..5 {
            match self.read_loose(&name)? {
                Loose::Names(id) => return Ok(Some(id)),
                Loose::Absent => return self.read_packed(&name),
                Loose::Symbolic(other) => name = other,
            }
        }
        Err(self.damaged(format!("`{name}` is a symbolic ref without end")))
    }

    fn read_loose(&self, name: &str) -> Result<Loose, ProjectFault> {
        let path = self.ref_path(name);
        match read_short(&path) {
            Ok(bytes) => match symbolic(&bytes) {
                Some(other) => Ok(Loose::Symbolic(other)),
                None => ObjectId::from_hex(bytes.trim_ascii())
                    .map(Loose::Names)
                    .map_err(|_| self.damaged(format!("`{name}` names no commit"))),
            },
            Err(error) if is_absent(&error) => Ok(Loose::Absent),
            Err(error) => Err(ProjectFault::io("read", &path)(error)),
        }
    }

    /// All refs below a prefix that ends in `/`, sorted by name. One that cannot be read costs only itself and is left
    /// out.
    pub fn refs_below(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, ProjectFault> {
        let mut names = BTreeSet::new();
        gather(&self.common_dir, prefix.trim_end_matches('/'), &mut names);
        let mut found: BTreeMap<String, ObjectId> = self.packed_below(prefix)?.into_iter().collect();
        for name in names {
            match self.read_ref(&name) {
                Ok(Some(id)) => found.insert(name, id),
                // A loose one that cannot be read hides the gathered one, as it does for Git.
                _ => found.remove(&name),
            };
        }
        Ok(found.into_iter().collect())
    }

    /// Moves a ref if it still names what the caller saw. No hook runs.
    pub fn move_ref(&self, change: &RefMove<'_>) -> Result<(), MoveRefError> {
        let _passage = self.gate.pass().map_err(ProjectFault::from)?;
        self.take_ref(change)?.carry_out()
    }

    /// Takes the lock of a ref that still names what the caller saw: nobody moves it until it is moved or let go. Agents
    /// go on meanwhile.
    pub fn hold_ref<'a>(&'a self, change: &RefMove<'a>) -> Result<HeldRef<'a>, MoveRefError> {
        let _passage = self.gate.pass().map_err(ProjectFault::from)?;
        self.take_ref(change)
    }

    /// The caller passed the gate.
    fn take_ref<'a>(&'a self, change: &RefMove<'a>) -> Result<HeldRef<'a>, MoveRefError> {
        if let Err(error) = gix::validate::reference::name(change.name.as_bytes().as_bstr()) {
            return Err(MoveRefError::Taken { name: change.name.to_owned(), why: error.to_string() });
        }
        let path = self.ref_path(change.name);
        if change.from.is_none() {
            self.check_free(change.name)?;
        }
        let lock = self.lock_ref(&path)?;
        let now = match self.read_loose(change.name)? {
            Loose::Names(id) => Some(id),
            Loose::Absent => self.read_packed(change.name)?,
            Loose::Symbolic(other) => {
                let why = format!("it is a symbolic ref to `{other}`");
                return Err(MoveRefError::Taken { name: change.name.to_owned(), why });
            }
        };
        if now != change.from {
            return Err(MoveRefError::Moved { name: change.name.to_owned(), now });
        }
        Ok(HeldRef { project: self, change: change.clone(), path, lock })
    }

    /// One that lets go of it a moment later is one of ours, in this process or another.
    fn lock_held(&self, path: &Path, own: &Path) -> Result<GitLock, LockError> {
        let mut taken = GitLock::take(path, own, self.settings.lock_limit, &self.private());
        if matches!(taken, Err(LockError::Held { age: None, .. })) {
            tgp_lock::wait(self.settings.lock_limit, || {
                taken = GitLock::take(path, own, Duration::ZERO, &self.private());
                !matches!(taken, Err(LockError::Held { .. }))
            });
        }
        taken
    }

    /// Takes the lock of a ref. Git removes folders of refs it finds empty (`pack-refs`, `gc`), also one that was made for
    /// this lock just now; then it is made again.
    fn lock_ref(&self, path: &Path) -> Result<GitLock, ProjectFault> {
        // One for each ref: a process that died may have left the lock of another ref, which has to be known as ours when
        // that one is locked again.
        let name = path.strip_prefix(&self.common_dir).unwrap_or(path).as_os_str().as_encoded_bytes();
        let own = self.private().join(format!("lock-ref-{}", crate::disk::hash(name)?));
        let mut repeats = 0;
        loop {
            match self.lock_held(path, &own) {
                Err(LockError::Io { source, .. }) if is_absent(&source) && repeats < MOST_REPEATS => {
                    repeats += 1;
                }
                other => return other.map_err(ProjectFault::from),
            }
            // The folder is there nearly always: it is made where it is missed.
            if let Some(folder) = path.parent() {
                match std::fs::create_dir_all(folder) {
                    Err(error) if !(is_absent(&error) && repeats < MOST_REPEATS) => {
                        return Err(ProjectFault::io("create", folder)(error));
                    }
                    _ => {}
                }
            }
        }
    }

    /// A name for which no other ref stands in the way: Git keeps no branch `a` beside `a/b`.
    fn check_free(&self, name: &str) -> Result<(), MoveRefError> {
        let taken = |other: &str| MoveRefError::Taken {
            name: name.to_owned(),
            why: format!("`{other}` exists, and Git cannot keep both"),
        };
        let path = self.ref_path(name);
        if path.is_dir() {
            remove_empty(&path);
            let mut inner = BTreeSet::new();
            gather(&self.common_dir, name, &mut inner);
            if let Some(other) = inner.first() {
                return Err(taken(other));
            }
        }
        let mut above = name;
        while let Some((parent, _)) =
            above.rsplit_once('/').filter(|(parent, _)| parent.matches('/').count() >= 2)
        {
            if self.ref_path(parent).is_file() {
                return Err(taken(parent));
            }
            above = parent;
        }
        let below = format!("{name}/");
        let packed = self.packed_names(|other| {
            other.starts_with(&below) || name.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
        })?;
        packed.first().map_or(Ok(()), |other| Err(taken(other)))
    }

    /// Git removes empty folders of refs as well. Those of every repository stay.
    fn remove_empty_above(&self, path: &Path) {
        let mut folder = path.parent();
        while let Some(here) = folder.filter(|here| {
            here.strip_prefix(&self.common_dir).is_ok_and(|inner| inner.components().count() > 2)
        }) {
            // One that holds something stays: the system refuses.
            if std::fs::remove_dir(here).is_err() {
                return;
            }
            folder = here.parent();
        }
    }

    /// As Git writes it for a person's branch, and for HEAD of each worktree on it. Failing to append fails nothing.
    fn note_reflog(&self, change: &RefMove<'_>) {
        let Some((when, why)) = change.log else { return };
        let zero = ObjectId::null(gix::hash::Kind::Sha1);
        let line = format!(
            "{} {} {} <{}> {} +0000\t{}\n",
            change.from.unwrap_or(zero),
            change.to.unwrap_or(zero),
            header_name(&self.settings.committer.name, "tgp"),
            header_name(&self.settings.committer.email, "tgp@localhost"),
            when.0.div_euclid(1000).max(0),
            why.replace(|c: char| c.is_control(), " ")
        );
        let mut logs = vec![self.common_dir.join("logs").join(change.name)];
        let on_it = self.checkouts(change.name).into_iter().filter(|checkout| checkout.doing.is_none());
        logs.extend(on_it.map(|checkout| checkout.git_dir.join("logs/HEAD")));
        for path in logs {
            // Where a person keeps no reflog, none is begun.
            if let Ok(mut file) = std::fs::OpenOptions::new().append(true).open(&path) {
                let _ = file.write_all(line.as_bytes());
            }
        }
    }
}

/// A small file, without asking for its size first.
fn read_short(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = vec![0; LIKELY];
    let count = match file.read(&mut bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return std::fs::read(path),
        read => read?,
    };
    bytes.truncate(count);
    if count == LIKELY {
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A ref nobody else moves. Let go, it is as it was.
pub struct HeldRef<'a> {
    project: &'a Project,
    change: RefMove<'a>,
    path: PathBuf,
    lock: GitLock,
}

impl HeldRef<'_> {
    /// Moves it as was said when it was taken.
    pub fn carry_out(self) -> Result<(), MoveRefError> {
        let Self { project, change, path, mut lock } = self;
        if let Some(to) = change.to {
            lock.write_all(format!("{to}\n").as_bytes()).map_err(ProjectFault::io("write", &path))?;
            lock.commit().map_err(ProjectFault::from)?;
        } else {
            project.remove_packed(change.name)?;
            match std::fs::remove_file(&path) {
                Err(error) if !is_absent(&error) => {
                    return Err(ProjectFault::io("remove", &path)(error).into());
                }
                _ => {}
            }
            drop(lock);
            project.remove_empty_above(&path);
        }
        project.note_reflog(&change);
        if change.to.is_some() {
            project.objects().keep_written().map_err(ProjectFault::from)?;
        }
        Ok(())
    }
}

enum Loose {
    Names(ObjectId),
    Symbolic(String),
    Absent,
}

/// Names of loose refs below a folder.
pub(crate) fn gather(common_dir: &Path, folder: &str, names: &mut BTreeSet<String>) {
    for item in std::fs::read_dir(common_dir.join(folder)).into_iter().flatten().flatten() {
        let Ok(name) = item.file_name().into_string() else { continue };
        let full = format!("{folder}/{name}");
        match item.file_type() {
            Ok(kind) if kind.is_dir() => gather(common_dir, &full, names),
            Ok(_) if Path::new(&name).extension().is_none_or(|end| end != "lock") => {
                names.insert(full);
            }
            _ => {}
        }
    }
}

fn remove_empty(folder: &Path) {
    for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if item.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&item.path());
        }
    }
    let _ = std::fs::remove_dir(folder);
}

/// A missing file, also where a parent of it is missing or a file.
pub(crate) fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}
