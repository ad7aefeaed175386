//! What the black-box tests and the benchmarks share: the built binary, projects in temporary folders, a small MCP client.
//!
//! - Comes in: the built `tgp`, named by `TGP_BIN` or found beside the test program.
//! - Goes out: `Project` (a folder with `tgp init` done), `Session` (a connected MCP client), `Remote` (a bare repository).
//! - Stays true: everything is real. A missing program is a failure that says how to get it, never a test left out.
//! - Deliberately absent: the engine and its rooms. What is tested here is the process, from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a broken precondition ends it"
)]
#![allow(clippy::missing_panics_doc, reason = "in a test, a panic is the answer")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` makes a value at the call site")]
#![allow(clippy::disallowed_methods, reason = "tests start programs and look where they stand")]

pub mod answer;
mod beside;
pub mod editor;
mod person;
pub mod places;
pub mod process;
pub mod project;
pub mod protection;
pub mod remote;
pub mod session;

pub use answer::{Answer, Refused};
pub use beside::beside;
pub use editor::Editor;
pub use process::Finished;
pub use project::{Project, walk};
pub use protection::Protection;
pub use remote::Remote;
pub use session::{Era, Session};
