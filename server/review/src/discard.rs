//! `tgp branch discard`, `restore` and `reopen`.

use tgp_branches::discard::Done;
use tgp_gate::{Action, Call};
use tgp_model::{ActionType, BranchStatus};
use tgp_policy::Target;
use tgp_protocol::client::branches::BranchChangedOutput;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::find::Found;
use crate::review::Review;
use crate::step::{Away, Step};

impl Review<'_> {
    /// Puts a branch away for 30 days.
    pub fn discard(&self, call: &Call, name: &str) -> Result<BranchChangedOutput, Refusal> {
        let found = self.find(name)?;
        let description = format!("Discard `{}`", found.name());
        self.change(call, ActionType::BranchDiscard, "branch.discard", description, &|action| match &found {
            Found::Library(pending) => self.discard_library(call, action, pending),
            Found::Project(_) => {
                let branch = self.find_there(name)?;
                let status = self.remembered(&branch.name)?.map_or(BranchStatus::Active, |row| row.status);
                let step = Step::PutAway {
                    branch: branch.name.to_string(),
                    tip: branch.tip.to_string(),
                    why: Away::Discarded,
                    status: status.to_string(),
                    commit: None,
                };
                self.refuse_checked_out(&branch.name)?;
                self.one_step(action, &step, branch.name.as_str())
            }
        })
    }

    /// Takes a discarded branch back.
    pub fn restore_branch(&self, call: &Call, name: &str) -> Result<BranchChangedOutput, Refusal> {
        let found = self.find(name)?;
        let description = format!("Restore `{}`", found.name());
        self.change(call, ActionType::BranchRestore, "branch.restore", description, &|action| {
            let Found::Project(branch) = self.find(name)? else {
                let message = format!("`{}` was not discarded: it is there", found.name());
                return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message)
                    .with_hint("`tgp branch show` shows it."));
            };
            match &branch.kept {
                Some(kept) if kept.why == Done::Discarded => {
                    let step = Step::TakeBack {
                        branch: branch.name.to_string(),
                        tip: kept.tip.to_string(),
                        why: Away::Discarded,
                        status: self.status_before(&branch.name)?.to_string(),
                    };
                    self.one_step(action, &step, branch.name.as_str())
                }
                Some(_) => {
                    let message = format!("`{}` was merged, not discarded", branch.name);
                    Err(Refusal::new(ErrorCode::BranchClosed, message)
                        .with_hint("`tgp undo` of the merge takes it back."))
                }
                None => {
                    let message = format!("`{}` was not discarded: it is there", branch.name);
                    Err(Refusal::new(ErrorCode::ArgumentsInvalid, message).with_hint(
                        "`tgp branch show` shows it; `tgp branch reopen` sends it back to its agent.",
                    ))
                }
            }
        })
    }

    /// Sends a branch back to its agent, with a note.
    pub fn reopen(&self, call: &Call, name: &str, note: &str) -> Result<BranchChangedOutput, Refusal> {
        let found = self.find(name)?;
        let description = format!("Send `{}` back", found.name());
        self.change(call, ActionType::BranchReopen, "branch.reopen", description, &|action| {
            let branch = self.find_there(name)?;
            let Some(row) = self.remembered(&branch.name)? else {
                let message =
                    format!("`{}` was not opened by a task, so no agent would see the note", branch.name);
                return Err(Refusal::new(ErrorCode::BranchClosed, message));
            };
            action.facts.details["note"] = note.into();
            let step = Step::Status {
                branch: branch.name.to_string(),
                from: row.status.to_string(),
                to: BranchStatus::Active.to_string(),
                note_before: row.note.clone(),
                note: Some(note.to_owned()),
            };
            self.one_step(action, &step, branch.name.as_str())
        })
    }

    /// One action of a person over a branch, in the line.
    fn change(
        &self,
        call: &Call,
        kind: ActionType,
        capability: &'static str,
        description: String,
        work: &dyn Fn(&mut Action<'_>) -> Result<BranchChangedOutput, Refusal>,
    ) -> Result<BranchChangedOutput, Refusal> {
        let mut action = Action::begin_in_turn(self.gate, call, kind, description);
        let result = action.carry_out(&mut |action| {
            let name = action.facts.description.split('`').nth(1).unwrap_or_default().to_owned();
            action.facts.branch = Some(name.clone());
            action.judge(capability, vec![Target::branch(&name)])?;
            work(action)
        });
        action.end(result)
    }

    fn one_step(
        &self,
        action: &mut Action<'_>,
        step: &Step,
        branch: &str,
    ) -> Result<BranchChangedOutput, Refusal> {
        action.facts.undo.push(step.part()?);
        action.note_intent()?;
        self.carry_on(step)?;
        let shown = self.shown(&self.find(branch)?)?.0;
        Ok(BranchChangedOutput { action: action.id.to_string(), branch: shown })
    }

    /// How far a branch was before it was put away.
    fn status_before(&self, branch: &tgp_branches::BranchName) -> Result<BranchStatus, Refusal> {
        let handed_in = self.remembered(branch)?.is_some_and(|row| row.summary.is_some());
        Ok(if handed_in { BranchStatus::Ready } else { BranchStatus::Active })
    }

    /// Refuses before anything is noted where a person has the branch checked out.
    fn refuse_checked_out(&self, branch: &tgp_branches::BranchName) -> Result<(), Refusal> {
        let checkouts = self.repository()?.project().checkouts(&branch.head_ref());
        let Some(checkout) = checkouts.into_iter().next() else { return Ok(()) };
        let folder = checkout.work_dir.unwrap_or(checkout.git_dir);
        let message = format!("`{branch}` is checked out at `{}`", folder.display());
        Err(Refusal::new(ErrorCode::BranchCheckedOut, message)
            .with_hint("Check out another branch there first."))
    }
}
