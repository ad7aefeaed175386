//! Tasks: opened as a ref, listed, found. Opening writes two refs and, from HEAD, no object.

use std::collections::HashMap;
use std::sync::Mutex;

use gix::ObjectId;
use gix::objs::Kind;
use tgp_git::edit::EditError;
use tgp_git::{
    CommitMessage, LeftOut, MODE_SUBMODULE, MoveRefError, OpenProjectError, Project, ProjectFault,
    ProjectSettings, RefMove, RefsMark,
};
use tgp_model::{AgentName, Timestamp};
use tgp_objects::id::CommitId;
use tgp_objects::objects::hold;

use crate::log::BranchCommit;
use crate::name::BranchName;

/// How many tasks of one name and second are told apart.
const MOST_OF_A_SECOND: u32 = 1000;
/// How many commits' trees are remembered.
const MOST_TREES: usize = 1000;
/// What names of agents' branches begin with.
const HEADS: &str = "refs/heads/agent/";
/// What names of the refs begin with that say where branches began.
const STARTS: &str = "refs/tgp/starts/agent/";

/// Agents' branches of one repository.
#[derive(Debug)]
pub struct Branches {
    pub(crate) project: Project,
    /// Common ancestors that were found.
    pub(crate) bases: Mutex<HashMap<(ObjectId, ObjectId), ObjectId>>,
    /// Trees of commits that were worked on last: one change asks for that of its branch's tip several times.
    pub(crate) trees: Mutex<HashMap<ObjectId, ObjectId>>,
    /// Commits that were looked at last, as the log tells them.
    pub(crate) commits: Mutex<HashMap<CommitId, BranchCommit>>,
}

/// A task that cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenTaskError {
    /// Its name cannot be had.
    #[error("the branch `{branch}` cannot be made: {why}")]
    NameTaken {
        /// The name.
        branch: BranchName,
        /// What stands against it.
        why: String,
    },
    /// The working tree cannot be captured.
    #[error("the uncommitted work cannot be captured: {0}")]
    Capture(String),
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// A branch that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It is not there.
    #[error("there is no branch `{branch}`")]
    NoBranch {
        /// The name.
        branch: BranchName,
    },
    /// A person has it checked out: moving it would change what HEAD means beneath their files.
    #[error("`{branch}` is checked out at `{}`; check out another branch there first", folder.display())]
    CheckedOut {
        /// The name.
        branch: BranchName,
        /// Where.
        folder: std::path::PathBuf,
    },
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// Where a task begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// The project's HEAD; in a repository without commits, nothing.
    Head,
    /// HEAD with the person's uncommitted work.
    Captured {
        /// Files no index knows as well.
        untracked: bool,
        /// Largest file that is taken, in bytes.
        largest: u64,
        /// All that is taken together, in bytes.
        most: u64,
    },
}

/// An agent's branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub branch: BranchName,
    /// Where it began; none where the ref that says so was removed by hand.
    pub start: Option<CommitId>,
    /// Its last commit.
    pub tip: CommitId,
}

/// A task that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The task.
    pub task: Task,
    /// What a capture did not take.
    pub left_out: Vec<LeftOut>,
}

impl Branches {
    /// Opens the repository whose top is `root`.
    pub fn open(root: &std::path::Path, settings: ProjectSettings) -> Result<Self, OpenProjectError> {
        Ok(Self {
            project: Project::open(root, settings)?,
            bases: Mutex::default(),
            trees: Mutex::default(),
            commits: Mutex::default(),
        })
    }

    /// The repository beneath.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The tree of a commit agents work on.
    pub(crate) fn tree_at(&self, commit: CommitId) -> Result<ObjectId, ProjectFault> {
        if let Some(tree) = hold(&self.trees).get(&commit.0) {
            return Ok(*tree);
        }
        let tree = self.project.commit(commit.0)?.tree;
        self.remember_tree(commit.0, tree);
        Ok(tree)
    }

    pub(crate) fn remember_tree(&self, commit: ObjectId, tree: ObjectId) {
        let mut trees = hold(&self.trees);
        if trees.len() >= MOST_TREES {
            trees.clear();
        }
        trees.insert(commit, tree);
    }

    /// Opens a task. `message` is the commit's of a capture, or of the first commit of a repository that has none.
    pub fn open_task(
        &self,
        agent: &AgentName,
        description: &str,
        start: &Start,
        message: &CommitMessage,
        now: Timestamp,
    ) -> Result<Opened, OpenTaskError> {
        let (commit, left_out) = self.start_commit(start, message)?;
        for again in 0..MOST_OF_A_SECOND {
            let branch = BranchName::of_task(agent, description, now, again);
            let (start_ref, head_ref) = (branch.start_ref(), branch.head_ref());
            let new = |name| RefMove { name, from: None, to: Some(commit), log: None };
            // A name that was discarded or merged within the second stays its own.
            match self.project.move_ref(&new(&start_ref)) {
                Ok(()) => {}
                Err(MoveRefError::Moved { .. }) => continue,
                Err(error) => return Err(refused(branch, error)),
            }
            match self.project.move_ref(&new(&head_ref)) {
                Ok(()) => {
                    let task = Task { branch, start: Some(CommitId(commit)), tip: CommitId(commit) };
                    return Ok(Opened { task, left_out });
                }
                Err(error) => {
                    let back = RefMove { name: &start_ref, from: Some(commit), to: None, log: None };
                    // The private ref alone harms nothing; the first error is the one to tell.
                    let _ = self.project.move_ref(&back);
                    if !matches!(error, MoveRefError::Moved { .. }) {
                        return Err(refused(branch, error));
                    }
                }
            }
        }
        let branch = BranchName::of_task(agent, description, now, MOST_OF_A_SECOND);
        Err(OpenTaskError::NameTaken { branch, why: "too many tasks of this name in one second".to_owned() })
    }

