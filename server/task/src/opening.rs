//! `start_task`: a branch is opened, or one of the agent's own is taken up again.

use serde_json::json;
use tgp_branches::discard::Done;
use tgp_branches::{BranchName, CommitId, GitPath, LeftOut, LeftOutWhy, Start, Task};
use tgp_gate::{Action, Call, from_store};
use tgp_model::{ActionType, AgentName, BranchStatus};
use tgp_policy::Target;
use tgp_protocol::client::tasks::{LeftOutFile, StartTaskInput, StartTaskOutput, Uncommitted};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{BranchChange, BranchRow, NewBranch, UndoPart};

use crate::changing::named;
use crate::content::content_of_opening;
use crate::refusal::{from_branch_name, from_discard, from_fault, from_open_task, from_task};
use crate::rooms::Rooms;

/// What takes an opened task back: its branch is put away, where nothing else was done on it.
pub(crate) const CLOSE: &str = "task.close";
/// Largest uncommitted file a task begins with.
const LARGEST: u64 = 100 << 20;
/// All uncommitted files together.
const MOST: u64 = 1 << 30;
/// Longest description.
const LONGEST: usize = 2_000;

/// A task that was opened.
pub(crate) struct Opened {
    pub(crate) branch: BranchName,
    pub(crate) start: CommitId,
    pub(crate) left_out: Vec<LeftOut>,
}

