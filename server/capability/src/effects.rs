//! What a forged tool declares about its effects (`export const effects`), graded by the consistency rules.

use serde_json::Value;

use crate::capability::{Attribute, Capability, Compensation, SideEffects};
use crate::consistency;
use crate::effects_read;
use crate::quantity::Unit;
use crate::registry::RegisterError;
use crate::risk::{Operation, Risk, RiskLevel};

/// Prefix of the capability a tool's declaration becomes; the tool's path follows.
pub const PREFIX: &str = "tool.effects:";

/// What a tool said it does to the world, and the capability that follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredEffects {
    /// Each effect, in the order of the declaration.
    pub effects: Vec<Effect>,
    /// The grade of all of them together.
    pub capability: Capability,
}

/// One declared effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What kind it is.
    pub kind: EffectKind,
    /// In a sentence, for the person who is asked.
    pub description: String,
    /// The tool that takes it back, as a path such as `tools/shop/refund.ts`.
    pub compensation: Option<String>,
    /// The risk the author states; never lower than the rules ask for.
    pub risk: Option<RiskLevel>,
}

/// The kinds of effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectKind {
    /// A request to another machine.
    ApiCall {
        /// The method, in capitals.
        method: String,
        /// The host, lower-cased.
        host: String,
    },
    /// Something is put into service.
    Deploy {
        /// Where to.
        target: String,
    },
    /// A message to a person; it cannot be unsent.
    Message {
        /// Through what, such as `mail`.
        channel: String,
    },
}

/// What is wrong with a declaration, and where in it (a JSON pointer such as `/0/method`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`effects{place}`: {why}")]
pub struct EffectsProblem {
    /// Where: empty for the whole.
    pub place: String,
    /// What is wrong, in a sentence.
    pub why: String,
}

impl EffectKind {
    /// The methods that change nothing.
    pub const SAFE_METHODS: [&'static str; 3] = ["GET", "HEAD", "OPTIONS"];

    /// Whether nothing at the other end changes by it.
    pub fn changes_nothing(&self) -> bool {
        matches!(self, Self::ApiCall { method, .. } if Self::SAFE_METHODS.contains(&method.as_str()))
    }
}

impl Effect {
    /// The least risk of this effect by the consistency rules.
    fn capability(&self, id: &str) -> Capability {
        let operation = match self.kind {
            EffectKind::ApiCall { .. } | EffectKind::Message { .. } => Operation::Network,
            EffectKind::Deploy { .. } => Operation::Execute,
        };
        let compensation = self.compensation.as_ref().map_or_else(Compensation::none, |tool| {
            Compensation::by(&format!("{PREFIX}{tool}"), &format!("`{tool}` takes it back."))
        });
        let side_effects = SideEffects {
            reversible: self.kind.changes_nothing(),
            scope: "world".to_owned(),
            description: self.description.clone(),
        };
        let risk = Risk { level: RiskLevel::Low, justification: String::new() };
        let mut capability = Capability::new(id, operation, risk, side_effects, compensation);
        let least = consistency::least_risk(&capability).max(RiskLevel::Medium);
        capability.risk.level = self.risk.unwrap_or(least);
        capability
    }
}

impl DeclaredEffects {
    /// Reads and grades the declaration of the tool at `path`.
    ///
    /// A stated risk lower than the rules ask for is refused with its place; without one, the least risk of the rules
    /// is taken. An empty list says that the tool does nothing to the world.
    pub fn grade(path: &str, declared: &Value) -> Result<Self, EffectsProblem> {
        let effects = effects_read::effects(declared)?;
        let id = format!("{PREFIX}{path}");
        let singles: Vec<Capability> = effects.iter().map(|effect| effect.capability(&id)).collect();
        for (number, single) in singles.iter().enumerate() {
            consistency::check(single).map_err(|error| EffectsProblem {
                place: format!("/{number}/risk"),
                why: error.to_string(),
            })?;
        }
        Ok(Self::of(&id, effects))
    }

