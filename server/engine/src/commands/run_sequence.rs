//! `tgp sequence run`: a list of capability calls as one unit, compensated in reverse order when a step fails.

use serde::Serialize;
use serde_json::{Value, json};
use tgp_gate::{Action, from_store};
use tgp_model::{ActionId, ActionStatus, ActionType, AgentName};
use tgp_policy::SequenceFile;
use tgp_protocol::client::sequence::RunSequenceOutput;
use tgp_protocol::client::undo::{UndoActionInput, UndoOutput, UndoTarget};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_sequence::{Command, Hall, StepDone};
use tgp_store::{ActionFilter, ActionRow, Outcome, UndoPart};
use tgp_undo::take_back;

use crate::{Call, Engine};

/// What takes a whole sequence back.
pub(super) const SEQUENCE: &str = "sequence.run";

/// What opens a refusal that only says what is wrong with an action's leftovers.
const CRASHED: &str = "the process of its sequence died";

impl Engine {
    /// Runs the steps. Where one fails the answer says so; it is no refusal, because it has a lot to tell.
    pub fn run_sequence(
        &self,
        call: &Call,
        name: &str,
        file: &SequenceFile,
    ) -> Result<RunSequenceOutput, Refusal> {
        call.skip_line();
        let count = file.steps.len();
        let description = format!("Ran a sequence of {count} steps from `{name}`");
        let mut action = Action::begin(self.gate(), call, ActionType::Sequence, description);
        let id = action.id.to_string();
        let result = self.run_steps(call, &mut action, file);
        let mut output = match result {
            Ok(output) => output,
            Err(refusal) => return action.end(Err(refusal)),
        };
        output.action = Some(id);
        let ended = match first_error(&output) {
            None => action.end(Ok(())),
            // The action says how it ended; the caller gets the whole.
            Some(refusal) => action.end(Err(refusal)).or(Ok(())),
        };
        ended.map(|()| output)
    }

    fn run_steps(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        file: &SequenceFile,
    ) -> Result<RunSequenceOutput, Refusal> {
        let capabilities: Vec<&str> = file.steps.iter().map(|step| step.capability.as_str()).collect();
        action.facts.details = json!({ "steps": capabilities });
        action.judge(SEQUENCE, Vec::new())?;
        // On the disk before the first step: a start after a kill knows that these steps belong together.
        action.note_intent()?;
        let output = tgp_sequence::run(&file.steps, &Steps { engine: self, call })?;
        if output.done {
            let steps: Vec<&String> = output.steps.iter().filter_map(|step| step.action.as_ref()).collect();
            action.facts.undo.push(UndoPart::Compensation {
                capability: SEQUENCE.to_owned(),
                arguments: json!({ "steps": steps }),
            });
        }
        Ok(output)
    }

    /// Takes the steps of a finished sequence back, the last one first.
    pub(super) fn take_sequence_back(&self, call: &Call, arguments: &Value) -> Result<ActionId, Refusal> {
        let steps = arguments.get("steps").and_then(Value::as_array);
        let hall = Steps { engine: self, call };
        let mut last = None;
        for step in steps.into_iter().flatten().rev().filter_map(Value::as_str) {
            last = if call.agent == AgentName::person() {
                hall.take_back(step)?.or(last)
            } else {
                // What comes back has to be the agent's to write, as with each step by itself.
                let input = UndoActionInput { action: step.to_owned(), dry_run: false };
                nothing_is_none(self.undo_action(&hall.call_for_undo(), input))?.or(last)
            };
        }
        let nothing = || Refusal::new(ErrorCode::UndoImpossible, "no step of the sequence left anything");
        last.and_then(|last| last.parse().ok()).ok_or_else(nothing)
    }

