//! Taking in what the remote has for branches for review: begun, moved forward, or joined, as the trunk is.

use gix::ObjectId;

use super::branch::BranchName;
use super::join::Join;
use super::push::{BranchPush, PushOutcome, REVIEWED, noted};
use super::refs::{MoveRefError, RefMove};
use super::{Line, Shared};
use crate::fault::LibraryFault;
use crate::message::CommitMessage;

/// What is to become of a branch that is not where the remote's is.
enum Next {
    Nothing,
    MoveTo(ObjectId),
    Conflict(Vec<tgp_model::RepoPath>),
}

impl Shared {
    /// Brings what was fetched into the branches here. Gives those that could not be; none of them keeps the others.
    pub(crate) fn take_in_branches(&self, message: &CommitMessage) -> Result<Vec<BranchPush>, LibraryFault> {
        let mut stuck = Vec::new();
        for (name, theirs) in self.refs_below(REVIEWED)? {
            let Some(branch) = name.strip_prefix(REVIEWED) else { continue };
            let (Ok(branch), Ok(theirs)) = (format!("feat/{branch}").parse::<BranchName>(), theirs) else {
                continue;
            };
            let outcome = match self.take_in_branch(&branch, theirs, message) {
                Ok(None) => continue,
                Ok(Some(outcome)) => outcome,
                Err(fault) => PushOutcome::Blocked(fault.to_string()),
            };
            stuck.push(BranchPush { branch, outcome });
        }
        Ok(stuck)
    }

    fn take_in_branch(
        &self,
        branch: &BranchName,
        theirs: ObjectId,
        message: &CommitMessage,
    ) -> Result<Option<PushOutcome>, LibraryFault> {
        let line = Line::Branch(branch.clone());
        loop {
            let ours = self.head(&line)?;
            let to = match self.next(ours, theirs, message)? {
                Next::Nothing => return Ok(None),
                Next::Conflict(files) => return Ok(Some(PushOutcome::Conflict(files))),
                Next::MoveTo(to) => to,
            };
            let name = self.ref_name(&line);
            let why = "tgp: take in the remote's commits";
            let passage = self.gate.pass()?;
            let moved = self.move_ref(&RefMove { name: &name, from: ours, to, when: message.when, why });
            drop(passage);
            match moved {
                Ok(()) if to == theirs => return self.note_remote(&noted(branch), theirs).map(|()| None),
                Ok(()) => return Ok(None),
                Err(MoveRefError::Moved(_)) => {}
                Err(MoveRefError::Fault(fault)) => return Err(fault),
            }
        }
    }

    fn next(
        &self,
        ours: Option<ObjectId>,
        theirs: ObjectId,
        message: &CommitMessage,
    ) -> Result<Next, LibraryFault> {
        let trunk = self.head(&Line::Trunk)?;
        let held = |commit| trunk.map_or(Ok(false), |trunk| self.holds(trunk, commit));
        let Some(ours) = ours else {
            return Ok(if held(theirs)? { Next::Nothing } else { Next::MoveTo(theirs) });
        };
        let base = self.merge_base(ours, theirs)?;
        if base == Some(theirs) {
            return Ok(Next::Nothing);
        }
        if base == Some(ours) {
            return Ok(Next::MoveTo(theirs));
        }
        match (held(ours)?, held(theirs)?) {
            (true, true) => return Ok(Next::Nothing),
            (true, false) => return Ok(Next::MoveTo(theirs)),
            (false, _) => {}
        }
        let tree = if held(theirs)? {
            // The remote kept what the trunk took in as a commit of its own; nothing of it is new.
            self.objects.commit(ours)?.tree
        } else {
            match self.join(ours, theirs)? {
                Join::Tree(tree) => tree,
                Join::Conflicts(files) => {
                    return Ok(Next::Conflict(files.into_iter().map(|file| file.path).collect()));
                }
            }
        };
        let message =
            CommitMessage { subject: "Join the remote's changes with ours".to_owned(), ..message.clone() };
        Ok(Next::MoveTo(self.write_commit(tree, &[ours, theirs], &message)?))
    }
}
