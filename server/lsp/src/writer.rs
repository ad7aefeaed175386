//! One writer for everything that goes to the client, so that messages never mix.

use serde::Serialize;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Messages that wait for a client that does not read; then those who have more to say wait.
const WAITING: usize = 256;

/// Where messages are handed in.
#[derive(Clone)]
pub(crate) struct Outgoing(mpsc::Sender<Vec<u8>>);

impl Outgoing {
    /// Hands one message in. Where the client closed its end there is nobody to tell.
    pub(crate) async fn send(&self, message: &impl Serialize) {
        match serde_json::to_vec(message) {
            Ok(body) => drop(self.0.send(body).await),
            Err(error) => tracing::error!(%error, "a message cannot be written as JSON"),
        }
    }
}

/// Starts writing; it ends when all who hand in have gone, or the client closed its end.
pub(crate) fn start<W>(mut output: W) -> (Outgoing, JoinHandle<()>)
where
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (sender, mut messages) = mpsc::channel::<Vec<u8>>(WAITING);
    let writing = tokio::spawn(async move {
        while let Some(body) = messages.recv().await {
            let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
            bytes.extend(body);
            if output.write_all(&bytes).await.is_err() || output.flush().await.is_err() {
                tracing::debug!("the client closed its end");
                return;
            }
        }
    });
    (Outgoing(sender), writing)
}
