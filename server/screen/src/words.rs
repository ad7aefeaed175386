//! Values as they are written on a command line.

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// A value on the command line: JSON where it is JSON, otherwise the text itself.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// `name=value ...` as an object. Where the schema says that a field is a string, `5` is the text `5`.
pub fn named(pairs: &[String], schema: Option<&Value>) -> Result<Value, Failure> {
    let mut object = Map::new();
    for pair in pairs {
        let Some((name, text)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Failure::Usage {
                message: format!("`{pair}` is not `name=value`"),
                hint: Some("pass arguments as `name=value`, or all of them as JSON with `--args`".to_owned()),
            });
        };
        let value = if wants_text(schema, name) { Value::String(text.to_owned()) } else { read(text) };
        if object.insert(name.to_owned(), value).is_some() {
            return Err(Failure::usage(format!("`{name}` is given twice")));
        }
    }
    Ok(Value::Object(object))
}

/// A text, unless it was written as a JSON string already.
fn wants_text(schema: Option<&Value>, name: &str) -> bool {
    schema.and_then(|schema| schema.pointer(&format!("/properties/{name}/type"))).and_then(Value::as_str)
        == Some("string")
}

/// Parameters of a statement: values for `?` in their order, or `:name=value` for named ones.
pub fn parameters(texts: &[String]) -> Result<Value, Failure> {
    let is_named = |text: &String| text.starts_with(':') && text.contains('=');
    if texts.iter().any(is_named) {
        if let Some(other) = texts.iter().find(|text| !is_named(text)) {
            return Err(Failure::usage(format!(
                "`{other}` has no name, and others have; use one form for all"
            )));
        }
        let pairs: Vec<String> = texts.iter().map(|text| text.trim_start_matches(':').to_owned()).collect();
        return named(&pairs, None);
    }
    Ok(if texts.is_empty() {
        Value::Null
    } else {
        json!(texts.iter().map(|text| read(text)).collect::<Vec<_>>())
    })
}

/// JSON given with an option.
pub fn json_option(option: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Usage {
        message: format!("`{option}` is not JSON: {error}"),
        hint: Some(format!("quote it for the shell: {option} '{{\"n\": 10}}'")),
    })
}
