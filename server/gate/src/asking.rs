//! An action that has to ask: the question is stored, its yes found again, and the call waits a while for it.

use std::time::{Duration, Instant};

use serde_json::Value;
use tgp_model::{AgentName, ApprovalState};
use tgp_policy::Verdict;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ApprovalRow, ApprovalUse};

use crate::action::{Action, IRREVERSIBLE};
use crate::denial::unwritten;
use crate::gate::Gate;
use crate::question::{Asked, Asker, Asking, Wish, canonical, denied, reason, risk};
use crate::refusal::from_store;
use crate::run_so_far::{Effect, RunAsked, RunSoFar, run_key};

/// How often a waiting call looks for the answer; it may come from another process.
const LOOK_EVERY: Duration = Duration::from_millis(40);

impl<'g> Action<'g> {
    /// Does the work. Where it has to ask first, the call gives up its turn, waits for the answer as long as the
    /// settings say, and begins the work again; otherwise the refusal names the ticket.
    pub fn carry_out<T>(
        &mut self,
        work: &mut dyn FnMut(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let begun = self.facts.clone();
        let until = Instant::now() + self.gate.questions().wait;
        loop {
            let result = work(self);
            let (Some(question), Err(refusal)) = (self.waits_for.take(), &result) else { return result };
            if refusal.code != ErrorCode::PolicyRequiresApproval || !self.facts.fetched.is_empty() {
                return result; // What left already would leave a second time.
            }
            let had_turn = self.turn.take().is_some();
            self.call.skip_line();
            if self.call.tell(&question).is_break() {
                return result;
            }
            let answered = self.answer_until(&question, until)?;
            if answered.state != ApprovalState::Pending && self.call.tell(&answered).is_break() {
                return result;
            }
            match answered.state {
                ApprovalState::Approved => {}
                ApprovalState::Denied => return Err(denied(&answered)),
                _ => return result,
            }
            self.facts = begun.clone();
            self.run = None;
            self.turn = had_turn.then(|| self.gate.hand_in().wait());
        }
    }

    /// The question as it stands when it was answered, or when there is no time left, or nobody waits any more.
    fn answer_until(&self, question: &ApprovalRow, until: Instant) -> Result<ApprovalRow, Refusal> {
        let mut row = question.clone();
        while row.state == ApprovalState::Pending && !self.call.cancel.is_cancelled() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(LOOK_EVERY.min(left));
            let now = self.gate.clock().now();
            let looked = self.gate.store().approval(question.id, now).map_err(|error| from_store(&error))?;
            row = looked.unwrap_or(row);
        }
        Ok(row)
    }

    /// Finds a person's yes to what a rule asks about, or asks.
    pub(crate) fn ask(&mut self, wish: &Wish<'_>, verdict: &Verdict) -> Result<(), Refusal> {
        if let Some(run) = &mut self.run {
            return if run.meet(wish, verdict)? { self.settle_run() } else { Ok(()) };
        }
        let request = canonical(&self.call.agent, wish);
        if self.permits.requests.contains(&request) {
            return Ok(());
        }
        let mut shown = (wish.show)()?;
        if shown.preview.is_empty() {
            let targets: Vec<String> = wish.targets.iter().map(ToString::to_string).collect();
            let what = format!("{} {}\n{}\n", wish.capability, targets.join(", "), self.facts.description);
            shown.preview = crate::preview::plain(&what);
        }
        self.find_or_ask(Asking {
            capability: wish.capability.to_owned(),
            request,
            shown,
            version: verdict.version.to_string(),
            effects: None,
            seed: None,
            clock_ms: None,
            reason: reason(verdict),
            risk: risk(verdict.risk),
            rule: verdict.rule().to_owned(),
            rules: verdict.rules.clone(),
        })
    }

    /// Asks before something is kept that cannot be taken back: `why` says what. A person at the terminal is told, not
    /// asked.
    pub fn ask_irreversible(&mut self, wish: &Wish<'_>, why: &str) -> Result<(), Refusal> {
        if self.may_keep(wish) {
            return Ok(());
        }
        let version = self.gate.judge().version().to_string();
        if let Some(run) = &mut self.run {
            run.meet_irreversible(why, version);
            return Ok(());
        }
        let request = canonical(&self.call.agent, wish);
        let mut shown = (wish.show)()?;
        shown.preview.push_str(&crate::preview::plain(&format!("cannot be undone: {why}\n")));
        self.find_or_ask(Asking {
            capability: wish.capability.to_owned(),
            request,
            shown,
            version,
            effects: None,
            seed: None,
            clock_ms: None,
            reason: format!("{IRREVERSIBLE}: {why}"),
            risk: "critical".to_owned(),
            rule: IRREVERSIBLE.to_owned(),
            rules: vec![unwritten(IRREVERSIBLE, why)],
        })
    }

