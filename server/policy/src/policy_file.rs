//! A policy file: rules that narrow what scopes allow.

use std::sync::Arc;

use tgp_capability::Registry;
use tgp_model::AgentName;

use crate::file_error::{FileError, FileProblem, Located};
use crate::rule::Rule;
use crate::rule::read::Reading;
use crate::yaml::{self, Fields};

/// A policy file, read whole: `deny` and `require_approval` only.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// The file, as answers name it.
    pub file: String,
    pub(crate) rules: Vec<Rule>,
}

impl PolicyFile {
    /// Reads a policy file and checks its examples; refused whole, with file, line and column.
    pub fn parse(file: &str, text: &str, registry: &Registry) -> Result<Self, FileError> {
        let rules = read_rules(file, text, None, registry).map_err(|located| located.in_file(file))?;
        Ok(Self { file: file.to_owned(), rules })
    }

    /// How many rules it has.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// Reads `version` and `rules`; with a scope's agent, rules may allow.
pub(crate) fn read_rules(
    file: &str,
    text: &str,
    scope: Option<AgentName>,
    registry: &Registry,
) -> Result<Vec<Rule>, Located> {
    let root = yaml::parse(text)?;
    let fields = root.fields(&["version", "rules"])?;
    check_version(&fields)?;
    let reading = Reading { file: Arc::from(file), scope, registry };
    reading.rules(fields.need("rules")?)
}

/// Refuses a version of the format that a later tgp wrote.
pub(crate) fn check_version(fields: &Fields<'_>) -> Result<(), Located> {
    let node = fields.need("version")?;
    if node.whole()? == 1 {
        return Ok(());
    }
    Err(FileProblem::UnknownValue { value: node.text()?.to_owned(), known: "1" }.at(node.place))
}
