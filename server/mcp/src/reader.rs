//! Reads the input: takes each message's place in the line, in order, and never more than there is room for.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorData, GetExtensions, GetMeta,
    ProtocolVersion, RequestId,
};
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::bench::Kind;
use crate::core::{Boarded, Core, client_name};
use crate::flight::{Flight, Slot};
use crate::lines::{Line, Lines};
use crate::message::{self, Message, Wrong};
use crate::tools;
use crate::writer::Outgoing;

/// The reading half of a session.
pub(crate) struct Reader<R> {
    pub(crate) lines: Lines<R>,
    pub(crate) core: Arc<Core>,
    pub(crate) flight: Arc<Flight>,
    pub(crate) outgoing: Outgoing,
    pub(crate) incoming: mpsc::Sender<ClientJsonRpcMessage>,
    /// Set by a signal: read no more.
    pub(crate) stop: CancellationToken,
    /// Set here when work could not be ended in time.
    pub(crate) gave_up: CancellationToken,
    pub(crate) opening: Opening,
}

/// Where the session stands. The library leaves its own opening loop at the same points, and takes it for an error
/// when anything but a request comes before; so that is kept from it.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    open: bool,
    client: Option<String>,
}

/// How long accepted work may take after the input ended, and how long again after its tools were told to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) finish: Duration,
    pub(crate) wind_down: Duration,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Reads to the end of the input, then waits for what was accepted.
    pub(crate) async fn run(mut self, patience: Patience) {
        let stop = self.stop.clone();
        let broken = self.outgoing.broken().clone();
        let in_a_hurry = tokio::select! {
            biased;
            () = stop.cancelled() => true,
            () = broken.cancelled() => true,
            () = self.read_all() => false,
        };
        if !in_a_hurry {
            tokio::select! {
                () = stop.cancelled() => {}
                () = broken.cancelled() => {}
                landed = timeout(patience.finish, self.flight.landed()) => if landed.is_ok() { return },
            }
        }
        self.core.wind_down.cancel();
        if timeout(patience.wind_down, self.flight.landed()).await.is_err() {
            tracing::warn!("calls that were under way did not end in time");
            self.gave_up.cancel();
        }
    }

    async fn read_all(&mut self) {
        while let Some(room) = self.flight.room().await {
            match self.lines.next().await {
                Line::End => return,
                Line::TooLong { id } => {
                    let error =
                        ErrorData::invalid_request("the message is longer than this server reads", None);
                    self.outgoing.refuse(&Wrong { id, error }, Some(Arc::new(room)));
                }
                Line::Whole => {
                    let slot = self.flight.widen(room, self.lines.bytes().len()).await;
                    if let Some(message) = self.take(message::read(self.lines.bytes()), slot)
                        && self.incoming.send(message).await.is_err()
                    {
                        return;
                    }
                }
            }
        }
    }

    /// Answers what is wrong, and gives places to what is right.
    fn take(&mut self, message: Message, slot: Slot) -> Option<ClientJsonRpcMessage> {
        match message {
            Message::Request(id, request) => self.take_request(id, *request, slot),
            Message::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    // The library drops the answer of a cancelled request, as the protocol asks.
                    drop(self.flight.take(id));
                }
                self.opening.open.then(|| ClientJsonRpcMessage::notification(notification))
            }
            Message::Answer(id, answer) => self.opening.open.then(|| match answer {
                Ok(result) => ClientJsonRpcMessage::response(result, id),
                Err(error) => ClientJsonRpcMessage::error(error, Some(id)),
            }),
            Message::Ignored(what) => {
                tracing::debug!(what, "ignored a message");
                None
            }
            Message::Wrong(wrong) => {
                self.outgoing.refuse(&wrong, Some(slot));
                None
            }
        }
    }

    fn take_request(
        &mut self,
        id: RequestId,
        mut request: ClientRequest,
        slot: Slot,
    ) -> Option<ClientJsonRpcMessage> {
        if let Err(error) = self.opening.admit(&request) {
            self.outgoing.refuse(&Wrong { id: id.into_json_value(), error }, Some(slot));
            return None;
        }
        let Some(ticket) = self.flight.accept(&id, Arc::clone(&slot)) else {
            let error = ErrorData::invalid_request("a request with this id is still under way", None);
            self.outgoing.refuse(&Wrong { id: id.into_json_value(), error }, Some(slot));
            return None;
        };
        let kind = kind_of(&request);
        let client = request.get_meta().client_info().as_ref().map(client_name);
        let extensions = request.extensions_mut();
        extensions.insert(Boarded { _ticket: ticket });
        if let Some(kind) = kind {
            extensions.insert(self.core.accept(kind, client.or_else(|| self.opening.client.clone())));
        }
        Some(ClientJsonRpcMessage::request(request, id))
    }
}

/// The order the request needs on the bench; none for what needs no engine.
fn kind_of(request: &ClientRequest) -> Option<Kind> {
    match request {
        ClientRequest::CallToolRequest(call) => tools::find(&call.params.name).map(|tool| tool.kind),
        ClientRequest::ListResourcesRequest(_) | ClientRequest::ReadResourceRequest(_) => Some(Kind::Look),
        _ => None,
    }
}

impl Opening {
    /// Whether the request may come now; opens the session when it does that.
    fn admit(&mut self, request: &ClientRequest) -> Result<(), ErrorData> {
        match request {
            ClientRequest::InitializeRequest(initialize) => {
                self.open = true;
                self.client = Some(client_name(&initialize.params.client_info));
                Ok(())
            }
            ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => Ok(()),
            _ if self.open => Ok(()),
            request => {
                let meta = request.get_meta();
                let version = meta.protocol_version();
                if !meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty() {
                    let message = "the session is not open: send `initialize` first (protocol 2025-11-25), or the \
                                   version and the client's capabilities in each request's `_meta` (2026-07-28)";
                    return Err(ErrorData::invalid_params(message, None));
                }
                // An unknown version is answered by the library, which stays in its opening then.
                self.open = version.is_some_and(|version| ProtocolVersion::KNOWN_VERSIONS.contains(&version));
                Ok(())
            }
        }
    }
}
