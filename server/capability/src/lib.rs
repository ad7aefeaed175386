//! What actions are made of: capabilities, their risk, and what a tool says about its effects.
//!
//! - Comes in: capabilities to register, texts with units, the effects a forged tool declares (JSON).
//! - Goes out: a registry whose every entry keeps the three consistency rules; exact quantities.
//! - Stays true: what is irreversible, deletes, or cannot be compensated is never graded lower than it is.
//! - Deliberately absent: decisions (those are the judge's), I/O, time.

pub mod capability;
pub mod consistency;
pub mod effects;
mod effects_read;
pub mod kernel;
pub mod quantity;
pub mod registry;
pub mod risk;
pub mod target;

pub use capability::{Attribute, Capability, Compensation, SideEffects};
pub use consistency::{ConsistencyRule, InconsistentRisk};
pub use effects::{DeclaredEffects, Effect, EffectKind, EffectsProblem, PREFIX as EFFECTS_PREFIX};
pub use quantity::{Quantity, QuantityProblem, Unit};
pub use registry::{RegisterError, Registry};
pub use risk::{Operation, Risk, RiskLevel};
pub use target::{Target, TargetKind};