    /// Asks a person whatever rules and tokens say, because it is theirs to decide: `rule` and `why` say so.
    pub fn ask_person(&mut self, wish: &Wish<'_>, rule: &str, why: &str) -> Result<(), Refusal> {
        if self.may_keep(wish) {
            return Ok(());
        }
        self.find_or_ask(Asking {
            capability: wish.capability.to_owned(),
            request: canonical(&self.call.agent, wish),
            shown: (wish.show)()?,
            version: self.gate.judge().version().to_string(),
            effects: None,
            seed: None,
            clock_ms: None,
            reason: format!("{rule}: {why}"),
            risk: "high".to_owned(),
            rules: vec![unwritten(rule, why)],
            rule: rule.to_owned(),
        })
    }

    /// Whether something that cannot be taken back may be kept without asking: a person does it, or said yes to it.
    pub fn may_keep(&self, wish: &Wish<'_>) -> bool {
        self.call.agent == AgentName::person()
            || self.permits.requests.contains(&canonical(&self.call.agent, wish))
    }

    /// From now on this is a tool run: questions are collected, see [`RunSoFar`].
    pub fn begin_run(&mut self, asked: RunAsked) {
        // One that begins again pays for what it does now.
        self.facts.used = tgp_store::Amounts::default();
        self.run = Some(RunSoFar::new(asked));
    }

    /// Something the run would do, held back.
    pub fn effect(&mut self, effect: Effect<'g>) {
        if let Some(run) = &mut self.run {
            run.effect(effect);
        }
    }

    /// Asks about everything the run would do up to here, if a rule wants that.
    pub fn settle_run(&mut self) -> Result<(), Refusal> {
        let Some(run) = &self.run else { return Ok(()) };
        let Some(asking) = run.question(self.call.agent.as_str())? else { return Ok(()) };
        self.find_or_ask(asking)?;
        if let Some(run) = &mut self.run {
            run.settled();
        }
        Ok(())
    }

    /// Whether a question keeps it from going on.
    pub fn is_asking(&self) -> bool {
        self.waits_for.is_some()
    }

    /// What the files and rows were when the question to this request was answered; none where nobody had to ask. The
    /// effects of a run hold what was before themselves.
    pub fn approved_pre_images(&self) -> Option<&str> {
        let used = self.permits.noted_with_intent.first().filter(|_| self.run.is_none());
        used.map(|used| used.pre_images.as_str())
    }

    fn find_or_ask(&mut self, asking: Asking) -> Result<(), Refusal> {
        let request = asking.request.clone();
        if self.permits.requests.contains(&request) {
            return Ok(());
        }
        let asker =
            Asker { gate: self.gate, action: self.id, agent: &self.call.agent, session: self.call.session };
        match asker.ask(asking)? {
            Asked::Approved(used) => self.permit(used, request),
            Asked::Open(row, refusal) => {
                self.waits_for = Some(row);
                Err(refusal)
            }
            Asked::Refused(refusal) => Err(refusal),
        }
    }

    /// Uses a yes: with the intent where that is still to be noted, otherwise at once. A call that has to ask again
    /// keeps nothing, so it uses up nothing either: all its yeses are there when it comes again.
    fn permit(&mut self, used: ApprovalUse, request: String) -> Result<(), Refusal> {
        if self.noted {
            let at = self.gate.clock().now();
            let noted = self.gate.store().use_approval(&used, self.id, &self.call.agent, at);
            noted.map_err(|error| from_store(&error))?;
        } else {
            self.permits.noted_with_intent.push(used);
        }
        self.permits.requests.insert(request);
        Ok(())
    }
}

impl Gate {
    /// Seed and clock of a run that was asked about and waits for its answer or for its use, so that it comes to the
    /// same again. `seed` is the one the caller wants, where it wants one.
    pub fn asked_before(&self, agent: &AgentName, run: &RunAsked, seed: Option<u64>) -> Option<(u64, i64)> {
        let key = run_key(&run.tool, &run.arguments, &run.source);
        let rows = self.store().run_questions(agent, self.clock().now()).ok()?;
        let same = rows.iter().filter_map(|row| {
            let asked: Value = serde_json::from_str(&row.request).ok()?;
            let known = (row.seed?, row.clock_ms?);
            let is_it = asked.get("run") == Some(&key) && seed.is_none_or(|seed| seed == known.0);
            is_it.then_some((row.state, known))
        });
        let same: Vec<_> = same.collect();
        [ApprovalState::Approved, ApprovalState::Pending, ApprovalState::Denied]
            .into_iter()
            .find_map(|state| same.iter().rev().find(|one| one.0 == state).map(|one| one.1))
    }
}
