//! `tgp/scopes/...`: what each agent may do, and a change of it that a person saw before.

use tgp_engine::{
    Difference, How, Mistake, PendingTrust, PolicyChange, RuleSet, present_rules, rules_in_force,
    rules_with_file,
};
use tgp_model::{AgentName, Decision};
use tgp_protocol::client::editor::Nothing;
use tgp_protocol::client::project::TrustFile;
use tgp_protocol::client::scopes::{
    AgentInput, CheckScopeInput, CheckScopeOutput, ListedScope, OtherDecision, PreviewScopeInput,
    PreviewScopeOutput, ScopeOutput, ScopesOutput, SetScopeInput, SetScopeOutput, ShownMistake, ShownRule,
};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::kernel::Asked;

/// How a scope is named that has no file yet.
const UNNAMED: &str = "scope.yaml";
/// Actions that are judged again for a preview, the newest.
const JUDGED_AGAIN: u32 = 100;

pub(super) fn list(asked: &Asked<'_>, _: Nothing) -> Result<ScopesOutput, Refusal> {
    let scopes = in_force(asked)?.scopes().map_err(|error| invalid(&error))?;
    let listed = scopes.into_iter().map(|(scope, _)| ListedScope {
        rules: scope.rules().count(),
        agent: scope.agent.to_string(),
        file: scope.file,
    });
    Ok(ScopesOutput { scopes: listed.collect() })
}

pub(super) fn show(asked: &Asked<'_>, input: AgentInput) -> Result<ScopeOutput, Refusal> {
    let found = in_force(asked)?.scope_of(&agent(&input.agent)?).map_err(|error| invalid(&error))?;
    let Some((scope, text)) = found else {
        return Err(Refusal::new(ErrorCode::Internal, "there is no default scope"));
    };
    let rule = |(id, effect, line): (&str, Decision, usize)| ShownRule {
        id: id.to_owned(),
        effect: word(effect).to_owned(),
        line,
    };
    let rules = scope.rules().map(rule).collect();
    Ok(ScopeOutput { agent: scope.agent.to_string(), text, rules, file: scope.file })
}

pub(super) fn check(asked: &Asked<'_>, input: CheckScopeInput) -> Result<CheckScopeOutput, Refusal> {
    let file = input.name.unwrap_or_else(|| UNNAMED.to_owned());
    let rules = present_rules(&asked.project_files()?).map_err(|error| error.refusal())?;
    let mistakes = match rules.read_scope(&file, &input.text) {
        Ok(_) => Vec::new(),
        Err(error) => vec![Mistake::of(&error).map(shown).ok_or_else(|| invalid(&error))?],
    };
    Ok(CheckScopeOutput { file, mistakes })
}

pub(super) fn preview(asked: &Asked<'_>, input: PreviewScopeInput) -> Result<PreviewScopeOutput, Refusal> {
    let pending = pending(asked, &input.agent, &input.text)?;
    let file = file_of(&agent(&input.agent)?);
    let other = rules_with_file(&asked.project_files()?, &file, &input.text);
    let other = other.map_err(|error| error.refusal())?.judge().map_err(|error| invalid(&error))?;
    let comparison = asked.engine()?.compare_rules(&other, JUDGED_AGAIN)?;
    let changed = comparison.changed.into_iter().map(|one| OtherDecision {
        action: one.action,
        agent: one.agent.to_string(),
        description: one.description,
        before: word(one.before.decision).to_owned(),
        after: word(one.after.decision).to_owned(),
    });
    Ok(PreviewScopeOutput {
        file,
        settled: pending.is_settled(),
        trust: pending.differences.iter().map(difference).collect(),
        judged: comparison.judged,
        changed: changed.collect(),
        draft: pending.draft().map(str::to_owned),
        shown_hash: hash_of(&pending),
    })
}

/// Puts in force exactly what was previewed, as the person's action.
pub(super) fn set(asked: &Asked<'_>, input: SetScopeInput) -> Result<SetScopeOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    asked.may_decide("Run `tgp scope set` in a terminal.")?;
    let pending = pending(asked, &input.agent, &input.text)?;
    if hash_of(&pending) != input.shown_hash {
        let message = "this is not what was shown: the text, or what is in force, has changed since";
        return Err(Refusal::new(ErrorCode::TrustUnusable, message)
            .with_hint("Look at the preview again, and set what it shows."));
    }
    let file = file_of(&agent(&input.agent)?);
    if pending.is_settled() {
        return Ok(SetScopeOutput { file, changed: false, action: None });
    }
    if !input.over_draft {
        pending.check_draft().map_err(|error| error.refusal())?;
    }
    let (by, now) = (engine.person(), engine.now());
    let change = PolicyChange::of(&pending, &format!("Set the scope of `{}`", input.agent), &by);
    let action = engine.change_policy(call, &change, || pending.accept(&by, now).map(Some))?;
    Ok(SetScopeOutput { file, changed: true, action: Some(action.to_string()) })
}

fn in_force(asked: &Asked<'_>) -> Result<RuleSet, Refusal> {
    rules_in_force(&asked.project_files()?).map_err(|error| error.refusal())
}

/// What would be in force with the scope set. It has to be a scope, and of this agent.
fn pending(asked: &Asked<'_>, name: &str, text: &str) -> Result<PendingTrust, Refusal> {
    let agent = agent(name)?;
    let (project, file) = (asked.project_files()?, file_of(&agent));
    let rules = present_rules(&project).map_err(|error| error.refusal())?;
    let scope = rules.read_scope(&file, text).map_err(|error| invalid(&error))?;
    if scope.agent != agent {
        let message = format!("this is the scope of `{}`, not of `{agent}`", scope.agent);
        return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
    }
    PendingTrust::with_file(&project, &file, text).map_err(|error| error.refusal())
}

/// Names all sides: what was in force when it was shown, what would be, and a draft that would be overwritten.
fn hash_of(pending: &PendingTrust) -> String {
    let before = pending.trusted.as_ref().map_or("", |trusted| trusted.hash.as_str());
    match pending.draft_hash() {
        Some(draft) => format!("{before}:{}:{draft}", pending.hash()),
        None => format!("{before}:{}", pending.hash()),
    }
}

fn file_of(agent: &AgentName) -> String {
    format!("scopes/{agent}.yaml")
}

fn agent(name: &str) -> Result<AgentName, Refusal> {
    name.parse().map_err(|problem: tgp_model::agent::AgentNameProblem| {
        Refusal::new(ErrorCode::ArgumentsInvalid, problem.to_string())
    })
}

fn invalid(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::PolicyInvalid, error.to_string())
}

fn shown(mistake: Mistake) -> ShownMistake {
    let Mistake { file, level, line, column, message } = mistake;
    ShownMistake { file, level: level.as_str().to_owned(), line, column, message }
}

fn difference(difference: &Difference) -> TrustFile {
    TrustFile {
        name: difference.name.clone(),
        how: match difference.how {
            How::Added => "added",
            How::Changed => "changed",
            How::Removed => "removed",
        }
        .to_owned(),
        before: difference.before.clone(),
        after: difference.after.clone(),
    }
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::RequireApproval => "require_approval",
        Decision::Deny => "deny",
    }
}
