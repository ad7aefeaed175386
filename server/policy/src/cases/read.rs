//! Reads one case.

use std::sync::Arc;

use tgp_capability::{Capability, Compensation, Operation, Registry, Risk, RiskLevel, SideEffects, kernel};
use tgp_model::{AgentName, Decision, PathProblem};

use super::token;
use crate::file_error::{FileProblem, Located};
use crate::request::Request;
use crate::rule::read::Reading;
use crate::rule::{Rule, sample};
use crate::yaml::{Fields, Node};

/// A case, read.
pub(super) struct Case {
    pub(super) number: i64,
    pub(super) name: String,
    pub(super) registry: Registry,
    /// Rules of the scope of the request's agent.
    pub(super) scope: Vec<Rule>,
    pub(super) policy: Vec<Rule>,
    pub(super) any_order: bool,
    pub(super) reload: Option<Reload>,
    pub(super) variants: Vec<Variant>,
}

/// A request and what has to come out.
pub(super) struct Variant {
    /// The agent whose scope the case's rules are.
    pub(super) agent: AgentName,
    pub(super) request: Result<Request, PathProblem>,
    pub(super) decision: Decision,
    pub(super) rule: Option<String>,
    pub(super) target: Option<String>,
}

/// A file that is to be refused, with what its error has to say.
pub(super) struct Reload {
    pub(super) is_policy: bool,
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) mentions: String,
}

const FIELDS: &[&str] =
    &["n", "name", "any_order", "rules", "policy", "registry", "reload", "request", "expect", "variants"];

pub(super) fn case(node: &Node) -> Result<Case, Located> {
    let fields = node.fields(FIELDS)?;
    let registry = registry(&fields)?;
    let agent = agent_of(&fields)?;
    let rules = |field, scope: Option<AgentName>| -> Result<Vec<Rule>, Located> {
        let file = Arc::from(if scope.is_some() { "scope" } else { "policy" });
        let reading = Reading { file, scope, registry: &registry };
        fields.get(field).map_or(Ok(Vec::new()), |node| reading.rules(node))
    };
    let scope = rules("rules", Some(agent.clone()))?;
    let policy = rules("policy", None)?;
    let variants = match fields.get("variants") {
        Some(node) => node
            .list()?
            .iter()
            .map(|one| variant(&one.fields(&["request", "expect"])?, &agent))
            .collect::<Result<_, _>>()?,
        None => vec![variant(&fields, &agent)?],
    };
    Ok(Case {
        number: fields.need("n")?.whole()?,
        name: fields.need("name")?.text()?.to_owned(),
        any_order: fields.get("any_order").map(Node::flag).transpose()?.unwrap_or(false),
        reload: fields.get("reload").map(reload).transpose()?,
        registry,
        scope,
        policy,
        variants,
    })
}

/// The agent of the first request; the scope is its scope.
fn agent_of(fields: &Fields<'_>) -> Result<AgentName, Located> {
    let first = match fields.get("variants") {
        Some(node) => node.list()?.first().and_then(|one| {
            let entries = one.map().ok()?;
            entries.iter().find(|(key, _)| key.name == "request").map(|(_, value)| value)
        }),
        None => fields.get("request"),
    };
    let node = match first {
        Some(request) => request.fields(sample::FIELDS)?.get("agent"),
        None => None,
    };
    node.map_or_else(|| Ok(AgentName::default()), sample::name)
}

fn variant(fields: &Fields<'_>, agent: &AgentName) -> Result<Variant, Located> {
    let node = fields.need("request")?;
    let mut request = sample::read(node, agent)?;
    if let Ok(request) = &mut request
        && let Some(token) = node.fields(sample::FIELDS)?.get("token")
    {
        request.token = Some(token::presented(token, request)?);
    }
    let expect = fields.need("expect")?.fields(&["decision", "rule", "target"])?;
    let node = expect.need("decision")?;
    let decision = match node.text()? {
        "allow" => Decision::Allow,
        "require_approval" => Decision::RequireApproval,
        "deny" => Decision::Deny,
        other => {
            let known = "allow, require_approval, deny";
            return Err(FileProblem::UnknownValue { value: other.to_owned(), known }.at(node.place));
        }
    };
    let text = |field| Ok(expect.get(field).map(Node::text).transpose()?.map(str::to_owned));
    Ok(Variant { agent: agent.clone(), request, decision, rule: text("rule")?, target: text("target")? })
}

fn reload(node: &Node) -> Result<Reload, Located> {
    let fields = node.fields(&["kind", "text", "expect_error"])?;
    let is_policy = match fields.get("kind") {
        None => false,
        Some(node) => match node.text()? {
            "policy" => true,
            "scope" => false,
            other => {
                let known = "policy, scope";
                return Err(FileProblem::UnknownValue { value: other.to_owned(), known }.at(node.place));
            }
        },
    };
    let error = fields.need("expect_error")?.fields(&["line", "mentions"])?;
    let line = error.need("line")?;
    Ok(Reload {
        is_policy,
        text: fields.need("text")?.text()?.to_owned(),
        line: usize::try_from(line.whole()?).map_err(|problem| sample::value(&problem, line))?,
        mentions: error.need("mentions")?.text()?.to_owned(),
    })
}

/// tgp's own capabilities and those of the case.
fn registry(fields: &Fields<'_>) -> Result<Registry, Located> {
    let place = fields.place();
    let mut registry =
        kernel::registry().map_err(|error| FileProblem::Value { why: error.to_string() }.at(place))?;
    for node in fields.get("registry").map(Node::list).transpose()?.unwrap_or_default() {
        registry.register(capability(node)?).map_err(|error| sample::value(&error, node))?;
    }
    Ok(registry)
}

fn capability(node: &Node) -> Result<Capability, Located> {
    let fields =
        node.fields(&["id", "operation", "risk", "reversible", "compensation", "requires_approval", "tags"])?;
    let operation = fields.need("operation")?;
    let risk = fields.need("risk")?;
    let flag = |field, without| fields.get(field).map_or(Ok(without), Node::flag);
    let compensation = if flag("compensation", false)? {
        Compensation { supported: true, strategy: "as the case says".to_owned(), capability: None }
    } else {
        Compensation::none()
    };
    let mut capability = Capability::new(
        fields.need("id")?.text()?,
        operation.text()?.parse::<Operation>().map_err(|error| sample::value(&error, operation))?,
        Risk {
            level: risk.text()?.parse::<RiskLevel>().map_err(|error| sample::value(&error, risk))?,
            justification: "The case says so.".to_owned(),
        },
        SideEffects {
            reversible: flag("reversible", true)?,
            scope: "case".to_owned(),
            description: "The case says so.".to_owned(),
        },
        compensation,
    );
    capability.requires_approval = flag("requires_approval", false)?;
    for tag in fields.get("tags").map(Node::list).transpose()?.unwrap_or_default() {
        capability.tags.insert(tag.text()?.to_owned());
    }
    Ok(capability)
}
