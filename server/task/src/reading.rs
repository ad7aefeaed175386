//! Reading and listing files through an agent's branch.

use tgp_branches::ignore::Selection;
use tgp_branches::read::{Found, Part, ReadFileError};
use tgp_branches::{CommitId, GitPath};
use tgp_gate::{Action, Call};
use tgp_model::{AgentName, Decision, RepoPath};
use tgp_policy::{Judge, Request, Target};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::refusal::{from_fault, from_list, from_read_file};
use crate::rooms::Rooms;
use crate::view::View;

impl Rooms<'_> {
    /// The whole content of a file as the caller sees it, after the judge.
    pub fn read(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Vec<u8>, Refusal> {
        action.judge("fs.read", vec![Target::path(path)])?;
        let view = self.view(call)?;
        self.content(&view, path, limit)
    }

    /// The content of a file of a view. A symlink is named and not followed: what it leads to is judged by its own name.
    pub(crate) fn content(&self, view: &View, path: &RepoPath, limit: u64) -> Result<Vec<u8>, Refusal> {
        let Some(at) = view.at else { return Err(self.not_found(path, view)) };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let found = self.branches.read(at, &GitPath::from(path), Part::Bytes { from: 0 }, most);
        let kind = |what: String| Refusal::new(ErrorCode::FileKind, format!("`{path}` is {what}"));
        match found {
            Err(ReadFileError::NotThere { .. }) => Err(self.not_found(path, view)),
            Err(error) => Err(from_read_file(&error)),
            Ok(Found::Folder) => Err(kind("a folder".to_owned())),
            Ok(Found::Submodule { commit }) => Err(kind(format!("a submodule at commit {commit}"))),
            Ok(Found::Symlink { target }) => {
                let target = GitPath::from_tree(&target);
                Err(kind(format!("a symlink to `{target}`"))
                    .with_hint("Read what it leads to by its own path."))
            }
            Ok(Found::File(part)) if part.size > limit => {
                let message = format!("`{path}` has {} bytes; one call takes {limit}", part.size);
                Err(Refusal::new(ErrorCode::FileTooLarge, message))
            }
            Ok(Found::File(part)) => Ok(part.bytes),
        }
    }

    /// What stands at a path before a change: a file's content, nothing, or a refusal where it is something else.
    pub(crate) fn content_before(
        &self,
        at: Option<CommitId>,
        path: &RepoPath,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(at) = at else { return Ok(None) };
        self.branches.content(at, &GitPath::from(path)).map_err(|fault| from_fault(&fault))
    }

    /// Paths of files below a folder as the caller sees them, sorted; the library's are not among them.
    pub fn list(&self, call: &Call, folder: &RepoPath) -> Result<Vec<String>, Refusal> {
        let Some(at) = self.view(call)?.at else { return Ok(Vec::new()) };
        let selection = Selection { folder: GitPath::from(folder), globs: Vec::new(), ignored: true };
        let listing = self.branches.list(at, &selection, 0, usize::MAX).map_err(|error| from_list(&error))?;
        let seen = listing.files.iter().filter_map(|file| self.seen(&file.path));
        Ok(seen.map(|path| path.to_string()).collect())
    }

    /// Whether an agent may read a file without asking.
    pub(crate) fn may_read(judge: &Judge, agent: &AgentName, path: &RepoPath) -> bool {
        let request = Request::new(agent.clone(), "fs.read", vec![Target::path(path)]);
        judge.judge(&request).decision == Decision::Allow
    }
}
