//! What a denial says: every rule it rests on with its place, and the way to something that is allowed.

use serde_json::{Value, json};
use tgp_model::{AgentName, Decision};
use tgp_policy::{DeterminingRule, Level, NearestRule, Verdict};
use tgp_protocol::client::{ErrorCode, Refusal};

/// How many globs of the nearest rule a hint repeats.
const MOST_NAMED: usize = 6;

/// What a person is told, whose rules they are.
const YOURS: &str = "Do without, or change the rule that is named: `tgp policy apply`, `tgp trust`.";

/// The refusal of what the judge denied. `to_file` says that a file would have been written.
pub(crate) fn denial(agent: &AgentName, capability: &str, verdict: &Verdict, to_file: bool) -> Refusal {
    let target = verdict.target.as_ref().map(ToString::to_string);
    let refusal = if verdict.rule() == "default" && to_file {
        let target = target.unwrap_or_default();
        Refusal::new(ErrorCode::FileReadOnly, format!("`{target}` is outside what may be written"))
    } else {
        let on = target.map(|target| format!(" on `{target}`")).unwrap_or_default();
        let message =
            format!("{capability}{on} is denied by rule `{}`: {}", verdict.rule(), verdict.reason());
        Refusal::new(ErrorCode::PolicyDenied, message)
    };
    let hint = if *agent == AgentName::person() { YOURS.to_owned() } else { way_out(verdict) };
    refusal.with_hint(hint).with_details(facts(verdict))
}

/// The fields of `tgp policy explain --json`, and the first rule by itself.
fn facts(verdict: &Verdict) -> Value {
    let mut facts = serde_json::to_value(verdict).unwrap_or_default();
    if let Some(fields) = facts.as_object_mut() {
        fields.insert("rule".to_owned(), json!(verdict.rule()));
        fields.remove("token_used");
    }
    facts
}

/// Rules as `tgp policy explain --json` names them.
pub(crate) fn rules_of(rules: &[DeterminingRule]) -> Value {
    serde_json::to_value(rules).unwrap_or_default()
}

/// A rule that stands in no file.
pub(crate) fn unwritten(id: &str, reason: &str) -> DeterminingRule {
    DeterminingRule {
        id: id.to_owned(),
        effect: Decision::RequireApproval,
        reason: reason.to_owned(),
        level: Level::BuiltIn,
        file: None,
        line: 0,
        column: 0,
    }
}

/// What to do instead, for an agent.
fn way_out(verdict: &Verdict) -> String {
    if verdict.rule().starts_with("token.") {
        return "Ask the person for another token; without one the scope counts.".to_owned();
    }
    if verdict.rules.first().is_some_and(|rule| rule.file.is_none() && rule.id != "default") {
        return "No scope can allow this to an agent: do without, or ask the person to do it.".to_owned();
    }
    let Some(nearest) = &verdict.nearest else {
        return "Nothing in your scope allows anything like it: do without, or ask the person to allow it."
            .to_owned();
    };
    let place = format!("`{}` ({}:{})", nearest.id, nearest.file, nearest.line);
    match nearest.missing.as_slice() {
        [] => format!(
            "Rule {place} would allow it, and `{}` stands against it: do without, or ask the person.",
            verdict.rule()
        ),
        ["when"] => {
            format!("Rule {place} allows it within its limits: do less at once, or ask the person.")
        }
        missing => format!(
            "The nearest rule that allows is {place}, but not for this {}{}. Keep to what it allows, or ask the person.",
            missing.join(" and "),
            allowed(nearest, missing),
        ),
    }
}

/// The globs of the nearest rule, where it is the target that is another.
fn allowed(nearest: &NearestRule, missing: &[&str]) -> String {
    let about_others = missing.iter().any(|field| matches!(*field, "capability" | "operation"));
    if nearest.allows.is_empty() || about_others {
        return String::new();
    }
    let more = if nearest.allows.len() > MOST_NAMED { ", ..." } else { "" };
    let globs: Vec<String> = nearest.allows.iter().take(MOST_NAMED).map(|glob| format!("`{glob}`")).collect();
    format!("; it allows {}{more}", globs.join(", "))
}
