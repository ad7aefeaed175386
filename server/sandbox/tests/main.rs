//! The sandbox, tested with real guests: what tools can do, what they cannot, and what is left afterwards.

mod caching;
mod determinism;
mod engine;
mod globals;
mod harness;
mod hostile;
mod limits;
mod nesting;
mod results;
mod unharmed;
