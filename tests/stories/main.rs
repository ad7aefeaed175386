//! The black-box tests: stories against the built binary, and the guards of the architecture.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a broken precondition ends it"
)]
#![allow(clippy::needless_pass_by_value, reason = "`json!` makes a value at the call site")]
#![allow(clippy::disallowed_methods, reason = "tests start programs and look where they stand")]

mod approvals;
mod architecture;
mod audit;
mod audit_care;
mod bad_input;
mod branches;
mod building;
mod clients;
mod compensation;
mod configuration;
mod crash;
mod denials;
mod disk;
mod documents;
mod door;
mod editor;
mod effects;
mod elicitation;
mod foreign_editors;
mod forge;
mod hostile_tools;
mod imports;
mod incidents;
mod init;
mod kept_or_not;
mod limits;
mod lost_timeline;
mod memory;
mod neovim;
mod network;
mod plan_end_to_end;
mod plan_integration;
mod plan_unit;
mod policy;
mod policy_levels;
mod protocol;
mod recovery;
mod remote_hangs;
mod review;
mod rivals;
mod sequence;
mod snapshots;
mod sources;
mod tasks;
mod terminal;
mod three_agents;
mod tokens;
mod tree;
mod trust;
mod two_agents;
mod undo;
