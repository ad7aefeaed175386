//! What work on a branch needs of an open project.

use tgp_branches::{Branches, CommitMessage, Identity};
use tgp_gate::{Action, Call, Gate};
use tgp_model::mount::Mount;
use tgp_model::{ActionId, RepoPath};
use tgp_store::Store;

use crate::durable::NotSynced;

/// The open rooms of a project, lent for one call.
#[derive(Clone, Copy)]
pub struct Rooms<'a> {
    /// Judges, notes, and knows what was done.
    pub gate: &'a Gate,
    /// Agents' branches of the user's repository.
    pub branches: &'a Branches,
    /// The library's name for agents.
    pub mount: &'a Mount,
    /// The library's folder: no branch carries it.
    pub library_folder: &'a RepoPath,
    /// This installation, as commits name it.
    pub installation: &'a str,
    /// Writes whose commits are not synced yet.
    pub not_synced: &'a NotSynced,
    /// Keeps how things are when a task begins.
    pub keeper: &'a dyn KeepStart,
}

/// Keeps how things are when a task begins, while nobody waits.
pub trait KeepStart: Send + Sync {
    /// A task was opened by an action.
    fn task_opened(&self, gate: &Gate, branches: &Branches, call: &Call, action: ActionId, task: &str);
}

impl<'a> Rooms<'a> {
    /// What tgp remembers.
    pub fn store(&self) -> &'a Store {
        self.gate.store()
    }

    /// What the commit of an action says; an agent is its author and committer.
    pub fn message(&self, call: &Call, action: &Action<'_>, undoes: Vec<ActionId>) -> CommitMessage {
        CommitMessage {
            subject: action.facts.description.clone(),
            body: String::new(),
            action: action.id,
            session: call.session,
            agent: call.agent.clone(),
            installation: self.installation.to_owned(),
            undoes,
            author: Identity::agent(&call.agent),
            committer: Identity::agent(&call.agent),
            when: action.at,
        }
    }
}
