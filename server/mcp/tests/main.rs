//! The door, driven by the bytes a client sends and read by the bytes it gets.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]

mod client;
mod ending;
mod framing;
mod order;
mod protocol;
mod story;
