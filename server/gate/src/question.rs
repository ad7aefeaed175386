//! Questions to a person: what an action wants is put into words, asked once, and its yes is found again.
//!
//! A yes counts for exactly what was shown: the canonical request, what the files and rows it touches were, and the
//! version of the policy. It is used up by the action that needs it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tgp_model::{ActionId, AgentName, ApprovalId, ApprovalState, SessionId};
use tgp_policy::{DeterminingRule, RiskLevel, Target, Verdict};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ApprovalFilter, ApprovalRow, ApprovalUse, Question, iso8601};

use crate::action::Action;
use crate::clock::new_approval_id;
use crate::gate::Gate;
use crate::refusal::from_store;

/// Questions of one agent that may be open at once; whoever asks more is told to wait for answers.
const MOST_OPEN: usize = 50;

/// What an action wants, and how a person would be shown it.
pub struct Wish<'w> {
    /// The capability, such as `fs.write`.
    pub capability: &'static str,
    /// What it touches, after the look.
    pub targets: Vec<Target>,
    /// What else would make it another action, such as the content of a file. Only its hash is kept.
    pub arguments: Value,
    /// Called only where a person has to be asked.
    pub show: &'w dyn Fn() -> Result<Shown, Refusal>,
}

/// What a person sees of an action before it happens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// A diff, or SQL with the rows it would touch.
    pub preview: String,
    /// What the files and rows it touches are now, in a form that two looks agree on.
    pub pre_images: String,
}

/// A question as it is about to be asked.
pub(crate) struct Asking {
    pub(crate) capability: String,
    pub(crate) request: String,
    pub(crate) shown: Shown,
    pub(crate) version: String,
    pub(crate) effects: Option<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) clock_ms: Option<i64>,
    pub(crate) reason: String,
    pub(crate) risk: String,
    pub(crate) rule: String,
    /// Every rule that asks.
    pub(crate) rules: Vec<DeterminingRule>,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) action: ActionId,
    pub(crate) agent: &'a AgentName,
    pub(crate) session: SessionId,
}

/// What became of a question.
pub(crate) enum Asked {
    /// A person said yes to exactly this; the use is still to be noted.
    Approved(ApprovalUse),
    /// It waits for an answer.
    Open(Box<ApprovalRow>, Refusal),
    /// A person said no, or there are too many open questions.
    Refused(Refusal),
}

/// The yeses an action lives on.
#[derive(Default)]
pub(crate) struct Permits {
    /// Canonical requests that were approved for this action.
    pub(crate) requests: BTreeSet<String>,
    /// The uses its intent notes, in the order they were needed.
    pub(crate) noted_with_intent: Vec<ApprovalUse>,
}

/// A hash of any data, for comparing only.
pub fn fingerprint(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl<'g> Action<'g> {
    /// Who acts.
    pub fn agent(&self) -> &'g AgentName {
        &self.call.agent
    }
}

/// One spelling of a request. Arguments are in it by their hash: they may hold secrets.
pub(crate) fn canonical(agent: &AgentName, wish: &Wish<'_>) -> String {
    let targets = named(&wish.targets);
    let arguments = fingerprint(wish.arguments.to_string().as_bytes());
    json!({ "agent": agent, "capability": wish.capability, "targets": targets, "arguments": arguments })
        .to_string()
}

/// Targets with their kinds, such as `path:out/report.md`.
pub(crate) fn named(targets: &[Target]) -> Vec<String> {
    targets.iter().map(|one| format!("{}:{one}", kind(one))).collect()
}

