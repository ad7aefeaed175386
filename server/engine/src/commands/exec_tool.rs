//! `exec_tool`: runs a tool; what it did is kept only when it returned.

use std::sync::Arc;

use serde_json::Value;
use tgp_database::Begin;
use tgp_files::HeldFiles;
use tgp_model::ActionType;
use tgp_policy::Target;
use tgp_protocol::client::tools::{ExecToolInput, ExecToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_sandbox::{Budget, RunOutcome};

use crate::effects::{Done, Running, judge_effects, keep_compensations};
use crate::refusal::{from_files, from_sql};
use crate::run::{ToolRun, log_lines};
use crate::{Call, Engine};
use tgp_forge::PreparedTool;
use tgp_forge::{Given, from_run};
use tgp_gate::Action;

/// How often a run that lost its transaction to another writer is begun again.
const ATTEMPTS: u32 = 4;

/// What a run would leave behind when it is committed.
struct Held {
    transaction: Option<tgp_database::Transaction>,
    statements: Vec<String>,
    files: HeldFiles,
    given: Given,
    running: Vec<Running>,
    done: Vec<Done>,
}

impl Engine {
    /// Runs a tool with arguments; its SQL is one transaction, its files appear when it returned.
    pub fn exec_tool(&self, call: &Call, input: ExecToolInput) -> Result<ExecToolOutput, Refusal> {
        let mut action =
            Action::begin(self.gate(), call, ActionType::ToolRun, format!("Ran `{}`", input.path));
        let result = self.run_tool(call, &mut action, input);
        let path = action.facts.tool.clone();
        let result = action.end(result);
        if let Some(path) = path {
            self.count_run(&path, result.is_ok());
        }
        result
    }

    pub(crate) fn run_tool(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: ExecToolInput,
    ) -> Result<ExecToolOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        let args = if input.args.is_null() { Value::Object(serde_json::Map::new()) } else { input.args };
        action.facts.details = serde_json::json!({ "args": args });
        action.judge("tool.run", vec![Target::tool(&path)])?;
        // Writes handed in earlier come first; the run itself does not hold the line.
        drop(call.take_place().map(tgp_gate::Place::wait));
        let tool = self.prepare_tool(&path, &call.agent)?;
        action.facts.tool = Some(path.to_string());
        self.check_valid(&tool, &call.agent)?;
        tool.check_arguments(&args)?;
        judge_effects(action, &tool)?;
        let seed = input.seed.unwrap_or_else(|| self.clock().random() >> 11);
        action.facts.seed = Some(seed);
        let (outcome, mut held) = self.run_to_end(call, action, &tool, &args, seed)?;
        action.facts.fuel = Some(outcome.fuel);
        let text = outcome
            .result
            .map_err(|error| from_run(&error, &tool, self.mount(), &outcome.logs, &held.given))?;
        let result: Value = serde_json::from_str(&text)
            .map_err(|error| Refusal::new(ErrorCode::SandboxResultInvalid, format!("the result: {error}")))?;
        held.done.extend(held.running.pop().map(|running| running.ended(result.clone())));
        keep_compensations(action, &held.done);
        self.commit(action, held)?;
        Ok(ExecToolOutput {
            result,
            logs: log_lines(outcome.logs),
            fuel: outcome.fuel,
            duration_ms: action.elapsed_ms(),
            seed,
            warnings: tool.bundle.diagnostics.iter().map(|d| tgp_forge::finding(d, self.mount())).collect(),
            action: action.id.to_string(),
        })
    }

    /// Runs until the transaction was not lost to another writer, each time with the same seed and clock.
    fn run_to_end(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        tool: &Arc<PreparedTool>,
        args: &Value,
        seed: u64,
    ) -> Result<(RunOutcome, Held), Refusal> {
        for attempt in 0..ATTEMPTS {
            let begin = if attempt == 0 { Begin::Deferred } else { Begin::Immediate };
            let budget = Budget::new(&tool.limits, call.cancel.clone());
            let mut run = ToolRun::new(self, call, action, seed, begin, tool.limits.wall());
            let outcome = run.run(tool, args, &budget);
            let (stale, stopped) = (run.stale, run.stopped.take());
            let held = Held {
                transaction: run.take_transaction(),
                statements: std::mem::take(&mut run.statements),
                files: std::mem::take(&mut run.files),
                given: std::mem::take(&mut run.given),
                running: std::mem::take(&mut run.running),
                done: std::mem::take(&mut run.done),
            };
            if let Some(stopped) = stopped {
                return Err(stopped);
            }
            if !stale {
                return Ok((outcome, held));
            }
            if !action.facts.fetched.is_empty() {
                let message = "another writer took the database after the tool had sent a request";
                return Err(Refusal::new(ErrorCode::DatabaseBusy, message).with_hint(
                    "What was sent cannot be sent again by itself: decide whether to run it once more.",
                ));
            }
        }
        let message = format!("other writers took the database {ATTEMPTS} times in a row");
        Err(Refusal::new(ErrorCode::DatabaseBusy, message))
    }

    /// Keeps what a run did: files staged, intent noted, SQL committed, files renamed into place.
    fn commit(&self, action: &mut Action<'_>, mut held: Held) -> Result<(), Refusal> {
        let staged = held.files.stage(self.files()).map_err(|error| from_files(&error))?;
        if !held.statements.is_empty() || !held.files.is_empty() {
            action.facts.files = held.files.paths();
            action.facts.sql = (!held.statements.is_empty()).then(|| held.statements.join(";\n"));
            self.record_files(action, &staged)?;
            if let Some(transaction) = &mut held.transaction {
                self.record_sql(action, transaction)?;
            }
            action.note_intent()?;
        }
        if let Some(transaction) = held.transaction {
            transaction.commit().map_err(|error| from_sql(&error))?;
        }
        let mut left_out = Vec::new();
        for file in staged {
            let path = file.place().path().clone();
            left_out.extend(self.files().commit(file).err().map(|error| format!("`{path}`: {error}")));
        }
        if left_out.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the run is kept, but not all of its files could be put in place: {}",
            left_out.join("; ")
        );
        Err(Refusal::new(ErrorCode::FileIo, message)
            .with_hint("Its SQL and other files stand: do not run it again, write what is missing."))
    }
}
