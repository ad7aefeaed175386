//! One rule: what it matches and what it says.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use tgp_model::Decision;

use crate::request::{Operation, Request, Target};

/// What a rule says where it matches.
pub type Effect = Decision;

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{glob}` is not a glob: {why}")]
pub struct RuleProblem {
    /// The glob as it came in.
    pub glob: String,
    /// What is wrong with it.
    pub why: String,
}

/// One rule. Fields that are set must all match; an empty list matches everything of its kind.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name in answers.
    pub id: String,
    /// What it says.
    pub effect: Effect,
    /// Why, in a sentence for the agent.
    pub reason: String,
    /// Which operations; empty for all.
    pub operations: Vec<Operation>,
    /// Which paths; none where the rule is about other kinds of targets.
    pub paths: Option<GlobSet>,
    /// Whether it matches targets that are not paths.
    pub other_targets: bool,
}

impl Rule {
    /// Whether this rule speaks about `target` (none: the request as itself) of `request`.
    pub(crate) fn matches(&self, request: &Request, target: Option<&Target>) -> bool {
        if !self.operations.is_empty() && !self.operations.contains(&request.operation) {
            return false;
        }
        match target {
            Some(Target::Path(path) | Target::Tool(path)) => {
                self.paths.as_ref().is_some_and(|globs| globs.is_match(path.as_str()))
            }
            Some(Target::Table(_) | Target::Host(_)) | None => self.other_targets,
        }
    }
}

/// Makes a set of globs as the policy defines them: anchored, `*` and `?` stay in their folder, `dir/**` covers
/// `dir` itself.
pub(crate) fn globs<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<GlobSet, RuleProblem> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let mut add = |text: &str| -> Result<(), RuleProblem> {
            let glob =
                GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build().map_err(
                    |error| RuleProblem { glob: pattern.to_owned(), why: error.kind().to_string() },
                )?;
            set.add(glob);
            Ok(())
        };
        add(pattern)?;
        if let Some(folder) = pattern.strip_suffix("/**") {
            add(folder)?;
        }
    }
    set.build().map_err(|error| RuleProblem { glob: String::new(), why: error.to_string() })
}
