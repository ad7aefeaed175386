//! A change as an intent keeps it, so that it can be made again after a power loss.

use serde::{Deserialize, Serialize};
use tgp_branches::diff::Leaf;
use tgp_branches::{BlobId, Change, CommitId, FileChange, GitPath, MODE_EXECUTABLE};
use tgp_protocol::client::Refusal;

use crate::refusal::from_fault;
use crate::rooms::Rooms;

/// Most files of an undo whose content its intent keeps.
const MOST_FILES: usize = 64;
/// Most bytes of them. Syncing the objects costs less than syncing more than that.
const MOST_BYTES: usize = 256 << 10;

/// A change without its content; the number keeps the order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Write { path: String, executable: Option<bool> },
    Delete { path: String },
    Move { from: String, to: String },
}

/// What else is made again after a power loss.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Changes of files.
    Changes(Vec<Change>),
    /// A branch that was opened from a commit.
    Opened(CommitId),
}

/// The name under which the start of a branch is kept.
const OPENED: &str = "opened from";

/// The opening of a branch as an intent keeps it.
pub(crate) fn content_of_opening(start: CommitId) -> Vec<(String, Vec<u8>)> {
    vec![(OPENED.to_owned(), start.to_string().into_bytes())]
}

impl Rooms<'_> {
    /// What changes of files make of a branch, as an intent keeps it; nothing where there is too much of it, or where it
    /// is about more than files.
    pub fn content_of_files(&self, files: &[FileChange]) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let plain = |leaf: &Option<Leaf>| leaf.is_none_or(|leaf| leaf.is_file());
        if files.len() > MOST_FILES || !files.iter().all(|file| plain(&file.before) && plain(&file.after)) {
            return Ok(Vec::new());
        }
        let (mut changes, mut bytes) = (Vec::new(), 0);
        for file in files {
            let path = file.path.clone();
            // A name that may not be written could not be made again.
            if GitPath::to_write(path.as_bytes()).is_err() || std::str::from_utf8(path.as_bytes()).is_err() {
                return Ok(Vec::new());
            }
            let Some(leaf) = file.after else {
                changes.push(Change::Delete { path });
                continue;
            };
            let content = self.branches.blob(BlobId(leaf.id)).map_err(|fault| from_fault(&fault))?;
            bytes += content.len();
            if bytes > MOST_BYTES {
                return Ok(Vec::new());
            }
            changes.push(Change::Write { path, content, executable: Some(leaf.mode == MODE_EXECUTABLE) });
        }
        // What goes makes room for what comes.
        changes.sort_by_key(|change| !matches!(change, Change::Delete { .. }));
        Ok(content_of(&changes))
    }
}

/// What an intent kept, to be made again.
pub(crate) fn again_of(content: Vec<(String, Vec<u8>)>) -> Again {
    let opened = match content.as_slice() {
        [(name, bytes)] if name == OPENED => String::from_utf8_lossy(bytes).parse().ok(),
        _ => None,
    };
    opened.map_or_else(|| Again::Changes(changes_of(content)), Again::Opened)
}

/// Changes as names with contents.
pub(crate) fn content_of(changes: &[Change]) -> Vec<(String, Vec<u8>)> {
    let text = |path: &GitPath| String::from_utf8_lossy(path.as_bytes()).into_owned();
    let keep = |(number, change): (usize, &Change)| {
        let (kept, content) = match change {
            Change::Write { path, content, executable } => {
                (Kept::Write { path: text(path), executable: *executable }, content.clone())
            }
            Change::Delete { path } => (Kept::Delete { path: text(path) }, Vec::new()),
            Change::Move { from, to } => (Kept::Move { from: text(from), to: text(to) }, Vec::new()),
        };
        let kept = serde_json::to_string(&kept).unwrap_or_default();
        (format!("{number:08} {kept}"), content)
    };
    changes.iter().enumerate().map(keep).collect()
}

/// The changes again, in their order; what cannot be read is left out.
fn changes_of(content: Vec<(String, Vec<u8>)>) -> Vec<Change> {
    let path = |text: String| GitPath::to_write(text.as_bytes()).ok();
    let read = |(name, content): (String, Vec<u8>)| {
        let (_, kept) = name.split_once(' ')?;
        Some(match serde_json::from_str(kept).ok()? {
            Kept::Write { path: text, executable } => {
                Change::Write { path: path(text)?, content, executable }
            }
            Kept::Delete { path: text } => Change::Delete { path: path(text)? },
            Kept::Move { from, to } => Change::Move { from: path(from)?, to: path(to)? },
        })
    };
    content.into_iter().filter_map(read).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]
mod tests {
    use super::*;

    #[test]
    fn changes_are_kept_in_their_order_and_come_back_the_same() {
        let path = |text: &str| GitPath::from_tree(text.as_bytes());
        let mut changes: Vec<Change> = (0..12)
            .map(|n| Change::Write {
                path: path(&format!("a {n}.bin")),
                content: vec![0, 255, n],
                executable: None,
            })
            .collect();
        changes.push(Change::Move { from: path("a 1.bin"), to: path("b \"quoted\".bin") });
        changes.push(Change::Delete { path: path("a 2.bin") });
        changes.push(Change::Write { path: path("run.sh"), content: Vec::new(), executable: Some(true) });
        let mut kept = content_of(&changes);
        kept.sort();
        assert_eq!(again_of(kept), Again::Changes(changes));
        let commit: CommitId = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap();
        assert_eq!(again_of(content_of_opening(commit)), Again::Opened(commit));
    }
}
