//! Refs: read directly, moved by compare-and-swap under Git's own lock file, so that Git and we never overwrite each other.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use tgp_model::Timestamp;

use super::{Shared, hold};
use crate::fault::LibraryFault;
use tgp_lock::GitLock;

/// What names of branches for review begin with.
const REVIEW: &str = "feat/";

/// A ref that was not moved.
#[derive(Debug)]
pub(crate) enum MoveRefError {
    /// It names something else than expected.
    Moved(Option<ObjectId>),
    Fault(LibraryFault),
}

impl From<LibraryFault> for MoveRefError {
    fn from(fault: LibraryFault) -> Self {
        Self::Fault(fault)
    }
}

/// A ref's name with its commit, or why it cannot be read.
pub(crate) type ReadRef = (String, Result<ObjectId, LibraryFault>);

/// One move of a ref.
pub(crate) struct RefMove<'a> {
    pub(crate) name: &'a str,
    pub(crate) from: Option<ObjectId>,
    pub(crate) to: ObjectId,
    /// For the reflog, which a person reads.
    pub(crate) when: Timestamp,
    pub(crate) why: &'a str,
}

impl Shared {
    fn ref_path(&self, name: &str) -> PathBuf {
        self.git.join(name)
    }

    /// What a ref names; none where it does not exist.
    pub(crate) fn read_ref(&self, name: &str) -> Result<Option<ObjectId>, LibraryFault> {
        read_ref_in(&self.git, &self.folder, name)
    }

    /// All refs right below a prefix such as `refs/heads/feat/`, sorted, each with its commit or why it cannot be read:
    /// a broken one costs only itself. Symbolic ones are a person's names for other refs, and left out.
    pub(crate) fn refs_below(&self, prefix: &str) -> Result<Vec<ReadRef>, LibraryFault> {
        let mut names = std::collections::BTreeSet::new();
        let folder = self.git.join(prefix.trim_end_matches('/'));
        match std::fs::read_dir(&folder) {
            Ok(listing) => names.extend(
                listing
                    .flatten()
                    .filter(|item| item.file_type().is_ok_and(|kind| !kind.is_dir()))
                    .filter_map(|item| item.file_name().into_string().ok())
                    .filter(|name| name.strip_suffix(".lock").is_none())
                    .map(|name| format!("{prefix}{name}")),
            ),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(LibraryFault::io("list", &folder)(error)),
        }
        if let Ok(packed) = std::fs::read_to_string(self.git.join("packed-refs")) {
            let below = packed.lines().filter_map(|line| line.get(41..));
            names.extend(below.filter(|name| name.starts_with(prefix)).map(str::to_owned));
        }
        let mut refs = Vec::new();
        for name in names {
            if self.is_symbolic(&name) {
                continue;
            }
            match self.read_ref(&name) {
                Ok(Some(id)) => refs.push((name, self.objects.commit(id).map(|_| id))),
                Ok(None) => {}
                Err(fault) => refs.push((name, Err(fault))),
            }
        }
        Ok(refs)
    }

