//! The eight standards of code quality, as rules over a parsed tool.
//!
//! - Comes in: a parsed program with its scopes, and the levels the project set.
//! - Goes out: findings with their place, a hint, and where one is possible a suggested edit.
//! - Stays true: every rule carries a bad and a good example, and tests compile both. A rule that counts as an error
//!   by default would rather miss something than accuse good code.
//! - Deliberately absent: parsing, types, files. It is the second half of the compiler and only the compiler uses it.

pub mod export;
pub mod finding;
pub mod literal;
pub mod mentions;
mod place;
pub mod properties;
mod rule;
mod rules;

pub use finding::Finding;
pub use place::Places;
pub use rule::{Rule, Subject, check};
pub use rules::rules;
