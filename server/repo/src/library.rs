//! The tool library: a Git repository with a working tree, read through its last commit.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tgp_model::RepoPath;

use crate::fault::LibraryFault;
use crate::id::{BlobId, CommitId};
use crate::settings::LibrarySettings;
use branch::BranchName;
pub use tgp_objects::fault::ReadError;
pub(crate) use tgp_objects::objects::hold;
pub use tgp_objects::tree;
pub(crate) use tgp_objects::{edit, objects};
use tree::{Leaf, TreeView};

pub mod branch;
pub(crate) mod checkout;
pub mod commit;
pub mod durability;
pub mod hydrate;
pub(crate) mod index;
pub mod init;
pub mod join;
pub(crate) mod ours;
pub mod pending;
pub mod place;
pub mod push;
pub(crate) mod recover;
pub(crate) mod refs;
pub mod revert;
pub(crate) mod reviews;
pub mod sync;
pub mod told;

/// A library that cannot be opened or begun.
#[derive(Debug, thiserror::Error)]
pub enum OpenLibraryError {
    /// There is no repository.
    #[error("there is no library at `{}`", folder.display())]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The folder, or the repository in it, is somebody's and no library.
    #[error("`{}` is no tool library: it holds `{holds}` and no registry of tools", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// What it holds that a library does not.
        holds: String,
    },
    /// The settings name a branch no repository can have.
    #[error("`{branch}` cannot be the name of the library's branch: {why}")]
    Branch {
        /// The name as it came in.
        branch: String,
        /// What is wrong with it.
        why: String,
    },
    /// The repository keeps its objects or refs in a way we do not read.
    #[error("the library at `{}` uses {what}, which is not supported", folder.display())]
    Unsupported {
        /// Folder of the library.
        folder: PathBuf,
        /// What it uses.
        what: String,
    },
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

/// Which line of history is read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The library's branch: what every agent sees.
    Trunk,
    /// A branch for review, `feat/<tool>`; begun from the trunk where it does not exist yet.
    Branch(BranchName),
}

/// Something left behind by a process that died, put right when the library was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A lock file nobody held any more was removed.
    LockRemoved {
        /// Which one.
        path: PathBuf,
        /// Whether it was not ours but Git's own, older than ten minutes and open in no process.
        foreign: bool,
    },
    /// Temporary files were removed.
    TemporaryFilesRemoved {
        /// How many.
        count: usize,
    },
    /// A commit was published, and its files had not reached the working tree.
    WorkingTreeFinished {
        /// How many files were brought up.
        files: usize,
    },
    /// A branch's ref was unreadable after a power loss, and was set to the last commit known to be whole.
    RefRestored {
        /// The commit it names now.
        commit: CommitId,
    },
    /// The ref of a branch for review was unreadable after a power loss and no commit of it known to be whole; it was
    /// taken away, so that its write is made again.
    RefRemoved {
        /// The ref.
        name: String,
    },
}

pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) git: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) settings: LibrarySettings,
    pub(crate) trunk: String,
    pub(crate) objects: objects::Objects,
    pub(crate) gate: tgp_lock::Gate,
    pub(crate) recent: Mutex<Option<(gix::ObjectId, gix::ObjectId)>>,
    pub(crate) reviews: Mutex<HashMap<BranchName, pending::KnownBranch>>,
    /// Held while commits are made to survive a power loss.
    pub(crate) syncing: Mutex<()>,
    /// Refs that were moved and are not known to be on the disk.
    pub(crate) moved: Mutex<BTreeSet<String>>,
}

/// An open tool library. All methods take `&self` and may be called from several threads.
pub struct Library {
    pub(crate) shared: Arc<Shared>,
    pub(crate) follower: durability::Follower,
    pub(crate) repairs: Vec<Repair>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("folder", &self.shared.folder).finish_non_exhaustive()
    }
}

impl Library {
    /// Folder of the library.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// What opening had to put right.
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// The settings it was opened with.
    pub fn settings(&self) -> &LibrarySettings {
        &self.shared.settings
    }

