//! The tool library as agents see it: what is committed, and in `pr` mode their pending branches first.

use std::sync::Arc;

use tgp_model::RepoPath;
use tgp_model::config::WriteStrategy;
use tgp_protocol::client::Refusal;
use tgp_repo::{BranchName, CommitId, Library, Line, ReadError};

use crate::refusal::from_read;
use tgp_model::mount::Location;

/// The library and how writes go into it.
pub(crate) struct ToolLibrary {
    pub(crate) library: Library,
    pub(crate) strategy: WriteStrategy,
}

impl ToolLibrary {
    /// Where a write of this file goes.
    pub(crate) fn line(&self, stored: &RepoPath) -> Result<Line, Refusal> {
        match self.strategy {
            WriteStrategy::Direct => Ok(Line::Trunk),
            WriteStrategy::Pr => BranchName::for_tool(stored).map(Line::Branch).map_err(|problem| {
                Refusal::new(tgp_protocol::client::ErrorCode::PathInvalid, problem.to_string())
            }),
        }
    }

    /// The last commit of what runs.
    pub(crate) fn version(&self) -> Option<CommitId> {
        self.library.head().ok().flatten()
    }

    /// The commit a change of this file is made from; none for files of the project.
    pub(crate) fn seen(&self, location: &Location) -> Result<Option<CommitId>, Refusal> {
        let Location::Library(stored) = location else { return Ok(None) };
        let line = self.line(stored)?;
        let head = self.library.head_of(&line).map_err(|error| from_read(&error))?;
        if head.is_some() {
            return Ok(head);
        }
        self.library.head().map_err(|error| from_read(&error))
    }

    /// Committed content of a file of the library.
    pub(crate) fn read(&self, stored: &RepoPath) -> Result<Option<Vec<u8>>, Refusal> {
        self.read_raw(stored).map_err(|error| from_read(&error))
    }

    fn read_raw(&self, stored: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        if self.strategy == WriteStrategy::Pr
            && let Ok(branch) = BranchName::for_tool(stored)
        {
            return self.library.read_branch(&branch, stored);
        }
        self.library.read(stored)
    }

    /// Text of a tool as it runs: from the library's own branch, never from one that waits for review.
    pub(crate) fn reviewed_source(&self, stored: &str) -> Option<Arc<str>> {
        let bytes = self.library.read(&stored.parse().ok()?).ok().flatten()?;
        String::from_utf8(bytes).ok().map(Arc::from)
    }

    /// Text of a tool by its path in the library; none where there is none or it is not text.
    pub(crate) fn source(&self, stored: &str) -> Option<Arc<str>> {
        let path: RepoPath = stored.parse().ok()?;
        let bytes = self.read_raw(&path).ok().flatten()?;
        String::from_utf8(bytes).ok().map(Arc::from)
    }
}
