//! The index as it was read last: one merge looks at it several times, and reading it costs most in a large repository.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tgp_objects::objects::hold;

use crate::fault::ProjectFault;
use crate::open::Project;
use crate::scan::open_index;

/// A larger one is not kept: about 30 MB.
const MOST_ENTRIES: usize = 200_000;

/// What tells one state of a file from another. Git never changes an index in its place: it is another file each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

#[cfg(unix)]
fn stamp(path: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let about = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some(Stamp {
        file: (about.dev(), about.ino()),
        size: about.size(),
        changed: (about.ctime(), about.ctime_nsec()),
        modified: (about.mtime(), about.mtime_nsec()),
    })
}

/// Where files have no numbers the index is read each time.
#[cfg(not(unix))]
fn stamp(_path: &Path) -> Option<Stamp> {
    None
}

/// The last one that was read.
#[derive(Default)]
pub(crate) struct IndexAtHand(Mutex<Option<(Stamp, Arc<gix::index::File>)>>);

impl Project {
    /// The index as it is now; an empty one where there is none yet.
    pub(crate) fn index_at_hand(
        &self,
        handle: &gix::Repository,
    ) -> Result<Arc<gix::index::File>, ProjectFault> {
        let path = handle.index_path();
        let before = stamp(&path);
        if let Some((known, index)) = hold(&self.index.0).as_ref()
            && before == Some(*known)
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(open_index(handle)?);
        // One that was put in place while it was read belongs to neither stamp.
        let kept = before.filter(|_| stamp(&path) == before && index.entries().len() <= MOST_ENTRIES);
        *hold(&self.index.0) = kept.map(|stamp| (stamp, Arc::clone(&index)));
        Ok(index)
    }
}
