//! The nouns every room shares: plain data, checked when it is made.
//!
//! - Comes in: text and numbers from doors and rooms.
//! - Goes out: newtypes that cannot hold a bad value (`RepoPath`, `AgentName`, `ActionId`), settings, limits,
//!   actions, decisions, diagnostics and SQL values.
//! - Stays true: a value of these types is valid; nothing here reads a file, a clock or a random number.
//! - Deliberately absent: I/O, time, randomness, JSON-RPC, any heavy library.

pub mod action;
pub mod agent;
pub mod area;
pub mod cancel;
pub mod config;
pub mod decision;
pub mod diagnostic;
pub mod id;
pub mod iso;
pub mod limits;
pub mod mount;
pub mod path;
pub mod sql;
pub mod sql_json;
pub mod time;
pub mod undo;

pub use action::{ActionStatus, ActionType, ApprovalState, BranchStatus};
pub use agent::AgentName;
pub use area::Area;
pub use cancel::CancelToken;
pub use config::Config;
pub use decision::{Decision, Judgement};
pub use diagnostic::{Diagnostic, Severity, SuggestedEdit};
pub use id::{ActionId, ApprovalId, SessionId, TokenId};
pub use limits::Limits;
pub use mount::{Location, Mount};
pub use path::{PathProblem, RepoPath};
pub use sql::{ResultSet, SqlValue};
pub use time::Timestamp;
pub use undo::UndoPart;
