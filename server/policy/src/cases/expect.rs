//! Judges one case and compares.

use tgp_model::{AgentName, Decision, RepoPath};

use super::order::orders;
use super::read::{Case, Reload, Variant};
use crate::judge::{Judge, JudgeParts};
use crate::policy_file::PolicyFile;
use crate::rule::Rule;
use crate::rule::effect_name;
use crate::scope::Scope;
use crate::verdict::Verdict;

/// Where the library of a case lies.
const LIBRARY: &str = ".tgp";

/// Runs a case in its orders; the error says what came out instead.
pub(super) fn run(case: &Case) -> Result<(), String> {
    for order in orders(case.scope.len(), case.any_order) {
        let scope: Vec<Rule> = order.iter().filter_map(|at| case.scope.get(*at).cloned()).collect();
        for reversed in [false, true] {
            let mut policy = case.policy.clone();
            if reversed {
                policy.reverse();
            }
            run_in_order(case, &scope, &policy)?;
        }
    }
    Ok(())
}

fn run_in_order(case: &Case, scope: &[Rule], policy: &[Rule]) -> Result<(), String> {
    for variant in &case.variants {
        let judge = judge(case, &variant.agent, scope, policy)?;
        if let Some(reload) = &case.reload {
            check_reload(case, &variant.agent, reload)?;
        }
        check(variant, &judge)?;
    }
    Ok(())
}

fn judge(case: &Case, agent: &AgentName, scope: &[Rule], policy: &[Rule]) -> Result<Judge, String> {
    let library: RepoPath = LIBRARY.parse().map_err(|problem| format!("{problem}"))?;
    let parts = JudgeParts {
        guarded: Vec::new(),
        library,
        registry: case.registry.clone(),
        scopes: vec![Scope { agent: agent.clone(), file: "scope".to_owned(), rules: scope.to_vec() }],
        policies: vec![PolicyFile { file: "policy".to_owned(), rules: policy.to_vec() }],
    };
    Judge::new(parts).map_err(|error| error.to_string())
}

/// The file has to be refused at its line. Refused files come to nothing, so what was in force is still judged by.
fn check_reload(case: &Case, agent: &AgentName, reload: &Reload) -> Result<(), String> {
    let refused = if reload.is_policy {
        PolicyFile::parse("reload", &reload.text, &case.registry).err()
    } else {
        Scope::of_rules("reload", &reload.text, agent, &case.registry).err()
    };
    let error = refused.ok_or("the file was not refused")?;
    if error.place.line != reload.line || !error.to_string().contains(&reload.mentions) {
        return Err(format!("line {} and `{}` were expected, but: {error}", reload.line, reload.mentions));
    }
    Ok(())
}

fn check(variant: &Variant, judge: &Judge) -> Result<(), String> {
    let verdict = match &variant.request {
        Ok(request) => judge.judge(request),
        // The look refuses a path that leads out before anything is judged.
        Err(problem) => {
            let is_expected = variant.decision == Decision::Deny
                && variant.rule.as_deref().is_none_or(|rule| rule == "path.escape");
            return if is_expected { Ok(()) } else { Err(problem.to_string()) };
        }
    };
    let names_rule = |wanted: &String| verdict.rules.iter().any(|rule| rule.id == *wanted);
    let named_target = verdict.target.as_ref().map(ToString::to_string);
    let fits = verdict.decision == variant.decision
        && variant.rule.as_ref().is_none_or(names_rule)
        && (variant.target.is_none() || variant.target == named_target);
    if fits { Ok(()) } else { Err(difference(variant, &verdict)) }
}

fn difference(variant: &Variant, verdict: &Verdict) -> String {
    let rules: Vec<&str> = verdict.rules.iter().map(|rule| rule.id.as_str()).collect();
    let target = verdict.target.as_ref().map_or_else(String::new, |target| format!(" on `{target}`"));
    let wanted_rule = variant.rule.as_ref().map_or_else(String::new, |rule| format!(" by `{rule}`"));
    let wanted_target = variant.target.as_ref().map_or_else(String::new, |target| format!(" on `{target}`"));
    format!(
        "expected {}{wanted_rule}{wanted_target}, came {} by `{}`{target}",
        effect_name(variant.decision),
        effect_name(verdict.decision),
        rules.join("`, `"),
    )
}
