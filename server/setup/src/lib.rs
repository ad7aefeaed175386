//! What makes a folder a project: `tgp init`; and whether everything is there: `tgp doctor`.
//!
//! - Comes in: a folder, a remote, the hosts to write to.
//! - Goes out: the configuration, the library begun, types for editors, hosts that know tgp; and what was done.
//! - Stays true: twice is harmless; what a person wrote is kept or the whole is refused before anything is written.
//! - Deliberately absent: everything a project does once it is there; that is the engine's.

mod diagnose;
mod init;

pub use diagnose::diagnose;
pub use init::{Host, InitError, InitProject, init};
