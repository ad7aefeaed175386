//! Undo of what a review did, and undo of that undo: each step in reverse, as an action of its own.

use std::collections::BTreeMap;

use tgp_branches::CommitId;
use tgp_branches::integrate::Integration;
use tgp_gate::{Action, Call, from_store};
use tgp_model::{ActionId, ActionType, UndoPart};
use tgp_protocol::client::undo::{UndoOutput, UndoneAction, UndoneFile};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_snapshots::create::Limits;
use tgp_snapshots::{Difference, Shelf};
use tgp_store::ActionRow;

use crate::refusal::{from_backup, from_create, from_fault, from_follow, from_integrate, from_publish};
use crate::restore::{Wanted, kept};
use crate::review::{Review, commit_of};
use crate::snapshot::Trigger;
use crate::step::Step;

/// Largest text shown of a file that comes back, in bytes.
const LARGEST_SHOWN: usize = 256 << 10;

/// How the descriptions of undos begin, and of what makes again what they took back.
const BACK: &str = "Took back: ";
const AGAIN: &str = "Made again: ";

/// The way back, prepared.
#[derive(Default)]
struct Back {
    /// A person's branch without what was brought in.
    revert: Option<Integration>,
    restore: Option<Wanted>,
    steps: Vec<Step>,
}

