//! The engine that runs inside the sandbox, and the standard library of tools.
//!
//! - Comes in: C sources (QuickJS-ng and ours, in this folder) and `std/*.ts`, all at build time.
//! - Goes out: one WASM module and the texts of the standard library.
//! - Stays true: the module imports nothing but `tgp.host_input`, `host_call`, `host_reply` and `host_log`; two builds give
//!   the same bytes.
//! - Deliberately absent: WASI, a clock, randomness, files, a network; and anything that runs on the host.

/// The engine: QuickJS-ng and our shim, a reactor without a start function.
pub const ENGINE_WASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.wasm"));
