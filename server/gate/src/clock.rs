//! Where time, ids and randomness come from; everything else gets them as values.

use tgp_model::{ActionId, ApprovalId, SessionId, Timestamp, TokenId};

/// Gives time and randomness. The real one asks the machine; tests give a fixed one.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// 64 random bits, not to be guessed by a tool.
    fn random(&self) -> u64;
}

/// The machine's clock and the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineClock;

impl Clock for MachineClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock, the owner of the time")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn random(&self) -> u64 {
        // Each `RandomState` is keyed from the operating system once a thread and counts from there.
        use std::hash::{BuildHasher, Hasher};
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u8(0);
        hasher.finish()
    }
}

/// A new action id: sorted by time, unique by randomness.
pub fn new_action_id(clock: &dyn Clock) -> ActionId {
    ActionId::from_parts(milliseconds(clock), random_80(clock))
}

/// A new session id.
pub fn new_session_id(clock: &dyn Clock) -> SessionId {
    SessionId::from_parts(milliseconds(clock), random_80(clock))
}

/// A new token id.
pub(crate) fn new_token_id(clock: &dyn Clock) -> TokenId {
    TokenId::from_parts(milliseconds(clock), random_80(clock))
}

/// A new number of a question.
pub fn new_approval_id(clock: &dyn Clock) -> ApprovalId {
    ApprovalId::from_parts(milliseconds(clock), random_80(clock))
}

fn milliseconds(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.now().0).unwrap_or(0)
}

fn random_80(clock: &dyn Clock) -> u128 {
    (u128::from(clock.random()) << 16) | u128::from(clock.random() & 0xffff)
}