impl Review<'_> {
    /// Whether an action was a review's, or lies in a branch that was merged, so that a review takes it back.
    pub fn did(&self, row: &ActionRow) -> Result<bool, Refusal> {
        let parts = self.store().undo_data(row.id).map_err(|error| from_store(&error))?;
        let is_review = parts.iter().any(|part| matches!(part, UndoPart::Review { .. }));
        Ok(is_review || self.merged(row)?.is_some() || self.brought(row)?.is_some())
    }

    /// Takes one action of a review back.
    pub fn undo(&self, call: &Call, row: &ActionRow, dry_run: bool) -> Result<UndoOutput, Refusal> {
        tgp_undo::may_be_taken_back(row)?;
        if dry_run {
            let back = self.way_back(row)?;
            return self.back_output(row, &back);
        }
        let mut action =
            Action::begin_in_turn(self.gate, call, ActionType::Undo, taken_back(&row.description));
        let (line, mut held) = (tgp_undo::Line::of(self.gate), None);
        let result = action.carry_out(&mut |action| {
            action.judge("action.undo_other", Vec::new())?;
            held = Some(line.wait()?);
            self.undo_as(call, action, row.id)
        });
        let ended = action.end(result);
        drop(held);
        ended
    }

    fn undo_as(&self, call: &Call, action: &mut Action<'_>, id: ActionId) -> Result<UndoOutput, Refusal> {
        // Another process may have taken it back while this one waited.
        let row = self.store().action(id).map_err(|error| from_store(&error))?;
        let row = &row
            .ok_or_else(|| Refusal::new(ErrorCode::ArgumentsInvalid, format!("there is no action `{id}`")))?;
        tgp_undo::may_be_taken_back(row)?;
        let back = self.way_back(row)?;
        let mut output = self.back_output(row, &back)?;
        output.dry_run = false;
        output.action = Some(action.id.to_string());
        action.facts.branch.clone_from(&row.branch);
        action.facts.undo_of = vec![row.id];
        action.facts.restored = self.restored(row)?;
        action.facts.files = output.files.iter().filter_map(|file| file.path.parse().ok()).collect();
        output.commit = self.go_back(call, action, row, &back)?;
        Ok(output)
    }

    fn way_back(&self, row: &ActionRow) -> Result<Back, Refusal> {
        let parts = self.store().undo_data(row.id).map_err(|error| from_store(&error))?;
        let mut back = Back::default();
        let steps = Step::all_of(&parts)?;
        if steps.is_empty()
            && let Some(merged) = self.merged(row)?
        {
            back.revert = Some(self.revert(merged.commit, &merged.target)?);
            return Ok(back);
        }
        if steps.is_empty()
            && let Some(merge) = self.brought(row)?
        {
            return Err(stays_merged(row, &merge));
        }
        for step in steps.into_iter().rev() {
            match step {
                Step::Move { target, to, .. } => {
                    back.revert = Some(self.revert(commit_of(&to)?, &target)?);
                }
                Step::PutAway { branch, tip, why, status, .. } => {
                    back.steps.push(Step::TakeBack { branch, tip, why, status });
                }
                Step::TakeBack { branch, why, status, .. } => {
                    // It may have gone on since: what is put away is what it is now.
                    let tip = self.find_there(&branch)?.tip.to_string();
                    back.steps.push(Step::PutAway { branch, tip, why, status, commit: None });
                }
                Step::Status { branch, from, to, note_before, note } => back.steps.push(Step::Status {
                    branch,
                    from: to,
                    to: from,
                    note_before: note,
                    note: note_before,
                }),
                Step::Forget { .. } => {
                    return Err(Refusal::new(ErrorCode::UndoImpossible, crate::forget::GONE));
                }
                Step::Restore { snapshot, before, tree, database, .. } => {
                    back.restore = Some(self.unrestore(&snapshot, before, tree, database)?);
                }
            }
        }
        Ok(back)
    }

    fn revert(&self, commit: CommitId, target: &str) -> Result<Integration, Refusal> {
        let branches = self.repository()?;
        let revert = branches.prepare_revert(commit, target);
        revert.map_err(|error| undone(from_integrate(branches, &error)))
    }

    /// The restore of what was there before another one; refused where somebody changed it since.
    fn unrestore(
        &self,
        snapshot: &str,
        before: String,
        tree: bool,
        database: bool,
    ) -> Result<Wanted, Refusal> {
        let mut wanted = Wanted { snapshot: before.clone(), tree, database, ..Wanted::default() };
        if database
            && let Some(live) = self.place().database()
            && !tgp_backup::same(&self.place().copy_of(snapshot), live)
                .map_err(|error| from_backup(&error))?
        {
            let message = "nothing was taken back: the database was changed since it was restored";
            return Err(Refusal::new(ErrorCode::UndoConflict, message).with_hint(format!(
                "`tgp snapshot restore {before} --only database` puts the one from before back all the same."
            )));
        }
        if !tree {
            return Ok(wanted);
        }
        let (branches, then) = self.there(snapshot)?;
        let (_, earlier) = self.there(&before)?;
        let snapshots = Shelf::new(branches.project());
        let head = branches.project().head().map_err(|fault| from_fault(&fault))?;
        let head = head.commit().map(|commit| commit.to_string());
        if head != then.about.commit {
            let message = "nothing was taken back: HEAD moved since the snapshot was restored";
            return Err(Refusal::new(ErrorCode::UndoConflict, message)
                .with_hint("`git reset` to where the restore left it, or take back what was done since."));
        }
        let did = snapshots.diff(&earlier, &then).map_err(|fault| from_fault(&fault))?;
        let since = snapshots.diff_now(&then, Limits::default()).map_err(|error| from_create(&error))?;
        let since: BTreeMap<String, &Difference> =
            since.iter().map(|difference| (difference.path.to_string(), difference)).collect();
        let mut changed = Vec::new();
        for difference in &did {
            let path = difference.path.to_string();
            match since.get(&path) {
                // The restore left it alone, or somebody put back what was there.
                Some(now) if now.after == difference.before => continue,
                Some(_) => changed.push(path.clone()),
                None => {}
            }
            if let (None, Some(made)) = (difference.before, difference.after) {
                wanted.remove.push((kept(&difference.path), made.id.to_string()));
            }
        }
        if !changed.is_empty() {
            let list = changed.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
            let files: Vec<_> = changed
                .iter()
                .map(|path| serde_json::json!({ "path": path, "why": "was changed since" }))
                .collect();
            let message = format!("nothing was taken back: {list} changed since the snapshot was restored");
            return Err(Refusal::new(ErrorCode::UndoConflict, message)
                .with_details(serde_json::json!({ "files": files })));
        }
        let earlier_empty = &earlier.about.empty_folders;
        let made = then.about.empty_folders.iter().filter(|folder| !earlier_empty.contains(folder));
        wanted.folders = made.map(kept).collect();
        wanted.only = Some(did.iter().map(|difference| kept(&difference.path)).collect());
        Ok(wanted)
    }

    fn go_back(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        row: &ActionRow,
        back: &Back,
    ) -> Result<Option<String>, Refusal> {
        if let Some(wanted) = &back.restore {
            self.restore(call, action, wanted)?;
            return Ok(None);
        }
        let Some(revert) = &back.revert else {
            for step in &back.steps {
                action.facts.undo.push(step.part()?);
            }
            action.note_intent()?;
            back.steps.iter().try_for_each(|step| self.carry_on(step))?;
            return Ok(None);
        };
        let branches = self.repository()?;
        let message = self.message(branches, call, action, vec![row.id]);
        let commit = branches.integration_commit(revert, &message).map_err(|fault| from_fault(&fault))?;
        for checkout in &revert.checkouts {
            branches.check_follow(checkout, revert.from, commit).map_err(|error| from_follow(&error))?;
        }
        let snapshot = self.snapshot_before(call, action, Trigger::BeforeMerge)?;
        action.facts.details["snapshot"] = serde_json::json!(snapshot);
        let moved = Step::Move {
            target: revert.target.clone(),
            from: revert.from.map(|from| from.to_string()),
            to: commit.to_string(),
        };
        for step in std::iter::once(&moved).chain(&back.steps) {
            action.facts.undo.push(step.part()?);
        }
        action.facts.commit = Some(commit.to_string());
        action.note_intent()?;
        let published = branches.publish(revert, &message, self.now());
        let _published = published.map_err(|error| from_publish(&error))?;
        back.steps.iter().try_for_each(|step| self.carry_on(step))?;
        branches.sync_refs(&[revert.target.as_str()]).map_err(|fault| from_fault(&fault))?;
        Ok(Some(commit.to_string()))
    }

    fn back_output(&self, row: &ActionRow, back: &Back) -> Result<UndoOutput, Refusal> {
        let mut files = Vec::new();
        if let Some(revert) = &back.revert {
            let branches = self.repository()?;
            let text = |leaf: Option<tgp_git::Leaf>| {
                let bytes = branches.project().blob(leaf.filter(tgp_git::Leaf::is_file)?.id).ok()?;
                String::from_utf8(bytes).ok().filter(|text| text.len() <= LARGEST_SHOWN)
            };
            files.extend(revert.files.iter().map(|file| UndoneFile {
                path: file.path.to_string(),
                how: if file.after.is_some() { "restored" } else { "deleted" }.to_owned(),
                before: text(file.before),
                after: text(file.after),
            }));
        }
        if let Some(wanted) = back.restore.as_ref().filter(|wanted| wanted.tree) {
            let plan = self.plan(wanted)?;
            let named = |path: &tgp_snapshots::GitPath, how: &str| UndoneFile {
                path: path.to_string(),
                how: how.to_owned(),
                before: None,
                after: None,
            };
            files.extend(plan.writes.iter().map(|path| named(path, "restored")));
            files.extend(plan.removes.iter().map(|path| named(path, "deleted")));
        }
        Ok(UndoOutput {
            again: taken_back(&row.description).starts_with(AGAIN),
            action: None,
            dry_run: true,
            undone: vec![UndoneAction { action: row.id.to_string(), description: row.description.clone() }],
            left: Vec::new(),
            compensated: Vec::new(),
            files,
            rows: Vec::new(),
            rows_restored: 0,
            rows_left: Vec::new(),
            commit: None,
        })
    }

    /// What counts again where an undo is taken back.
    pub(crate) fn restored(&self, row: &ActionRow) -> Result<Vec<ActionId>, Refusal> {
        let mut restored = Vec::new();
        for id in &row.undo_of {
            let known = self.store().action(*id).map_err(|error| from_store(&error))?;
            if known.is_some_and(|known| known.undone_by == Some(row.id)) {
                restored.push(*id);
            }
        }
        Ok(restored)
    }
}

