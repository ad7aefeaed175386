//! Changes of files on a branch: judged file by file, noted, then one commit.

use serde_json::json;
use tgp_branches::{BranchName, Change, CommitId, GitPath};
use tgp_gate::preview::{file_diff, plain};
use tgp_gate::{Action, Call, Shown, Wish, fingerprint};
use tgp_model::{ActionType, RepoPath};
use tgp_policy::Target;
use tgp_protocol::client::Refusal;
use tgp_store::UndoPart;

use crate::content::content_of;
use crate::refusal::from_apply;
use crate::rooms::Rooms;
use crate::view::View;

/// What is judged: a capability and the files it is about.
pub(crate) type Judged = (&'static str, Vec<Target>);

/// A change as it is planned.
pub(crate) struct Plan {
    /// What each file needs, in the order of the change.
    pub(crate) judged: Vec<Judged>,
    /// The change itself.
    pub(crate) changes: Vec<Change>,
    /// All files it touches.
    pub(crate) files: Vec<RepoPath>,
    pub(crate) kind: ActionType,
    pub(crate) description: String,
}

/// A change that was made.
pub(crate) struct Changed {
    pub(crate) branch: BranchName,
    pub(crate) commit: CommitId,
    pub(crate) notes: Vec<String>,
}

impl Rooms<'_> {
    /// Judges a change, notes it and makes it. An agent without a task gets one.
    pub(crate) fn change(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        view: View,
        plan: Plan,
    ) -> Result<Changed, Refusal> {
        action.kind = plan.kind;
        action.facts.description.clone_from(&plan.description);
        action.facts.files.clone_from(&plan.files);
        action.facts.used.bytes = plan.changes.iter().map(size).sum();
        self.judge_plan(action, &view, &plan)?;
        let mut notes = Vec::new();
        let (branch, at) = match (view.task, view.at) {
            (Some((_, branch)), Some(at)) => {
                notes.extend(self.moved_by_hand(&branch, at)?);
                (branch, at)
            }
            (_, seen) => {
                let opened = self.open_for(call, &plan.description)?;
                notes.push(format!("a task was opened for it: branch `{}`", opened.branch));
                // HEAD may have moved between the look and the opening: then both are joined.
                (opened.branch, seen.unwrap_or(opened.start))
            }
        };
        action.facts.branch = Some(branch.to_string());
        action.facts.content = content_of(&plan.changes);
        action.note_intent()?;
        let message = self.message(call, action, Vec::new());
        let applied = self.branches.apply(&branch, at, &plan.changes, &message);
        let applied = applied.map_err(|error| from_apply(&error))?;
        self.not_synced.add(&branch, action.id);
        let commit = applied.commit;
        if applied.files.is_empty() {
            notes.push("nothing changed: the files are so already".to_owned());
        } else {
            action.facts.commit = Some(commit.to_string());
            action.facts.undo.push(UndoPart::Commit { branch: branch.to_string(), id: commit.to_string() });
        }
        if applied.joined && !applied.files.is_empty() {
            notes.push("the branch had moved on meanwhile; both changes were joined".to_owned());
        }
        Ok(Changed { branch, commit, notes })
    }

    fn judge_plan(&self, action: &mut Action<'_>, view: &View, plan: &Plan) -> Result<(), Refusal> {
        let contents: Vec<String> = plan.changes.iter().map(spelling).collect();
        let show = || self.shown(view, plan);
        for (capability, targets) in &plan.judged {
            let arguments = json!({ "changes": contents });
            action.judge_wish(&Wish { capability, targets: targets.clone(), arguments, show: &show })?;
        }
        Ok(())
    }

    /// The diff of a planned change, and what its files are now.
    fn shown(&self, view: &View, plan: &Plan) -> Result<Shown, Refusal> {
        let (mut preview, mut before) = (String::new(), String::new());
        for change in &plan.changes {
            let (path, after) = match change {
                Change::Write { path, content, .. } => (path, Some(content.as_slice())),
                Change::Delete { path } => (path, None),
                Change::Move { from, .. } => (from, None),
            };
            let old = match named(path) {
                Some(named) => self.content_before(view.at, &named)?,
                None => None,
            };
            before.push_str(&old.as_deref().map_or_else(|| "absent".to_owned(), fingerprint));
            match change {
                // What comes to stand there is shown as it is for a write: the name alone says nothing of it.
                Change::Move { from, to } => {
                    preview.push_str(&plain(&format!("move {from} -> {to}\n")));
                    match old.as_deref() {
                        Some(content) => preview.push_str(&diff(to, None, Some(content))),
                        None => preview.extend(plan.files.iter().map(|file| plain(&format!("  {file}\n")))),
                    }
                }
                _ => preview.push_str(&diff(path, old.as_deref(), after)),
            }
        }
        Ok(Shown { preview, pre_images: fingerprint(before.as_bytes()) })
    }

    /// What to say where somebody set the branch back behind what was last done on it: those commits are not in it.
    fn moved_by_hand(&self, branch: &BranchName, tip: CommitId) -> Result<Option<String>, Refusal> {
        let last_commit = |limit| {
            let filter = tgp_store::ActionFilter {
                branch: Some(branch.to_string()),
                status: Some(tgp_model::ActionStatus::Executed),
                limit,
                ..tgp_store::ActionFilter::default()
            };
            let rows = self.store().actions(&filter).map_err(|error| tgp_gate::from_store(&error))?;
            Ok::<_, Refusal>(rows.into_iter().find_map(|row| row.commit_id))
        };
        // Nearly always the last action made the last commit.
        let last = last_commit(1)?.map_or_else(|| last_commit(8), |last| Ok(Some(last)))?;
        let Some(last) = last else { return Ok(None) };
        if last == tip.to_string() {
            return Ok(None);
        }
        let log =
            self.branches.log(branch, LOOKED_BACK).map_err(|error| crate::refusal::from_task(&error))?;
        let inside = log.len() >= LOOKED_BACK || log.iter().any(|commit| commit.commit.to_string() == last);
        Ok((!inside).then(|| {
            format!("somebody moved `{branch}` by hand: commit {last} of yours is not in it any more")
        }))
    }
}

