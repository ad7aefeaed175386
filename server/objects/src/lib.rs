//! Git objects of the tool library: commits, trees and contents read and written through gix. A part of `repo`, which
//! alone knows refs, the working tree and remotes.
//!
//! - Comes in: an open repository, names of objects, changes to a tree.
//! - Goes out: contents, parsed trees, new objects that nothing names yet.
//! - Stays true: a crash never leaves a wrong object; names that are no portable path are never followed.
//! - Deliberately absent: refs, locks, the working tree, the network.

pub mod edit;
pub mod fault;
pub mod id;
mod loose;
pub mod objects;
pub mod reader;
mod recent;
pub mod tree;
