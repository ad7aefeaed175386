//! The rule that comes nearest to allowing what was denied: the one with the fewest fields that do not match.

use std::collections::BTreeMap;

use tgp_capability::TargetKind;
use tgp_model::Decision;

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
    let of_kind = index.of_kind(target.map(|cut| cut.target.kind()));
    // From the nearest class to the farthest: only a comparison, an exception or a stricter rule stands against it;
    // the target is another of its kind; the capability is another; both are; anything that allows.
    let classes = [
        and(and(candidates.clone(), &about), &about_target),
        and(and(candidates.clone(), &about), of_kind),
        and(candidates.clone(), &about_target),
        and(candidates.clone(), of_kind),
        candidates,
    ];
    let number = classes.iter().find_map(|class| index.order.nearest(class, target))?;
    Some(describe(index.rule(number), facts, target, about.has(number), about_target.has(number)))
}

fn and(mut class: Bits, other: &Bits) -> Bits {
    class.keep(other);
    class
}

/// Rules that allow, in orders that make the nearest quick to find. The orders follow from what the rules say, not
/// from where they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowOrder {
    /// Patterns about one kind of target, by their text; whose text shares most of its beginning with a target's
    /// stands next to where the target itself would.
    by_text: BTreeMap<TargetKind, Vec<(String, u32)>>,
    /// All of them, by name.
    by_name: Vec<u32>,
}

impl AllowOrder {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let allows = || (0_u32..).zip(rules).filter(|(_, rule)| rule.effect == Decision::Allow);
        let name = |number: &u32| (&rules[*number as usize].id, &rules[*number as usize].file);
        let mut by_name: Vec<u32> = allows().map(|(number, _)| number).collect();
        by_name.sort_by_key(name);
        let mut by_text: BTreeMap<TargetKind, Vec<(String, u32)>> = BTreeMap::new();
        for (number, rule) in allows() {
            if let Some(field) = &rule.matching.target {
                let texts = field.patterns.iter().map(|pattern| (pattern.source().to_owned(), number));
                by_text.entry(field.kind).or_default().extend(texts);
            }
        }
        for list in by_text.values_mut() {
            list.sort_by(|(a, one), (b, other)| (a, name(one)).cmp(&(b, name(other))));
        }
        Self { by_text, by_name }
    }

    fn nearest(&self, class: &Bits, target: Option<&Cut<'_>>) -> Option<u32> {
        let by_text = target.and_then(|cut| {
            let list = self.by_text.get(&cut.target.kind())?;
            let value = cut.target.value();
            let (before, after) = list.split_at(list.partition_point(|(text, _)| text.as_str() < value));
            let in_class = |entry: &&(String, u32)| class.has(entry.1);
            let shared = |text: &str| text.bytes().zip(value.bytes()).take_while(|(a, b)| a == b).count();
            let sides = [before.iter().rev().find(in_class), after.iter().find(in_class)];
            sides.into_iter().flatten().max_by_key(|(text, _)| shared(text)).map(|(_, number)| *number)
        });
        by_text.or_else(|| self.by_name.iter().copied().find(|number| class.has(*number)))
    }
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
    let patterns = rule.matching.target.iter().flat_map(|field| &field.patterns);
    NearestRule {
        id: rule.id.clone(),
        file: rule.file.to_string(),
        line: rule.place.line,
        column: rule.place.column,
        allows: patterns.map(|pattern| pattern.source().to_owned()).collect(),
        missing,
    }
}
