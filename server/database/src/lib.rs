//! The user's SQL databases: one statement at a time, judged by `SQLite` itself, inside one transaction a run.
//!
//! - Comes in: a URL such as `sqlite:shop.db`, one SQL statement, its parameters, a page.
//! - Goes out: what the statement would read and write (`SqlLook`), typed rows (`ResultSet`), `SqlError`;
//!   what a run changed, as a changeset for its undo, with what cannot be undone (`Captured`).
//! - Stays true: a statement cannot end, begin or nest the transaction it runs in without the run being lost;
//!   undo changes only rows that still are as the action left them;
//!   nothing of a run survives that did not end with `Transaction::commit`; no lock is held after the run;
//!   the journal mode, the settings and the existence of the user's file never change.
//! - Deliberately absent: string checks of SQL, a clock, JSON, any knowledge of tools and policies.

mod actions;
mod address;
mod authorizer;
mod capture;
mod database;
mod error;
mod guard;
mod limits;
mod look;
mod params;
mod preupdate;
mod preview;
mod reader;
mod rows;
mod session;
mod shown;
mod transaction;
mod undo;

pub use actions::Landed;
pub use address::{check_url, path_of};
pub use capture::{Captured, Reason};
pub use database::{Begin, Database};
pub use error::{OpenDatabaseError, Place, SqlError};
pub use limits::{DatabaseLimits, RunLimits};
pub use look::{SqlKind, SqlLook};
pub use params::SqlParams;
pub use preview::Preview;
pub use rows::Page;
pub use shown::{ChangedRows, RowChange, TableCount, changed_rows};
pub use tgp_changeset::DamagedChangeset;
pub use transaction::Transaction;
pub use undo::{Conflict, ConflictKind, Dangling, UndoError, UndoRun, Undone};
