//! The registered capabilities. A caller cannot state a risk: it is looked up here.

use std::collections::BTreeMap;

use crate::capability::Capability;
use crate::consistency::{self, InconsistentRisk};

/// Longest name of a capability, in bytes.
pub const LONGEST_ID: usize = 200;

/// The registered capabilities, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    capabilities: BTreeMap<String, Capability>,
}

/// Why a capability was not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Its risk is lower than its effects.
    #[error(transparent)]
    Inconsistent(#[from] InconsistentRisk),
    /// There is one of that name.
    #[error("`{id}` is registered already")]
    Duplicate {
        /// The name.
        id: String,
    },
    /// Its name cannot be one.
    #[error("`{id}` cannot be the name of a capability: lower-case words joined by dots, such as `fs.write`")]
    Name {
        /// The name.
        id: String,
    },
    /// It gives no reason for its risk.
    #[error("`{id}` does not say why its risk is what it is")]
    Unjustified {
        /// The name.
        id: String,
    },
    /// It says that it can be taken back, and no test shows it.
    #[error(
        "`{id}` says it can be taken back, but nothing proves it; add it to the proofs of compensation first"
    )]
    Unproven {
        /// The name.
        id: String,
    },
    /// It can be compensated, but does not say how.
    #[error("`{id}` says it can be compensated, but not how")]
    NoStrategy {
        /// The name.
        id: String,
    },
}

impl Registry {
    /// A registry without entries: everything is unregistered.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Takes a capability in, if its risk is consistent with its effects.
    pub fn register(&mut self, capability: Capability) -> Result<(), RegisterError> {
        let id = capability.id.clone();
        if !is_name(&id) {
            return Err(RegisterError::Name { id });
        }
        if self.capabilities.contains_key(&id) {
            return Err(RegisterError::Duplicate { id });
        }
        if capability.risk.justification.trim().is_empty() {
            return Err(RegisterError::Unjustified { id });
        }
        if capability.compensation.supported && capability.compensation.strategy.trim().is_empty() {
            return Err(RegisterError::NoStrategy { id });
        }
        consistency::check(&capability)?;
        self.capabilities.insert(id, capability);
        Ok(())
    }

    /// The capability of that name.
    pub fn get(&self, id: &str) -> Option<&Capability> {
        self.capabilities.get(id)
    }

    /// All capabilities, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.capabilities.values()
    }

    /// Compensations that name a capability nobody registered: the pairs (capability, missing compensation).
    pub fn missing_compensations(&self) -> Vec<(&str, &str)> {
        let named = self.iter().filter_map(|one| {
            let compensation = one.compensation.capability.as_deref()?;
            (!self.capabilities.contains_key(compensation)).then_some((one.id.as_str(), compensation))
        });
        named.collect()
    }
}

fn is_name(id: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
    };
    // A declared tool is named by its path: `tool.effects:tools/mail/send.ts`.
    let (name, path) = id.split_once(':').map_or((id, None), |(name, path)| (name, Some(path)));
    id.len() <= LONGEST_ID && name.split('.').all(word) && path.is_none_or(|path| !path.is_empty())
}
