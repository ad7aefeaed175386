//! The audit chain: a table that only grows, each row naming the hash of the one before, and what proves it whole.
//!
//! - Comes in: a connection to the state database, rows to append, anchors that were kept outside of it.
//! - Goes out: the head of the chain, what is damaged and how, exports, archives, proofs for one action.
//! - Stays true: no two rows are the same bytes to the hash; the head of today covers every row there ever was;
//!   what was anchored cannot be taken back unseen.
//! - Deliberately absent: what the rows say, a clock, Git, policy. The store is the only user of this crate.

mod anchor;
mod archive;
mod commit;
mod damage;
mod diagnose;
mod error;
mod export;
mod import;
mod link;
mod prove;
mod redact;
mod redact_sql;
mod segment;
mod start;
mod table;
mod verify;

pub use anchor::{Anchor, Anchored, FileAnchor, Finding, KeepHead};
pub use archive::{Archived, archive, close_damaged, sweep};
pub use commit::{CommitmentKey, commitment};
pub use damage::Damage;
pub use error::{AnchorError, AuditError};
pub use export::{Exported, export};
pub use import::{ImportedRow, Imports, import};
pub use link::{AuditHead, Hash, ZEROS, content_digest, link};
pub use prove::prove;
pub use redact::{Redactor, redact, redact_text};
pub use redact_sql::{redact_parameters, redact_sql};
pub use start::{Start, compare_with_anchors, verify_since};
pub use table::{CREATE, Entry, UPGRADE, append, head};
pub use verify::{AuditReport, verify};
