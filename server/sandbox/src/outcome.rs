//! What is known after a run.

use std::time::Duration;

/// How a run ended and what it used, nested runs included.
#[derive(Debug)]
pub struct RunOutcome {
    /// The result as JSON, with the tags `{"$bigint"}` and `{"$bytes"}`; or why there is none.
    pub result: Result<String, RunError>,
    /// What the tool wrote with `console`, in order.
    pub logs: Vec<LogLine>,
    /// WASM instructions, roughly. The same for the same tool, arguments, seed and clock.
    pub fuel: u64,
    /// CPU time inside guests.
    pub cpu: Duration,
    /// Time on the wall.
    pub wall: Duration,
}

/// One call of `console`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The arguments, joined by spaces.
    pub text: String,
}

/// One level of a stack: a place in the JavaScript that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Name of the function, or `<anonymous>`.
    pub function: String,
    /// Canonical name of the module.
    pub module: String,
    /// Line in the module's code, from 1.
    pub line: u32,
    /// Column in the module's code, from 1.
    pub column: u32,
}

/// Why a run has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "fields are said in the text of each error")]
pub enum RunError {
    /// The tool threw. `code` is there when the error had one, as the host's refusals do.
    #[error("{name}: {message}")]
    Threw { name: String, message: String, frames: Vec<Frame>, code: Option<String> },
    /// Setting `limits.memoryBytes`, shared by the nested runs.
    #[error("out of memory: more than {limit} bytes")]
    Memory { limit: u64 },
    /// Setting `limits.cpuMs`.
    #[error("out of CPU time: more than {} ms", limit.as_millis())]
    CpuTimeout { limit: Duration },
    /// Setting `limits.wallMs`.
    #[error("out of time: more than {} ms", limit.as_millis())]
    WallTimeout { limit: Duration },
    /// Setting `limits.fuel`.
    #[error("out of fuel: more than {limit} instructions")]
    Fuel { limit: u64 },
    /// Setting `limits.resultBytes`. Beyond 16 MiB the size is not counted further.
    #[error("the result has {size} bytes, more than {limit}")]
    ResultTooLarge { size: u64, limit: u64 },
    /// Setting `limits.argsBytes`.
    #[error("the arguments have {size} bytes, more than {limit}")]
    ArgumentsTooLarge { size: u64, limit: u64 },
    /// It is cyclic, a function, nested too deeply, or a getter or `toJSON` threw.
    #[error("the result is not JSON: {message}")]
    ResultInvalid { message: String },
    /// With a limit: tools ran tools too deeply, setting `limits.depth`. Without: functions called functions until the
    /// stack was full, in a way that could not be made a `RangeError` inside the tool.
    #[error("nested too deeply")]
    Depth { limit: Option<u32> },
    /// Setting `limits.hostCalls`.
    #[error("more than {limit} calls to the host")]
    HostCalls { limit: u32 },
    /// The result is a promise, and nothing is left that could settle it.
    #[error("the result is a promise that never settles")]
    Stalled,
    /// The cancel token of the budget was set.
    #[error("cancelled")]
    Cancelled,
    /// A bug of ours.
    #[error("the sandbox broke: {message}")]
    Broken { message: String },
}
