//! Whether refs stand as they did: told from the files that hold them, without reading any.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::SystemTime;

use crate::open::Project;
use crate::refs::gather;

/// What the files of some refs look like. Two that are equal stand for the same refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefsMark(u64);

impl Project {
    /// How the refs below a prefix that ends in `/` look now. It costs one look at each of their files, so that it can
    /// be asked often. Gathered refs count as one: where any of them moved, all may have.
    pub fn refs_mark(&self, prefix: &str) -> RefsMark {
        let mut names = BTreeSet::from(["packed-refs".to_owned()]);
        gather(&self.common_dir, prefix.trim_end_matches('/'), &mut names);
        let mut hasher = DefaultHasher::new();
        for name in names {
            looks(&self.common_dir.join(&name)).hash(&mut hasher);
            name.hash(&mut hasher);
        }
        RefsMark(hasher.finish())
    }
}

/// Length, time and number of a file; none where it is gone. Git writes a ref anew under another number each time.
fn looks(path: &Path) -> Option<(u64, Option<SystemTime>, u64)> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok(), number(&metadata)))
}

#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}
