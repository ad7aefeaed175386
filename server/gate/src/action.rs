//! One action from its judgement to its note: every command goes through here.

use std::time::Instant;

use serde_json::Value;
use tgp_model::{ActionId, ActionStatus, ActionType, AgentName, Decision, RepoPath, Timestamp};
use tgp_policy::{Capability, Operation, Request, Target, TargetKind, Verdict};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{Amounts, ApprovalRow, Intent, Outcome, Reversibility, StoreError, UndoPart};

use crate::call::Call;
use crate::clock::new_action_id;
use crate::denial::denial;
use crate::desk::{Place, Turn};
use crate::gate::Gate;
use crate::payments::{Payments, retried};
use crate::question::{Permits, Shown, Wish};
use crate::refusal::from_store;
use crate::run_so_far::RunSoFar;

/// The rule that asks before something is kept that cannot be taken back.
pub const IRREVERSIBLE: &str = "risk.irreversible";

/// Marks what makes up for an action whose result is not known: it was kept before the request left. It counts only
/// where nothing was kept afterwards.
pub const RESULT_UNKNOWN: &str = "result_unknown";

/// What the timeline says about an action besides who and when.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// In words, such as "Wrote `tools/a.ts`".
    pub description: String,
    /// Files it touches, as the agent names them.
    pub files: Vec<RepoPath>,
    /// The agent's branch it went to, where that is not the library's own.
    pub branch: Option<String>,
    /// Requests it made, such as `GET https://api.example.com/v1`.
    pub fetched: Vec<String>,
    /// The statement, for SQL.
    pub sql: Option<String>,
    /// The tool, for a run.
    pub tool: Option<String>,
    /// Arguments and other details.
    pub details: Value,
    /// Seed of a tool run.
    pub seed: Option<u64>,
    /// Fuel a tool run used.
    pub fuel: Option<u64>,
    /// The commit it made.
    pub commit: Option<String>,
    /// What is needed to take it back.
    pub undo: Vec<UndoPart>,
    /// Why it cannot be taken back.
    pub irreversible: Option<String>,
    /// The actions it takes back.
    pub undo_of: Vec<ActionId>,
    /// The actions that are as if they had never been taken back.
    pub restored: Vec<ActionId>,
    /// Content that recovery would need to make the change again.
    pub content: Vec<(String, Vec<u8>)>,
    /// Bytes written or sent, and rows changed: what a token pays for.
    pub used: Amounts,
}

/// An action under way. It is noted once at the end, or before its effects and again after them.
pub struct Action<'g> {
    pub(crate) gate: &'g Gate,
    pub(crate) call: &'g Call,
    /// Its number.
    pub id: ActionId,
    /// When it began.
    pub at: Timestamp,
    /// What kind it is.
    pub kind: ActionType,
    /// What the timeline says about it.
    pub facts: Facts,
    started: Instant,
    decision: Decision,
    rule: String,
    payments: Payments,
    pub(crate) noted: bool,
    parts_noted: usize,
    ended: bool,
    pub(crate) permits: Permits,
    /// The question that keeps it from going on.
    pub(crate) waits_for: Option<Box<ApprovalRow>>,
    pub(crate) run: Option<RunSoFar<'g>>,
    /// While it holds this, nobody else changes anything.
    pub(crate) turn: Option<Turn>,
}

impl<'g> Action<'g> {
    /// Begins an action, and tells its call which number it has.
    pub fn begin(gate: &'g Gate, call: &'g Call, kind: ActionType, description: String) -> Self {
        let clock = gate.clock();
        let id = new_action_id(clock);
        call.is_action(id);
        Self {
            gate,
            call,
            id,
            at: clock.now(),
            kind,
            facts: Facts { description, details: Value::Object(serde_json::Map::new()), ..Facts::default() },
            started: Instant::now(),
            decision: Decision::Allow,
            rule: String::new(),
            payments: Payments::default(),
            noted: false,
            parts_noted: 0,
            ended: false,
            permits: Permits::default(),
            waits_for: None,
            run: None,
            turn: None,
        }
    }

    /// Waits for its call's turn and begins an action in it; the turn ends with the action.
    pub fn begin_in_turn(gate: &'g Gate, call: &'g Call, kind: ActionType, description: String) -> Self {
        let turn = call.take_place().map(Place::wait);
        let mut action = Self::begin(gate, call, kind, description);
        action.turn = turn;
        action
    }

    /// Waits for its call's turn, where it does not have it.
    pub fn take_turn(&mut self) {
        if self.turn.is_none() {
            self.turn = Some(self.call.take_place().unwrap_or_else(|| self.gate.hand_in()).wait());
        }
    }

