//! `cargo xtask`: set-up, demo, tests, benchmarks and generated documents.
fn main() {}
