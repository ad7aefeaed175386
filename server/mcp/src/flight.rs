//! The requests that were accepted and not answered yet: how many there may be, and which ids they have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rmcp::model::RequestId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of one message that one slot pays for; a longer message takes several.
const BYTES_A_SLOT: usize = 512 << 10;

/// Room for one accepted message. It is given back when its answer was written.
pub(crate) type Slot = Arc<OwnedSemaphorePermit>;

/// What is under way.
pub(crate) struct Flight {
    slots: Arc<Semaphore>,
    size: u32,
    waiting: Mutex<HashMap<RequestId, Option<Ticket>>>,
}

/// One accepted request. Clones are held by the handler, and until its answer is written.
#[derive(Clone)]
pub(crate) struct Ticket {
    _name: Arc<Name>,
    slot: Slot,
}

/// An id in use; free again when nobody holds it.
struct Name {
    id: RequestId,
    flight: Weak<Flight>,
}

impl Flight {
    /// At most `size` requests at once, and 512 KiB of text for each.
    pub(crate) fn new(size: u32) -> Arc<Self> {
        let size = size.max(1);
        let slots = Arc::new(Semaphore::new(size as usize));
        Arc::new(Self { slots, size, waiting: Mutex::default() })
    }

    /// Waits until one more message may be read.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// Waits until there is room for the whole of a message of `length` bytes.
    pub(crate) async fn widen(&self, mut slot: OwnedSemaphorePermit, length: usize) -> Slot {
        let wanted = u32::try_from(length / BYTES_A_SLOT).unwrap_or(u32::MAX).min(self.size - 1);
        if wanted > 0
            && let Ok(more) = Arc::clone(&self.slots).acquire_many_owned(wanted).await
        {
            slot.merge(more);
        }
        Arc::new(slot)
    }

    /// Waits until everything accepted was answered.
    pub(crate) async fn landed(&self) {
        drop(self.slots.acquire_many(self.size).await);
    }

    /// Accepts a request; none when its id is in use.
    pub(crate) fn accept(self: &Arc<Self>, id: &RequestId, slot: Slot) -> Option<Ticket> {
        match self.lock().entry(id.clone()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(entry) => {
                let name = Arc::new(Name { id: id.clone(), flight: Arc::downgrade(self) });
                let ticket = Ticket { _name: name, slot };
                entry.insert(Some(ticket.clone()));
                Some(ticket)
            }
        }
    }

    /// The ticket that waits for an answer to `id`. Cancelled requests get none, so theirs is dropped.
    pub(crate) fn take(&self, id: &RequestId) -> Option<Ticket> {
        self.lock().get_mut(id).and_then(Option::take)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RequestId, Option<Ticket>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Frees the id and keeps the room. The id must be free before the client sees the answer: it may use it again.
    pub(crate) fn into_slot(self) -> Slot {
        self.slot
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if let Some(flight) = self.flight.upgrade() {
            flight.lock().remove(&self.id);
        }
    }
}
