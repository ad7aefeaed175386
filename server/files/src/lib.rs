//! The project's plain files: read anywhere below its root, written only in the allowed folders, never outside.
//!
//! - Comes in: paths that are spelled well (`RepoPath`), or as a running tool writes them; bytes.
//! - Goes out: what lies where a path leads, content, listings, files put in place at once; what a write replaces, kept
//!   by its content, and its undo.
//! - Stays true: nothing outside the root and the allowed folders is opened, whatever symlinks say or become; a write
//!   is the old file or the new one, never a third; an undo restores only what still is as the action left it.
//! - Deliberately absent: policy (who may write what), Git, watching.

mod held_files;
mod pre_images;
mod project_files;

pub use held_files::{HeldFiles, MOST_HELD};
pub use pre_images::{PreImageError, PreImages, Pruned, Recording};
pub use project_files::image::{FileChange, Image, ImageKind};
pub use project_files::undo::{FileConflict, FileLanded, Removal, StagedUndo, UndoStep};
pub use project_files::{FileError, FileKind, FilePart, Listing, Looked, Place, ProjectFiles, Staged};
