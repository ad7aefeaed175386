//! What is held against others: the normative policy cases, and the benchmarks beside peers (`bench/`).
//!
//! - Comes in: the built binary, and the peers that `cargo xtask setup` installed.
//! - Goes out: `docs/benchmarks.md`, written whole; the cases of `policy-cases.yaml` as data.
//! - Stays true: both sides of a ratio are measured in one run, by one harness.
//! - Deliberately absent: product code.
