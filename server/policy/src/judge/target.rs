//! One target weighed.

use tgp_model::Decision;

use super::asks_by_itself;
use super::bits::Bits;
use super::index::RuleIndex;
use crate::facts::{Cut, Facts};
use crate::verdict::{DeterminingRule, Level};
use tgp_token::VerifiedToken;

/// What came of one target, or of several with the same decision.
pub(crate) struct Outcome {
    pub(crate) decision: Decision,
    /// Determining rules by number.
    pub(crate) rules: Vec<u32>,
    /// Determining rules that are built in.
    pub(crate) fixed: Vec<DeterminingRule>,
    pub(crate) token_used: bool,
}

impl Outcome {
    pub(crate) fn default_deny() -> Self {
        let fixed = vec![DeterminingRule::default_deny()];
        Self { decision: Decision::Deny, rules: Vec::new(), fixed, token_used: false }
    }

    /// Takes in the outcome of another target with the same decision.
    pub(crate) fn join(&mut self, other: Self) {
        self.rules.extend(other.rules);
        self.fixed.extend(other.fixed);
        self.token_used |= other.token_used;
    }

    /// The determining rules: what is built in first, then by name; each once. `default` comes last: it says less
    /// than any rule.
    pub(crate) fn determining(mut self, index: &RuleIndex) -> Vec<DeterminingRule> {
        self.rules.sort_unstable();
        self.rules.dedup();
        let mut rules: Vec<DeterminingRule> =
            self.rules.iter().map(|number| written(index, *number)).collect();
        rules.extend(self.fixed);
        let rank = |rule: &DeterminingRule| match (&rule.file, rule.id.as_str()) {
            (None, "default") => 2_u8,
            (None, _) => 0,
            _ => 1,
        };
        rules.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
        rules.dedup();
        rules
    }
}

fn written(index: &RuleIndex, number: u32) -> DeterminingRule {
    let rule = index.rule(number);
    DeterminingRule {
        id: rule.id.clone(),
        effect: rule.effect,
        reason: rule.reason.clone(),
        level: if rule.scope.is_some() { Level::Scope } else { Level::of_file(&rule.file) },
        file: Some(rule.file.to_string()),
        line: rule.place.line,
        column: rule.place.column,
    }
}

/// Weighs one target (none: the request as itself). `level` are the rules whose other fields hold.
pub(crate) fn weigh(
    index: &RuleIndex,
    facts: &Facts<'_>,
    level: &Bits,
    target: Option<&Cut<'_>>,
    built_in: Option<DeterminingRule>,
    token: Option<&VerifiedToken>,
) -> Outcome {
    let mut found = index.about_target(target);
    found.keep(level);
    let applying = |set: &Bits| -> Vec<u32> {
        found.both(set).filter(|number| index.rule(*number).applies(facts, target)).collect()
    };
    let outcome = |decision, rules, fixed| Outcome { decision, rules, fixed, token_used: false };

    let denies = applying(&index.denies);
    if built_in.is_some() || !denies.is_empty() {
        return outcome(Decision::Deny, denies, built_in.into_iter().collect());
    }
    let allows = applying(&index.allows);
    let asks = applying(&index.asks);
    // Only a scope says what an agent may do. A question that a policy file or the risk adds stands on top of that;
    // alone it would turn a deny into a question, and so widen.
    if allows.is_empty() && !asks.iter().any(|number| index.is_scope_rule(*number)) {
        return Outcome::default_deny();
    }
    let by_itself = asks_by_itself(facts);
    if asks.is_empty() && by_itself.is_none() {
        return outcome(Decision::Allow, allows, Vec::new());
    }
    let covered =
        token.is_some_and(|token| token.covers(&facts.request.capability, target.map(|cut| cut.target)));
    if covered {
        // What the token answers are the questions; the rules that allow are what it rests on.
        let (rules, fixed) = if allows.is_empty() { (asks, Vec::new()) } else { (allows, Vec::new()) };
        return Outcome { decision: Decision::Allow, rules, fixed, token_used: true };
    }
    outcome(Decision::RequireApproval, asks, by_itself.into_iter().collect())
}
