//! `exec_tool`: runs a tool; what it did is kept only when it returned.

use std::sync::Arc;

use serde_json::Value;
use tgp_database::Begin;
use tgp_files::HeldFiles;
use tgp_model::{ActionType, RepoPath};
use tgp_policy::{EffectKind, Target};
use tgp_protocol::client::tools::{ExecToolInput, ExecToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_sandbox::{Budget, RunOutcome};

use crate::refusal::{from_files, from_sql};
use crate::run::{ToolRun, log_lines};
use crate::{Call, Engine};
use tgp_effects::{Done, Running, judge_effects, keep_compensations};
use tgp_forge::PreparedTool;
use tgp_forge::{Given, from_run};
use tgp_gate::preview::plain;
use tgp_gate::{Action, RunAsked, Shown, Wish};

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
        let result = action.carry_out(&mut |action| self.run_tool(call, action, &input));
        let path = action.facts.tool.clone();
        let result = result.map_err(|refusal| already_sent(refusal, &action.facts.fetched));
        let result = action.end(result);
        if let Some(path) = path {
            self.count_run(&path, result.is_ok());
        }
        result
    }

    pub(crate) fn run_tool<'e>(
        &'e self,
        call: &Call,
        action: &mut Action<'e>,
        input: &ExecToolInput,
    ) -> Result<ExecToolOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        let args =
            if input.args.is_null() { Value::Object(serde_json::Map::new()) } else { input.args.clone() };
        action.facts.details = serde_json::json!({ "args": args });
        self.judge_run(action, &path, &args)?;
        // Writes handed in earlier come first; the run itself does not hold the line.
        drop(call.take_place().map(tgp_gate::Place::wait));
        let tool = self.prepare_judged(action, &path)?;
        action.facts.tool = Some(path.to_string());
        self.check_valid(&tool, &call.agent)?;
        tool.check_arguments(&args)?;
        judge_effects(action, &tool, &args, &|path| self.can_run(path, &call.agent))?;
        let asked = self.run_asked(call, action, &tool, &args, input.seed);
        let seed = asked.seed;
        action.facts.seed = Some(seed);
        let (outcome, mut held) = self.run_to_end(call, action, &tool, &args, &asked)?;
        action.facts.fuel = Some(outcome.fuel);
        let text = outcome
            .result
            .map_err(|error| from_run(&error, &tool, self.mount(), &outcome.logs, &held.given))?;
        let result: Value = serde_json::from_str(&text)
            .map_err(|error| Refusal::new(ErrorCode::SandboxResultInvalid, format!("the result: {error}")))?;
        held.done.extend(held.running.pop().map(|running| running.ended(result.clone())));
        let done = std::mem::take(&mut held.done);
        self.commit(action, held)?;
        // A person was asked about these before they left; they are not asked about again because they lasted.
        keep_compensations(action, &done);
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

    /// Asks whether the tool may run at all.
    fn judge_run(&self, action: &mut Action<'_>, path: &RepoPath, args: &Value) -> Result<(), Refusal> {
        let action_agent = action.agent();
        let show = || {
            // The hash is over everything it imports as well, as it runs for this agent.
            let pre_images = self.prepare_tool(path, action_agent)?.bundle.hash.clone();
            let text = format!("run {path} {}\n", tgp_store::redact(args));
            Ok(Shown { preview: plain(&text), pre_images })
        };
        action.judge_wish(&Wish {
            capability: "tool.run",
            targets: vec![Target::tool(path)],
            arguments: args.clone(),
            show: &show,
        })
    }

    /// The run as it is asked for, with seed and clock. Where a person was asked about this very run, it is theirs:
    /// only then does it come to what was shown.
    fn run_asked(
        &self,
        call: &Call,
        action: &Action<'_>,
        tool: &PreparedTool,
        args: &Value,
        seed: Option<u64>,
    ) -> RunAsked {
        let mut asked = RunAsked {
            tool: tool.path.to_string(),
            arguments: args.to_string(),
            shown_arguments: tgp_store::redact(args).to_string(),
            source: tool.bundle.hash.clone(),
            seed: 0,
            clock_ms: action.at.0,
        };
        let before = self.gate().asked_before(&call.agent, &asked, seed);
        let fresh = || (seed.unwrap_or_else(|| self.clock().random() >> 11), action.at.0);
        (asked.seed, asked.clock_ms) = before.unwrap_or_else(fresh);
        asked
    }

    /// Runs until the transaction was not lost to another writer, each time with the same seed and clock.
    fn run_to_end<'e>(
        &'e self,
        call: &Call,
        action: &mut Action<'e>,
        tool: &Arc<PreparedTool>,
        args: &Value,
        asked: &RunAsked,
    ) -> Result<(RunOutcome, Held), Refusal> {
        for attempt in 0..ATTEMPTS {
            let begin = if attempt == 0 { Begin::Deferred } else { Begin::Immediate };
            let budget = Budget::new(&tool.limits, call.cancel.clone());
            action.begin_run(asked.clone());
            let of = (asked.seed, asked.clock_ms);
            let mut run = ToolRun::new(self, call, action, of, begin, tool.limits.wall());
            let outcome = run.run(tool, args, &budget);
            if let Some(question) = run.question.take() {
                return Err(question);
            }
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
            if let Some(why) = action.facts.irreversible.clone() {
                let targets = Vec::new();
                let show = || Ok(Shown::default());
                let wish = Wish { capability: "tool.run", targets, arguments: Value::Null, show: &show };
                action.ask_irreversible(&wish, &why)?;
            }
            action.settle_run()?;
            if held.transaction.is_some() {
                self.back_up(action)?;
            }
            action.note_intent()?;
            action.pay()?;
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

/// Says with a question what had left before it came up: the call made again sends it again.
fn already_sent(refusal: Refusal, fetched: &[String]) -> Refusal {
    let changes = |line: &&String| {
        let method = line.split(' ').next().unwrap_or_default();
        !EffectKind::SAFE_METHODS.contains(&method)
    };
    let sent: Vec<&str> = fetched.iter().filter(changes).map(String::as_str).collect();
    if sent.is_empty() || refusal.code != ErrorCode::PolicyRequiresApproval {
        return refusal;
    }
    let list = sent.join(", ");
    let message = format!("{}; the run had sent {list} before", refusal.message);
    Refusal { message, ..refusal }.with_hint(
        "Making the call again sends that again: let the tool do first what has to be asked about, and send last.",
    )
}