/// Commits that are looked through for the last one an action made.
const LOOKED_BACK: usize = 1_000;

/// A file's diff; what is no text is told by its size.
fn diff(path: &GitPath, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let name = path.to_string();
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8(bytes.to_vec())).transpose();
    match (text(before), text(after)) {
        (Ok(before), Ok(Some(after))) => file_diff(&name, before.as_deref(), &after),
        (Ok(Some(before)), Ok(None)) => {
            format!("{}{}", plain(&format!("delete {name}\n")), file_diff(&name, Some(&before), ""))
        }
        _ => {
            let size = |bytes: Option<&[u8]>| {
                bytes.map_or_else(|| "nothing".to_owned(), |b| format!("{} bytes", b.len()))
            };
            plain(&format!("{name}: {} become {} (no text)\n", size(before), size(after)))
        }
    }
}

/// A path of a tree as the policy names it.
pub(crate) fn named(path: &GitPath) -> Option<RepoPath> {
    std::str::from_utf8(path.as_bytes()).ok()?.parse().ok()
}

fn size(change: &Change) -> u64 {
    match change {
        Change::Write { content, .. } => u64::try_from(content.len()).unwrap_or(u64::MAX),
        Change::Delete { .. } | Change::Move { .. } => 0,
    }
}

/// One spelling of a change; contents by their hash.
fn spelling(change: &Change) -> String {
    match change {
        Change::Write { path, content, executable } => {
            format!("write {path} {} {executable:?}", fingerprint(content))
        }
        Change::Delete { path } => format!("delete {path}"),
        Change::Move { from, to } => format!("move {from} -> {to}"),
    }
}
