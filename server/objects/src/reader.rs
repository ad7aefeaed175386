//! Reading many contents one after the other. A pack stores most of them as changes of others, in rows of up to fifty: read
//! row by row, and with what was read last kept, each costs its own change and not the whole row.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use gix::objs::{Find as _, FindHeader as _, Kind};
use gix::odb::pack;
use gix::odb::pack::data::entry::Header;
use gix::{ObjectId, oid};

use crate::fault::LibraryFault;
use crate::objects::Objects;

/// Bytes of contents one reader keeps; about as much again lies in what it is about to forget.
const KEPT_BYTES: usize = 8 << 20;
/// A larger content is not kept: it would drive out all others.
const LARGEST_KEPT: usize = 1 << 20;

/// A pack: its index, and its entries.
struct Pack {
    index: pack::index::File,
    data: pack::data::File,
}

/// The key by which objects are read: a pack's number, the object at the end of its row of changes, and its own place. What
/// is in no pack comes last.
type Key = (usize, u64, u64);

impl Pack {
    /// None where a part cannot be read: whoever reads its objects says so.
    fn open(index: PathBuf) -> Option<Self> {
        let data = pack::data::File::at(index.with_extension("pack"), gix::hash::Kind::Sha1).ok()?;
        Some(Self { index: pack::index::File::at(index, gix::hash::Kind::Sha1).ok()?, data })
    }

    fn place_of(&self, id: &oid) -> Option<u64> {
        self.index.lookup(id).map(|at| self.index.pack_offset_at_index(at))
    }

    /// What an entry is stored as a change of; none where it stands for itself.
    fn base_of(&self, place: u64) -> Option<u64> {
        let entry = self.data.entry(place).ok()?;
        match entry.header {
            // Always before it, so that a row of changes has an end, also in a pack somebody made up.
            Header::OfsDelta { base_distance } => place.checked_sub(base_distance),
            Header::RefDelta { base_id } => self.place_of(&base_id),
            _ => None,
        }
        .filter(|base| *base < place)
    }
}

/// The ends of the rows of changes, as far as they were followed.
#[derive(Default)]
struct Ends(HashMap<u64, u64>);

impl Ends {
    fn of(&mut self, pack: &Pack, place: u64) -> u64 {
        let (mut here, mut passed) = (place, Vec::new());
        let end = loop {
            if let Some(end) = self.0.get(&here) {
                break *end;
            }
            passed.push(here);
            match pack.base_of(here) {
                Some(base) => here = base,
                None => break here,
            }
        };
        self.0.extend(passed.into_iter().map(|place| (place, end)));
        end
    }
}

impl Objects {
    /// The order in which objects are read at the least cost, as their numbers in the list. It is no promise: Git may pack
    /// them anew at any time.
    pub fn reading_order(&self, ids: &[ObjectId]) -> Vec<usize> {
        let items = fs::read_dir(self.store_path().join("pack")).into_iter().flatten().flatten();
        let indexes =
            items.map(|item| item.path()).filter(|path| path.extension().is_some_and(|end| end == "idx"));
        let packs: Vec<Pack> = indexes.filter_map(Pack::open).collect();
        let mut ends: Vec<Ends> = packs.iter().map(|_| Ends::default()).collect();
        let mut order: Vec<(Key, usize)> = Vec::with_capacity(ids.len());
        for (at, id) in ids.iter().enumerate() {
            let mut found = packs.iter().zip(&mut ends).enumerate().filter_map(|(number, (pack, ends))| {
                let place = pack.place_of(id)?;
                Some((number, ends.of(pack, place), place))
            });
            order.push((found.next().unwrap_or((usize::MAX, 0, 0)), at));
        }
        order.sort_unstable();
        order.into_iter().map(|(_, at)| at).collect()
    }

    /// A reader of its own, for one thread.
    pub fn reader(&self) -> Reader<'_> {
        let mut handle = self.with(Clone::clone);
        handle.objects.set_pack_cache(|| Box::<Bases>::default());
        Reader { objects: self, handle, content: Vec::new() }
    }
}

/// Reads contents, and keeps what others may be stored as changes of.
pub struct Reader<'o> {
    objects: &'o Objects,
    handle: gix::Repository,
    content: Vec<u8>,
}

impl Reader<'_> {
    /// A file's content; none where it has more than `most` bytes.
    pub fn content(&mut self, id: ObjectId, most: u64) -> Result<Option<&[u8]>, LibraryFault> {
        let size = self.handle.objects.try_header(&id).ok().flatten().map(|header| header.size);
        if size.is_some_and(|size| size > most) {
            return Ok(None);
        }
        let found = self.handle.objects.try_find(&id, &mut self.content);
        if !matches!(found, Ok(Some(found)) if found.kind == Kind::Blob) {
            // The plain way says what is wrong with it, and mends what Git took meanwhile.
            self.content = self.objects.blob(id)?;
        }
        let fits = u64::try_from(self.content.len()).is_ok_and(|size| size <= most);
        Ok(fits.then_some(&*self.content))
    }
}

/// A content as it was put together, with what the pack says of it.
struct Base {
    bytes: Vec<u8>,
    kind: Kind,
    compressed: usize,
}

/// What was put together last. Two halves, of which the older one goes at once: no list of who was asked for when is kept.
#[derive(Default)]
struct Bases {
    young: HashMap<(u32, u64), Base>,
    old: HashMap<(u32, u64), Base>,
    bytes: usize,
}

impl pack::cache::DecodeEntry for Bases {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: Kind, compressed: usize) {
        if data.len() > LARGEST_KEPT {
            return;
        }
        if self.bytes + data.len() > KEPT_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += data.len();
        self.young.insert((pack_id, offset), Base { bytes: data.to_vec(), kind, compressed });
    }

    fn get(&mut self, pack_id: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let place = (pack_id, offset);
        let base = self.young.get(&place).or_else(|| self.old.get(&place))?;
        out.clear();
        out.extend_from_slice(&base.bytes);
        Some((base.kind, base.compressed))
    }
}
