//! What tgp remembers between runs: the timeline, the audit chain, questions and answers, tokens, the index of tools.
//!
//! - Comes in: intents before an action, outcomes after it, reads, questions, answers, tokens, the library's tools.
//! - Goes out: timeline rows, open intents for recovery, what undo needs, tools that fit a query, the audit chain's
//!   state, exports and proofs.
//! - Stays true: an intent is on the disk before `note_intent` returns, also against power loss, with one sync, and
//!   with it what it used up; the audit table only grows, and each row names the hash of the one before; several
//!   processes may write; a damaged database is set aside, never deleted.
//! - Deliberately absent: a clock, policy, Git, the user's databases; nothing here decides anything.

mod action_row;
mod connection;
mod error;
mod group;
mod joint;
mod migrate;
mod note;
mod open;
mod payload;
mod rebuild;
mod start;
mod store;
mod tables;
mod verifying;
mod watch;

pub use action_row::{ActionFilter, ActionRow, Order};
pub use error::{OpenStoreError, StoreError};
pub use note::{Intent, Outcome, Reversibility};
pub use start::{AuditStart, LOOK_AGAIN, Opened, StartStore};
pub use store::{AcceptDamage, STORAGE_WARNING, StorageUse, Store};
pub use tgp_audit::{
    Anchor, Anchored, Archived, AuditHead, AuditReport, CommitmentKey, Damage, Exported, FileAnchor, Finding,
    Imports, KeepHead, Redactor, commitment, redact, redact_parameters, redact_sql, redact_text,
};
pub use tgp_consent::{
    Amounts, Answer, ApprovalFilter, ApprovalProblem, ApprovalRow, ApprovalUse, Budget, NewToken, Question,
    TokenProblem, TokenRow, TokenSpend, TokenUse,
};
pub use tgp_model::iso::iso8601;
pub use tgp_model::{ApprovalState, UndoPart};
pub use tgp_search::{ToolEntry, ToolHit, Usage};
pub use tgp_work::{
    BranchChange, BranchFilter, BranchRow, Check, NewBranch, NewNote, NewSnapshot, NoteRow, SnapshotRow,
};
pub use watch::Watch;
