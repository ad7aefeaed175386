//! The judge: facts in, decision out.
//!
//! - Comes in: a request whose targets were already looked at (paths resolved, symlinks followed).
//! - Goes out: a judgement with the rule that decided and why.
//! - Stays true: the strictest match wins; no match is a deny; the order of rules means nothing; built-in rules
//!   take no exception.
//! - Deliberately absent: I/O, time, and any way to allow what a built-in rule denies.
//!
//! Scopes, policy files, tokens and approvals come with the next issue; today the project's settings are the scope.

mod builtin;
mod judge;
mod request;
mod rule;

pub use judge::{Judge, JudgeSettings};
pub use request::{Operation, Request, Target};
pub use rule::{Effect, Rule, RuleProblem};
