//! A list of capability calls, as `tgp sequence run` takes it: YAML, and so JSON as well, each mistake with its place.

use serde_json::{Map, Number, Value};
use tgp_model::AgentName;

use crate::file_error::{FileError, FileProblem, Located, Place};
use crate::yaml::{Content, Node, parse};

/// Most steps of one sequence.
const MOST_STEPS: usize = 1_000;

/// A sequence, read.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceFile {
    /// On whose behalf it runs; the person's where nothing is said.
    pub agent: Option<AgentName>,
    /// The steps, in their order; at least one.
    pub steps: Vec<SequenceStep>,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceStep {
    /// What is called, such as `fs.write` or `tool.effects:tools/shop/charge.ts`.
    pub capability: String,
    /// With which arguments.
    pub arguments: Map<String, Value>,
    /// Where it stands.
    pub place: Place,
}

impl SequenceFile {
    /// Reads a list of `{ capability, with }`, or a map with `steps` and `agent`.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        read(text).map_err(|located| located.in_file(file))
    }
}

fn read(text: &str) -> Result<SequenceFile, Located> {
    let root = parse(text)?;
    let (agent, list) = match &root.content {
        Content::Map(_) => {
            let fields = root.fields(&["version", "agent", "steps"])?;
            if let Some(version) = fields.get("version")
                && version.whole()? != 1
            {
                let value = version.text()?.to_owned();
                return Err(FileProblem::UnknownValue { value, known: "1" }.at(version.place));
            }
            (fields.get("agent").map(crate::rule::sample::name).transpose()?, fields.need("steps")?)
        }
        _ => (None, &root),
    };
    let items = list.list()?;
    if items.is_empty() {
        return Err(FileProblem::Value { why: "a sequence has at least one step".to_owned() }.at(list.place));
    }
    if items.len() > MOST_STEPS {
        return Err(FileProblem::TooMuch { most: MOST_STEPS, what: "steps" }.at(list.place));
    }
    Ok(SequenceFile { agent, steps: items.iter().map(step).collect::<Result<_, _>>()? })
}

fn step(node: &Node) -> Result<SequenceStep, Located> {
    let fields = node.fields(&["capability", "with"])?;
    let capability = fields.need("capability")?.text()?.to_owned();
    let arguments = match fields.get("with") {
        None => Map::new(),
        Some(node) => match value(node) {
            Value::Object(map) => map,
            _ => return Err(FileProblem::WrongType { expected: "a map", found: node.kind() }.at(node.place)),
        },
    };
    Ok(SequenceStep { capability, arguments, place: node.place })
}

/// A value as JSON: a word without quotes is what JSON says it is, and otherwise a text.
fn value(node: &Node) -> Value {
    match &node.content {
        Content::Scalar { .. } if node.is_null() => Value::Null,
        Content::Scalar { text, plain: true } => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other.parse::<Number>().map_or_else(|_| Value::String(other.to_owned()), Value::Number),
        },
        Content::Scalar { text, .. } => Value::String(text.clone()),
        Content::List(items) => items.iter().map(value).collect(),
        Content::Map(entries) => {
            Value::Object(entries.iter().map(|(key, node)| (key.name.clone(), value(node))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_yaml_and_the_same_in_json_are_one_sequence() {
        let yaml = "agent: coder\nsteps:\n  - capability: fs.write\n    with: { path: a.txt, content: \"1\" }\n  - capability: sql.write\n    with:\n      sql: INSERT INTO t VALUES (?)\n      params: [1, true, null, 1.5, \"2\", x]\n";
        let json = r#"{ "agent": "@coder", "steps": [
          { "capability": "fs.write", "with": { "path": "a.txt", "content": "1" } },
          { "capability": "sql.write", "with": { "sql": "INSERT INTO t VALUES (?)",
            "params": [1, true, null, 1.5, "2", "x"] } }] }"#;
        let (one, other) = (SequenceFile::parse("a", yaml).unwrap(), SequenceFile::parse("b", json).unwrap());
        assert_eq!(one.agent, other.agent);
        let calls = |file: &SequenceFile| -> Vec<(String, Value)> {
            file.steps
                .iter()
                .map(|one| (one.capability.clone(), Value::Object(one.arguments.clone())))
                .collect()
        };
        assert_eq!(calls(&one), calls(&other));
        assert_eq!(one.steps[1].arguments["params"], serde_json::json!([1, true, null, 1.5, "2", "x"]));
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        for (text, line, says) in [
            ("", 1, "list"),
            ("[]", 1, "at least one step"),
            ("- capability: fs.write\n  when: now\n", 2, "when"),
            ("- with: {}\n", 1, "capability"),
            ("- capability: fs.write\n  with: [1]\n", 2, "a map"),
            ("agent: Not An Agent\nsteps: [{ capability: fs.read }]\n", 1, "agent"),
            ("version: 2\nsteps: [{ capability: fs.read }]\n", 1, "2"),
            ("- capability: fs.write\n- capability: [\n", 3, "YAML"),
        ] {
            let error = SequenceFile::parse("deploy.yaml", text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("deploy.yaml:{line}:")) && error.contains(says),
                "{text:?}: {error}"
            );
        }
    }
}
