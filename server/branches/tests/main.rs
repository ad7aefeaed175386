//! Agent branches in real repositories, made and checked with the plain git program.

#![allow(clippy::disallowed_methods, reason = "tests start git, and themselves, as a person would")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets something unexpected stops there")]
#![allow(clippy::print_stdout, reason = "figures are shown to who asks for them")]

mod agreeing;
mod capturing;
mod changing;
mod merging;
mod opening;
mod packing;
mod patching;
mod protected;
mod random;
mod reading;
mod safety;
mod speed;
mod support;
mod undoing;
