//! Makes a tool's WASM module inside the guest, and runs it under limits.
//!
//! - Comes in: JavaScript modules with canonical names, arguments as JSON, a seed, a clock value, a budget, a host.
//! - Goes out: a small WASM module a tool; of each run the result as JSON or the reason why not, logs and figures.
//! - Stays true: a tool reaches only what the host hands it; every run ends; same seed, same result, same fuel; memory
//!   goes back after the run; foreign source is parsed only inside the guest.
//! - Deliberately absent: WASI, files and network of tools (the host decides), TypeScript, policy.

mod answer;
mod budget;
mod build;
mod cache;
mod clock;
mod guest;
mod host;
mod outcome;
mod pool;
mod prepare;
mod run;
mod sandbox;
mod seats;
mod stack;
mod std_library;
mod ticker;
mod tool_module;

pub use budget::Budget;
pub use build::BuildToolError;
pub use host::Host;
pub use outcome::{Frame, LogLine, RunError, RunOutcome};
pub use pool::{DEEPEST, LARGEST_MEMORY};
pub use prepare::OpenSandboxError;
pub use run::RunInput;
pub use sandbox::{GuestModule, Sandbox};
pub use std_library::StdLibrary;
pub use tgp_model::CancelToken;
pub use tool_module::ToolModule;
