//! One capability, and constructors that make the safe grade the easy one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::quantity::Unit;
use crate::risk::{Operation, Risk, RiskLevel};

/// What an action does: `fs.write`, `sql.read`, `net.fetch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// Its name: lower-case words joined by dots, such as `fs.write`.
    pub id: String,
    /// What it does to its targets.
    pub operation: Operation,
    /// How bad it may get, and why.
    pub risk: Risk,
    /// What it leaves behind.
    pub side_effects: SideEffects,
    /// How it is taken back.
    pub compensation: Compensation,
    /// Whether a person is asked whatever the scope says.
    #[serde(default)]
    pub requires_approval: bool,
    /// Words a rule can match.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// Figures a request may carry, with their units.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
}

/// What a capability leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideEffects {
    /// Whether the world before can be had back.
    pub reversible: bool,
    /// Where it is felt, such as `project`, `library`, `database`, `network`.
    pub scope: String,
    /// In a sentence.
    pub description: String,
}

/// How a capability is taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compensation {
    /// Whether there is a way.
    pub supported: bool,
    /// The way, in a sentence.
    pub strategy: String,
    /// The capability that does it.
    pub capability: Option<String>,
}

/// A figure a request may carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name in `when`.
    pub name: String,
    /// Its unit; a rule about it has to write one. Bytes are counted in bytes, time in nanoseconds.
    pub unit: Option<Unit>,
}

impl Compensation {
    /// There is none.
    pub fn none() -> Self {
        Self::default()
    }

    /// `capability` takes it back.
    pub fn by(capability: &str, strategy: &str) -> Self {
        Self { supported: true, strategy: strategy.to_owned(), capability: Some(capability.to_owned()) }
    }
}

impl Capability {
    /// Looks and changes nothing: low risk.
    pub fn read(id: &str, scope: &str, description: &str) -> Self {
        let risk = Risk { level: RiskLevel::Low, justification: "It changes nothing.".to_owned() };
        Self::new(id, Operation::Read, risk, effects(true, scope, description), Compensation::none())
    }

    /// Changes what can be had back: medium risk.
    pub fn write(id: &str, scope: &str, description: &str, compensation: Compensation) -> Self {
        let risk =
            Risk { level: RiskLevel::Medium, justification: "What it changes can be had back.".to_owned() };
        Self::new(id, Operation::Write, risk, effects(true, scope, description), compensation)
    }

    /// Changes what cannot be had back, but can be compensated: high risk. Without compensation: critical.
    pub fn write_irreversible(id: &str, scope: &str, description: &str, compensation: Compensation) -> Self {
        let (level, why) = if compensation.supported {
            (RiskLevel::High, "What it changes cannot be had back, only made good.")
        } else {
            (RiskLevel::Critical, "What it changes cannot be had back, and nothing makes it good.")
        };
        let risk = Risk { level, justification: why.to_owned() };
        Self::new(id, Operation::Write, risk, effects(false, scope, description), compensation)
    }

    /// Removes what its compensation brings back: high risk.
    pub fn delete(id: &str, scope: &str, description: &str, compensation: Compensation) -> Self {
        let risk = Risk {
            level: RiskLevel::High,
            justification: "It removes; what is gone has to be brought back.".to_owned(),
        };
        Self::new(id, Operation::Delete, risk, effects(true, scope, description), compensation)
    }

    /// A capability of any shape.
    pub fn new(
        id: &str,
        operation: Operation,
        risk: Risk,
        side_effects: SideEffects,
        compensation: Compensation,
    ) -> Self {
        Self {
            id: id.to_owned(),
            operation,
            risk,
            side_effects,
            compensation,
            requires_approval: false,
            tags: BTreeSet::new(),
            attributes: Vec::new(),
        }
    }

    /// The same, with tags.
    #[must_use]
    pub fn tagged<'a>(mut self, tags: impl IntoIterator<Item = &'a str>) -> Self {
        self.tags.extend(tags.into_iter().map(str::to_owned));
        self
    }

    /// The same, with a figure requests carry.
    #[must_use]
    pub fn measuring(mut self, name: &str, unit: Option<Unit>) -> Self {
        self.attributes.push(Attribute { name: name.to_owned(), unit });
        self
    }

    /// The same, asking a person whatever the scope says.
    #[must_use]
    pub fn asking(mut self) -> Self {
        self.requires_approval = true;
        self
    }

    /// Whether a person is asked by default: because it says so, or because its risk is critical.
    pub fn asks(&self) -> bool {
        self.requires_approval || self.risk.level == RiskLevel::Critical
    }

    /// The unit the capability declares for an attribute.
    pub fn unit_of(&self, attribute: &str) -> Option<Unit> {
        self.attributes.iter().find(|one| one.name == attribute).and_then(|one| one.unit)
    }
}

/// Side effects from their parts.
pub(crate) fn effects(reversible: bool, scope: &str, description: &str) -> SideEffects {
    SideEffects { reversible, scope: scope.to_owned(), description: description.to_owned() }
}
