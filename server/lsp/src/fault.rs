//! Why a request did not do what was asked, as JSON-RPC has it.

use std::any::Any;

use serde_json::json;
use tgp_protocol::client::{ErrorCode, Refusal};
use tower_lsp_server::jsonrpc::{Error, ErrorCode as RpcCode};

/// `RequestFailed` of LSP 3.17.
const REQUEST_FAILED: i64 = -32803;

/// Why a request did not do what was asked.
#[derive(Debug)]
pub enum Fault {
    /// The engine refused, or the work failed.
    Refused(Refusal),
    /// The params do not fit.
    Params {
        /// The field, as a path; empty for the params as a whole.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A bug.
    Bug(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Fault {
    /// As it is answered.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Refused(refusal) => Error {
                code: RpcCode::ServerError(REQUEST_FAILED),
                message: refusal.message.clone().into(),
                data: serde_json::to_value(&refusal).ok(),
            },
            Self::Params { field, problem } => {
                let message = if field.is_empty() { problem } else { format!("`{field}`: {problem}") };
                let data = json!({
                    "code": ErrorCode::ArgumentsInvalid, "message": message, "details": { "field": field },
                });
                Error { code: RpcCode::InvalidParams, message: message.into(), data: Some(data) }
            }
            Self::Bug(message) => {
                let message = format!("a bug in tgp: {message}");
                let data = json!({ "code": ErrorCode::Internal, "message": message });
                Error { code: RpcCode::InternalError, message: message.into(), data: Some(data) }
            }
        }
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no message".to_owned())
}
