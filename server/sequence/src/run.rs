//! The order of the steps, and the way back.

use serde_json::Value;
use tgp_policy::SequenceStep;
use tgp_protocol::client::sequence::{RunSequenceOutput, SequenceStepOutput, StepEnd};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::command::{Command, of_step};

/// What a step gave.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDone {
    /// Number of its action; none for a read that is not told its number.
    pub action: Option<String>,
    /// What it answered.
    pub output: Value,
}

/// What does the steps.
pub trait Hall {
    /// Does one command, judged and noted as an action of its own.
    fn perform(&self, command: Command) -> Result<StepDone, Refusal>;
    /// Takes one action back; gives the number of the undo. None where the action left nothing.
    fn take_back(&self, action: &str) -> Result<Option<String>, Refusal>;
}

/// Runs the steps until one fails, and then takes back what they did. A step that cannot be one fails before anything
/// is done.
pub fn run(steps: &[SequenceStep], hall: &dyn Hall) -> Result<RunSequenceOutput, Refusal> {
    let commands: Vec<Command> = steps.iter().map(of_step).collect::<Result<_, _>>()?;
    let mut shown: Vec<SequenceStepOutput> = steps.iter().enumerate().map(planned).collect();
    let mut changed: Vec<usize> = Vec::new();
    let mut failed = None;
    for (number, command) in commands.into_iter().enumerate() {
        let may_change = command.changes();
        let Some(step) = shown.get_mut(number) else { break };
        match hall.perform(command) {
            Ok(done) => {
                step.end = StepEnd::Executed;
                step.action = done.action;
                step.output = Some(done.output);
                if may_change {
                    changed.push(number);
                }
            }
            Err(refusal) => {
                step.end = if is_denied(&refusal) { StepEnd::Denied } else { StepEnd::Failed };
                step.action.clone_from(&refusal.action);
                step.error = Some(refusal);
                failed = Some(number);
                break;
            }
        }
    }
    let whole = failed.is_none() || take_all_back(&mut shown, &changed, hall);
    let failed_step = failed.and_then(|number| u32::try_from(number + 1).ok());
    Ok(RunSequenceOutput {
        done: failed.is_none(),
        failed_step,
        rolled_back: failed.is_some() && whole,
        steps: shown,
        action: None,
    })
}

/// The newest first. One that stays keeps none of the others from coming back.
fn take_all_back(shown: &mut [SequenceStepOutput], changed: &[usize], hall: &dyn Hall) -> bool {
    let mut whole = true;
    for number in changed.iter().rev() {
        let Some(step) = shown.get_mut(*number) else { continue };
        let Some(action) = step.action.clone() else { continue };
        match hall.take_back(&action) {
            Ok(undo) => {
                step.end = StepEnd::TakenBack;
                step.undo = undo;
            }
            Err(refusal) => {
                step.end = StepEnd::Stays;
                step.error = Some(refusal);
                whole = false;
            }
        }
    }
    whole
}

fn planned((number, step): (usize, &SequenceStep)) -> SequenceStepOutput {
    SequenceStepOutput {
        step: u32::try_from(number + 1).unwrap_or(u32::MAX),
        capability: step.capability.clone(),
        end: StepEnd::NotReached,
        action: None,
        undo: None,
        output: None,
        error: None,
    }
}

fn is_denied(refusal: &Refusal) -> bool {
    refusal.name.as_deref() == ErrorCode::PolicyDenied.name()
        || refusal.code == ErrorCode::PolicyRequiresApproval
}
