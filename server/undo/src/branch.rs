//! The part of an undo that lies on agents' branches of the user's repository.

use tgp_branches::undo::{UndoBranchError, UndoPlan};
use tgp_branches::{BlobId, BranchName, CommitId, CommitMessage, Identity};
use tgp_gate::from_store;
use tgp_protocol::client::undo::UndoneFile;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::ActionRow;
use tgp_task::refusal::{from_fault, from_undo_branch};

use crate::gather::Gathered;
use crate::prepare::Author;
use crate::rooms::Rooms;

/// Largest text shown of a file.
const LARGEST: usize = 256 << 10;

/// Whether commits of this branch lie in the user's repository.
pub(crate) fn is_task(branch: &str) -> bool {
    tgp_task::is_task_branch(branch)
}

/// What is to come back on a branch, and how it is shown; none where nothing would.
pub(crate) fn plan(
    rooms: Rooms<'_>,
    branch: &str,
    commits: &[CommitId],
) -> Result<Option<(UndoPlan, Vec<UndoneFile>)>, Refusal> {
    let tasks = tasks(rooms)?;
    let name = name_of(branch)?;
    let plan = match tasks.branches.plan_undo(&name, commits) {
        Ok(plan) => plan,
        Err(UndoBranchError::Nothing) => return Ok(None),
        Err(error) => return Err(refused(branch, &error)),
    };
    let text = |leaf: Option<tgp_branches::diff::Leaf>| -> Result<Option<String>, Refusal> {
        let Some(leaf) = leaf.filter(tgp_branches::diff::Leaf::is_file) else { return Ok(None) };
        let bytes = tasks.branches.blob(BlobId(leaf.id)).map_err(|fault| from_fault(&fault))?;
        Ok(Some(bytes).filter(|bytes| bytes.len() <= LARGEST).and_then(|bytes| String::from_utf8(bytes).ok()))
    };
    let files = plan.changes.iter().map(|change| {
        Ok(UndoneFile {
            path: change.path.to_string(),
            how: if change.after.is_some() { "restored" } else { "deleted" }.to_owned(),
            before: text(change.before)?,
            after: text(change.after)?,
        })
    });
    let files = files.collect::<Result<_, Refusal>>()?;
    Ok(Some((plan, files)))
}

/// What the intent keeps of an undo that is about one branch alone, so that it need not be synced at once; nothing where
/// it cannot say the undo.
pub(crate) fn content(rooms: Rooms<'_>, plan: &UndoPlan) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    tasks(rooms)?.content_of_files(&plan.changes)
}

/// Takes back what commits of a branch did. Synced when it returns, unless the intent kept what it takes to do it again.
pub(crate) fn publish(
    rooms: Rooms<'_>,
    author: &Author,
    gathered: &Gathered,
    (branch, plan, kept): (&str, &UndoPlan, bool),
) -> Result<Option<CommitId>, Refusal> {
    let commits = gathered.commits.get(branch).map_or(&[][..], Vec::as_slice);
    let tasks = tasks(rooms)?;
    let name = name_of(branch)?;
    let who = Identity::agent(&author.agent);
    let message = CommitMessage {
        subject: author.subject.clone(),
        body: String::new(),
        action: author.action,
        session: author.session,
        agent: author.agent.clone(),
        installation: rooms.installation.to_owned(),
        undoes: gathered.actions.iter().map(|row| row.id).collect(),
        author: who.clone(),
        committer: who,
        when: author.at,
    };
    match tasks.branches.undo_planned(&name, plan, commits, &message) {
        Ok(applied) => {
            if kept && !applied.joined && applied.parent == plan.tip {
                tasks.not_synced.add(&name, author.action);
            } else {
                tasks.branches.sync(&name).map_err(|fault| from_fault(&fault))?;
                // Worked out for another state of the branch, it must not be done again.
                let forgotten = if kept { rooms.store().forget_content(&[author.action]) } else { Ok(()) };
                forgotten.map_err(|error| from_store(&error))?;
            }
            Ok(Some(applied.commit))
        }
        Err(UndoBranchError::Nothing) => Ok(None),
        Err(error) => Err(refused(branch, &error)),
    }
}

/// Why what an action left on a branch cannot be looked at, where its branch is gone.
pub(crate) fn gone(rooms: Rooms<'_>, row: &ActionRow) -> Result<Option<String>, Refusal> {
    let Some(branch) = row.branch.as_deref().filter(|branch| is_task(branch)) else { return Ok(None) };
    let there = tasks(rooms)?.branches.project().read_ref(&name_of(branch)?.head_ref());
    let there = there.map_err(|fault| from_fault(&fault))?.is_some();
    Ok((!there).then(|| format!("its branch `{branch}` was merged, discarded or removed")))
}

/// The commit an action left on a branch.
pub(crate) fn landed(rooms: Rooms<'_>, row: &ActionRow, on: &[String]) -> Result<Option<CommitId>, Refusal> {
    let own = row.branch.iter().chain(on);
    for branch in own.filter(|branch| is_task(branch)) {
        let there = ActionRow { branch: Some(branch.clone()), ..row.clone() };
        if let Some(commit) = tasks(rooms)?.landed(&there)? {
            return Ok(Some(commit));
        }
    }
    Ok(None)
}

pub(crate) fn tasks(rooms: Rooms<'_>) -> Result<tgp_task::Rooms<'_>, Refusal> {
    let missing = || {
        let message =
            "the project's folder is no Git repository any more, and what is to be taken back lies there";
        Refusal::new(ErrorCode::RepositoryMissing, message)
    };
    (rooms.tasks)()?.ok_or_else(missing)
}

fn name_of(branch: &str) -> Result<BranchName, Refusal> {
    branch.parse().map_err(|problem| tgp_task::refusal::from_branch_name(&problem))
}

fn refused(branch: &str, error: &UndoBranchError) -> Refusal {
    let refusal = from_undo_branch(error);
    match refusal.code {
        ErrorCode::BranchMissing => {
            let message = format!("nothing was taken back: `{branch}` was merged, discarded or removed");
            Refusal::new(ErrorCode::UndoImpossible, message)
                .with_hint("Undo its merge, or bring it back with `tgp branch restore`.")
        }
        _ => refusal,
    }
}
