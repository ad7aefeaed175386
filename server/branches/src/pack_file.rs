//! A pack and its index as Git reads them: written beside, synced, and only then given their names.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix::ObjectId;
use gix::objs::Kind;
use tgp_git::ProjectFault;

use crate::delta::delta;

/// Longest chain of deltas, as Git's own packs have.
const LONGEST_CHAIN: u32 = 50;
/// Mark of an entry that is a delta against an earlier one.
const OFFSET_DELTA: u8 = 6;

struct Entry {
    id: ObjectId,
    offset: u64,
    checksum: u32,
}

/// An object that later ones may be told apart from.
struct Base {
    offset: u64,
    chain: u32,
    bytes: Vec<u8>,
}

/// A pack in the making.
pub struct PackFile {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    bases: BTreeMap<(u8, Vec<u8>), Base>,
}

impl Default for PackFile {
    fn default() -> Self {
        // The number of objects follows when it is known.
        Self { bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), entries: Vec::new(), bases: BTreeMap::new() }
    }
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ProjectFault {
    let path = path.to_owned();
    move |source| ProjectFault::Io { doing, path, source }
}

impl PackFile {
    /// How many objects are in it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How large it is so far, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Adds an object. Those of one kind and name (a path) follow each other as deltas where that saves something.
    pub fn add(
        &mut self,
        id: ObjectId,
        kind: Kind,
        name: &[u8],
        content: Vec<u8>,
    ) -> Result<(), ProjectFault> {
        let mark = match kind {
            Kind::Commit => 1_u8,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        };
        let offset = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let begin = self.bytes.len();
        let key = (mark, name.to_vec());
        let based = self.bases.get(&key).filter(|base| base.chain < LONGEST_CHAIN);
        let found =
            based.and_then(|base| delta(&base.bytes, &content).map(|delta| (base.offset, base.chain, delta)));
        let chain = if let Some((base, chain, delta)) = found {
            header(OFFSET_DELTA, delta.len(), &mut self.bytes);
            distance(offset - base, &mut self.bytes);
            deflate(&delta, &mut self.bytes)?;
            chain + 1
        } else {
            header(mark, content.len(), &mut self.bytes);
            deflate(&content, &mut self.bytes)?;
            0
        };
        let mut checksum = flate2::Crc::new();
        checksum.update(self.bytes.get(begin..).unwrap_or_default());
        self.entries.push(Entry { id, offset, checksum: checksum.sum() });
        self.bases.insert(key, Base { offset, chain, bytes: content });
        Ok(())
    }

    /// Writes pack and index into a folder of packs, durable before either has its name, the index last: Git sees both
    /// or neither.
    pub fn write(mut self, folder: &Path) -> Result<PathBuf, ProjectFault> {
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(place) = self.bytes.get_mut(8..12) {
            place.copy_from_slice(&count.to_be_bytes());
        }
        let name = sha1(&self.bytes)?;
        self.bytes.extend_from_slice(name.as_slice());
        let index = self.index(name)?;
        std::fs::create_dir_all(folder).map_err(io("create", folder))?;
        let pack = folder.join(format!("pack-{name}.pack"));
        // Named as Git names its own: it takes whatever ends in `.pack` or `.idx` for a pack that is whole.
        let beside = |kind: &str| folder.join(format!("tmp_{kind}_tgp_{}_{name}", std::process::id()));
        let (new_pack, new_index) = (beside("pack"), beside("idx"));
        let written =
            durable(&new_pack, &self.bytes).and_then(|()| durable(&new_index, &index)).and_then(|()| {
                std::fs::rename(&new_pack, &pack).map_err(io("write", &pack))?;
                let target = pack.with_extension("idx");
                std::fs::rename(&new_index, &target).map_err(io("write", &target))
            });
        if let Err(fault) = written {
            let _ = std::fs::remove_file(&new_pack);
            let _ = std::fs::remove_file(&new_index);
            return Err(fault);
        }
        let opened = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        opened.map_err(io("sync", folder))?;
        Ok(pack)
    }

    /// The index, version 2.
    fn index(&mut self, pack: ObjectId) -> Result<Vec<u8>, ProjectFault> {
        self.entries.sort_by_key(|entry| entry.id);
        let mut out = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255_u8 {
            let count = self.entries.partition_point(|entry| entry.id.as_slice().first() <= Some(&first));
            out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
        }
        self.entries.iter().for_each(|entry| out.extend_from_slice(entry.id.as_slice()));
        self.entries.iter().for_each(|entry| out.extend_from_slice(&entry.checksum.to_be_bytes()));
        let mut far: Vec<u64> = Vec::new();
        for entry in &self.entries {
            let near = u32::try_from(entry.offset).ok().filter(|offset| *offset < 0x8000_0000);
            let shown = near.unwrap_or_else(|| {
                far.push(entry.offset);
                0x8000_0000 | u32::try_from(far.len() - 1).unwrap_or(0)
            });
            out.extend_from_slice(&shown.to_be_bytes());
        }
        for offset in far {
            out.extend_from_slice(&offset.to_be_bytes());
        }
        out.extend_from_slice(pack.as_slice());
        let checksum = sha1(&out)?;
        out.extend_from_slice(checksum.as_slice());
        Ok(out)
    }
}

fn durable(path: &Path, bytes: &[u8]) -> Result<(), ProjectFault> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // Read-only, as Git keeps its packs.
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o444).open(path);
    let written = opened.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(io("write", path))
}

fn sha1(bytes: &[u8]) -> Result<ObjectId, ProjectFault> {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(bytes);
    hasher.try_finalize().map_err(ProjectFault::git("name a pack"))
}

/// Kind and size of an entry.
fn header(mark: u8, size: usize, out: &mut Vec<u8>) {
    let low = |number: usize, mask: usize| u8::try_from(number & mask).unwrap_or(0);
    let mut first = (mark << 4) | low(size, 0x0f);
    let mut rest = size >> 4;
    while rest > 0 {
        out.push(first | 0x80);
        first = low(rest, 0x7f);
        rest >>= 7;
    }
    out.push(first);
}

/// How far back a delta's base lies, in Git's own way of writing it.
fn distance(mut number: u64, out: &mut Vec<u8>) {
    let low = |number: u64| u8::try_from(number & 0x7f).unwrap_or(0);
    let mut bytes = vec![low(number)];
    number >>= 7;
    while number > 0 {
        number -= 1;
        bytes.push(0x80 | low(number));
        number >>= 7;
    }
    bytes.reverse();
    out.extend(bytes);
}

fn deflate(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ProjectFault> {
    let mut encoder = ZlibEncoder::new(out, Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish().map(drop));
    written.map_err(io("deflate into", Path::new("a pack")))
}
