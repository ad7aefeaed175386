//! The window of a client of the older era: one request to it while a call waits, taken back when it is too late.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ClientResult, ElicitRequest, ServerRequest};
use rmcp::service::{Peer, PeerRequestOptions, RequestHandle};
use tgp_protocol::client::approvals::ApprovalShown;
use tokio::time::timeout;

use crate::elicitation::{Reply, form};

/// How long taking a question back may wait for a client that does not read.
const NOTICE_WAITS: Duration = Duration::from_millis(500);

/// The question the client shows right now, if any. Nobody waits for it: the call goes on without an answer.
#[derive(Default)]
pub(crate) struct Dialog {
    open: Option<(Box<ApprovalShown>, RequestHandle<RoleServer>)>,
}

impl Dialog {
    /// Has the client show the question instead of what it showed before.
    pub(crate) async fn show(&mut self, peer: &Peer<RoleServer>, question: Box<ApprovalShown>) {
        self.close("another question is asked").await;
        let Some(form) = form(&question) else { return };
        let request = ServerRequest::ElicitRequest(ElicitRequest::new(form));
        match peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await {
            Ok(handle) => self.open = Some((question, handle)),
            Err(error) => tracing::debug!(%error, "the client was not asked"),
        }
    }

    /// What the person said, once the client tells; never where nothing is shown.
    pub(crate) async fn answered(&mut self) -> (Box<ApprovalShown>, Reply) {
        let Some((_, handle)) = &mut self.open else { return std::future::pending().await };
        let answer = (&mut handle.rx).await;
        let Some((question, _)) = self.open.take() else { return std::future::pending().await };
        let reply = match answer {
            Ok(Ok(ClientResult::ElicitResult(result))) => {
                serde_json::to_value(result).map_or(Reply::Nothing, Reply::read)
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, ticket = question.ticket, "the client did not ask the person");
                Reply::Nothing
            }
            Ok(Ok(_)) | Err(_) => Reply::Nothing,
        };
        (question, reply)
    }

    /// Takes the question back. What the client still answers is ignored.
    pub(crate) async fn close(&mut self, why: &str) {
        let Some((_, handle)) = self.open.take() else { return };
        if timeout(NOTICE_WAITS, handle.cancel(Some(why.to_owned()))).await.is_err() {
            tracing::debug!("the client does not read that a question was taken back");
        }
    }
}
