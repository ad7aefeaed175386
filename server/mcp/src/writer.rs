//! Writes the answers: one task owns the output, so that no two lines ever mix.

use serde_json::{Value, json};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::flight::{Slot, Ticket};
use crate::message::Wrong;

/// Answers that are ready together are written together, up to this many bytes; the size of a pipe on Linux.
const WRITE_AT_ONCE: usize = 64 << 10;

/// One line to write.
struct Item {
    line: Vec<u8>,
    ticket: Option<Ticket>,
    slot: Option<Slot>,
    written: Option<oneshot::Sender<()>>,
}

/// The way to the writer. What waits in it is bounded by the slots of what was accepted.
#[derive(Clone)]
pub(crate) struct Outgoing {
    items: mpsc::UnboundedSender<Item>,
    broken: CancellationToken,
}

impl Outgoing {
    /// The output can no longer be written: the client closed it.
    pub(crate) fn broken(&self) -> &CancellationToken {
        &self.broken
    }

    /// Answers a request.
    pub(crate) fn answer(&self, line: Vec<u8>, ticket: Option<Ticket>) {
        self.push(Item { line, ticket, slot: None, written: None });
    }

    /// Answers what was no request.
    pub(crate) fn refuse(&self, wrong: &Wrong, slot: Option<Slot>) {
        let line = json!({ "jsonrpc": "2.0", "id": wrong.id, "error": wrong.error });
        self.push(Item { line: line_of(&line), ticket: None, slot, written: None });
    }

    /// Sends a notification; the receiver hears when it was written.
    pub(crate) fn notify(&self, line: Vec<u8>) -> oneshot::Receiver<()> {
        let (written, heard) = oneshot::channel();
        self.push(Item { line, ticket: None, slot: None, written: Some(written) });
        heard
    }

    fn push(&self, item: Item) {
        // The writer is gone only when the output is broken; then nobody reads what we would say.
        drop(self.items.send(item));
    }
}

fn line_of(value: &Value) -> Vec<u8> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// Starts the writer. It ends when the last [`Outgoing`] is dropped, or when the output breaks.
pub(crate) fn start<W>(output: W) -> (Outgoing, tokio::task::JoinHandle<()>)
where
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (items, queue) = mpsc::unbounded_channel();
    let broken = CancellationToken::new();
    let task = tokio::spawn(write_all(output, queue, broken.clone()));
    (Outgoing { items, broken }, task)
}

async fn write_all<W: AsyncWrite + Unpin>(
    mut output: W,
    mut queue: mpsc::UnboundedReceiver<Item>,
    broken: CancellationToken,
) {
    let mut buffer = Vec::new();
    while let Some(first) = queue.recv().await {
        let mut slots = Vec::new();
        let mut written = Vec::new();
        let mut next = Some(first);
        buffer.clear();
        while let Some(item) = next {
            buffer.extend_from_slice(&item.line);
            slots.extend(item.slot.into_iter().chain(item.ticket.map(Ticket::into_slot)));
            written.extend(item.written);
            next = if buffer.len() < WRITE_AT_ONCE { queue.try_recv().ok() } else { None };
        }
        let result = match output.write_all(&buffer).await {
            Ok(()) => output.flush().await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::info!(%error, "the client closed the output");
            broken.cancel();
            return;
        }
        for sender in written {
            // Whoever asked may have stopped listening.
            let _ = sender.send(());
        }
        buffer.shrink_to(WRITE_AT_ONCE);
    }
}
