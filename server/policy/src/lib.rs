//! The judge: facts in, decision out.
//!
//! - Comes in: scopes and policy files as text, capabilities, requests whose targets were already looked at (paths
//!   resolved, symlinks followed), tokens with what is stored about them.
//! - Goes out: a verdict with every determining rule, its file and line, the policy version and, for a deny, the
//!   rule that comes nearest to allowing; errors with line and column.
//! - Stays true: the strictest match wins; no match is a deny; the order of rules and files means nothing; policy
//!   files only narrow; built-in rules take no exception; a token turns a question into a yes, never a deny.
//! - Deliberately absent: I/O, time, randomness, and any way to allow what a built-in rule denies.

mod builtin;
mod cases;
mod facts;
mod fields;
mod file_error;
mod judge;
mod policy_file;
mod request;
mod rule;
mod scope;
mod sequence_file;
mod settings;
mod verdict;
mod version;
mod yaml;

pub use cases::{CaseFailure, CaseReport, run_cases, self_check};
pub use fields::{fields_below, values_of};
pub use file_error::{FileError, FileProblem, Place};
pub use judge::{Judge, JudgeError, JudgeParts};
pub use policy_file::PolicyFile;
pub use request::{AttributeValue, Request};
pub use scope::{SHIPPED, Scope, ScopeSettings};
pub use sequence_file::{SequenceFile, SequenceStep};
pub use settings::{JudgeSettings, SettingsError};
pub use tgp_capability::{
    Capability, DeclaredEffects, EFFECTS_PREFIX, Effect, EffectKind, Operation, Quantity, Registry,
    RiskLevel, Target, TargetKind, Unit,
};
pub use tgp_pattern::GlobProblem;
pub use tgp_token::{
    Budget, Consumption, Grant, GrantProblem, MintError, OpenedToken, ShortKey, Spending, TokenCheck,
    TokenClaims, TokenContext, TokenKey, TokenProblem, TokenUse, VerifiedToken,
};
pub use verdict::{DeterminingRule, Level, NearestRule, Verdict};
pub use version::PolicyVersion;
