//! Taking actions back: what they left is gathered, prepared as a whole, and put in place in the order of every commit:
//! SQL, then files, then the library's ref. Where something cannot be prepared, nothing is done.

mod gather;
mod prepare;
mod show;

pub(crate) use gather::{Gathered, gather};
pub(crate) use prepare::{PreparedUndo, from_pre_images, part};
pub(crate) use show::{rows, rows_left};
