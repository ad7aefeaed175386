//! The compiler from outside: sources in, what it says and makes out.

mod arguments;
mod bounds;
mod config;
mod fixture;
mod forms;
mod packages;
mod places;
mod schemas;
mod standards;
