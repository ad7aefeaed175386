//! What a review needs of an open project.

use tgp_branches::{BranchName, Branches, CommitId, CommitMessage, Identity};
use tgp_gate::{Action, Call, Gate, from_store};
use tgp_model::{ActionId, Timestamp};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::Library;
use tgp_store::Store;

use crate::background::Background;
use crate::snapshot::SnapshotPlace;

/// The open rooms of a project, lent for one command of a person's.
#[derive(Clone)]
pub struct Review<'a> {
    /// Notes what is done, and knows what was done.
    pub gate: &'a Gate,
    /// The user's repository; none where the project's folder is none, a refusal where it cannot be used.
    pub branches: Result<Option<&'a Branches>, Refusal>,
    /// The tool library.
    pub library: &'a Library,
    /// Snapshots that are just being taken.
    pub background: &'a Background,
    /// This installation, as commits name it.
    pub installation: &'a str,
    /// The person, as the operating system knows them.
    pub person: String,
}

impl<'a> Review<'a> {
    pub(crate) fn store(&self) -> &'a Store {
        self.gate.store()
    }

    pub(crate) fn place(&self) -> &'a SnapshotPlace {
        self.background.place()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.gate.clock().now()
    }

    /// The user's repository, where there has to be one.
    pub(crate) fn repository(&self) -> Result<&'a Branches, Refusal> {
        self.branches.clone()?.ok_or_else(no_repository)
    }

    /// Who wrote a merge: the person, by the name Git knows them under.
    fn identity(&self, branches: &Branches) -> Identity {
        branches.project().person().unwrap_or_else(|| Identity {
            name: self.person.split(" (").next().unwrap_or("somebody").to_owned(),
            email: "somebody@localhost".to_owned(),
        })
    }

    /// What a commit in a person's branch says.
    pub(crate) fn message(
        &self,
        branches: &Branches,
        call: &Call,
        action: &Action<'_>,
        undoes: Vec<ActionId>,
    ) -> CommitMessage {
        CommitMessage {
            subject: action.facts.description.clone(),
            body: String::new(),
            action: action.id,
            session: call.session,
            agent: call.agent.clone(),
            installation: self.installation.to_owned(),
            undoes,
            author: self.identity(branches),
            committer: self.identity(branches),
            when: action.at,
        }
    }

    /// What is remembered of a branch.
    pub(crate) fn remembered(&self, branch: &BranchName) -> Result<Option<tgp_store::BranchRow>, Refusal> {
        self.store().branch(branch.as_str()).map_err(|error| from_store(&error))
    }
}

pub(crate) fn no_repository() -> Refusal {
    let message = "the project's folder is not the top of a Git repository";
    Refusal::new(ErrorCode::RepositoryUnusable, message)
        .with_hint("Branches of agents need one: `git init`, or run tgp in the folder that has `.git`.")
}

/// A commit by the name it was kept under.
pub(crate) fn commit_of(text: &str) -> Result<CommitId, Refusal> {
    text.parse().map_err(|_| Refusal::new(ErrorCode::UndoImpossible, format!("`{text}` is no commit")))
}

/// A branch by the name it was kept under.
pub(crate) fn branch_of(text: &str) -> Result<BranchName, Refusal> {
    text.parse().map_err(|error: tgp_branches::BranchNameProblem| {
        Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string())
    })
}
