//! What a tool may ask of its surroundings.

use tgp_protocol::guest::{HostCall, HostReply};

use crate::Budget;

/// Answers the calls of a tool: `tgp.read_file`, `tgp.exec_sql`, `fetch`, ...
pub trait Host {
    /// Does what the tool asks, or refuses. The tool stands still meanwhile, and its CPU time does not count.
    ///
    /// For `ExecTool` this may call `Sandbox::run` again, with the same budget, on this thread. A call that waits
    /// must end when `budget.wall_left()` is over or `budget.cancel()` is set: a thread cannot be ended from outside.
    ///
    /// `Fetch` answers `{status, status_text, url, headers: [[name, value]], body}`, where `body` is a string or
    /// `{"$bytes": base64}`.
    fn call(&mut self, call: HostCall, budget: &Budget) -> HostReply;
}
