//! The store's errors as codes.

use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::StoreError;

/// What a door answers where the store fails.
pub fn from_store(error: &StoreError) -> Refusal {
    let code = match error {
        StoreError::Disk { .. } => ErrorCode::FileIo,
        StoreError::Busy | StoreError::Damaged { .. } => ErrorCode::LibraryUnusable,
        // A yes or a token that no longer holds: the agent asks again.
        StoreError::Approval { .. } | StoreError::Token { .. } => ErrorCode::PolicyRequiresApproval,
        StoreError::Audit { .. }
        | StoreError::Duplicate { .. }
        | StoreError::NotOpen { .. }
        | StoreError::Malformed { .. }
        | StoreError::Other { .. } => ErrorCode::Internal,
    };
    Refusal::new(code, error.to_string())
}