impl Rooms<'_> {
    /// Opens a task or goes on with one. The caller holds the turn.
    pub fn start_task(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &StartTaskInput,
    ) -> Result<StartTaskOutput, Refusal> {
        if let Some(name) = &input.branch {
            return self.take_up(call, action, name);
        }
        let description = input.description.as_deref().unwrap_or_default().trim();
        if description.is_empty() || description.len() > LONGEST {
            let message = format!("`description` says what the task is for, in 1 to {LONGEST} bytes");
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        }
        let opened = self.open_task(call, action, description, input.uncommitted)?;
        let left_out = opened.left_out.iter().map(left_out).collect();
        Ok(StartTaskOutput {
            branch: opened.branch.to_string(),
            description: description.to_owned(),
            start: opened.start.to_string(),
            continued: false,
            note: None,
            left_out,
            action: action.id.to_string(),
        })
    }

    /// Opens a task for a change that is about to be made, as an action of its own.
    pub(crate) fn open_for(&self, call: &Call, description: &str) -> Result<Opened, Refusal> {
        // The change holds the turn; what is opened for it does not wait for one.
        let mut own = self.gate.call(call.agent.clone(), call.session, call.client.clone());
        own.cancel = call.cancel.clone();
        own.skip_line();
        let mut action =
            Action::begin(self.gate, &own, ActionType::BranchCreate, format!("Opened a task: {description}"));
        let result = self.open_task(&own, &mut action, description, Uncommitted::None);
        action.end(result)
    }

    fn open_task(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        description: &str,
        uncommitted: Uncommitted,
    ) -> Result<Opened, Refusal> {
        let planned = BranchName::of_task(&call.agent, description, action.at, 0);
        action.kind = ActionType::BranchCreate;
        action.facts.description = format!("Opened a task: {description}");
        action.judge("task.open", vec![Target::branch(planned.as_str())])?;
        action.facts.branch = Some(planned.to_string());
        action.facts.details = json!({ "task": description, "uncommitted": uncommitted });
        let head = self.branches.project().head().map_err(|fault| from_fault(&fault))?.commit().map(CommitId);
        let from = head.filter(|_| uncommitted == Uncommitted::None);
        action.facts.content = from.map(content_of_opening).unwrap_or_default();
        action.note_intent()?;
        let start = match uncommitted {
            Uncommitted::None => Start::Head,
            other => Start::Captured { untracked: other == Uncommitted::All, largest: LARGEST, most: MOST },
        };
        let mut message = self.message(call, action, Vec::new());
        if uncommitted != Uncommitted::None {
            message.subject = format!("Uncommitted work at the start of: {description}");
        }
        let opened = self.branches.open_task(&call.agent, description, &start, &message, action.at);
        let opened = opened.map_err(|error| from_open_task(&error))?;
        let task = opened.task;
        if uncommitted != Uncommitted::None {
            self.check_captured(call, action, head, &task)?;
        }
        // A task is there after a power loss as well: what is written on it later is made again onto it. The intent says
        // how to open it again, as long as it is opened from a commit of the person's under the name that was planned.
        if from == Some(task.tip) && task.branch == planned {
            self.not_synced.add(&task.branch, action.id);
        } else {
            self.branches.sync(&task.branch).map_err(|fault| from_fault(&fault))?;
        }
        self.remember(call, action, &task.branch, description, task.tip)?;
        self.keeper.task_opened(self.gate, self.branches, call, action.id, description);
        action.facts.branch = Some(task.branch.to_string());
        action.facts.undo.push(UndoPart::Compensation {
            capability: CLOSE.to_owned(),
            arguments: json!({ "branch": task.branch.as_str() }),
        });
        Ok(Opened { branch: task.branch, start: task.tip, left_out: opened.left_out })
    }

    /// A branch may be pushed and is the agent's to read: uncommitted files it may not read do not begin one.
    fn check_captured(
        &self,
        call: &Call,
        action: &Action<'_>,
        head: Option<CommitId>,
        task: &Task,
    ) -> Result<(), Refusal> {
        let judge = self.gate.judge();
        let differences = self.branches.diff(head, task.tip).map_err(|fault| from_fault(&fault))?;
        let hidden =
            |path: &GitPath| named(path).is_none_or(|path| !Self::may_read(&judge, &call.agent, &path));
        let count = differences.iter().filter(|one| one.after.is_some() && hidden(&one.path)).count();
        if count == 0 || call.agent == AgentName::person() {
            return Ok(());
        }
        self.branches
            .put_away(&task.branch, Done::Discarded, action.at)
            .map_err(|error| from_discard(&error))?;
        let message = format!(
            "{count} of the uncommitted files are outside what you may read; no task begins with them"
        );
        Err(Refusal::new(ErrorCode::PolicyDenied, message)
            .with_hint("Begin with `tracked` or `none`, or ask the person to commit or to ignore them."))
    }

    fn remember(
        &self,
        call: &Call,
        action: &Action<'_>,
        branch: &BranchName,
        description: &str,
        start: CommitId,
    ) -> Result<(), Refusal> {
        let row = NewBranch {
            action: action.id,
            project: self.gate.project().to_owned(),
            agent: call.agent.clone(),
            session: call.session,
            branch: branch.to_string(),
            description: description.to_owned(),
            start: start.to_string(),
            at: action.at,
        };
        self.store().record_branch(&row).map_err(|error| from_store(&error))
    }

    /// Goes on with a branch of the agent's own that is active, in whatever session it was.
    fn take_up(&self, call: &Call, action: &mut Action<'_>, name: &str) -> Result<StartTaskOutput, Refusal> {
        let (row, branch) = self.own_branch(call, name)?;
        action.kind = ActionType::BranchCreate;
        action.facts.description = format!("Went on with `{branch}`");
        action.judge("task.open", vec![Target::branch(branch.as_str())])?;
        if row.status != BranchStatus::Active {
            return Err(closed(&row));
        }
        self.branches.tip(&branch).map_err(|error| from_task(&error))?;
        action.facts.branch = Some(branch.to_string());
        action.facts.irreversible = Some("a session only took the task up".to_owned());
        action.note_intent()?;
        let change = BranchChange { session: Some(call.session), ..BranchChange::default() };
        let now = self.gate.clock().now();
        self.store().change_branch(&row.branch, &change, now).map_err(|error| from_store(&error))?;
        Ok(StartTaskOutput {
            branch: branch.to_string(),
            description: row.description,
            start: row.start,
            continued: true,
            note: row.note,
            left_out: Vec::new(),
            action: action.id.to_string(),
        })
    }

    /// One of the agent's own branches, by the name it wrote. Others are as if they were not there.
    pub(crate) fn own_branch(&self, call: &Call, name: &str) -> Result<(BranchRow, BranchName), Refusal> {
        let branch: BranchName = name.parse().map_err(|problem| from_branch_name(&problem))?;
        let row = self.store().branch(branch.as_str()).map_err(|error| from_store(&error))?;
        match row.filter(|row| row.agent == call.agent) {
            Some(row) => Ok((row, branch)),
            None => Err(Refusal::new(
                ErrorCode::BranchMissing,
                format!("you have no task on a branch `{branch}`"),
            )),
        }
    }
}

/// A branch that is not open for work.
pub(crate) fn closed(row: &BranchRow) -> Refusal {
    let message = format!("`{}` is {} and not active", row.branch, row.status);
    Refusal::new(ErrorCode::BranchClosed, message)
}

fn left_out(file: &LeftOut) -> LeftOutFile {
    let why = match file.why {
        LeftOutWhy::TooLarge => "it is too large",
        LeftOutWhy::Filtered => "Git keeps it through a filter program, which is not run",
        LeftOutWhy::Nested => "it is a repository of its own",
        LeftOutWhy::TooMuch => "all uncommitted files together are too large",
        LeftOutWhy::Unsteady => "it changed while it was read",
        LeftOutWhy::Reserved => "no branch carries a path like this",
        LeftOutWhy::Submodule => "what is not committed in a submodule stays there",
        LeftOutWhy::Begun => "what Git notes of it while it goes on is not kept",
    };
    LeftOutFile { path: file.path.to_string(), why: why.to_owned() }
}
