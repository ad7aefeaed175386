//! A token as it is minted, used and listed; the signed text of it is the judge's business.

use serde::Serialize;
use serde_json::Value;
use tgp_model::{AgentName, SessionId, Timestamp, TokenId};

/// Amounts a token pays for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// Actions.
    pub actions: u64,
    /// Bytes written or sent.
    pub bytes: u64,
    /// Rows changed.
    pub rows: u64,
    /// Time, in milliseconds.
    pub milliseconds: u64,
}

/// What a token may pay for in all; none is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// Actions.
    pub actions: Option<u64>,
    /// Bytes written or sent.
    pub bytes: Option<u64>,
    /// Rows changed.
    pub rows: Option<u64>,
    /// Time, in milliseconds.
    pub milliseconds: Option<u64>,
}

/// A token as it is minted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewToken {
    /// Its number.
    pub token: TokenId,
    /// The token it was narrowed from.
    pub parent: Option<TokenId>,
    /// For whom.
    pub agent: AgentName,
    /// For which session; none for a standing token.
    pub session: Option<SessionId>,
    /// What it allows.
    pub grants: Value,
    /// What it may pay for in all.
    pub budget: Budget,
    /// From when on it is too late.
    pub expires: Timestamp,
    /// Who minted it.
    pub by: String,
    /// Where: `terminal`, `elicitation`, `editor`, or `delegate` for one that an agent narrowed.
    pub door: String,
    /// When.
    pub at: Timestamp,
}

/// The use of a token for one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// Which.
    pub token: TokenId,
    /// Larger than that of every use before.
    pub nonce: u64,
    /// What it pays for, as far as it is known before. Its parents pay as well.
    pub amounts: Amounts,
}

/// What a token paid for beyond what was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSpend {
    /// Which.
    pub token: TokenId,
    /// How much.
    pub amounts: Amounts,
}

/// Why a token does not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// It was never minted here.
    #[error("it was never minted here")]
    Missing,
    /// It, or one it was narrowed from, was revoked.
    #[error("it was revoked")]
    Revoked,
    /// It, or one it was narrowed from, is too old.
    #[error("it has expired")]
    Expired,
    /// Its nonce was used before.
    #[error("its nonce was used before")]
    Replayed,
    /// It is another agent's.
    #[error("it was minted for another agent")]
    Agent,
    /// It is for another session.
    #[error("it was minted for another session")]
    Session,
    /// Its budget, or that of one it was narrowed from, does not suffice.
    #[error("its budget of {what} is spent")]
    Spent {
        /// `actions`, `bytes`, `rows` or `time`.
        what: &'static str,
    },
}

impl TokenProblem {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing | Self::Revoked => "token.invalid",
            Self::Expired => "token.expired",
            Self::Replayed => "token.replayed",
            Self::Agent | Self::Session => "token.agent",
            Self::Spent { .. } => "token.spent",
        }
    }
}

/// A token and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of `NewToken`")]
pub struct TokenRow {
    pub id: TokenId,
    pub parent: Option<TokenId>,
    pub agent: AgentName,
    pub session: Option<SessionId>,
    pub grants: Value,
    pub budget: Budget,
    pub spent: Amounts,
    pub last_nonce: u64,
    pub created_at: String,
    pub created_by: String,
    pub created_door: String,
    pub expires_at: String,
    pub expired: bool,
    pub revoked_at: Option<String>,
    pub revoked_by: Option<String>,
}
