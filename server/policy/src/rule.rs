//! One rule: what it matches, and what it says.

pub(crate) mod block;
pub(crate) mod condition;
pub(crate) mod read;
pub(crate) mod sample;

use std::sync::Arc;

use tgp_model::{AgentName, Decision};

use crate::facts::{Cut, Facts};
use crate::file_error::Place;
use crate::version::Canonical;
pub(crate) use block::Block;

/// A rule, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) effect: Decision,
    pub(crate) reason: String,
    pub(crate) file: Arc<str>,
    pub(crate) place: Place,
    /// The agent whose scope it belongs to; none for a policy file.
    pub(crate) scope: Option<AgentName>,
    pub(crate) matching: Block,
    pub(crate) except: Vec<Block>,
}

impl Rule {
    /// What a comparison that cannot be evaluated counts as: a rule that permits does not match then, one that
    /// restricts does.
    pub(crate) fn undecided(&self) -> bool {
        self.effect != Decision::Allow
    }

    /// Whether the rule applies, once all fields of its match block but `when` are known to hold.
    pub(crate) fn applies(&self, facts: &Facts<'_>, target: Option<&Cut<'_>>) -> bool {
        self.matching.when.iter().all(|condition| condition.holds(facts).unwrap_or(self.undecided()))
            && !self.except.iter().any(|block| block.holds(facts, target, !self.undecided()))
    }

    /// Whether the rule says something about a target (none: the request as itself), field by field.
    pub(crate) fn matches(&self, facts: &Facts<'_>, target: Option<&Cut<'_>>) -> bool {
        self.matching.holds(facts, target, self.undecided()) && self.applies(facts, target)
    }

    /// The rule as canonical content, without its place and without the order of its parts.
    pub(crate) fn canonical(&self) -> Canonical {
        let mut canonical = Canonical::default();
        canonical.text(&self.id).text(effect_name(self.effect)).text(&self.reason);
        canonical.text(self.scope.as_ref().map_or("", AgentName::as_str));
        canonical.part(&self.matching.canonical());
        canonical.set(self.except.iter().map(Block::canonical));
        canonical
    }
}

/// The name of an effect in a file.
pub(crate) fn effect_name(effect: Decision) -> &'static str {
    match effect {
        Decision::Allow => "allow",
        Decision::RequireApproval => "require_approval",
        Decision::Deny => "deny",
    }
}
