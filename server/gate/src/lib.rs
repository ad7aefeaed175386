//! The gate: every action passes it. Judged before it runs, noted as it runs, closed when it ended.
//!
//! - Comes in: a call with its place in the line, and what it wants to do.
//! - Goes out: a permission or a refusal that names rule and target; rows of the timeline and the audit chain.
//! - Stays true: nothing changes before its intent is durable; every action that began is closed, also by a panic.
//! - Deliberately absent: the work itself, and every room but the judge and the store.

mod action;
mod asking;
mod audit_care;
mod audit_record;
mod call;
mod clock;
mod delegate;
mod denial;
mod desk;
mod gate;
mod installation;
mod landed;
mod mint;
mod payments;
pub mod preview;
mod question;
mod redacting;
mod refusal;
mod replay;
mod rule_set;
mod rules;
mod run_so_far;
mod shown;
mod tokens;

pub use action::{Action, Facts, IRREVERSIBLE, RESULT_UNKNOWN};
pub use audit_care::{DamageAccepted, RowsArchived};
pub use audit_record::{AuditRecord, AuditVerified, hexadecimal};
pub use call::{Call, Listener};
pub use clock::{Clock, MachineClock, new_action_id, new_approval_id, new_session_id};
pub use desk::{Desk, Place, Turn};
pub use gate::{BeforeAllowed, Gate, Questions};
pub use installation::installation;
pub use landed::RightsLanded;
pub use mint::{Minted, Minter, Minting, grants, lasting};
pub use question::{Shown, Wish, fingerprint, grants_of, parse_ticket};
pub use redacting::REDACTED_FIELDS;
pub use refusal::from_store;
pub use replay::{AskedFor, ChangedDecision, Comparison, LeftOut, Looks};
pub use rule_set::{Mistake, RuleSet, kernel_capabilities};
pub use rules::{Reload, Rules, read_rules};
pub use run_so_far::{Effect, RunAsked};
pub use shown::{listed, seen, shown, status};
pub use tokens::{TokenText, TokenVault, Tokens};
