//! What a configuration gave, before it is read as settings: it can be kept, so that the same text need not run again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tgp_compiler::Property;

use super::{ConfigError, Evaluated, Places, check, read};

/// What the source of a configuration gave with the environment it saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evaluation {
    pub(super) json: String,
    /// The environment variables it names.
    pub(super) variables: Vec<String>,
    pub(super) properties: Vec<Property>,
}

impl Evaluation {
    /// Whether the same source gives the same in this environment, and what it gave holds nothing of an environment:
    /// then it may be kept. A variable may be a secret, and what is made of it as well.
    pub fn is_free_of(&self, environment: &BTreeMap<String, String>) -> bool {
        !self.variables.iter().any(|name| environment.contains_key(name))
    }

    /// Reads the settings; every mistake has its place.
    pub fn settings(self, environment: &BTreeMap<String, String>) -> Result<Evaluated, ConfigError> {
        let places = Places::new(self.properties);
        let config = read(&self.json, &places)?;
        check::check(&config, &named(&self.variables, environment), &places)?;
        Ok(Evaluated { config, places })
    }
}

/// The variables of these names that are set.
pub(super) fn named(names: &[String], environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    names.iter().filter_map(|name| environment.get(name).map(|value| (name.clone(), value.clone()))).collect()
}