    fn start_commit(
        &self,
        start: &Start,
        message: &CommitMessage,
    ) -> Result<(ObjectId, Vec<LeftOut>), OpenTaskError> {
        let head = self.project.head()?.commit();
        let (tree, left_out) = match (start, head) {
            (Start::Head, Some(head)) => {
                // A branch from a commit that is not there would be one nobody can read.
                self.project.tree(self.project.commit(head)?.tree)?;
                return Ok((head, Vec::new()));
            }
            (Start::Head, None) => (self.project.write_tree(Vec::new())?, Vec::new()),
            (Start::Captured { untracked, largest, most }, _) => {
                let captured =
                    self.project.capture(*untracked, *largest, *most).map_err(|error| match error {
                        EditError::Fault(fault) => OpenTaskError::Fault(fault),
                        other => OpenTaskError::Capture(other.to_string()),
                    })?;
                if let Some(head) = head
                    && self.project.tree_of(Some(head))? == captured.tree
                {
                    return Ok((head, captured.left_out));
                }
                (captured.tree, captured.left_out)
            }
        };
        let parents: Vec<ObjectId> = head.into_iter().collect();
        let commit = self.project.write(Kind::Commit, &message.commit_bytes(tree, &parents))?;
        Ok((commit, left_out))
    }

    /// Opens a task again that a power loss took, under its name and from its commit. One that is there stays as it is.
    pub fn open_again(&self, branch: &BranchName, start: CommitId) -> Result<(), OpenTaskError> {
        self.project.commit(start.0)?;
        for name in [branch.start_ref(), branch.head_ref()] {
            let change = RefMove { name: &name, from: None, to: Some(start.0), log: None };
            match self.project.move_ref(&change) {
                Ok(()) | Err(MoveRefError::Moved { .. }) => {}
                Err(error) => return Err(refused(branch.clone(), error)),
            }
        }
        Ok(())
    }

    /// All agents' branches, sorted by name. Refs below `agent/` that are not named like a task are left out.
    pub fn tasks(&self) -> Result<Vec<Task>, ProjectFault> {
        let starts: HashMap<String, ObjectId> = self.project.refs_below(STARTS)?.into_iter().collect();
        let mut tasks = Vec::new();
        for (name, tip) in self.project.refs_below(HEADS)? {
            if let Ok(branch) = name.parse::<BranchName>() {
                let start = starts.get(&branch.start_ref()).copied().map(CommitId);
                tasks.push(Task { branch, start, tip: CommitId(tip) });
            }
        }
        Ok(tasks)
    }

    /// How the refs of agents' branches look now. Another mark than before says that somebody moved one, also by plain git.
    pub fn mark(&self) -> RefsMark {
        self.project.refs_mark(HEADS)
    }

    /// Why a branch cannot be worked on: its last commit, the one it began at, or something it changed since is missing or
    /// damaged; none where all of that is there. What it did not change is the person's, and `git fsck` looks at it.
    pub fn damage(&self, task: &Task) -> Option<ProjectFault> {
        self.look_through(task).err()
    }

    fn look_through(&self, task: &Task) -> Result<(), ProjectFault> {
        let start = self.project.tree_of(task.start.map(|start| start.0))?;
        let tip = self.project.tree_of(Some(task.tip.0))?;
        self.project.tree(start)?;
        self.project.tree(tip)?;
        for step in self.project.difference(start, tip)? {
            let file = step.new.filter(|leaf| leaf.mode != MODE_SUBMODULE);
            if let Some(leaf) = file.filter(|leaf| !self.project.objects().exists(leaf.id)) {
                return Err(self.project.missing(leaf.id));
            }
        }
        Ok(())
    }

    /// One branch.
    pub fn task(&self, branch: &BranchName) -> Result<Task, TaskError> {
        let tip = self.tip(branch)?;
        let start = self.project.read_ref(&branch.start_ref())?.map(CommitId);
        Ok(Task { branch: branch.clone(), start, tip })
    }

    /// A branch's last commit.
    pub fn tip(&self, branch: &BranchName) -> Result<CommitId, TaskError> {
        let found = self.project.read_ref(&branch.head_ref())?;
        found.map(CommitId).ok_or_else(|| TaskError::NoBranch { branch: branch.clone() })
    }

    /// Refuses where a person has the branch checked out, or comes back to it after a rebase.
    pub(crate) fn check_not_checked_out(&self, branch: &BranchName) -> Result<(), TaskError> {
        match self.project.checkouts(&branch.head_ref()).into_iter().next() {
            None => Ok(()),
            Some(checkout) => Err(TaskError::CheckedOut {
                branch: branch.clone(),
                folder: checkout.work_dir.unwrap_or(checkout.git_dir),
            }),
        }
    }
}

fn refused(branch: BranchName, error: MoveRefError) -> OpenTaskError {
    match error {
        MoveRefError::Fault(fault) => OpenTaskError::Fault(fault),
        MoveRefError::Taken { why, .. } => OpenTaskError::NameTaken { branch, why },
        MoveRefError::Moved { .. } => OpenTaskError::NameTaken { branch, why: "it exists".to_owned() },
    }
}