    fn is_symbolic(&self, name: &str) -> bool {
        let path = self.ref_path(name);
        std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink())
            || std::fs::read(&path).is_ok_and(|bytes| bytes.starts_with(b"ref:"))
    }

    /// Whether a branch for review may be written under its name: no other branch stands in its place, and nobody has
    /// it checked out, whose files and index would then be those of another commit.
    pub(crate) fn check_free(&self, name: &str) -> Result<(), LibraryFault> {
        let Some(branch) = name.strip_prefix("refs/heads/").filter(|name| name.starts_with(REVIEW)) else {
            return Ok(());
        };
        let taken = |why: String| LibraryFault::BranchTaken { branch: branch.to_owned(), why };
        let path = self.ref_path(name);
        if self.ref_path("refs/heads/feat").is_file() {
            return Err(taken(
                "a branch `feat` exists, and Git cannot keep both; rename that one".to_owned(),
            ));
        }
        if path.is_dir() {
            remove_empty(&path);
        }
        if let Some(inner) = first_file(&path) {
            let why =
                format!("a branch `{branch}/{inner}` exists, and Git cannot keep both; rename that one");
            return Err(taken(why));
        }
        if self.is_symbolic(name) {
            return Err(taken("it is a symbolic ref; remove it with `git symbolic-ref --delete`".to_owned()));
        }
        let others = std::fs::read_dir(self.git.join("worktrees")).into_iter().flatten().flatten();
        let heads = others.map(|item| item.path().join("HEAD"));
        if self.head_is_on(name) || heads.into_iter().any(|head| names(&head, name)) {
            let why = "a person has it checked out; nothing is written beneath their files until another branch \
                       is checked out there";
            return Err(taken(why.to_owned()));
        }
        Ok(())
    }

    /// Moves a ref if it still names `from`. The caller holds the library's gate.
    pub(crate) fn move_ref(&self, change: &RefMove<'_>) -> Result<(), MoveRefError> {
        let path = self.ref_path(change.name);
        self.check_free(change.name)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(LibraryFault::io("create", folder))?;
        }
        // Most often nobody else writes; a look before the lock saves two file operations when somebody did.
        let mut lock =
            GitLock::take(&path, &self.state.join("lock-ref"), self.settings.lock_limit, &self.folder)
                .map_err(LibraryFault::from)?;
        let now = self.read_ref(change.name)?;
        if now != change.from {
            return Err(MoveRefError::Moved(now));
        }
        lock.write_all(format!("{}\n", change.to).as_bytes()).map_err(LibraryFault::io("write", &path))?;
        lock.commit().map_err(LibraryFault::from)?;
        hold(&self.moved).insert(change.name.to_owned());
        self.note_reflog(change);
        Ok(())
    }

    /// The reflog is for people (`git reflog`, `main@{1}`); failing to append to it fails nothing.
    fn note_reflog(&self, change: &RefMove<'_>) {
        let zero = ObjectId::null(gix::hash::Kind::Sha1);
        let who = &self.settings.committer;
        let seconds = change.when.0.div_euclid(1000).max(0);
        let clean = |text: &str| text.replace(['<', '>', '\n', '\r', '\0'], " ");
        let line = format!(
            "{} {} {} <{}> {seconds} +0000\t{}\n",
            change.from.unwrap_or(zero),
            change.to,
            clean(&who.name),
            clean(&who.email),
            clean(change.why)
        );
        let mut logs = vec![change.name];
        if self.head_is_on(change.name) {
            logs.push("HEAD");
        }
        for name in logs {
            let path = self.git.join("logs").join(name);
            let appended = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
                let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
                file.write_all(line.as_bytes())
            });
            if let Err(error) = appended {
                tracing::debug!(%error, path = %path.display(), "could not append to the reflog");
            }
        }
    }

    /// Whether the working tree has this branch checked out.
    pub(crate) fn head_is_on(&self, name: &str) -> bool {
        names(&self.git.join("HEAD"), name)
    }
}

/// What a ref of the repository in `git` names; none where it does not exist.
pub(crate) fn read_ref_in(git: &Path, folder: &Path, name: &str) -> Result<Option<ObjectId>, LibraryFault> {
    let wrong = |place: &str| {
        let what = format!("{name}{place} does not name a commit");
        LibraryFault::Damaged { folder: folder.to_owned(), what }
    };
    let path = git.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => ObjectId::from_hex(bytes.trim_ascii()).map(Some).map_err(|_| wrong("")),
        Err(error) if is_absent(&error) => {
            let Some(id) = read_packed(git, name)? else { return Ok(None) };
            ObjectId::from_hex(&id).map(Some).map_err(|_| wrong(" in packed-refs"))
        }
        Err(error) => Err(LibraryFault::io("read", &path)(error)),
    }
}

/// The hexadecimal name that a ref has in `packed-refs`.
fn read_packed(git: &Path, name: &str) -> Result<Option<Vec<u8>>, LibraryFault> {
    let path = git.join("packed-refs");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LibraryFault::io("read", &path)(error)),
    };
    let mut lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| line.split_at_checked(40));
    Ok(lines.find(|(_, rest)| rest.strip_prefix(b" ") == Some(name.as_bytes())).map(|(id, _)| id.to_vec()))
}

/// Whether a `HEAD` names this branch.
fn names(head: &Path, name: &str) -> bool {
    std::fs::read(head).is_ok_and(|bytes| {
        bytes.strip_prefix(b"ref:").is_some_and(|rest| rest.trim_ascii() == name.as_bytes())
    })
}

/// Removes folders with nothing in them, which Git leaves behind.
fn remove_empty(folder: &Path) {
    for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if item.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&item.path());
        }
    }
    // One that holds something stays: the system refuses.
    let _ = std::fs::remove_dir(folder);
}

/// A file below a folder, as a path from there.
fn first_file(folder: &Path) -> Option<String> {
    for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        if !item.file_type().is_ok_and(|kind| kind.is_dir()) {
            return Some(name);
        }
        if let Some(inner) = first_file(&item.path()) {
            return Some(format!("{name}/{inner}"));
        }
    }
    None
}

/// A missing file, also where a parent of it is missing or a file.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory | std::io::ErrorKind::IsADirectory
    )
}
