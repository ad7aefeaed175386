//! Which tracked files stand as the index noted them, told by size, times and number as Git tells it. Nothing is read.

use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;

use gix::bstr::ByteSlice as _;
use gix::index::entry::stat::Time;
use gix::index::entry::{Flags, Stage, Stat};
use rustix::fs::{AtFlags, FileType, Mode as FileMode, OFlags};

use crate::scan::leaf_of;
use crate::{MODE_EXECUTABLE, MODE_FILE, MODE_SUBMODULE, MODE_SYMLINK};

/// From so many entries on, several threads look.
const MANY: usize = 4_000;
/// Most threads that look; the disk's cache answers no faster beyond.
const MOST_THREADS: usize = 8;
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What one look at many files needs.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) stat: gix::index::entry::stat::Options,
    pub(crate) file_mode: bool,
}

/// Numbers of those entries that have to be looked at themselves, in their order: changed by their times, or too young
/// for these to say anything. Files Git was told not to look at are left out.
pub(crate) fn suspects(top: &OwnedFd, index: &gix::index::File, among: &[usize], rules: Rules) -> Vec<usize> {
    let look = |numbers: &[usize]| {
        let mut walk = Walk { top, folder: None };
        let found = numbers.iter().filter(|at| {
            index.entries().get(**at).is_some_and(|entry| is_suspect(&mut walk, index, entry, rules))
        });
        found.copied().collect::<Vec<usize>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
    if among.len() < MANY || threads == 1 {
        return look(among);
    }
    std::thread::scope(|scope| {
        let parts = among.chunks(among.len().div_ceil(threads));
        let begun: Vec<_> = parts.map(|part| (part, scope.spawn(|| look(part)))).collect();
        // A thread that panicked said why; its part is looked at here.
        begun.into_iter().flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| look(part))).collect()
    })
}

fn is_suspect(
    walk: &mut Walk<'_>,
    index: &gix::index::File,
    entry: &gix::index::Entry,
    rules: Rules,
) -> bool {
    if entry.mode.is_sparse() || entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID) {
        return false;
    }
    let leaf = leaf_of(entry);
    if entry.stage() != Stage::Unconflicted
        || entry.flags.contains(Flags::INTENT_TO_ADD)
        || leaf.mode == MODE_SUBMODULE
    {
        return true;
    }
    let Some((mode, stat)) = walk.look(entry.path(index).as_bytes()) else { return true };
    let told = rules.file_mode || mode == MODE_SYMLINK || !leaf.is_file();
    let mode = if told { mode } else { leaf.mode };
    mode != leaf.mode
        || !entry.stat.matches(&stat, rules.stat)
        || entry.stat.is_racy(index.timestamp(), rules.stat)
}

/// Files in the order of the index: the folder of the last one stays open, and is reached through folders alone.
struct Walk<'a> {
    top: &'a OwnedFd,
    folder: Option<(Vec<u8>, Option<OwnedFd>)>,
}

impl Walk<'_> {
    /// Mode and stat of a file or symlink; none where there is neither.
    fn look(&mut self, path: &[u8]) -> Option<(u32, Stat)> {
        let (folder, name) = path.rsplit_once_str("/").unwrap_or((b"", path));
        if folder.is_empty() {
            return about(self.top, name);
        }
        if self.folder.as_ref().is_none_or(|(known, _)| known != folder) {
            self.folder = Some((folder.to_vec(), self.enter(folder)));
        }
        about(self.folder.as_ref()?.1.as_ref()?, name)
    }

    fn enter(&self, folder: &[u8]) -> Option<OwnedFd> {
        let mut here: Option<OwnedFd> = None;
        for part in folder.split_str("/") {
            let from = here.as_ref().unwrap_or(self.top);
            here = Some(rustix::fs::openat(from, part, FOLDER, FileMode::empty()).ok()?);
        }
        here
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "the index keeps the low 32 bits of each, and the types differ from system to system"
)]
fn about(folder: &OwnedFd, name: &[u8]) -> Option<(u32, Stat)> {
    let found = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let mode = match FileType::from_raw_mode(found.st_mode) {
        FileType::Symlink => MODE_SYMLINK,
        FileType::RegularFile if found.st_mode & 0o100 != 0 => MODE_EXECUTABLE,
        FileType::RegularFile => MODE_FILE,
        _ => return None,
    };
    let stat = Stat {
        mtime: Time { secs: found.st_mtime as u32, nsecs: found.st_mtime_nsec as u32 },
        ctime: Time { secs: found.st_ctime as u32, nsecs: found.st_ctime_nsec as u32 },
        dev: found.st_dev as u32,
        ino: found.st_ino as u32,
        uid: found.st_uid as u32,
        gid: found.st_gid as u32,
        size: found.st_size as u32,
    };
    Some((mode, stat))
}