    /// The same declaration graded by the compensations that are there: a name alone takes nothing back, and lowers no
    /// risk. `makes_up` says whether a tool can make up for an effect.
    #[must_use]
    pub fn where_compensated(&self, makes_up: &dyn Fn(&str, &EffectKind) -> bool) -> Self {
        let mut effects = self.effects.clone();
        for effect in &mut effects {
            if effect.compensation.as_deref().is_some_and(|tool| !makes_up(tool, &effect.kind)) {
                effect.compensation = None;
                effect.risk = None;
            }
        }
        Self::of(&self.capability.id, effects)
    }

    fn of(id: &str, effects: Vec<Effect>) -> Self {
        let singles: Vec<Capability> = effects.iter().map(|effect| effect.capability(id)).collect();
        let messages = effects.iter().any(|effect| matches!(effect.kind, EffectKind::Message { .. }));
        Self { capability: together(id, &singles, messages), effects }
    }

    /// Whether a request of the running tool was declared; a changing method is declared for its host only.
    pub fn covers_request(&self, method: &str, host: &str) -> bool {
        let declared = |kind: &EffectKind| match kind {
            EffectKind::ApiCall { method: known, host: to } => known == method && to == host,
            EffectKind::Deploy { .. } | EffectKind::Message { .. } => false,
        };
        EffectKind::SAFE_METHODS.contains(&method) || self.effects.iter().any(|effect| declared(&effect.kind))
    }

    /// Whether a tool that declares this can make up for an effect: it changes something at the same place. A tool that
    /// reaches nothing there takes nothing back.
    pub fn can_make_up_for(&self, other: &EffectKind) -> bool {
        self.effects.iter().any(|own| match (&own.kind, other) {
            (EffectKind::ApiCall { host, .. }, EffectKind::ApiCall { host: there, .. }) => {
                host == there && !own.kind.changes_nothing()
            }
            (EffectKind::Deploy { target }, EffectKind::Deploy { target: there }) => target == there,
            (EffectKind::ApiCall { .. }, EffectKind::Deploy { .. }) => !own.kind.changes_nothing(),
            _ => false,
        })
    }

    /// Whether a person has to be told that something cannot be unsent.
    pub fn sends_messages(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Message { .. }))
    }

    /// Registers the grade.
    pub fn register(&self, registry: &mut crate::Registry) -> Result<(), RegisterError> {
        registry.register(self.capability.clone())
    }
}

/// The capability of several effects: the highest risk, reversible only if each is, compensated only if each that has
/// to be is.
fn together(id: &str, singles: &[Capability], messages: bool) -> Capability {
    let irreversible: Vec<&Capability> =
        singles.iter().filter(|single| !single.side_effects.reversible).collect();
    let level = singles.iter().map(|single| single.risk.level).max().unwrap_or(RiskLevel::Low);
    let operation = singles.iter().map(|single| single.operation).max().unwrap_or(Operation::Execute);
    let description = match singles {
        [] => "Does nothing to the world.".to_owned(),
        some => {
            some.iter().map(|single| single.side_effects.description.as_str()).collect::<Vec<_>>().join(" ")
        }
    };
    let supported =
        !irreversible.is_empty() && irreversible.iter().all(|single| single.compensation.supported);
    let compensation = if supported {
        let strategies: Vec<&str> =
            irreversible.iter().map(|single| single.compensation.strategy.as_str()).collect();
        let capability = match irreversible.as_slice() {
            [one] => one.compensation.capability.clone(),
            _ => None,
        };
        Compensation { supported, strategy: strategies.join(" "), capability }
    } else {
        Compensation::none()
    };
    let reversible = irreversible.is_empty();
    let justification = match (reversible, supported) {
        _ if messages => "It sends a message, and a message cannot be unsent.",
        (true, _) => "Nothing at the other end changes by it.",
        (false, true) => "It changes the world outside; each change has a tool that takes it back.",
        (false, false) => "It changes the world outside, and nothing takes all of it back.",
    };
    Capability {
        id: id.to_owned(),
        operation,
        risk: Risk { level, justification: justification.to_owned() },
        side_effects: SideEffects { reversible, scope: "world".to_owned(), description },
        compensation,
        requires_approval: false,
        tags: ["effects".to_owned()].into(),
        attributes: vec![Attribute { name: "bytes".to_owned(), unit: Some(Unit::Bytes) }],
    }
}
