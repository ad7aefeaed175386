//! The three rules that keep a capability's risk honest.

use std::fmt;

use crate::capability::Capability;
use crate::risk::{Operation, RiskLevel};

/// One of the three rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsistencyRule {
    /// Irreversible side effects need risk high or critical.
    Irreversible,
    /// Delete operations need risk high or critical.
    Delete,
    /// Irreversible side effects without compensation need risk critical.
    Uncompensated,
}

impl ConsistencyRule {
    /// All rules, in their order.
    pub const ALL: [Self; 3] = [Self::Irreversible, Self::Delete, Self::Uncompensated];

    /// The least risk this rule asks of a capability; none where it says nothing about it.
    pub fn least(self, capability: &Capability) -> Option<RiskLevel> {
        let irreversible = !capability.side_effects.reversible;
        match self {
            Self::Irreversible => irreversible.then_some(RiskLevel::High),
            Self::Delete => (capability.operation == Operation::Delete).then_some(RiskLevel::High),
            Self::Uncompensated => {
                (irreversible && !capability.compensation.supported).then_some(RiskLevel::Critical)
            }
        }
    }
}

impl fmt::Display for ConsistencyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Irreversible => "rule 1, irreversible side effects need risk high or critical",
            Self::Delete => "rule 2, delete operations need risk high or critical",
            Self::Uncompensated => "rule 3, irreversible without compensation needs risk critical",
        })
    }
}

/// A capability graded lower than it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{capability}` says risk {stated}, but it needs at least {least}: {rule}")]
pub struct InconsistentRisk {
    /// Which capability.
    pub capability: String,
    /// The risk it states.
    pub stated: RiskLevel,
    /// The least risk the rule asks for.
    pub least: RiskLevel,
    /// Which rule.
    pub rule: ConsistencyRule,
}

/// Checks the three rules; the first broken one is named.
pub fn check(capability: &Capability) -> Result<(), InconsistentRisk> {
    for rule in ConsistencyRule::ALL {
        if let Some(least) = rule.least(capability)
            && capability.risk.level < least
        {
            let stated = capability.risk.level;
            return Err(InconsistentRisk { capability: capability.id.clone(), stated, least, rule });
        }
    }
    Ok(())
}

/// The least risk all three rules together ask for; low where none says anything.
pub fn least_risk(capability: &Capability) -> RiskLevel {
    ConsistencyRule::ALL.iter().filter_map(|rule| rule.least(capability)).max().unwrap_or(RiskLevel::Low)
}
