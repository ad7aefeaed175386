//! Capability tokens: what a person granted to an agent, signed with a key no agent can read.
//!
//! A token is a chain of links, the first minted by a person, each further one handed on by `delegate`. Every link is
//! signed with the key over the signature before it, so nobody without the key can add, drop or change one. A link
//! never widens the one before it; that is checked again each time a token is presented.

use std::fmt;

use hmac::{Hmac, KeyInit};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tgp_model::{AgentName, SessionId, Timestamp};

use crate::check::VerifiedToken;
use crate::grant::Grant;

/// Shortest key, in bytes: as long as the hash.
const SHORTEST_KEY: usize = 32;

/// The key tokens are signed with. It never shows itself.
#[derive(Clone)]
pub struct TokenKey(pub(crate) Hmac<Sha256>);

/// A key that is too short to sign with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key has {length} bytes; it needs at least {SHORTEST_KEY}")]
pub struct ShortKey {
    /// How long it is.
    pub length: usize,
}

/// What one link of a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenClaims {
    /// Name of the token, under which its use is kept; at most 64 bytes.
    pub id: String,
    /// Who may present it.
    pub agent: AgentName,
    /// In which session; any where nothing is said.
    pub session: Option<SessionId>,
    /// What it grants.
    pub grants: Vec<Grant>,
    /// How much of it.
    pub budget: Budget,
    /// Until when.
    pub expires: Timestamp,
    /// Rises with each token of this id; one that was consumed, and every earlier one, is a replay.
    pub nonce: u64,
}

/// How much a token may be used for in all; no limit where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Actions.
    pub actions: Option<u64>,
    /// Bytes written or sent.
    pub bytes: Option<u64>,
    /// Rows changed.
    pub rows: Option<u64>,
    /// Milliseconds of running.
    pub milliseconds: Option<u64>,
}

/// What a token said: what it grants, or why it is none.
pub type TokenCheck = Result<VerifiedToken, TokenProblem>;

/// What was used, or is about to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// Actions.
    pub actions: u64,
    /// Bytes written or sent.
    pub bytes: u64,
    /// Rows changed.
    pub rows: u64,
    /// Milliseconds of running.
    pub milliseconds: u64,
}

/// Why a token is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Not signed by this key, revoked, or no token at all.
    #[error("the token is not valid: {why}")]
    Invalid {
        /// What is wrong.
        why: &'static str,
    },
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It was consumed already.
    #[error("the token was used already")]
    Replayed,
    /// It belongs to another agent or another session.
    #[error("the token belongs to {whose}")]
    Agent {
        /// Whose it is.
        whose: String,
    },
    /// A link grants more than the one before it.
    #[error("the token grants more than the one it was made from: {what}")]
    Widened {
        /// What is more.
        what: String,
    },
    /// Its budget does not suffice.
    #[error("the token's budget of {what} is spent")]
    Spent {
        /// Of what.
        what: &'static str,
    },
}

impl TokenKey {
    /// A key of at least 32 random bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, ShortKey> {
        let short = ShortKey { length: bytes.len() };
        if bytes.len() < SHORTEST_KEY {
            return Err(short);
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| short)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(***)")
    }
}

impl TokenProblem {
    /// The id it has in answers.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "token.invalid",
            Self::Expired => "token.expired",
            Self::Replayed => "token.replayed",
            Self::Agent { .. } => "token.agent",
            Self::Widened { .. } => "token.widened",
            Self::Spent { .. } => "token.spent",
        }
    }
}

impl Spending {
    /// One action and nothing else.
    pub fn one_action() -> Self {
        Self { actions: 1, ..Self::default() }
    }
}

impl Budget {
    /// Each figure with its name.
    pub(crate) fn figures(&self) -> [(&'static str, Option<u64>); 4] {
        [
            ("actions", self.actions),
            ("bytes", self.bytes),
            ("rows", self.rows),
            ("milliseconds", self.milliseconds),
        ]
    }

    /// The first figure that `spent` and `cost` together exceed.
    pub(crate) fn exceeded(&self, spent: &Spending, cost: &Spending) -> Option<&'static str> {
        let used = [
            (spent.actions, cost.actions),
            (spent.bytes, cost.bytes),
            (spent.rows, cost.rows),
            (spent.milliseconds, cost.milliseconds),
        ];
        let mut figures = self.figures().into_iter().zip(used);
        figures.find_map(|((name, most), (before, now))| {
            let over =
                most.is_some_and(|most| before >= most && now > 0 || before.saturating_add(now) > most);
            over.then_some(name)
        })
    }
}
