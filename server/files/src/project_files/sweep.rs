//! What a process that died left beside the files it was about to write.

use std::os::fd::AsFd as _;

use super::ProjectFiles;
use super::image::FileChange;
use super::stage::{clear_leftover, temporary_name};

impl ProjectFiles {
    /// Removes the temporary file of a change that never landed, and the empty folders that were made for it. Whatever
    /// cannot be removed stays: it is no file of anybody's.
    pub fn sweep(&self, change: &FileChange) {
        let Some(place) = self.place_of(change) else { return };
        let Ok(walked) = self.walk_to_write(&place) else { return };
        let (Ok(base), Some(name)) = (self.base(&place), walked.name.as_deref()) else { return };
        if let Ok(folder) = walked.folder(base).as_fd().try_clone_to_owned() {
            let _ = clear_leftover(&folder, &temporary_name(name));
        }
        if walked.stat.is_none() {
            self.remove_empty(place.base, &change.made);
        }
    }
}
