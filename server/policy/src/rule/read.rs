//! Reads rules from YAML and checks their examples.

use std::collections::HashMap;
use std::sync::Arc;

use tgp_capability::Registry;
use tgp_model::{AgentName, Decision};

use super::block::{Block, BlockRole};
use super::{Rule, sample};
use crate::facts::{Cut, Facts};
use crate::file_error::{FileProblem, Located};
use crate::yaml::Node;

/// Fields of a rule.
pub(crate) const FIELDS: &[&str] = &["id", "effect", "reason", "match", "except", "examples"];
/// Longest id, in characters.
const LONGEST_ID: usize = 64;
/// Prefixes of ids that only tgp itself gives; a rule of that name would lie in answers.
const RESERVED: [&str; 6] = ["builtin.", "risk.", "token.", "capability.", "scope.", "path."];

/// Where rules are read from, and what they may be.
pub(crate) struct Reading<'a> {
    pub(crate) file: Arc<str>,
    /// The agent whose scope it is; none for a policy file.
    pub(crate) scope: Option<AgentName>,
    pub(crate) registry: &'a Registry,
}

impl Reading<'_> {
    /// Reads a list of rules.
    pub(crate) fn rules(&self, node: &Node) -> Result<Vec<Rule>, Located> {
        let mut rules = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        for item in node.list()? {
            let rule = self.rule(item)?;
            if let Some(first) = lines.insert(rule.id.clone(), rule.place.line) {
                return Err(FileProblem::DuplicateId { id: rule.id, first }.at(rule.place));
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn rule(&self, node: &Node) -> Result<Rule, Located> {
        let fields = node.fields(FIELDS)?;
        let id_node = fields.need("id")?;
        let id = id(id_node)?;
        let effect = self.effect(fields.need("effect")?)?;
        let reason = fields.get("reason").map(Node::text).transpose()?.unwrap_or_default().to_owned();
        let matching = Block::read(fields.need("match")?, BlockRole::Match(effect), self.registry)?;
        let except = match fields.get("except") {
            None => Vec::new(),
            Some(node) => {
                node.list()?.iter().map(|one| self.except(one, effect)).collect::<Result<_, _>>()?
            }
        };
        let (file, scope) = (self.file.clone(), self.scope.clone());
        let rule = Rule { id, effect, reason, file, place: id_node.place, scope, matching, except };
        if let Some(node) = fields.get("examples") {
            self.check_examples(&rule, node)?;
        }
        Ok(rule)
    }

    fn effect(&self, node: &Node) -> Result<Decision, Located> {
        match node.text()? {
            "allow" if self.scope.is_none() => Err(FileProblem::AllowInPolicy.at(node.place)),
            "allow" => Ok(Decision::Allow),
            "require_approval" => Ok(Decision::RequireApproval),
            "deny" => Ok(Decision::Deny),
            other => {
                let known = if self.scope.is_none() {
                    "deny, require_approval"
                } else {
                    "deny, require_approval, allow"
                };
                Err(FileProblem::UnknownValue { value: other.to_owned(), known }.at(node.place))
            }
        }
    }

    fn except(&self, node: &Node, effect: Decision) -> Result<Block, Located> {
        let block = Block::read(node, BlockRole::Except(effect), self.registry)?;
        if block.is_everything() {
            let consequence = "the rule would never apply; name a field, or leave the exception out";
            return Err(FileProblem::Empty { consequence }.at(node.place));
        }
        Ok(block)
    }

    fn check_examples(&self, rule: &Rule, node: &Node) -> Result<(), Located> {
        let fields = node.fields(&["match", "not_match"])?;
        for (field, wanted) in [("match", true), ("not_match", false)] {
            let examples = fields.get(field).map(Node::list).transpose()?.unwrap_or_default();
            for example in examples {
                if self.example_matches(rule, example)? != wanted {
                    let says = if wanted { "does not" } else { "does" };
                    return Err(FileProblem::Example { rule: rule.id.clone(), says }.at(example.place));
                }
            }
        }
        Ok(())
    }

    fn example_matches(&self, rule: &Rule, example: &Node) -> Result<bool, Located> {
        let agent = self.scope.clone().unwrap_or_default();
        let request = sample::read(example, &agent)?.map_err(|problem| sample::value(&problem, example))?;
        let facts = Facts::new(&request, self.registry.get(&request.capability));
        if request.targets.is_empty() {
            return Ok(rule.matches(&facts, None));
        }
        Ok(request.targets.iter().any(|target| rule.matches(&facts, Some(&Cut::new(target)))))
    }
}

fn id(node: &Node) -> Result<String, Located> {
    let id = node.text()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let lower = id.to_ascii_lowercase();
    if let Some(prefix) = RESERVED.into_iter().find(|prefix| lower.starts_with(prefix)) {
        return Err(FileProblem::ReservedId { id: id.to_owned(), prefix }.at(node.place));
    }
    if lower == "default" {
        return Err(FileProblem::ReservedId { id: id.to_owned(), prefix: "default" }.at(node.place));
    }
    if id.len() > LONGEST_ID || !id.chars().all(fits) {
        return Err(FileProblem::BadId { id: id.to_owned() }.at(node.place));
    }
    Ok(id.to_owned())
}
