//! Adding one member to a person's JSON file without touching the rest: comments, order and indentation stay.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::Value;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Added {
    /// The whole new text of the file.
    Text(String),
    /// The member is there already, with the same value.
    Same,
    /// The member is there already, with another value.
    Different,
}

/// Adds `value` as `path` (`["mcpServers", "tgp"]`) to the JSON text, making the objects on the way.
/// The error says in a sentence why the text cannot be added to.
pub(super) fn add_member(text: &str, path: &[&str], value: &Value) -> Result<Added, String> {
    let blank = text.trim().is_empty();
    let source = if blank { "{}\n" } else { text };
    let root = CstRootNode::parse(source, &options()).map_err(|error| error.to_string())?;
    let Some((name, folders)) = path.split_last() else { return Ok(Added::Same) };
    let Some(mut object) = root.object_value() else { return Err("its value is not an object".to_owned()) };
    for folder in folders {
        object = step_into(&object, folder)?;
    }
    if let Some(member) = object.get(name) {
        let same = member.value().and_then(|value| value.to_serde_value()).as_ref() == Some(value);
        return Ok(if same { Added::Same } else { Added::Different });
    }
    object.append(name, input(value));
    if blank {
        root.object_value().iter().for_each(CstObject::ensure_multiline);
    }
    Ok(Added::Text(root.to_string()))
}

/// JSON as VS Code and others read it; anything laxer is refused, so that what we write back means the same.
fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        ..ParseOptions::default()
    }
}

fn step_into(object: &CstObject, name: &str) -> Result<CstObject, String> {
    if object.get(name).is_none() {
        object.append(name, CstInputValue::Object(Vec::new())).object_value_or_set().ensure_multiline();
    }
    object.object_value(name).ok_or_else(|| format!("its `{name}` is not an object"))
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(yes) => CstInputValue::Bool(*yes),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(members) => {
            CstInputValue::Object(members.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn added(text: &str, path: &[&str]) -> Result<String, String> {
        match add_member(text, path, &json!({"command": "tgp", "args": ["mcp"]}))? {
            Added::Text(text) => Ok(text),
            other => Ok(format!("{other:?}")),
        }
    }

    #[test]
    fn comments_order_and_indentation_stay() {
        let text = "{\n\t// mine\n\t\"servers\": {\n\t\t\"other\": { \"command\": \"x\" } // keep\n\t},\n\t\"z\": 1,\n\t\"a\": 2\n}\n";
        let wanted = "{\n\t// mine\n\t\"servers\": {\n\t\t\"other\": { \"command\": \"x\" }, // keep\n\t\t\"tgp\": {\n\t\t\t\"command\": \"tgp\",\n\t\t\t\"args\": [\"mcp\"]\n\t\t}\n\t},\n\t\"z\": 1,\n\t\"a\": 2\n}\n";
        assert_eq!(added(text, &["servers", "tgp"]).unwrap(), wanted);
    }

    #[test]
    fn an_empty_or_missing_file_becomes_a_whole_one() {
        let wanted = "{\n  \"mcpServers\": {\n    \"tgp\": {\n      \"command\": \"tgp\",\n      \"args\": [\"mcp\"]\n    }\n  }\n}\n";
        assert_eq!(added("", &["mcpServers", "tgp"]).unwrap(), wanted);
    }

    #[test]
    fn windows_line_ends_and_trailing_commas_stay() {
        let text = "{\r\n    \"mcpServers\": {\r\n        \"a\": {},\r\n    },\r\n}\r\n";
        let new = added(text, &["mcpServers", "tgp"]).unwrap();
        assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
        assert!(new.starts_with("{\r\n    \"mcpServers\": {\r\n        \"a\": {},\r\n"), "{new:?}");
    }

    #[test]
    fn what_is_there_is_kept() {
        let text = r#"{"servers": {"tgp": {"command": "tgp", "args": ["mcp"]}}}"#;
        assert_eq!(added(text, &["servers", "tgp"]).unwrap(), "Same");
        assert_eq!(added(r#"{"servers": {"tgp": 1}}"#, &["servers", "tgp"]).unwrap(), "Different");
    }

    #[test]
    fn what_is_no_json_object_is_refused() {
        for text in ["[1]", "{", "{\"servers\": 3}", "{servers: {}}", "1 2"] {
            assert!(added(text, &["servers", "tgp"]).is_err(), "{text}");
        }
    }
}
