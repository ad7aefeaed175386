//! The store's errors as codes.

use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::StoreError;

/// What a door answers where the store fails.
pub fn from_store(error: &StoreError) -> Refusal {
    let code = match error {
        StoreError::Disk { .. } | StoreError::NotSynced { .. } => ErrorCode::FileIo,
        StoreError::Busy | StoreError::Damaged { .. } => ErrorCode::LibraryUnusable,
        // A yes that no longer holds: the agent asks again.
        StoreError::Approval { .. } => ErrorCode::PolicyRequiresApproval,
        StoreError::Token { .. } => ErrorCode::PolicyDenied,
        StoreError::Audit { .. }
        | StoreError::Duplicate { .. }
        | StoreError::NotOpen { .. }
        | StoreError::Malformed { .. }
        | StoreError::Other { .. } => ErrorCode::Internal,
    };
    let refusal = Refusal::new(code, error.to_string());
    match error {
        StoreError::Token { token, problem } => {
            refusal.with_details(serde_json::json!({ "rule": problem.code(), "token": token.to_string() }))
        }
        _ => refusal,
    }
}
