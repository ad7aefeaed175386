//! One file of a commit or a snapshot, for an editor that shows two versions beside each other.

use tgp_branches::{CommitId, GitPath};
use tgp_model::RepoPath;
use tgp_protocol::client::editor::{ContentInput, ContentOutput, Repository};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_undo::refusal::from_read;

use crate::refusal::from_fault;
use crate::review::Review;

/// Largest text that is sent, in bytes; editors cannot do much with a larger one.
const LARGEST_TEXT: usize = 16 << 20;
/// Folders of a snapshot that hold files of the working tree: as they lay there, and as they are committed.
const PARTS: [&str; 2] = ["disk", "clean"];

impl Review<'_> {
    /// What a file of a commit or of a snapshot holds. A file that is not there is an answer, not a refusal.
    pub fn content(&self, input: &ContentInput) -> Result<ContentOutput, Refusal> {
        let bytes = match (&input.commit, &input.snapshot) {
            (Some(commit), None) => self.content_of_commit(commit, input)?,
            (None, Some(snapshot)) => self.content_of_snapshot(snapshot, &input.path)?,
            _ => {
                let message = "either `commit` or `snapshot` has to be named";
                return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
            }
        };
        Ok(bytes.map_or(ContentOutput { missing: true, ..ContentOutput::default() }, shown))
    }

    fn content_of_commit(&self, commit: &str, input: &ContentInput) -> Result<Option<Vec<u8>>, Refusal> {
        let commit: CommitId = commit.parse().map_err(|_| {
            let message = format!("`{commit}` is not the full name of a commit (40 hexadecimal digits)");
            Refusal::new(ErrorCode::ArgumentsInvalid, message)
        })?;
        match input.repository {
            Repository::Project => {
                let path = GitPath::from_tree(input.path.as_bytes());
                self.repository()?.content(commit, &path).map_err(|fault| from_fault(&fault))
            }
            Repository::Library => {
                let path: RepoPath =
                    input.path.parse().map_err(|problem: tgp_model::path::PathProblem| {
                        Refusal::new(ErrorCode::PathInvalid, problem.to_string())
                    })?;
                self.library.read_at(commit, &path).map_err(|error| from_read(&error))
            }
        }
    }

    fn content_of_snapshot(&self, snapshot: &str, path: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let row = self.snapshot_row(snapshot)?;
        let Some((branches, snapshot)) = self.tree_of(&row.id)? else {
            let message = format!("the snapshot `{}` holds no working tree", row.id);
            return Err(Refusal::new(ErrorCode::SnapshotMissing, message));
        };
        for part in PARTS {
            let path = GitPath::from_tree(format!("{part}/{path}").as_bytes());
            let found = branches.content(snapshot.commit, &path).map_err(|fault| from_fault(&fault))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

fn shown(bytes: Vec<u8>) -> ContentOutput {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let binary = bytes.len() > LARGEST_TEXT || tgp_patch::hunks::is_binary(&bytes);
    let text = if binary { None } else { String::from_utf8(bytes).ok() };
    ContentOutput { binary: text.is_none(), text, missing: false, size }
}
