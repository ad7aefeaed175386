//! The door, driven by the bytes a client sends and read by the bytes it gets.

mod client;
mod ending;
mod framing;
mod order;
mod protocol;
