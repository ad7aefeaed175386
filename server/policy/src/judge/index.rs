//! All rules, found by what a request says instead of being tried one by one.
//!
//! Capability, operation, risk and tags follow from the capability, so the rules they leave over are worked out once
//! for each registered capability. Targets are found by one walk (`pattern::index`). What remains are the few rules
//! that really match.

use std::collections::{BTreeMap, HashMap};

use tgp_capability::{Capability, Registry};
use tgp_model::{AgentName, Decision};

use super::bits::Bits;
use super::nearest::AllowOrder;
use crate::facts::{Cut, Facts};
use crate::request::Request;
use crate::rule::Rule;
use tgp_capability::TargetKind;
use tgp_pattern::PatternIndex;
use tgp_pattern::{Pattern, Spelling, TextKind};

/// The rules and the ways to find them.
#[derive(Debug, Clone)]
pub(crate) struct RuleIndex {
    rules: Vec<Rule>,
    pub(crate) allows: Bits,
    pub(crate) asks: Bits,
    pub(crate) denies: Bits,
    /// Rules of policy files, which hold for every agent.
    policy: Bits,
    scopes: HashMap<AgentName, Bits>,
    capabilities: HashMap<String, Bits>,
    agent: FieldIndex,
    session: FieldIndex,
    mode: FieldIndex,
    targets: BTreeMap<TargetKind, TargetIndex>,
    /// Rules without a field about targets.
    any_target: Bits,
    /// Rules about each kind of target, and those about any.
    kinds: BTreeMap<TargetKind, Bits>,
    pub(crate) order: AllowOrder,
}

/// Rules by one field of text.
#[derive(Debug, Clone)]
struct FieldIndex {
    without: Bits,
    patterns: PatternIndex,
}

/// Rules by their field about one kind of target.
#[derive(Debug, Clone, Default)]
struct TargetIndex {
    exact: PatternIndex,
    any: PatternIndex,
    /// Rules that hold in any spelling; tried one by one for a path with short names in it.
    any_rules: Vec<u32>,
}

impl RuleIndex {
    pub(crate) fn new(rules: Vec<Rule>, registry: &Registry) -> Self {
        let count = rules.len();
        let numbered = || (0_u32..).zip(&rules);
        let those = |wanted: &dyn Fn(&Rule) -> bool| {
            let mut bits = Bits::none(count);
            numbered().filter(|(_, rule)| wanted(rule)).for_each(|(number, _)| bits.set(number));
            bits
        };
        let mut scopes: HashMap<AgentName, Bits> = HashMap::new();
        for (number, rule) in numbered() {
            if let Some(agent) = &rule.scope {
                scopes.entry(agent.clone()).or_insert_with(|| Bits::none(count)).set(number);
            }
        }
        let capabilities = registry.iter().map(|capability| {
            let request = Request::new(AgentName::default(), capability.id.as_str(), Vec::new());
            let facts = Facts::new(&request, Some(capability));
            (capability.id.clone(), those(&|rule| rule.matching.holds_for_capability(&facts)))
        });
        let of_kind =
            |kind| those(&|rule| rule.matching.target.as_ref().is_none_or(|field| field.kind == kind));
        let kinds = TargetKind::FIELDS.iter().map(|(_, kind)| (*kind, of_kind(*kind))).collect();
        let mut targets: BTreeMap<TargetKind, TargetIndex> = BTreeMap::new();
        for (number, rule) in numbered() {
            if let Some(field) = &rule.matching.target {
                let index = targets.entry(field.kind).or_default();
                match field.spelling {
                    Spelling::Exact => field.patterns.iter().for_each(|one| index.exact.insert(one, number)),
                    Spelling::Any => {
                        field.patterns.iter().for_each(|one| index.any.insert(one, number));
                        index.any_rules.push(number);
                    }
                }
            }
        }
        Self {
            allows: those(&|rule| rule.effect == Decision::Allow),
            asks: those(&|rule| rule.effect == Decision::RequireApproval),
            denies: those(&|rule| rule.effect == Decision::Deny),
            policy: those(&|rule| rule.scope.is_none()),
            scopes,
            capabilities: capabilities.collect(),
            agent: FieldIndex::new(&rules, |rule| rule.matching.agent.as_deref()),
            session: FieldIndex::new(&rules, |rule| rule.matching.session.as_deref()),
            mode: FieldIndex::new(&rules, |rule| rule.matching.mode.as_deref()),
            targets,
            kinds,
            order: AllowOrder::new(&rules),
            any_target: those(&|rule| rule.matching.target.is_none()),
            rules,
        }
    }

