//! How much one tool run may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of one tool run; a nested run shares what is left of its caller's.
/// Each field has a setting of the same name under `limits` in `tgp.config.ts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Limits {
    /// WASM instructions, roughly; the deterministic bound. Setting `limits.fuel`.
    pub fuel: u64,
    /// Largest linear memory of one guest, in bytes. Setting `limits.memoryBytes`.
    pub memory_bytes: u64,
    /// CPU time of the thread that runs the tool, in milliseconds. Setting `limits.cpuMs`.
    pub cpu_ms: u64,
    /// Time on the wall, in milliseconds, waiting for SQL and network included. Setting `limits.wallMs`.
    pub wall_ms: u64,
    /// Size of the arguments as JSON, in bytes. Setting `limits.argsBytes`.
    pub args_bytes: u64,
    /// Size of the result as JSON, in bytes. Setting `limits.resultBytes`.
    pub result_bytes: u64,
    /// Size of everything the tool logs, in bytes; what is over is cut, with a note. Setting `limits.logBytes`.
    pub log_bytes: u64,
    /// Calls from the tool to the host. Setting `limits.hostCalls`.
    pub host_calls: u32,
    /// Tools running one inside the other through `tgp.exec_tool`. Setting `limits.depth`.
    pub depth: u32,
}

impl Default for Limits {
    /// 64 MiB and 50 ms of CPU, as the seed has it; the others are wide enough for honest tools.
    fn default() -> Self {
        Self {
            fuel: 2_000_000_000,
            memory_bytes: 64 << 20,
            cpu_ms: 50,
            wall_ms: 30_000,
            args_bytes: 1 << 20,
            result_bytes: 1 << 20,
            log_bytes: 64 << 10,
            host_calls: 1_000,
            depth: 8,
        }
    }
}

impl Limits {
    /// CPU time as a duration.
    pub fn cpu(&self) -> Duration {
        Duration::from_millis(self.cpu_ms)
    }

    /// Wall time as a duration.
    pub fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }
}
