//! The note in `state/checkout`: which commits have not reached the working tree or the index yet.
//!
//! It is written before a ref moves and cleared afterwards, so that a process which finds it knows what a dead one
//! left undone, and never has to guess what a person did. Forty-character names at fixed places, written by one call.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use gix::ObjectId;

use super::{Line, Shared, edit};
use crate::fault::LibraryFault;

/// What lags behind. The null name stands for the empty state before the first commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Record {
    /// The working tree is on its way from one commit to another.
    pub(crate) tree: Option<(ObjectId, ObjectId)>,
    /// The index is that of this commit.
    pub(crate) index: Option<ObjectId>,
}

const NONE: &str = "----------------------------------------";

impl Record {
    fn text(self) -> String {
        let name = |id: Option<ObjectId>| id.map_or_else(|| NONE.to_owned(), |id| id.to_string());
        let (from, to) = self.tree.unzip();
        format!("tree {} {}\nindex {}\n", name(from), name(to), name(self.index))
    }

    fn parse(text: &str) -> Option<Self> {
        let id = |part: Option<&str>| part.and_then(|part| ObjectId::from_hex(part.as_bytes()).ok());
        let mut lines = text.lines();
        let mut tree = lines.next()?.strip_prefix("tree ")?.split(' ');
        let (from, to) = (id(tree.next()), id(tree.next()));
        let index = id(lines.next()?.strip_prefix("index "));
        Some(Self { tree: from.zip(to), index })
    }
}

impl Shared {
    fn record_path(&self) -> PathBuf {
        self.state.join("checkout")
    }

    pub(crate) fn read_record(&self) -> Result<Record, LibraryFault> {
        let path = self.record_path();
        let mut text = String::new();
        match std::fs::File::open(&path).and_then(|mut file| file.read_to_string(&mut text)) {
            // A note torn by a power loss says nothing; what it would have said is at worst a file a person sees as edited.
            Ok(_) => Ok(Record::parse(&text).unwrap_or_default()),
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidData) =>
            {
                Ok(Record::default())
            }
            Err(error) => Err(LibraryFault::io("read", &path)(error)),
        }
    }

    pub(crate) fn write_record(&self, record: &Record) -> Result<(), LibraryFault> {
        let path = self.record_path();
        // Always of the same length and written in place by one call: other processes see the old or the new one.
        let opened = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        opened
            .and_then(|mut file| file.write_all(record.text().as_bytes()))
            .map_err(LibraryFault::io("write", &path))
    }

    /// Brings the working tree up to a commit whose process died before it did; gives the number of files looked at.
    /// The caller holds the gate.
    pub(crate) fn finish_tree(&self) -> Result<usize, LibraryFault> {
        let record = self.read_record()?;
        let Some((from, to)) = record.tree else { return Ok(0) };
        let head = self.head(&Line::Trunk)?;
        let mut looked = 0;
        // Where the ref never moved there is nothing to do. Where a person checked out something else neither.
        if head.is_some() && head != Some(from) && self.head_is_on(&self.trunk) {
            let target = if self.objects.exists(to) && head != Some(to) && !self.contains(head, to)? {
                None
            } else {
                head
            };
            if let Some(target) = target {
                let steps =
                    edit::difference(&self.objects, self.tree_or_none(from)?, self.tree_or_none(target)?)?;
                looked = steps.len();
                self.place_all(&steps, &|_| None);
            }
        }
        self.write_record(&Record { tree: None, ..record })?;
        Ok(looked)
    }

    /// Whether `commit` is `head` or an ancestor of it.
    fn contains(&self, head: Option<ObjectId>, commit: ObjectId) -> Result<bool, LibraryFault> {
        let Some(head) = head else { return Ok(false) };
        Ok(self.merge_base(head, commit)? == Some(commit))
    }

    /// The tree of a commit; none for the null name, and for a commit that is gone.
    pub(crate) fn tree_or_none(&self, commit: ObjectId) -> Result<Option<ObjectId>, LibraryFault> {
        if commit.is_null() || !self.objects.exists(commit) {
            return Ok(None);
        }
        self.tree_of(commit).map(Some)
    }

    /// The best common ancestor of two commits; none for histories that have nothing in common.
    pub(crate) fn merge_base(&self, one: ObjectId, two: ObjectId) -> Result<Option<ObjectId>, LibraryFault> {
        self.objects
            .with(|handle| handle.merge_base(one, two).map(|found| found.map(gix::Id::detach)))
            .map_err(|error| {
                self.damaged(format!("the history of {one} and {two} cannot be walked: {error}"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back_as_it_was_written() {
        let id = ObjectId::from_hex(b"0123456789012345678901234567890123456789").unwrap();
        for record in [
            Record::default(),
            Record { tree: Some((id, id)), index: None },
            Record { tree: None, index: Some(id) },
        ] {
            assert_eq!(Record::parse(&record.text()), Some(record));
        }
        assert_eq!(Record::parse("tree"), None);
    }
}
