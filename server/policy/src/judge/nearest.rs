//! The rule that comes nearest to allowing what was denied: the one with the fewest fields that do not match.

use std::cmp::Reverse;

use super::bits::Bits;
use super::index::RuleIndex;
use crate::facts::{Cut, Facts};
use crate::rule::Rule;
use crate::verdict::NearestRule;

/// Finds it among the rules that allow in the agent's scope; none where there are none.
pub(crate) fn find(
    index: &RuleIndex,
    facts: &Facts<'_>,
    in_force: &Bits,
    target: Option<&Cut<'_>>,
) -> Option<NearestRule> {
    let mut candidates = index.allows.clone();
    candidates.keep(in_force);
    let about = index.about(facts, facts.capability);
    let about_target = index.about_target(target);
    // From the nearest class to the farthest: only a comparison, exception or stricter rule stands against it; the
    // target is another; the capability is another; both are.
    let classes = [(true, true), (true, false), (false, true), (false, false)];
    for (capability, same_target) in classes {
        let mut class = candidates.clone();
        class = if capability { and(class, &about) } else { class.without(&about) };
        class = if same_target { and(class, &about_target) } else { class.without(&about_target) };
        if !class.is_none() {
            let value = target.map_or("", |cut| cut.target.value());
            let nearest = class.iter().max_by_key(|number| closeness(index.rule(*number), target, value));
            return nearest
                .map(|number| describe(index.rule(number), facts, target, capability, same_target));
        }
    }
    None
}

fn and(mut class: Bits, other: &Bits) -> Bits {
    class.keep(other);
    class
}

/// How much of the target's text a rule's pattern shares from the beginning. Of equals the name decides, so that the
/// order of rules means nothing.
fn closeness<'r>(
    rule: &'r Rule,
    target: Option<&Cut<'_>>,
    value: &str,
) -> (bool, usize, Reverse<(&'r str, &'r str)>) {
    let name = Reverse((rule.id.as_str(), &*rule.file));
    let field = rule.matching.target.as_ref();
    let same_kind = field.map(|field| field.kind) == target.map(|cut| cut.target.kind());
    let shared = |pattern: &str| pattern.bytes().zip(value.bytes()).take_while(|(a, b)| a == b).count();
    let patterns = field.filter(|_| same_kind).map(|field| field.patterns.as_slice()).unwrap_or_default();
    (same_kind, patterns.iter().map(|pattern| shared(pattern.source())).max().unwrap_or(0), name)
}

fn describe(
    rule: &Rule,
    facts: &Facts<'_>,
    target: Option<&Cut<'_>>,
    capability: bool,
    same_target: bool,
) -> NearestRule {
    let mut missing = Vec::new();
    if !capability {
        missing.push(if rule.matching.capability.is_some() { "capability" } else { "operation" });
    }
    if let Some(field) = &rule.matching.target
        && !same_target
    {
        missing.push(field.kind.as_str());
    }
    let request = facts.request;
    let differs = |patterns: &Option<Vec<tgp_pattern::Pattern>>, text: Option<&str>| {
        let Some(patterns) = patterns else { return false };
        !text.is_some_and(|text| patterns.iter().any(|pattern| pattern.matches(&[text])))
    };
    if differs(&rule.matching.agent, Some(request.agent.as_str())) {
        missing.push("agent");
    }
    if differs(&rule.matching.session, request.session.map(|id| id.to_string()).as_deref()) {
        missing.push("session");
    }
    if differs(&rule.matching.mode, request.mode.as_deref()) {
        missing.push("mode");
    }
    if !rule.matching.when.iter().all(|condition| condition.holds(facts) == Some(true)) {
        missing.push("when");
    }
    if rule.except.iter().any(|block| block.holds(facts, target, true)) {
        missing.push("except");
    }
    NearestRule { id: rule.id.clone(), file: rule.file.to_string(), line: rule.place.line, missing }
}
