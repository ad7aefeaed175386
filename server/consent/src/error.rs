//! Why a question or a token cannot be read, answered or used.

use tgp_model::{ApprovalId, TokenId};

use crate::approval::ApprovalProblem;
use crate::token::TokenProblem;

/// What can go wrong. The caller takes its transaction back.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The database.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// An answer to a question, or the use of one, is refused.
    #[error("ticket {approval}: {problem}")]
    Approval {
        /// The ticket.
        approval: ApprovalId,
        /// Why.
        problem: ApprovalProblem,
    },
    /// A token does not pay.
    #[error("token {token}: {problem}")]
    Token {
        /// The token.
        token: TokenId,
        /// Why.
        problem: TokenProblem,
    },
    /// A row holds what no version of tgp writes.
    #[error("the state database holds `{value}` as {what}")]
    Malformed {
        /// Which column.
        what: &'static str,
        /// What stands there.
        value: String,
    },
}