    /// Milliseconds since it began.
    pub fn elapsed_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1e3
    }

    /// Asks the judge; a deny becomes a refusal that names rule and target, a question one that names the ticket.
    pub fn judge(&mut self, capability: &'static str, targets: Vec<Target>) -> Result<(), Refusal> {
        self.judge_wish(&Wish { capability, targets, arguments: Value::Null, show: &|| Ok(Shown::default()) })
    }

    /// The same for what a person is shown more of than its name.
    pub fn judge_wish(&mut self, wish: &Wish<'_>) -> Result<(), Refusal> {
        self.judge_graded(wish, None)
    }

    /// The same for something that was graded while tgp runs, such as the declared effects of a tool.
    pub fn judge_graded(&mut self, wish: &Wish<'_>, graded: Option<&Capability>) -> Result<(), Refusal> {
        let capability = wish.capability;
        let mut request = Request::new(self.call.agent.clone(), capability, wish.targets.clone());
        request.session = Some(self.call.session);
        let weighed = self.gate.weigh(self.call, &mut request, graded, &|token| self.payments.of(token))?;
        let verdict = weighed.verdict;
        if let Some(token) = weighed.token {
            self.payments.add(token);
            if self.noted {
                self.payments.note_others(self.gate, self.call, self.id)?;
            }
        }
        let judge = self.gate.judge();
        let is_write = judge.registry().get(capability).is_some_and(|one| one.operation == Operation::Write);
        let to_file = is_write && verdict.target.as_ref().is_some_and(|one| one.kind() == TargetKind::Path);
        self.judged(wish, &verdict, to_file)
    }

    fn judged(&mut self, wish: &Wish<'_>, verdict: &Verdict, to_file: bool) -> Result<(), Refusal> {
        // What asked once stays what decided: a later allow does not take it from the timeline.
        if verdict.decision >= self.decision {
            self.decision = verdict.decision;
            verdict.rule().clone_into(&mut self.rule);
        }
        match verdict.decision {
            Decision::Allow => Ok(()),
            // Who would be asked is the one who does it.
            Decision::RequireApproval if self.call.agent == AgentName::person() => Ok(()),
            Decision::RequireApproval => self.ask(wish, verdict),
            Decision::Deny => Err(denial(&self.call.agent, wish.capability, verdict, to_file)),
        }
    }

    /// Notes that it is about to change something, and what is needed to take that back. Durable when this returns.
    pub fn note_intent(&mut self) -> Result<(), Refusal> {
        let parts = self.facts.undo.len();
        if self.noted {
            if let Some(new) = self.facts.undo.get(self.parts_noted..).filter(|new| !new.is_empty()) {
                let noted = self.gate.store().note_undo(self.id, new, self.gate.clock().now());
                if matches!(noted, Ok(()) | Err(StoreError::NotSynced { .. })) {
                    self.parts_noted = parts;
                }
                noted.map_err(|error| from_store(&error))?;
            }
            return Ok(());
        }
        self.note_pending()?;
        self.parts_noted = parts;
        self.payments.note_others(self.gate, self.call, self.id)
    }

    /// Notes a request that is about to leave: with the intent, or as a row of its own. Durable when this returns.
    pub fn note_request(&mut self, request: String) -> Result<(), Refusal> {
        let is_first = !self.noted;
        self.facts.fetched.push(request.clone());
        self.note_intent()?;
        if is_first {
            return Ok(());
        }
        self.pay()?;
        let request = tgp_store::redact_text(&request);
        let noted = self.gate.store().note_sent(self.id, &request, self.gate.clock().now());
        noted.map_err(|error| from_store(&error))
    }

    /// Lets the tokens pay what was used since the intent was noted, before it is kept. Refused where a budget does
    /// not suffice.
    pub fn pay(&mut self) -> Result<(), Refusal> {
        let used = self.used();
        self.payments.pay(self.gate, self.call, self.id, used)
    }

    /// What a person had to allow is what they may want back. An action that took a snapshot of its own needs no other.
    fn keep_before(&mut self) {
        let allowed = !self.permits.noted_with_intent.is_empty();
        let Some(keep) = self.gate.before_allowed().filter(|_| allowed) else { return };
        let Some(fields) = self.facts.details.as_object_mut() else { return };
        if !fields.contains_key("snapshot")
            && let Some(kept) = keep(self.gate, self.call, self.id, &self.facts.description)
        {
            fields.insert("snapshot".to_owned(), kept.into());
        }
    }

    fn note_pending(&mut self) -> Result<(), Refusal> {
        self.keep_before();
        let (gate, used) = (self.gate, self.facts.used);
        retried(|| {
            let consume = self.payments.with_intent(gate, used)?;
            let intent = Intent { consume, ..self.intent(ActionStatus::Pending) };
            let noted = gate.store().note_intent(&intent);
            // What is noted and not on the disk permits nothing, and has to be ended.
            self.noted = matches!(noted, Ok(()) | Err(StoreError::NotSynced { .. }));
            Ok(noted)
        })?;
        self.payments.first_is_noted();
        Ok(())
    }

    /// Notes how it ended, and puts its number on a refusal.
    pub fn end<T>(mut self, mut result: Result<T, Refusal>) -> Result<T, Refusal> {
        // A read that a token paid for is noted like a change: its use has to be on the disk with it.
        if !self.noted
            && !self.payments.is_empty()
            && result.is_ok()
            && let Err(refusal) = self.note_intent()
        {
            result = Err(refusal);
        }
        let (status, code) = match &result {
            Ok(_) => (ActionStatus::Executed, None),
            Err(refusal)
                if refusal.name.as_deref() == ErrorCode::PolicyDenied.name()
                    || refusal.code == ErrorCode::PolicyRequiresApproval =>
            {
                (ActionStatus::Denied, Some(refusal.code))
            }
            Err(refusal) => (ActionStatus::Failed, Some(refusal.code)),
        };
        let noted = self.note_end(status, code);
        self.ended = true;
        match (result, noted) {
            (Ok(_), Err(refusal)) | (Err(refusal), _) => {
                Err(Refusal { action: Some(self.id.to_string()), ..refusal })
            }
            (Ok(value), Ok(())) => Ok(value),
        }
    }

    fn note_end(&self, status: ActionStatus, code: Option<ErrorCode>) -> Result<(), Refusal> {
        let done = status == ActionStatus::Executed;
        // Of what failed only the time is used; what it sent was paid before it left.
        let used = self.used();
        let used =
            if done { used } else { Amounts { milliseconds: used.milliseconds, ..Amounts::default() } };
        let spent = self.payments.settle(self.gate, used)?;
        let outcome = Outcome {
            spent,
            action: self.id,
            status,
            error_code: code.map(|code| code.as_str().to_owned()),
            duration_ms: self.elapsed_ms(),
            fuel: self.facts.fuel,
            commit_id: self.facts.commit.clone(),
            files: Some(self.files()).filter(|files| self.noted && !files.is_empty()),
            sql: self.sql().filter(|_| self.noted),
            at: self.gate.clock().now(),
            reversibility: self.reversibility(),
            undo: self.facts.undo.get(self.parts_noted..).unwrap_or_default().to_vec(),
            undone: if done { self.facts.undo_of.clone() } else { Vec::new() },
            restored: if done { self.facts.restored.clone() } else { Vec::new() },
            ..Outcome::default()
        };
        let store = self.gate.store();
        let noted = if self.noted {
            store.note_outcome(&outcome)
        } else {
            let mut intent = self.intent(status);
            if code == Some(ErrorCode::PolicyRequiresApproval) {
                // Nothing was kept: the yes to an earlier question is for the call that comes again.
                intent.approval = None;
                intent.more_approvals.clear();
            }
            store.note_read(&intent, &outcome)
        };
        noted.map_err(|error| from_store(&error))
    }

    /// What was used of what a token pays for, the time included.
    fn used(&self) -> Amounts {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds since an earlier moment are no negative number, and not many"
        )]
        let milliseconds = self.elapsed_ms().ceil() as u64;
        Amounts { milliseconds, ..self.facts.used }
    }

    fn reversibility(&self) -> Reversibility {
        match &self.facts.irreversible {
            Some(why) => Reversibility::Irreversible { why: why.clone() },
            None if self.facts.undo.is_empty() => Reversibility::Usual,
            None => Reversibility::Reversible,
        }
    }

    fn files(&self) -> Vec<String> {
        self.facts.files.iter().map(ToString::to_string).collect()
    }

    fn sql(&self) -> Option<String> {
        self.facts.sql.as_deref().map(|sql| self.redacted_sql(sql))
    }

    fn intent(&self, status: ActionStatus) -> Intent {
        let mut details = self.facts.details.clone();
        if let Some(fields) = details.as_object_mut().filter(|_| !self.facts.fetched.is_empty()) {
            fields.insert("fetched".to_owned(), self.facts.fetched.clone().into());
        }
        Intent {
            action: self.id,
            session: self.call.session,
            agent: self.call.agent.clone(),
            client: self.call.client.clone(),
            project: self.gate.project().to_owned(),
            kind: self.kind,
            status,
            description: self.facts.description.clone(),
            files: self.files(),
            sql: self.sql(),
            tool: self.facts.tool.clone(),
            details: self.redacted_details(&details),
            seed: self.facts.seed,
            clock_ms: self.at.0,
            content: self.facts.content.clone(),
            decision: self.decision,
            rule: self.rule.clone(),
            lock_id: self.gate.lock_id().to_owned(),
            at: self.at,
            branch: self.facts.branch.clone(),
            reversibility: self.reversibility(),
            undo: self.facts.undo.clone(),
            undo_of: self.facts.undo_of.clone(),
            approval: self.permits.noted_with_intent.first().cloned(),
            more_approvals: self.permits.noted_with_intent.iter().skip(1).cloned().collect(),
            ..Intent::default()
        }
    }
}

impl Drop for Action<'_> {
    /// An action that was not ended met a bug: it unwinds. The timeline says so.
    fn drop(&mut self) {
        if !self.ended
            && let Err(refusal) = self.note_end(ActionStatus::Failed, Some(ErrorCode::Internal))
        {
            tracing::error!(action = %self.id, message = refusal.message, "an action that panicked was not noted");
        }
    }
}
