//! Exchange with the remote: fetch, join, regenerate the registry, push; again when somebody pushed meanwhile.

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::LeftAlone;
use super::edit::{self, EditError, Step};
use super::init::FIRST_COMMIT;
use super::join::{Join, REGISTRY};
use super::push::{BranchPush, PushOutcome};
use super::refs::{MoveRefError, RefMove};
use super::tree::{Leaf, MODE_FILE, Tree, TreeView};
use super::{Library, Line, Shared};
use crate::fault::LibraryFault;
use crate::id::CommitId;
use crate::message::{CommitMessage, commit_bytes};
use crate::sync_error::SyncError;
use tgp_remote::{Credentials, RemoteError, RemoteUrl};

/// Where the remote's branch is kept after a fetch.
pub(crate) const TRACKING: &str = "refs/tgp/remote";

/// How to exchange.
pub struct SyncRequest<'a> {
    /// What the commits say that join histories or bring the registry up to date.
    pub message: CommitMessage,
    /// How often a race is tried again.
    pub attempts: u32,
    /// Called before each further attempt with its number; the caller pauses there, by its own clock and chance.
    pub pause: &'a dyn Fn(u32),
    /// Whether the trunk is pushed. With the write strategy `pr` only branches for review are.
    pub push_trunk: bool,
}

/// What an exchange did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "four facts, each yes or no by itself")]
pub struct SyncReport {
    /// The trunk's last commit now.
    pub head: Option<CommitId>,
    /// Whether the remote had something new.
    pub pulled: bool,
    /// Whether two histories were joined.
    pub joined: bool,
    /// Whether the trunk was pushed.
    pub pushed: bool,
    /// Whether the trunk has commits that the remote does not have, and is not pushed.
    pub ahead: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// Files of the working tree that were not touched.
    pub left_alone: Vec<LeftAlone>,
    /// Branches for review that had something to push.
    pub branches: Vec<BranchPush>,
}

/// What taking in the remote's commits did to the trunk.
pub(crate) enum Outcome {
    Unchanged,
    /// The library had nothing of its own.
    Adopted(Vec<LeftAlone>),
    Forwarded(Vec<LeftAlone>),
    Joined(Vec<LeftAlone>),
}

/// Derives the registry from a tree.
pub(crate) type Derive<'a> = dyn Fn(&dyn Tree) -> Vec<u8> + 'a;

impl Library {
    /// Brings both sides to the same commit. `meta` derives the registry (`meta.json`) from the joined tree. When this
    /// fails, the trunk is as it was or holds what was joined; nothing is half-written.
    pub fn sync(
        &self,
        meta: &Derive<'_>,
        credentials: &Credentials,
        request: &SyncRequest<'_>,
    ) -> Result<SyncReport, SyncError> {
        let Some(url) = &self.shared.settings.remote else { return Err(SyncError::NoRemote) };
        let mut report = SyncReport::default();
        let result = self.shared.exchange(url, meta, credentials, request, &mut report);
        self.follower.wake(&self.shared);
        result?;
        let limit = self.shared.settings.remote_limit;
        let mut attempts = 0;
        loop {
            attempts += 1;
            report.branches.retain(|push| push.outcome == PushOutcome::Pushed);
            let known = self.shared.take_in_branches(&request.message)?;
            report.branches.append(&mut self.shared.push_branches(url, credentials, limit, known)?);
            let raced = report.branches.iter().any(|push| push.outcome == PushOutcome::Diverged);
            if !raced || attempts >= request.attempts {
                break;
            }
            (request.pause)(attempts);
            self.shared.fetch(url, credentials)?;
        }
        self.follower.wake(&self.shared);
        report.head = self.shared.head(&Line::Trunk)?.map(CommitId);
        Ok(report)
    }
}

