//! `finish_task`: the work is handed in; a person decides.

use serde_json::json;
use tgp_gate::{Action, Call, from_store};
use tgp_model::{ActionStatus, ActionType, BranchStatus};
use tgp_policy::{RiskLevel, Target};
use tgp_protocol::client::tasks::{FinishTaskInput, FinishTaskOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, ActionRow, BranchChange, Check, UndoPart};

use crate::refusal::{from_fault, from_task};
use crate::rooms::Rooms;

/// What takes the handing in back: the task is active again.
pub(crate) const REOPEN: &str = "task.reopen";
/// Longest summary, in bytes.
const LONGEST: usize = 16 << 10;
/// Most checks, and the longest name of one.
const MOST_CHECKS: usize = 100;

impl Rooms<'_> {
    /// Hands the current task in. The caller holds the turn.
    pub fn finish_task(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &FinishTaskInput,
    ) -> Result<FinishTaskOutput, Refusal> {
        let summary = input.summary.trim();
        let too_much = summary.len() > LONGEST || input.checks.len() > MOST_CHECKS;
        if summary.is_empty() || too_much || input.checks.iter().any(|check| check.name.len() > LONGEST / 16)
        {
            let message =
                format!("`summary` has 1 to {LONGEST} bytes, and there are at most {MOST_CHECKS} checks");
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        }
        let view = self.view(call)?;
        let (Some((row, branch)), Some(tip)) = (view.task, view.at) else {
            return Err(Refusal::new(ErrorCode::BranchMissing, "you have no task in this session"));
        };
        action.kind = ActionType::BranchReady;
        action.facts.description = format!("Handed in `{branch}`: {}", first_line(summary));
        action.judge("task.finish", vec![Target::branch(branch.as_str())])?;
        let files = self.branches.branch_diff(&branch).map_err(|error| from_task(&error))?;
        let risk = self.risk_of(branch.as_str())?;
        action.facts.branch = Some(branch.to_string());
        action.facts.details = json!({ "summary": summary, "checks": input.checks, "risk": risk.as_str() });
        action.facts.undo.push(UndoPart::Compensation {
            capability: REOPEN.to_owned(),
            arguments: json!({ "branch": branch.as_str() }),
        });
        action.note_intent()?;
        let checks =
            input.checks.iter().map(|check| Check { name: check.name.clone(), passed: check.passed });
        let change = BranchChange {
            status: Some(BranchStatus::Ready),
            summary: Some(summary.to_owned()),
            checks: Some(checks.collect()),
            risk: Some(risk.as_str().to_owned()),
            ..BranchChange::default()
        };
        let now = self.gate.clock().now();
        self.store().change_branch(&row.branch, &change, now).map_err(|error| from_store(&error))?;
        let task = self.branches.task(&branch).map_err(|error| from_task(&error))?;
        // Loose objects are only many files: the work is handed in without a pack as well.
        if let Err(fault) = self.branches.pack(&task) {
            tracing::warn!(%branch, message = from_fault(&fault).message, "the objects of a task could not be packed");
        }
        // What is in the pack is on the disk already.
        self.sync_writes();
        Ok(FinishTaskOutput {
            branch: branch.to_string(),
            commit: tip.to_string(),
            files_changed: u32::try_from(files.len()).unwrap_or(u32::MAX),
            risk: risk.as_str().to_owned(),
            action: action.id.to_string(),
        })
    }

    /// The highest risk of what was done on a branch, and at least high where a person had to be asked.
    pub fn risk_of(&self, branch: &str) -> Result<RiskLevel, Refusal> {
        let filter = ActionFilter {
            branch: Some(branch.to_owned()),
            status: Some(ActionStatus::Executed),
            ..ActionFilter::default()
        };
        let rows = self.store().actions(&filter).map_err(|error| from_store(&error))?;
        let judge = self.gate.judge();
        let risk = |row: &ActionRow| {
            let capability = match row.kind {
                ActionType::FileDelete => "fs.delete",
                ActionType::FileCreate | ActionType::FileModify => "fs.write",
                _ => return RiskLevel::Low,
            };
            let level = judge.registry().get(capability).map_or(RiskLevel::High, |one| one.risk.level);
            if row.approval.is_some() { level.max(RiskLevel::High) } else { level }
        };
        Ok(rows.iter().map(risk).max().unwrap_or(RiskLevel::Low))
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}
