//! The `tgp` program.
fn main() {}