    /// Closes a sequence whose process died: what its steps left here is taken back. What they did to the world stays
    /// and is named, because no start of a program may act in the world by itself.
    pub(crate) fn close_sequence(&self, row: &ActionRow) -> Result<(), Refusal> {
        let filter = ActionFilter {
            session: Some(row.session),
            status: Some(ActionStatus::Executed),
            ..ActionFilter::default()
        };
        let rows = self.store().actions(&filter).map_err(|error| from_store(&error))?;
        let call = self.gate().call(row.agent.clone(), self.session(), row.client.clone());
        call.skip_line();
        let mut stay = Vec::new();
        for step in rows.iter().filter(|step| step.id > row.id && step.kind != ActionType::Undo) {
            let target = UndoTarget::Action(step.id.to_string());
            let refuse = |_: &tgp_undo::Compensation| Err(Refusal::new(ErrorCode::UndoImpossible, CRASHED));
            let taken = self.with_undo_rooms(&|rooms| take_back(rooms, &call, &target, false, None, &refuse));
            match taken {
                Err(refusal) if !left_nothing(&refusal) => stay.push(step.id.to_string()),
                _ => {}
            }
        }
        let note = if stay.is_empty() {
            "its process died, and what its steps had done was taken back".to_owned()
        } else {
            format!("its process died; {} could not be taken back by itself", stay.join(", "))
        };
        let outcome = Outcome {
            action: row.id,
            status: ActionStatus::Abandoned,
            at: self.clock().now(),
            description: Some(format!("{} ({note})", row.description)),
            ..Outcome::default()
        };
        self.store().note_outcome(&outcome).map_err(|error| from_store(&error))
    }
}

/// The kernel commands of one caller.
struct Steps<'e> {
    engine: &'e Engine,
    call: &'e Call,
}

impl Steps<'_> {
    /// A call of its own for each step, so that each takes its place in the line.
    fn call(&self) -> Call {
        let (agent, client) = (self.call.agent.clone(), self.call.client.clone());
        let mut own = self.engine.gate().call(agent, self.call.session, client);
        own.cancel = self.call.cancel.clone();
        own
    }

    /// The same for an undo that belongs to something that has its turn.
    fn call_for_undo(&self) -> Call {
        let call = self.call();
        call.skip_line();
        call
    }
}

impl Hall for Steps<'_> {
    fn perform(&self, command: Command) -> Result<StepDone, Refusal> {
        let (engine, call) = (self.engine, self.call());
        let mut done = match command {
            Command::ReadFile(input) => answered(&engine.read_file(&call, input)?),
            Command::ListFiles(input) => answered(&engine.list_files(&call, input)?),
            Command::WriteFile(input) => answered(&engine.write_file(&call, input)?),
            Command::PatchFile(input) => answered(&engine.patch_file(&call, input)?),
            Command::CheckTool(input) => answered(&engine.check_tool(&call, input)?),
            Command::FindTool(input) => answered(&engine.find_tool(&call, input)?),
            Command::ExecTool(input) => answered(&engine.exec_tool(&call, input)?),
            Command::ExecSql(input) => answered(&engine.exec_sql(&call, input)?),
        };
        done.action = call.action().map(|action| action.to_string());
        Ok(done)
    }

    fn take_back(&self, action: &str) -> Result<Option<String>, Refusal> {
        // The steps are the sequence's own, and taking them back is what it was allowed to do.
        let target = UndoTarget::Action(action.to_owned());
        nothing_is_none(self.engine.take_back_unasked(&self.call_for_undo(), &target))
    }
}

fn answered(output: &impl Serialize) -> StepDone {
    StepDone { action: None, output: serde_json::to_value(output).unwrap_or_default() }
}

/// The number of an undo; none where there was nothing to take back.
fn nothing_is_none(undone: Result<UndoOutput, Refusal>) -> Result<Option<String>, Refusal> {
    match undone {
        Ok(output) => Ok(output.action),
        Err(refusal) if left_nothing(&refusal) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// Whether an undo was refused because there was nothing to take back.
fn left_nothing(refusal: &Refusal) -> bool {
    refusal.details.as_ref().is_some_and(|details| details["nothing"] == true)
}

fn first_error(output: &RunSequenceOutput) -> Option<Refusal> {
    let number = output.failed_step?;
    let failed = output.steps.iter().find(|step| step.step == number)?;
    let refusal = failed.error.clone()?;
    let message = format!("step {number} (`{}`): {}", failed.capability, refusal.message);
    Some(Refusal { message, ..refusal })
}
