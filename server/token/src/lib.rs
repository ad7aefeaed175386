//! Capability tokens: what a person granted to an agent, signed with a key no agent can read.
//!
//! - Comes in: a key as bytes, claims to sign, a token that is presented with what is stored about it.
//! - Goes out: tokens as text; what a token covers and what to store when it was used, or why it is none.
//! - Stays true: nothing is read that was not signed; a link never grants, lasts or spends more than the one before.
//! - Deliberately absent: the clock, randomness, the store: facts come in as values.

mod check;
mod encoding;
mod grant;
mod mint;
mod text;
mod token;

pub use check::{Consumption, OpenedToken, TokenContext, TokenUse, VerifiedToken};
pub use grant::{Grant, text_kind};
pub use mint::MintError;
pub use text::GrantProblem;
pub use token::{Budget, ShortKey, Spending, TokenCheck, TokenClaims, TokenKey, TokenProblem};