impl Shared {
    fn exchange(
        &self,
        url: &RemoteUrl,
        meta: &Derive<'_>,
        credentials: &Credentials,
        request: &SyncRequest<'_>,
        report: &mut SyncReport,
    ) -> Result<(), SyncError> {
        loop {
            report.attempts += 1;
            let theirs = self.fetch(url, credentials)?;
            if let Some(theirs) = theirs {
                let derive = request.push_trunk.then_some(meta);
                match self.take_in(theirs, derive, request)? {
                    Outcome::Unchanged => {}
                    Outcome::Adopted(left) | Outcome::Forwarded(left) => {
                        report.pulled = true;
                        report.left_alone.extend(left);
                    }
                    Outcome::Joined(left) => {
                        (report.pulled, report.joined) = (true, true);
                        report.left_alone.extend(left);
                    }
                }
            }
            if !request.push_trunk {
                report.ahead = self.head(&Line::Trunk)?.is_some_and(|head| Some(head) != theirs);
                return Ok(());
            }
            report.left_alone.extend(self.renew_registry(meta, request)?);
            let Some(head) = self.head(&Line::Trunk)? else { return Ok(()) };
            if Some(head) == theirs {
                return Ok(());
            }
            match self.talk(url, credentials).push(&head.to_string(), &self.settings.branch) {
                Ok(()) => {
                    self.note_remote(TRACKING, head)?;
                    report.pushed = true;
                    return Ok(());
                }
                Err(RemoteError::Race { .. }) if report.attempts < request.attempts.max(1) => {
                    (request.pause)(report.attempts);
                }
                Err(RemoteError::Race { .. }) => {
                    return Err(SyncError::Contended { attempts: report.attempts });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes the trunk hold the remote's commits: by moving forward, or by a commit with both as parents.
    pub(crate) fn take_in(
        &self,
        theirs: ObjectId,
        meta: Option<&Derive<'_>>,
        request: &SyncRequest<'_>,
    ) -> Result<Outcome, SyncError> {
        loop {
            let ours = self.head(&Line::Trunk)?;
            let base = match ours {
                Some(ours) => self.merge_base(ours, theirs)?,
                None => None,
            };
            let (to, outcome): (ObjectId, fn(Vec<LeftAlone>) -> Outcome) = match ours {
                Some(ours) if ours == theirs || base == Some(theirs) => return Ok(Outcome::Unchanged),
                None => (theirs, Outcome::Forwarded),
                Some(ours) if base == Some(ours) => (theirs, Outcome::Forwarded),
                Some(ours) if base.is_none() && self.is_bare_beginning(ours)? => (theirs, Outcome::Adopted),
                Some(ours) => (self.join_commit(ours, theirs, meta, request)?, Outcome::Joined),
            };
            if let Some(left_alone) =
                self.move_trunk(ours, to, &request.message, "take in the remote's commits")?
            {
                return Ok(outcome(left_alone));
            }
        }
    }

    /// Whether a commit is what `init` makes, with nothing of anybody's in it.
    fn is_bare_beginning(&self, commit: ObjectId) -> Result<bool, LibraryFault> {
        let commit = self.objects.commit(commit)?;
        Ok(commit.parents.is_empty() && commit.message == FIRST_COMMIT)
    }

    fn join_commit(
        &self,
        ours: ObjectId,
        theirs: ObjectId,
        meta: Option<&Derive<'_>>,
        request: &SyncRequest<'_>,
    ) -> Result<ObjectId, SyncError> {
        let mut tree = match self.join(ours, theirs)? {
            Join::Tree(tree) => tree,
            Join::Conflicts(files) => return Err(SyncError::Conflict { files }),
        };
        if let Some(meta) = meta {
            tree = self.with_registry(tree, meta)?.0;
        }
        let message = CommitMessage {
            subject: "Join the remote's tools with ours".to_owned(),
            ..request.message.clone()
        };
        Ok(self.write_commit(tree, &[ours, theirs], &message)?)
    }

    pub(crate) fn write_commit(
        &self,
        tree: ObjectId,
        parents: &[ObjectId],
        message: &CommitMessage,
    ) -> Result<ObjectId, LibraryFault> {
        let bytes = commit_bytes(
            tree,
            parents,
            &message.author(),
            &self.settings.committer,
            message.when,
            &message.text(),
        );
        self.objects.write(Kind::Commit, &bytes)
    }

    /// The tree with its registry derived anew, and whether that changed anything.
    fn with_registry(&self, tree: ObjectId, meta: &Derive<'_>) -> Result<(ObjectId, bool), LibraryFault> {
        let view = TreeView { objects: &self.objects, tree };
        let Ok(path) = REGISTRY.parse() else { return Ok((tree, false)) };
        let old = view.leaf(&path)?;
        let id = self.objects.write(Kind::Blob, &meta(&view))?;
        let new = Some(Leaf { mode: MODE_FILE, id });
        if old == new {
            return Ok((tree, false));
        }
        match edit::apply(&self.objects, tree, &[Step { path, old, new }]) {
            Ok(tree) => Ok((tree, true)),
            Err(EditError::Fault(fault)) => Err(fault),
            Err(_) => Err(self.damaged(format!("`{REGISTRY}` is not a file"))),
        }
    }

    fn renew_registry(
        &self,
        meta: &Derive<'_>,
        request: &SyncRequest<'_>,
    ) -> Result<Vec<LeftAlone>, SyncError> {
        loop {
            let Some(head) = self.head(&Line::Trunk)? else { return Ok(Vec::new()) };
            let (tree, changed) = self.with_registry(self.tree_of(head)?, meta)?;
            if !changed {
                return Ok(Vec::new());
            }
            let message = CommitMessage {
                subject: "Bring the registry up to date".to_owned(),
                ..request.message.clone()
            };
            let commit = self.write_commit(tree, &[head], &message)?;
            if let Some(left_alone) = self.move_trunk(Some(head), commit, &message, &message.subject)? {
                return Ok(left_alone);
            }
        }
    }

    /// Moves the trunk and its working tree; none where somebody else moved it first.
    fn move_trunk(
        &self,
        from: Option<ObjectId>,
        to: ObjectId,
        message: &CommitMessage,
        why: &str,
    ) -> Result<Option<Vec<LeftAlone>>, LibraryFault> {
        let old = from.map(|from| self.tree_of(from)).transpose()?;
        let steps = edit::difference(&self.objects, old, Some(self.objects.commit(to)?.tree))?;
        let _passage = self.gate.pass()?;
        let change = RefMove { name: &self.trunk, from, to, when: message.when, why: &format!("tgp: {why}") };
        match self.advance(&change, &steps, &|_| None) {
            Ok((left_alone, _)) => Ok(Some(left_alone)),
            Err(MoveRefError::Moved(_)) => Ok(None),
            Err(MoveRefError::Fault(fault)) => Err(fault),
        }
    }
}
