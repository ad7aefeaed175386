//! Small objects as files of their own, as Git reads them: stored whole instead of packed small. What fits into one block
//! of the disk takes one either way, and what writing costs is mostly the making of a compressor.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use gix::ObjectId;
use gix::objs::Kind;

/// Most bytes of a file that is stored whole: one block of nearly every file system.
const BLOCK: usize = 4_096;
/// Bytes around what is stored: what zlib and the one block of deflate begin with, and the sum at the end.
const AROUND: usize = 11;
/// A tree is mostly names of objects, which nothing makes smaller; it is stored up to what one block of deflate holds.
const LARGEST_TREE: usize = 0xffff;
/// The name Git gives such files in the making: `git prune` takes those that a dead process left.
const IN_THE_MAKING: &str = "tmp_obj_tgp";
/// How many names of dead processes' files are stepped over.
const MOST_NAMES: u32 = 10_000;

/// Files of this process so far.
static FILES: AtomicU64 = AtomicU64::new(0);

/// Bytes of a loose object's file; none where it is to be compressed.
pub(crate) fn stored(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    let header = gix::objs::encode::loose_header(kind, u64::try_from(bytes.len()).ok()?);
    let length = header.len() + bytes.len();
    let most = if kind == Kind::Tree { LARGEST_TREE } else { BLOCK - AROUND };
    let short = u16::try_from(length).ok().filter(|_| length <= most)?;
    let mut file = Vec::with_capacity(length + AROUND);
    // A window of 32 KiB, the fastest level; then the last block, not compressed.
    file.extend([0x78, 0x01, 0x01]);
    file.extend(short.to_le_bytes());
    file.extend((!short).to_le_bytes());
    file.extend_from_slice(&header);
    file.extend_from_slice(bytes);
    let sum = adler32(file.get(7..).unwrap_or_default());
    file.extend(sum.to_be_bytes());
    Some(file)
}

/// The sum zlib ends with.
fn adler32(bytes: &[u8]) -> u32 {
    /// So many bytes are added before the sums may overflow.
    const SAFE: usize = 5_552;
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1_u32, 0_u32);
    for part in bytes.chunks(SAFE) {
        for byte in part {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    (high << 16) | low
}

/// Puts a file among the objects, whole or not at all. One of its name is replaced.
pub(crate) fn put(store: &Path, id: ObjectId, file: &[u8]) -> std::io::Result<()> {
    let name = id.to_string();
    let (folder, rest) = name.split_at(2);
    let folder = store.join(folder);
    let target = folder.join(rest);
    let mut made = InTheMaking::write(store, file)?;
    let mut moved = std::fs::rename(&made.0, &target);
    // The folder is nearly always there: it is made where it is not, and not looked for each time.
    if moved.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => moved = std::fs::rename(&made.0, &target),
        }
    }
    moved?;
    made.0 = PathBuf::new();
    Ok(())
}

/// A file that has not come to its place yet. It goes where it does not come there.
struct InTheMaking(PathBuf);

impl InTheMaking {
    fn write(store: &Path, bytes: &[u8]) -> std::io::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o444);
        let mut names = 0;
        loop {
            let number = FILES.fetch_add(1, Ordering::Relaxed);
            let path = store.join(format!("{IN_THE_MAKING}{}-{number}", std::process::id()));
            match options.open(&path) {
                Ok(mut file) => {
                    let made = Self(path);
                    file.write_all(bytes)?;
                    return Ok(made);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && names < MOST_NAMES => {
                    names += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for InTheMaking {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What stays is what a death here would leave as well, and Git takes it.
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "in a test, a broken precondition ends it")]
mod tests {
    use super::*;
    use crate::objects::Objects;
    use crate::tree::{Entry, MODE_FILE, tree_bytes};
    use std::process::Command;

    fn git(folder: &Path, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("git").current_dir(folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    }

    fn repository() -> (tempfile::TempDir, Objects) {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let repository = gix::open_opts(folder.path(), gix::open::Options::isolated()).unwrap().into_sync();
        let objects = Objects::new(folder.path(), repository);
        (folder, objects)
    }

    #[test]
    fn contents_of_every_size_around_a_block_are_what_git_and_we_read_back() {
        let (folder, objects) = repository();
        let sizes = [0, 1, 2, 250, 251, 4_073, 4_074, 4_075, 4_076, 4_077, 4_085, 4_086, 4_096, 70_000];
        for size in sizes {
            let content: Vec<u8> = (0..size).map(|n: u32| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
            let id = objects.write(Kind::Blob, &content).unwrap();
            assert_eq!(objects.blob(id).unwrap(), content, "{size} bytes");
            assert_eq!(git(folder.path(), &["cat-file", "blob", &id.to_string()]), content, "{size} bytes");
        }
        git(folder.path(), &["fsck", "--strict", "--no-dangling"]);
    }

    #[test]
    fn folders_are_what_git_reads_back_also_those_too_large_for_one_block() {
        let (folder, objects) = repository();
        let file = objects.write(Kind::Blob, b"a").unwrap();
        for files in [1, 120, 1_500, 1_900, 1_950, 3_000] {
            let entry =
                |n: u32| Entry { mode: MODE_FILE, name: format!("{n:06}").as_bytes().into(), id: file };
            let entries: Vec<Entry> = (0..files).map(entry).collect();
            let id = objects.write(Kind::Tree, &tree_bytes(&entries)).unwrap();
            let listed = git(folder.path(), &["ls-tree", "--name-only", &id.to_string()]);
            assert_eq!(listed.split(|byte| *byte == b'\n').count(), entries.len() + 1);
            let other = Objects::new(folder.path(), gix::open(folder.path()).unwrap().into_sync());
            assert_eq!(other.tree(id).unwrap().len(), entries.len());
        }
        git(folder.path(), &["fsck", "--strict", "--no-dangling"]);
    }

    #[test]
    fn a_damaged_object_is_mended_and_nothing_is_left_in_the_making() {
        let (folder, objects) = repository();
        let id = objects.write(Kind::Blob, b"a").unwrap();
        let name = id.to_string();
        let path = folder.path().join(".git/objects").join(&name[..2]).join(&name[2..]);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "torn").unwrap();
        objects.write(Kind::Blob, b"a").unwrap();
        assert_eq!(git(folder.path(), &["cat-file", "blob", &name]), b"a");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path.parent().unwrap(), "in the way").unwrap();
        objects.write(Kind::Blob, b"a").unwrap_err();
        let names = std::fs::read_dir(folder.path().join(".git/objects"))
            .unwrap()
            .map(|item| item.unwrap().file_name());
        let left: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(IN_THE_MAKING)).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn what_a_dead_process_left_in_the_making_stands_in_nobodys_way_and_goes_with_a_prune() {
        let (folder, objects) = repository();
        let next = FILES.load(Ordering::Relaxed);
        for number in next..next + 200 {
            let name = format!("{IN_THE_MAKING}{}-{number}", std::process::id());
            std::fs::write(folder.path().join(".git/objects").join(name), "torn").unwrap();
        }
        let id = objects.write(Kind::Blob, b"b").unwrap();
        assert_eq!(git(folder.path(), &["cat-file", "blob", &id.to_string()]), b"b");
        git(folder.path(), &["prune", "--expire=now"]);
        let names = std::fs::read_dir(folder.path().join(".git/objects"))
            .unwrap()
            .map(|item| item.unwrap().file_name());
        assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("tmp_")).count(), 0);
    }

    #[test]
    fn the_sum_at_the_end_is_zlibs() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert_eq!(adler32(&vec![0xff; 65_546]), 0x43e3_18e8);
    }
}
