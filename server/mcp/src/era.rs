//! Which of the two live revisions of the protocol a request speaks.

use rmcp::RoleServer;
use rmcp::model::ProtocolVersion;
use rmcp::service::RequestContext;

/// Whether it is the newer one (2026-07-28): no requests to the client, and answers say how long they hold.
pub(crate) fn is_newer_era(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}