    /// The last commit of the library's branch; none before the first.
    pub fn head(&self) -> Result<Option<CommitId>, ReadError> {
        Ok(self.shared.head(&Line::Trunk)?.map(CommitId))
    }

    /// The last commit of a line; for a branch that does not exist, none.
    pub fn head_of(&self, line: &Line) -> Result<Option<CommitId>, ReadError> {
        Ok(self.shared.head(line)?.map(CommitId))
    }

    /// Committed content of a file; none where there is none.
    pub fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        self.view(&Line::Trunk)?.map_or(Ok(None), |view| view.content(path))
    }

    /// Content of a file as an agent that works on a branch for review sees it: the branch's where that changes the
    /// file and waits for review, otherwise the trunk's.
    pub fn read_branch(&self, branch: &BranchName, path: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        match self.pending_branch(branch)?.and_then(|pending| pending.blob(path)) {
            Some(blob) => self.content(blob).map(Some),
            None => self.read(path),
        }
    }

    /// Content of a file in one commit, such as the one before a write.
    pub fn read_at(&self, commit: CommitId, path: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        self.view_at(commit)?.content(path)
    }

    /// Name of a file's committed content, without reading it: a key for caches.
    pub fn blob(&self, path: &RepoPath) -> Result<Option<BlobId>, ReadError> {
        let Some(view) = self.view(&Line::Trunk)? else { return Ok(None) };
        Ok(view.leaf(path)?.filter(Leaf::is_file).map(|leaf| BlobId(leaf.id)))
    }

    /// Committed files below a folder at any depth, sorted; empty where there is no such folder.
    pub fn list(&self, folder: &RepoPath) -> Result<Vec<RepoPath>, ReadError> {
        Ok(self.entries(folder)?.into_iter().map(|(path, _)| path).collect())
    }

    /// Committed files below a folder with the names of their contents, sorted by path.
    pub fn entries(&self, folder: &RepoPath) -> Result<Vec<(RepoPath, BlobId)>, ReadError> {
        match self.view(&Line::Trunk)? {
            Some(view) => {
                Ok(view.files(folder)?.into_iter().map(|(path, leaf)| (path, BlobId(leaf.id))).collect())
            }
            None => Ok(Vec::new()),
        }
    }

    /// The last commit of a line as a tree; none before the first.
    pub(crate) fn view(&self, line: &Line) -> Result<Option<TreeView<'_>>, LibraryFault> {
        let Some(head) = self.shared.head(line)? else { return Ok(None) };
        let tree = self.shared.tree_of(head)?;
        Ok(Some(TreeView { objects: &self.shared.objects, tree }))
    }

    /// One commit as a tree, to read several files of one state.
    pub fn view_at(&self, commit: CommitId) -> Result<TreeView<'_>, ReadError> {
        if !self.shared.objects.exists(commit.0) {
            return Err(ReadError::NoCommit { commit });
        }
        let tree = self.shared.objects.commit(commit.0)?.tree;
        Ok(TreeView { objects: &self.shared.objects, tree })
    }
}

impl Shared {
    pub(crate) fn ref_name(&self, line: &Line) -> String {
        match line {
            Line::Trunk => self.trunk.clone(),
            Line::Branch(name) => format!("refs/heads/{name}"),
        }
    }

    pub(crate) fn head(&self, line: &Line) -> Result<Option<gix::ObjectId>, LibraryFault> {
        match line {
            Line::Trunk => self.read_ref(&self.trunk),
            Line::Branch(_) => self.read_ref(&self.ref_name(line)),
        }
    }

    /// The tree of a commit; the last one asked for is remembered, which is nearly always the head.
    pub(crate) fn tree_of(&self, commit: gix::ObjectId) -> Result<gix::ObjectId, LibraryFault> {
        if let Some((known, tree)) = *hold(&self.recent)
            && known == commit
        {
            return Ok(tree);
        }
        let tree = self.objects.commit(commit)?.tree;
        *hold(&self.recent) = Some((commit, tree));
        Ok(tree)
    }

    pub(crate) fn damaged(&self, what: impl Into<String>) -> LibraryFault {
        LibraryFault::Damaged { folder: self.folder.clone(), what: what.into() }
    }
}
