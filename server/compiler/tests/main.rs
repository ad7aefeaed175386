//! The compiler from outside: sources in, what it says and makes out.

mod bounds;
mod fixture;
mod forms;
mod standards;
