//! What the chain's head was, kept outside the database, where whoever changes the database does not reach.
//!
//! An anchor may trail the chain: it is written after the rows are on the disk, and a crash may come between. The
//! chain never trails its anchor; where it does, rows were taken away.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::damage::Damage;
use crate::error::AnchorError;
use crate::link::AuditHead;

/// Newest heads an anchor keeps whatever their distance.
const NEWEST: usize = 8;
/// All heads an anchor keeps; the further back, the wider apart.
const MOST: usize = 24;

/// A head that was kept outside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Where it was kept, such as `file` or `ref`.
    pub source: String,
    /// The head as it was.
    pub head: AuditHead,
}

/// Another place that keeps the newest head, such as a ref of the library.
pub trait KeepHead: std::fmt::Debug + Send + Sync {
    /// What the place is called, such as `ref`.
    fn source(&self) -> &'static str;
    /// The head it holds; none where it never held one. The error is a sentence.
    fn read(&self) -> Result<Option<AuditHead>, String>;
    /// Holds this head from now on. It may keep fewer than it is told: an anchor may trail.
    fn keep(&self, head: AuditHead) -> Result<(), String>;
}

/// Damage that was found and that no person has accepted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found first.
    pub damage: Damage,
    /// When, ISO 8601.
    pub at: String,
}

/// What an anchor file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchored {
    /// Heads as they were, oldest first.
    pub heads: Vec<AuditHead>,
    /// The head up to which the chain was verified.
    pub verified: Option<AuditHead>,
    /// Up to which row the chain was looked at again, in turns, since.
    #[serde(default)]
    pub looked_again: u64,
    /// Damage that was found; while there is some, no new head is anchored.
    pub found: Option<Finding>,
}

impl Anchored {
    /// Adds a head that is on the disk. An older one than the newest is not added.
    pub fn add(&mut self, head: AuditHead) {
        if head.seq <= self.heads.last().map_or(0, |newest| newest.seq) {
            return;
        }
        self.heads.push(head);
        if self.heads.len() > MOST {
            self.thin_out(head.seq);
        }
    }

    /// Drops the head whose neighbours are closest together for how far back it lies.
    fn thin_out(&mut self, newest: u64) {
        let last = self.heads.len().saturating_sub(NEWEST);
        let closeness = |index: usize| {
            let gap = self.heads[index + 1].seq - self.heads[index - 1].seq;
            // Gaps are compared as shares of the distance, in thousandths of thousandths.
            u128::from(gap) * 1_000_000 / u128::from(newest - self.heads[index].seq).max(1)
        };
        if let Some(index) = (1..last).min_by_key(|index| closeness(*index)) {
            self.heads.remove(index);
        }
    }
}

/// An anchor in a file only its owner can read, in a folder outside the project.
#[derive(Debug, Clone)]
pub struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    /// The anchor called `name` in `folder`. Nothing is read or written yet.
    pub fn new(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(format!("{name}.json")) }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; none where it was never written.
    pub fn read(&self) -> Result<Option<Anchored>, AnchorError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.problem(source)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| AnchorError::Malformed { path: self.path.clone(), message: error.to_string() })
    }

    /// Changes what it holds, as one step: others see it before or after. Processes take turns.
    pub fn update(&self, change: impl FnOnce(&mut Anchored)) -> Result<Anchored, AnchorError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_private_folder(folder).map_err(|source| self.problem(source))?;
        let lock = open_private(&self.path.with_extension("lock"), false).map_err(|s| self.problem(s))?;
        lock.lock().map_err(|source| self.problem(source))?;
        let before = self.read()?;
        let mut held = before.clone().unwrap_or_default();
        change(&mut held);
        if before.as_ref() != Some(&held) {
            self.write(folder, &held).map_err(|source| self.problem(source))?;
        }
        Ok(held)
    }

    fn write(&self, folder: &Path, held: &Anchored) -> io::Result<()> {
        let temporary = self.path.with_extension("new");
        let mut file = open_private(&temporary, true)?;
        file.write_all(&serde_json::to_vec_pretty(held)?)?;
        // A name on the disk without its content would be an anchor nobody can read.
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        File::open(folder)?.sync_all()
    }

    fn problem(&self, source: io::Error) -> AnchorError {
        AnchorError::Io { path: self.path.clone(), source }
    }
}

fn open_private(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(empty);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::ZEROS;

    #[test]
    fn old_heads_grow_sparse_and_the_newest_stay() {
        let mut anchored = Anchored::default();
        for seq in 1..=100_000 {
            anchored.add(AuditHead { seq, hash: ZEROS });
        }
        let kept: Vec<u64> = anchored.heads.iter().map(|head| head.seq).collect();
        assert_eq!(kept.len(), MOST);
        assert_eq!(kept[MOST - NEWEST..], (99_993..=100_000).collect::<Vec<_>>());
        assert_eq!(kept[0], 1);
        assert!(kept.iter().any(|seq| (20_000..80_000).contains(seq)), "{kept:?}");
        anchored.add(AuditHead { seq: 7, hash: ZEROS });
        assert_eq!(anchored.heads.len(), MOST, "an older head is not added");
    }
}
