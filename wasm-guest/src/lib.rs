//! The engine that runs inside the sandbox, and the standard library of tools.
//!
//! - Comes in: C sources (QuickJS-ng and ours, in this folder) and `std/*.ts`, all at build time.
//! - Goes out: one WASM module and the texts of the standard library.
//! - Stays true: the module imports nothing but `tgp.host_input`, `host_call`, `host_reply` and `host_log`; two builds give
//!   the same bytes.
//! - Deliberately absent: WASI, a clock, randomness, files, a network; and anything that runs on the host.

/// The engine: QuickJS-ng and our shim, a reactor without a start function.
pub const ENGINE_WASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.wasm"));

/// SHA-256 of the engine, so that nobody has to compute it at each start.
pub const ENGINE_HASH: &str = env!("TGP_ENGINE_HASH");

macro_rules! standard_library {
    ($($topic:literal),+ $(,)?) => {
        &[
            $((concat!("@tgp/std/", $topic), include_str!(concat!("../std/", $topic, ".ts"))),)+
            ("@tgp/std", include_str!("../std/std.ts")),
        ]
    };
}

/// The standard library of tools: canonical name and TypeScript of each module, dependencies first.
pub const STD_SOURCES: &[(&str, &str)] = standard_library!(
    "assert",
    "csv",
    "dates",
    "durations",
    "group",
    "money",
    "similarity",
    "sql",
    "statistics",
    "table",
);
