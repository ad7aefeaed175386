//! A panic anywhere in a handler becomes an answer. Without this the protocol library says nothing at all.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use rmcp::model::{
    ClientNotification, ClientRequest, ErrorData, ProtocolVersion, ServerConfig, ServerResult,
};
use rmcp::service::{NotificationContext, RequestContext, Service};
use rmcp::{RoleServer, ServerHandler};

use crate::core::panic_message;

/// A service that always answers.
pub(crate) struct Guarded<S>(pub(crate) S);

impl<S: ServerHandler> Service<RoleServer> for Guarded<S> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let work = Service::handle_request(&self.0, request, context);
        AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
            let message = panic_message(panic.as_ref());
            tracing::error!(message, "a bug in tgp: a handler panicked");
            Err(ErrorData::internal_error(format!("a bug in tgp: {message}"), None))
        })
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Service::handle_notification(&self.0, notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        Service::get_info(&self.0)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Service::supported_protocol_versions(&self.0)
    }
}
