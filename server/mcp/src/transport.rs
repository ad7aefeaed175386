//! What the protocol library sees of the stream: messages that came in, and a place to put answers.

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use std::sync::Arc;
use tokio::sync::mpsc;

use crate::flight::Flight;
use crate::writer::Outgoing;

/// Why an answer cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The client closed the output.
    #[error("the client closed the output")]
    Closed,
}

/// The stream between reader, writer and the protocol library.
pub(crate) struct Stream {
    pub(crate) incoming: mpsc::Receiver<ClientJsonRpcMessage>,
    pub(crate) outgoing: Outgoing,
    pub(crate) flight: Arc<Flight>,
}

impl Transport<RoleServer> for Stream {
    type Error = SendError;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), SendError>> + Send + 'static {
        // The line takes its place in the output here and now: the library calls `send` in order, but runs what
        // it returns side by side, and a progress notice must not come after the answer.
        let heard = match answered(&message) {
            Some(id) => {
                let ticket = self.flight.take(id);
                self.outgoing.answer(line_of(&message, Some(id)), ticket);
                None
            }
            None => Some(self.outgoing.notify(line_of(&message, None))),
        };
        let closed = self.outgoing.broken().is_cancelled();
        async move {
            match heard {
                Some(heard) => heard.await.map_err(|_| SendError::Closed),
                None if closed => Err(SendError::Closed),
                None => Ok(()),
            }
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.incoming.recv().await
    }

    async fn close(&mut self) -> Result<(), SendError> {
        Ok(())
    }
}

fn answered(message: &ServerJsonRpcMessage) -> Option<&RequestId> {
    match message {
        ServerJsonRpcMessage::Response(response) => Some(&response.id),
        ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
        ServerJsonRpcMessage::Request(_) | ServerJsonRpcMessage::Notification(_) => None,
    }
}

fn line_of(message: &ServerJsonRpcMessage, id: Option<&RequestId>) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        let sorry = ErrorData::internal_error("the answer could not be written as JSON", None);
        let sorry: ServerJsonRpcMessage = ServerJsonRpcMessage::error(sorry, id.cloned());
        serde_json::to_vec(&sorry).unwrap_or_default()
    });
    line.push(b'\n');
    line
}
