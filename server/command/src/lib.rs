//! Programs of the machine that tgp starts for itself, bounded in time and output.
//!
//! - Comes in: the path of a program, its arguments, its folder, its whole environment.
//! - Goes out: exit code and output, cut at a limit.
//! - Stays true: no shell is involved; the environment is only what the caller gave; no process outlives the call.
//! - Deliberately absent: commands of agents; confined commands come with a later version.

mod program;
mod scratch;
mod typescript;

pub use program::{Program, ProgramOutput, RunProgramError, run};
pub use scratch::Scratch;
pub use typescript::{native_compiler, typescript_finding, typescript_settings};
