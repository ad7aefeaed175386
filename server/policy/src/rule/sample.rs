//! A request written in YAML: in the examples of a rule and in the cases.

use tgp_model::{AgentName, PathProblem, RepoPath};

use crate::file_error::{FileProblem, Located};
use crate::request::{AttributeValue, Request};
use crate::yaml::{Content, Node};
use tgp_capability::Target;

/// Fields a written request can have. `token` is for cases; it is read there.
pub(crate) const FIELDS: &[&str] = &[
    "agent",
    "session",
    "capability",
    "mode",
    "attributes",
    "targets",
    "path",
    "paths",
    "command",
    "host",
    "table",
    "branch",
    "tool",
    "sql",
    "to",
    "bytes",
    "token",
];

/// A written request, or the problem with a path in it: looking at that path is what refuses it.
pub(crate) type Sample = Result<Request, PathProblem>;

/// Reads a request; `agent` asks where none is named.
pub(crate) fn read(node: &Node, agent: &AgentName) -> Result<Sample, Located> {
    let fields = node.fields(FIELDS)?;
    let agent = match fields.get("agent") {
        Some(node) => name(node)?,
        None => agent.clone(),
    };
    let mut request = Request::new(agent, fields.need("capability")?.text()?, Vec::new());
    if let Some(node) = fields.get("session") {
        request.session = Some(node.text()?.parse().map_err(|error| value(&error, node))?);
    }
    request.mode = fields.get("mode").map(Node::text).transpose()?.map(str::to_owned);
    if let Some(node) = fields.get("attributes") {
        for (key, value) in node.map()? {
            request.attributes.insert(key.name.clone(), attribute(value)?);
        }
    }
    if let Some(node) = fields.get("bytes") {
        request.attributes.insert("bytes".to_owned(), attribute(node)?);
    }
    // Targets keep the order they are written in.
    for (key, value) in node.map()? {
        let targets = match key.name.as_str() {
            "targets" => value.list()?.iter().map(target).collect::<Result<Vec<_>, _>>()?,
            "paths" => value.list()?.iter().map(|one| of_kind("path", one)).collect::<Result<Vec<_>, _>>()?,
            "agent" | "session" | "capability" | "mode" | "attributes" | "token" | "bytes" => continue,
            kind => {
                value.one_or_more().iter().map(|one| of_kind(kind, one)).collect::<Result<Vec<_>, _>>()?
            }
        };
        for target in targets {
            match target {
                Ok(target) => request.targets.push(target),
                Err(problem) => return Ok(Err(problem)),
            }
        }
    }
    Ok(Ok(request))
}

/// A name of an agent.
pub(crate) fn name(node: &Node) -> Result<AgentName, Located> {
    node.text()?.parse().map_err(|error| value(&error, node))
}

/// An error of another crate's value, at its place.
pub(crate) fn value(error: &dyn std::fmt::Display, node: &Node) -> Located {
    FileProblem::Value { why: error.to_string() }.at(node.place)
}

/// One entry of `targets`: a kind with its value, and bytes.
fn target(node: &Node) -> Result<Result<Target, PathProblem>, Located> {
    let fields =
        node.fields(&["path", "command", "host", "table", "branch", "tool", "sql", "to", "bytes"])?;
    let entries = node.map()?.iter().filter(|(key, _)| key.name != "bytes").collect::<Vec<_>>();
    let [(key, text)] = entries.as_slice() else {
        return Err(value(&"a target is one thing, such as { path: a.txt, bytes: 10 }", node));
    };
    let bytes = match fields.get("bytes") {
        None => None,
        Some(node) => Some(u64::try_from(node.whole()?).map_err(|error| value(&error, node))?),
    };
    let target = of_kind(&key.name, text)?;
    Ok(target.map(|target| bytes.map_or(target.clone(), |bytes| target.of_bytes(bytes))))
}

fn of_kind(kind: &str, node: &Node) -> Result<Result<Target, PathProblem>, Located> {
    let text = node.text()?;
    Ok(Ok(match kind {
        "path" => return Ok(text.parse::<RepoPath>().map(|path| Target::path(&path))),
        "tool" => return Ok(text.parse::<RepoPath>().map(|path| Target::tool(&path))),
        "command" => Target::command(text.split_whitespace()),
        "host" => Target::host(text),
        "table" => Target::table(text),
        "branch" => Target::branch(text),
        "to" => Target::agent(&name(node)?),
        _ => Target::sql(text),
    }))
}

fn attribute(node: &Node) -> Result<AttributeValue, Located> {
    let text = node.text()?;
    let Content::Scalar { plain: true, .. } = node.content else {
        return Ok(AttributeValue::Text(text.to_owned()));
    };
    Ok(match text {
        "true" => AttributeValue::Flag(true),
        "false" => AttributeValue::Flag(false),
        _ => text
            .parse()
            .map(AttributeValue::Whole)
            .or_else(|_| text.parse().map(AttributeValue::Decimal))
            .unwrap_or_else(|_| AttributeValue::Text(text.to_owned())),
    })
}