    pub(crate) fn rule(&self, number: u32) -> &Rule {
        &self.rules[number as usize]
    }

    pub(crate) fn is_scope_rule(&self, number: u32) -> bool {
        self.rule(number).scope.is_some()
    }

    /// Rules in force for an agent: the policy, and its scope or else the scope `default`.
    pub(crate) fn in_force(&self, agent: &AgentName, fallback: &AgentName) -> Bits {
        let mut bits = self.policy.clone();
        if let Some(scope) = self.scopes.get(agent).or_else(|| self.scopes.get(fallback)) {
            bits.add(scope);
        }
        bits
    }

    /// Rules whose fields about the capability hold.
    pub(crate) fn about(&self, facts: &Facts<'_>, registered: Option<&Capability>) -> Bits {
        let known = registered.and_then(|capability| self.capabilities.get(&capability.id));
        known.cloned().unwrap_or_else(|| {
            let mut bits = Bits::none(self.rules.len());
            for (number, rule) in (0_u32..).zip(&self.rules) {
                if rule.matching.holds_for_capability(facts) {
                    bits.set(number);
                }
            }
            bits
        })
    }

    /// Takes away the rules whose fields about agent, session or mode do not hold.
    pub(crate) fn keep_for(&self, request: &Request, bits: &mut Bits) {
        self.agent.keep(Some(request.agent.as_str()), bits);
        let session = (!self.session.patterns.is_empty()).then_some(request.session).flatten();
        self.session.keep(session.map(|id| id.to_string()).as_deref(), bits);
        self.mode.keep(request.mode.as_deref(), bits);
    }

    /// Rules about one kind of target, or about any.
    pub(crate) fn of_kind(&self, kind: Option<TargetKind>) -> &Bits {
        kind.and_then(|kind| self.kinds.get(&kind)).unwrap_or(&self.any_target)
    }

    /// Rules whose field about targets holds, or that have none.
    pub(crate) fn about_target(&self, target: Option<&Cut<'_>>) -> Bits {
        let mut bits = self.any_target.clone();
        let Some(cut) = target else { return bits };
        let Some(index) = self.targets.get(&cut.target.kind()) else { return bits };
        if !index.exact.is_empty() {
            index.exact.find(&cut.exact(), &mut |rule| bits.set(rule));
        }
        if !index.any.is_empty() {
            index.any.find(&cut.folded(), &mut |rule| bits.set(rule));
        }
        if cut.is_short() {
            let covers = |number: &&u32| {
                self.rule(**number).matching.target.as_ref().is_some_and(|field| field.matches(Some(cut)))
            };
            index.any_rules.iter().filter(covers).for_each(|number| bits.set(*number));
        }
        bits
    }
}

impl FieldIndex {
    fn new(rules: &[Rule], field: impl Fn(&Rule) -> Option<&[Pattern]>) -> Self {
        let mut index = Self { without: Bits::none(rules.len()), patterns: PatternIndex::default() };
        for (number, rule) in (0_u32..).zip(rules) {
            match field(rule) {
                None => index.without.set(number),
                Some(patterns) => patterns.iter().for_each(|one| index.patterns.insert(one, number)),
            }
        }
        index
    }

    fn keep(&self, text: Option<&str>, bits: &mut Bits) {
        if self.patterns.is_empty() {
            return;
        }
        let mut holding = self.without.clone();
        if let Some(text) = text {
            let parts = tgp_pattern::cut(text, TextKind::Plain);
            self.patterns.find(&parts, &mut |rule| holding.set(rule));
        }
        bits.keep(&holding);
    }
}