/// What a standing token has to grant so that the same is not asked again: one grant for each capability that asked, in
/// the form of `tgp token mint`. Nothing where a name holds what a glob would read otherwise.
pub fn grants_of(request: &str) -> Vec<String> {
    let Ok(request) = serde_json::from_str::<Value>(request) else { return Vec::new() };
    let asked = match request.get("questions").and_then(Value::as_array) {
        Some(questions) => questions.clone(),
        None => vec![request],
    };
    let grant = |asked: &Value| -> Option<String> {
        let capability = asked.get("capability")?.as_str()?;
        let targets: Option<Vec<&str>> =
            asked.get("targets")?.as_array()?.iter().map(Value::as_str).collect();
        let targets = targets?;
        let is_plain = |target: &&str| !target.contains(['*', '?', '[', ']', '{', '}', '\\', ' ', ',']);
        targets.iter().all(is_plain).then(|| {
            let parts: Vec<&str> = std::iter::once(capability).chain(targets.iter().copied()).collect();
            parts.join(" ")
        })
    };
    asked.iter().map(grant).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn kind(target: &Target) -> String {
    serde_json::to_value(target.kind())
        .ok()
        .and_then(|kind| Some(kind.as_str()?.to_owned()))
        .unwrap_or_default()
}

/// The rules that ask, in one line each.
pub(crate) fn reason(verdict: &Verdict) -> String {
    let said: Vec<String> = verdict
        .rules
        .iter()
        .map(|rule| match (&rule.file, rule.reason.as_str()) {
            (Some(file), why) => format!("{}:{} {}: {why}", file, rule.line, rule.id),
            (None, why) => format!("{}: {why}", rule.id),
        })
        .collect();
    said.join("\n")
}

pub(crate) fn risk(level: RiskLevel) -> String {
    serde_json::to_value(level).ok().and_then(|level| Some(level.as_str()?.to_owned())).unwrap_or_default()
}

impl Asker<'_> {
    /// Finds the yes to a question, or asks it.
    pub(crate) fn ask(self, asking: Asking) -> Result<Asked, Refusal> {
        let now = self.gate.clock().now();
        let store = self.gate.store();
        let of_agent = ApprovalFilter { agent: Some(self.agent.clone()), ..ApprovalFilter::default() };
        let same = ApprovalFilter { request: Some(asking.request.clone()), ..of_agent.clone() };
        let rows = store.approvals(&same, now).map_err(|error| from_store(&error))?;
        let fits = |row: &&ApprovalRow| {
            row.pre_images == asking.shown.pre_images && row.policy_version == asking.version
        };
        let of_state = |state| rows.iter().rev().filter(fits).find(|row| row.state == state);
        if let Some(row) = of_state(ApprovalState::Approved) {
            return Ok(Asked::Approved(ApprovalUse {
                approval: row.id,
                request: asking.request,
                pre_images: asking.shown.pre_images,
                policy_version: asking.version,
            }));
        }
        if let Some(row) = self.denied_run(&asking) {
            return Ok(Asked::Refused(denied(&row)));
        }
        // A no holds as long as the question would have: nobody is asked the same again and again.
        if let Some(row) = of_state(ApprovalState::Denied).filter(|row| row.expires_at > iso8601(now)) {
            return Ok(Asked::Refused(denied(row)));
        }
        let open = ApprovalFilter { state: Some(ApprovalState::Pending), ..of_agent };
        let open = store.approvals(&open, now).map_err(|error| from_store(&error))?.len();
        if open >= MOST_OPEN && of_state(ApprovalState::Pending).is_none() {
            let message = format!("{open} questions of yours wait for a person already");
            return Ok(Asked::Refused(Refusal::new(ErrorCode::PolicyDenied, message)));
        }
        let earlier = rows.last().filter(|row| row.state != ApprovalState::Pending).map(became);
        let rules = crate::denial::rules_of(&asking.rules);
        let question = self.question(asking);
        let row = store.ask(&question).map_err(|error| from_store(&error))?;
        let refusal = open_question(&row, &rules, earlier);
        Ok(Asked::Open(Box::new(row), refusal))
    }

    /// A run that a person denied stays denied, also with another seed.
    fn denied_run(self, asking: &Asking) -> Option<ApprovalRow> {
        asking.seed?;
        let parts = |request: &str| {
            let request: Value = serde_json::from_str(request).ok()?;
            // What a seed decides is in the arguments.
            let mut questions = request.get("questions")?.clone();
            for question in questions.as_array_mut().into_iter().flatten() {
                question.as_object_mut()?.remove("arguments");
            }
            Some((request.get("run")?.clone(), questions))
        };
        let asked = parts(&asking.request)?;
        let rows = self.gate.store().run_questions(self.agent, self.gate.clock().now()).ok()?;
        let is_it = |row: &ApprovalRow| {
            row.state == ApprovalState::Denied
                && row.policy_version == asking.version
                && parts(&row.request).as_ref() == Some(&asked)
        };
        rows.into_iter().rev().find(is_it)
    }

    fn question(self, asking: Asking) -> Question {
        let now = self.gate.clock().now();
        let lasts = i64::try_from(self.gate.questions().lasts.as_millis()).unwrap_or(i64::MAX);
        Question {
            approval: new_approval_id(self.gate.clock()),
            action: self.action,
            agent: self.agent.clone(),
            session: self.session,
            capability: asking.capability,
            request: asking.request,
            pre_images: asking.shown.pre_images,
            policy_version: asking.version,
            effects: asking.effects,
            seed: asking.seed,
            clock_ms: asking.clock_ms,
            preview: asking.shown.preview,
            reason: asking.reason,
            risk: asking.risk,
            rule: asking.rule,
            at: now,
            expires: tgp_model::Timestamp(now.0.saturating_add(lasts)),
        }
    }
}

/// What an agent is told while its question waits.
fn open_question(row: &ApprovalRow, rules: &Value, earlier: Option<Value>) -> Refusal {
    let message = format!(
        "{} needs a person's approval (rule `{}`); it is asked as ticket {}",
        row.capability, row.rule, row.id
    );
    // The preview is the person's alone: it may show rows and files the agent may change and not read.
    let mut details = json!({
        "ticket": row.id.to_string(), "expires": row.expires_at, "rule": row.rule, "risk": row.risk,
        "decision": "require_approval", "rules": rules, "version": row.policy_version,
    });
    if let (Some(earlier), Some(fields)) = (earlier, details.as_object_mut()) {
        fields.insert("earlier".to_owned(), earlier);
    }
    Refusal::new(ErrorCode::PolicyRequiresApproval, message)
        .with_hint(format!(
            "Ask `approval_status` with the ticket; once a person said yes (`tgp approve {}`), make the same call again.",
            row.id
        ))
        .with_details(details)
}

/// Why an earlier answer to the same request does not count any more.
fn became(row: &ApprovalRow) -> Value {
    let why = match row.state {
        ApprovalState::Used => "it was used",
        ApprovalState::Expired => "it has expired",
        _ => "what it touches, or the policy, has changed since it was answered",
    };
    json!({ "ticket": row.id.to_string(), "state": row.state.as_str(), "why": why })
}

/// What an agent is told after a no.
pub(crate) fn denied(row: &ApprovalRow) -> Refusal {
    let why = row.answer_reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    Refusal::new(ErrorCode::PolicyDenied, format!("a person denied it (ticket {}){why}", row.id))
        .with_hint("Do something else, or talk to the person.")
        .with_details(json!({ "ticket": row.id.to_string(), "reason": row.answer_reason }))
}

/// The number of a ticket as a caller wrote it.
pub fn parse_ticket(text: &str) -> Result<ApprovalId, Refusal> {
    text.trim().parse().map_err(|_| {
        Refusal::new(ErrorCode::ApprovalUnknown, format!("`{text}` is not the number of a ticket"))
    })
}
