//! A scope: what one agent may do. Its short forms become ordinary rules of that agent.

mod short;

use std::sync::Arc;

use tgp_capability::Registry;
use tgp_model::{AgentName, RepoPath};

use crate::file_error::{FileError, Located};
use crate::policy_file::{check_version, read_rules};
use crate::rule::Rule;
use crate::rule::read::Reading;
use crate::rule::sample::name;
use crate::yaml;

/// What a scope is read with: names from the configuration that may stand in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeSettings {
    /// Path under which agents see the library's tools; `tools/...` in the short form `tools` means it.
    pub mount: RepoPath,
    /// Folders of the project that may be written; `@fs.allowedDirs` in a scope means them.
    pub allowed_dirs: Vec<RepoPath>,
    /// Folders of the host that may be written, as absolute paths; `@fs.allowedDirs` means them too.
    pub host_dirs: Vec<String>,
    /// Hosts of `allowedFetchUrls`, such as `api.example.com`; `@allowedFetchUrls` means them.
    pub fetch_hosts: Vec<String>,
}

/// What one agent may do.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Whose it is; `default` is everybody's who has none.
    pub agent: AgentName,
    /// The file, as answers name it.
    pub file: String,
    pub(crate) rules: Vec<Rule>,
}

/// The scopes that come with tgp: agent and text.
pub const SHIPPED: [(&str, &str); 5] = [
    ("coder", include_str!("scope/shipped/coder.yaml")),
    ("ops", include_str!("scope/shipped/ops.yaml")),
    ("reviewer", include_str!("scope/shipped/reviewer.yaml")),
    ("researcher", include_str!("scope/shipped/researcher.yaml")),
    ("default", include_str!("scope/shipped/default.yaml")),
];

pub(crate) const FIELDS: &[&str] = &[
    "version",
    "agent",
    "description",
    "paths",
    "tools",
    "database",
    "commands",
    "network",
    "tasks",
    "can_delegate",
    "rules",
];

impl Scope {
    /// Reads a scope and checks the examples of its rules; refused whole, with file, line and column.
    pub fn parse(
        file: &str,
        text: &str,
        settings: &ScopeSettings,
        registry: &Registry,
    ) -> Result<Self, FileError> {
        read(file, text, settings, registry).map_err(|located| located.in_file(file))
    }

    /// A scope that is nothing but rules, in the form of a policy file (`version`, `rules`).
    pub fn of_rules(
        file: &str,
        text: &str,
        agent: &AgentName,
        registry: &Registry,
    ) -> Result<Self, FileError> {
        let rules =
            read_rules(file, text, Some(agent.clone()), registry).map_err(|located| located.in_file(file))?;
        Ok(Self { agent: agent.clone(), file: file.to_owned(), rules })
    }

    /// The scopes that come with tgp.
    pub fn shipped(settings: &ScopeSettings, registry: &Registry) -> Result<Vec<Self>, FileError> {
        let parse = |(agent, text): (&str, &str)| {
            Self::parse(&format!("shipped/{agent}.yaml"), text, settings, registry)
        };
        SHIPPED.into_iter().map(parse).collect()
    }

    /// Its rules: id, effect and line of each.
    pub fn rules(&self) -> impl Iterator<Item = (&str, tgp_model::Decision, usize)> {
        self.rules.iter().map(|rule| (rule.id.as_str(), rule.effect, rule.place.line))
    }
}

fn read(file: &str, text: &str, settings: &ScopeSettings, registry: &Registry) -> Result<Scope, Located> {
    let root = yaml::parse(text)?;
    let fields = root.fields(FIELDS)?;
    if fields.get("version").is_some() {
        check_version(&fields)?;
    }
    if let Some(node) = fields.get("description") {
        node.text()?;
    }
    let agent = name(fields.need("agent")?)?;
    let shared: Arc<str> = Arc::from(file);
    let mut rules = short::Short { file: shared.clone(), agent: &agent, settings }.read(&fields)?;
    if let Some(node) = fields.get("rules") {
        let reading = Reading { file: shared, scope: Some(agent.clone()), registry };
        rules.extend(reading.rules(node)?);
    }
    Ok(Scope { agent, file: file.to_owned(), rules })
}
