//! Copies of the user's database, made by `SQLite` itself while others use it.
//!
//! - Comes in: the file of a database, and where its copy goes.
//! - Goes out: the copy, page by page as the last commit left it; what an open transaction changed is not in it. A copy
//!   put back, as one transaction; whether two databases hold the same.
//! - Stays true: a copy is there whole or not at all; older copies go first when there are too many.
//! - Deliberately absent: when a copy is made or put back, and who may.

mod copies;

pub use copies::{BackupError, back_up, copy_to, put_back, same};
