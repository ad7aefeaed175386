//! What was written last, kept in memory: a `git gc --prune=now` takes objects that no ref names yet, also those of a
//! change that is just being made. They are written again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::ThreadId;

use gix::ObjectId;
use gix::objs::Kind;

/// Most bytes that are kept. A change that is larger is kept in part: its first objects may be lost to such a `gc`.
const MOST_BYTES: usize = 16 << 20;
/// Most objects that are kept: what some hundreds of small changes write.
const MOST_OBJECTS: usize = 4_096;

/// An object as it was written.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) id: ObjectId,
    pub(crate) kind: Kind,
    pub(crate) bytes: Arc<[u8]>,
    /// The thread that wrote it, until a ref it moved was found to have all it needs.
    of: Option<ThreadId>,
}

/// The last objects, the oldest first.
#[derive(Default)]
pub(crate) struct Recent {
    objects: VecDeque<Written>,
    bytes: usize,
}

impl Recent {
    pub(crate) fn add(&mut self, id: ObjectId, kind: Kind, bytes: &[u8]) {
        if bytes.len() > MOST_BYTES {
            return;
        }
        self.bytes += bytes.len();
        let of = Some(std::thread::current().id());
        self.objects.push_back(Written { id, kind, bytes: bytes.into(), of });
        while self.bytes > MOST_BYTES || self.objects.len() > MOST_OBJECTS {
            let Some(gone) = self.objects.pop_front() else { return };
            self.bytes -= gone.bytes.len();
        }
    }

    pub(crate) fn get(&self, id: ObjectId) -> Option<Written> {
        self.objects.iter().rev().find(|written| written.id == id).cloned()
    }

    /// What this thread wrote since it was asked last.
    pub(crate) fn of_this_thread(&mut self) -> Vec<Written> {
        let this = std::thread::current().id();
        let mut found = Vec::new();
        for written in self.objects.iter_mut().filter(|written| written.of == Some(this)) {
            written.of = None;
            found.push(written.clone());
        }
        found
    }

    /// Whether an object is among the last. From now on it counts as what this thread wrote.
    pub(crate) fn own(&mut self, id: ObjectId) -> bool {
        let this = std::thread::current().id();
        let found = self.objects.iter_mut().rev().find(|written| written.id == id);
        found.map(|written| written.of = Some(this)).is_some()
    }

    pub(crate) fn all(&self) -> Vec<Written> {
        self.objects.iter().cloned().collect()
    }
}
