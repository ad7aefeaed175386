//! What tgp remembers between runs: the timeline, the audit chain, the index of tools and how often they ran.
//!
//! - Comes in: intents before an action, outcomes after it, reads, the library's tools.
//! - Goes out: timeline rows, open intents for recovery, tools that fit a query, the audit chain's state.
//! - Stays true: an intent is on the disk before `note_intent` returns, also against power loss, with one sync;
//!   the audit table only grows, and each row names the hash of the one before; several processes may write.
//! - Deliberately absent: a clock, policy, Git, the user's databases; nothing here decides anything.

mod audit;
mod connection;
mod error;
mod find;
mod group;
mod iso;
mod migrate;
mod note;
mod redact;
mod redact_sql;
mod score;
mod stem;
mod store;
mod tables;
mod terms;

pub use audit::{AuditBreak, AuditHead, AuditReport};
pub use error::{OpenStoreError, StoreError};
pub use iso::iso8601;
pub use note::{Intent, Outcome};
pub use redact::{redact, redact_text};
pub use redact_sql::{redact_parameters, redact_sql};
pub use store::Store;
pub use tables::agent_actions::{ActionFilter, ActionRow, Order};
pub use tables::tool_usage::Usage;
pub use tables::tools::{ToolEntry, ToolHit};
