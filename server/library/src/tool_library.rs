//! The tool library as agents see it: what is committed, and in `pr` mode their pending branches first.

use std::collections::BTreeMap;
use std::sync::Arc;

use tgp_model::config::WriteStrategy;
use tgp_model::{AgentName, RepoPath};
use tgp_protocol::client::Refusal;
use tgp_repo::{BlobId, CommitId, Library, Line, PendingBranch, ReadError};

use tgp_model::mount::Location;
use tgp_undo::refusal::from_read;

/// The library and how writes go into it.
pub struct ToolLibrary {
    /// The library itself.
    pub library: Library,
    /// How writes go into it.
    pub strategy: WriteStrategy,
    /// What the commits of this machine's tgp carry.
    pub installation: String,
}

impl ToolLibrary {
    /// Where a write of this file goes.
    pub fn line(&self, stored: &RepoPath) -> Result<Line, Refusal> {
        match self.strategy {
            WriteStrategy::Direct => Ok(Line::Trunk),
            WriteStrategy::Pr => {
                self.library.branch_of(stored).map(Line::Branch).map_err(|error| from_read(&error))
            }
        }
    }

    /// The last commit of the library's own branch.
    pub fn head(&self) -> Result<Option<CommitId>, Refusal> {
        self.library.head().map_err(|error| from_read(&error))
    }

    /// A name for everything that runs; none in `pr` mode, where that also depends on the branches and the agent.
    pub fn version(&self) -> Option<CommitId> {
        match self.strategy {
            WriteStrategy::Direct => self.library.head().ok().flatten(),
            WriteStrategy::Pr => None,
        }
    }

    /// The commit a change of this file is made from; none for files of the project.
    pub fn seen(&self, location: &Location) -> Result<Option<CommitId>, Refusal> {
        let Location::Library(stored) = location else { return Ok(None) };
        // Where nothing waits for review, what is read is the library's own branch, even if an old branch is left.
        let head = match (self.line(stored)?, self.review_of(stored)) {
            (Line::Branch(_), Some(pending)) => return Ok(Some(pending.head)),
            _ => self.library.head(),
        };
        head.map_err(|error| from_read(&error))
    }

    /// Committed content of a file of the library.
    pub fn read(&self, stored: &RepoPath) -> Result<Option<Vec<u8>>, Refusal> {
        self.read_raw(stored).map_err(|error| from_read(&error))
    }

    fn read_raw(&self, stored: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        match self.pending(stored)? {
            Some((_, blob)) => self.library.content(blob).map(Some),
            None => self.library.read(stored),
        }
    }

    /// The change of this file that waits for review.
    fn pending(&self, stored: &RepoPath) -> Result<Option<(Arc<PendingBranch>, BlobId)>, ReadError> {
        if self.strategy != WriteStrategy::Pr {
            return Ok(None);
        }
        let pending = self.library.pending_file(stored)?;
        Ok(pending.and_then(|pending| pending.blob(stored).map(|blob| (pending, blob))))
    }

    /// The branch a file waits for review on, if it does.
    pub fn review_of(&self, stored: &RepoPath) -> Option<Arc<PendingBranch>> {
        self.pending(stored).ok().flatten().map(|(pending, _)| pending)
    }

    /// Whether this agent, here, wrote what a branch has for a file. What another installation's agent of the same
    /// name wrote was fetched, and waits for its review like any other agent's.
    pub fn wrote(&self, agent: &AgentName, branch: &PendingBranch, stored: &RepoPath) -> bool {
        let author = branch.file(stored).and_then(|file| file.author.as_ref());
        author.is_some_and(|author| {
            author.agent == *agent && author.installation.as_deref() == Some(self.installation.as_str())
        })
    }

    /// All files that wait for review, with their branches.
    pub fn in_review(&self) -> Result<BTreeMap<RepoPath, (Arc<PendingBranch>, BlobId)>, Refusal> {
        if self.strategy == WriteStrategy::Direct {
            return Ok(BTreeMap::new());
        }
        let branches = self.library.pending_branches().map_err(|error| from_read(&error))?;
        let files = |branch: &Arc<PendingBranch>| {
            let files = branch.files.iter();
            files.map(|file| (file.path.clone(), (Arc::clone(branch), file.blob))).collect::<Vec<_>>()
        };
        Ok(branches.iter().flat_map(files).collect())
    }

    /// Text of a tool as it runs for `agent`: the change this agent wrote itself, also before its review; otherwise
    /// what the library's own branch holds. See decision 0012.
    pub fn source_for(&self, agent: &AgentName, stored: &str) -> Option<Arc<str>> {
        let path: RepoPath = stored.parse().ok()?;
        let own = self.pending(&path).ok()?.filter(|(branch, _)| self.wrote(agent, branch, &path));
        let bytes = match own {
            Some((_, blob)) => self.library.content(blob).ok(),
            None => self.library.read(&path).ok().flatten(),
        };
        String::from_utf8(bytes?).ok().map(Arc::from)
    }

    /// Text of a tool by its path in the library, changes that wait for review first, whoever wrote them; none where
    /// there is none or it is not text.
    pub fn source(&self, stored: &str) -> Option<Arc<str>> {
        let path: RepoPath = stored.parse().ok()?;
        let bytes = self.read_raw(&path).ok().flatten()?;
        String::from_utf8(bytes).ok().map(Arc::from)
    }
}
