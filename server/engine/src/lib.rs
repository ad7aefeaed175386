//! The hall: the one place that knows more than one room, and the order of the steps.
//!
//! - Comes in: commands of a door, each with its caller and its place in the line.
//! - Goes out: receipts and refusals (`tgp_protocol::client`).
//! - Stays true: every action is looked at, judged and noted before it works, and its outcome is noted after;
//!   a refused, failed or crashed action leaves the old state or the new state.
//! - Deliberately absent: MCP, LSP, tokio, and the rooms' own work.

mod back_up;
mod commands;
pub mod engine;
mod fetch;
mod importing;
mod preparing;
mod reading;
mod recover;
mod registry;
mod review;
mod run;
mod run_paths;
mod shown;
mod tool_index;
mod writing;

use tgp_undo::refusal;

pub use engine::Engine;
pub use tgp_authoring as authoring;
pub use tgp_branches::RefsMark;
pub use tgp_forge::config;
pub use tgp_gate::{
    AuditRecord, AuditVerified, Call, ChangedDecision, Clock, Comparison, LeftOut, MachineClock, Minted,
    Minter, Minting, Mistake, REDACTED_FIELDS, RuleSet, grants, kernel_capabilities, lasting, preview::plain,
};
pub use tgp_library::{Documents, Saved, Workspace};
pub use tgp_model::{Area, CancelToken};
pub use tgp_policy::{
    Budget, Capability, CaseReport, Judge, Level, Scope, SequenceFile, Verdict, run_cases, self_check,
};
pub use tgp_project::{
    FoundAgain, Hydrate, OpenEngineError, OpenProject, PendingTrust, PolicyChange, Question, SettingsInForce,
    audit_record, environment, find_again, prepare, present_rules, rules_in_force, rules_with_file, salt_of,
    settings_in_force, trust_own,
};
pub use tgp_repo::Interrupt;
pub use tgp_store::{Damage, TokenRow, Watch};
pub use tgp_trust::{Difference, How, person};