/// In words; what is taken back and made again in turns does not grow longer.
fn taken_back(description: &str) -> String {
    match (description.strip_prefix(BACK), description.strip_prefix(AGAIN)) {
        (Some(rest), _) => format!("{AGAIN}{rest}"),
        (_, Some(rest)) => format!("{BACK}{rest}"),
        _ => format!("{BACK}{description}"),
    }
}

/// An action that a person brought into a branch of theirs, out of one that is still open.
fn stays_merged(row: &ActionRow, merge: &ActionRow) -> Refusal {
    let into = merge.details.get("into").and_then(serde_json::Value::as_str).unwrap_or("a person's branch");
    let message = format!(
        "nothing was taken back: {} ({}) is in `{into}` as well, where {} brought it",
        row.id, row.description, merge.id
    );
    Refusal::new(ErrorCode::UndoImpossible, message).with_hint(format!(
        "`tgp undo {}` takes it out of `{into}`; `tgp undo {}` then takes it back on the agent's branch.",
        merge.id, row.id
    ))
}

/// A conflict, as an undo names it.
fn undone(refusal: Refusal) -> Refusal {
    match refusal.code {
        ErrorCode::BranchConflict => {
            let message = refusal.message.replacen("nothing was changed", "nothing was taken back", 1);
            let told = Refusal::new(ErrorCode::UndoConflict, message);
            Refusal { details: refusal.details, ..told }
        }
        ErrorCode::MergeNothing => {
            Refusal::new(ErrorCode::UndoImpossible, "nothing of it is left to take back")
        }
        _ => refusal,
    }
}
