//! SQL values as JSON and back, with tags for what JSON cannot hold.

use crate::sql::SqlValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Largest integer every JSON reader keeps exactly: 2^53 - 1.
const SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Parameters of one statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameters {
    /// For `?`.
    Positional(Vec<SqlValue>),
    /// For `:name`, `@name` and `$name`; without the sign.
    Named(Vec<(String, SqlValue)>),
}

/// A JSON value no SQL value stands for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "parameter `{name}` is {found}; a parameter is null, true, false, a number, a text, {{\"$bigint\": \"...\"}} or {{\"$bytes\": \"<base64>\"}}"
)]
pub struct ParameterProblem {
    /// Its name, or its place in the list from 1.
    pub name: String,
    /// What was given.
    pub found: String,
}

/// One SQL value as JSON: integers beyond 2^53 as `{"$bigint": "..."}`, blobs as `{"$bytes": "..."}`.
pub fn to_json(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) if (-SAFE_INTEGER..=SAFE_INTEGER).contains(&number) => json!(number),
        SqlValue::Integer(number) => json!({ "$bigint": number.to_string() }),
        // JSON has no infinity; SQLite never stores NaN.
        SqlValue::Real(number) if number.is_finite() => json!(number),
        SqlValue::Real(number) => json!(if number > 0.0 { "Infinity" } else { "-Infinity" }),
        SqlValue::Text(text) => Value::String(text),
        SqlValue::Blob(bytes) => json!({ "$bytes": STANDARD.encode(bytes) }),
    }
}

/// Parameters from the JSON a caller gave: nothing, a list, or an object.
pub fn parameters(json: Value) -> Result<Parameters, ParameterProblem> {
    match json {
        Value::Null => Ok(Parameters::Positional(Vec::new())),
        Value::Array(items) => {
            let values =
                items.into_iter().enumerate().map(|(at, item)| from_json(&format!("{}", at + 1), item));
            Ok(Parameters::Positional(values.collect::<Result<_, _>>()?))
        }
        Value::Object(fields) => {
            let values = fields.into_iter().map(|(name, item)| {
                let value = from_json(&name, item)?;
                let bare = name.strip_prefix([':', '@', '$']).unwrap_or(&name).to_owned();
                Ok((bare, value))
            });
            Ok(Parameters::Named(values.collect::<Result<_, _>>()?))
        }
        other => Err(ParameterProblem { name: "params".to_owned(), found: describe(&other) }),
    }
}

fn from_json(name: &str, json: Value) -> Result<SqlValue, ParameterProblem> {
    let problem = |found: String| ParameterProblem { name: name.to_owned(), found };
    match json {
        Value::Null => Ok(SqlValue::Null),
        Value::Bool(flag) => Ok(SqlValue::Integer(i64::from(flag))),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(SqlValue::Integer(integer)),
            (None, Some(real)) if !number.is_u64() => Ok(SqlValue::Real(real)),
            _ => Err(problem(format!("the number {number}, which is larger than 64 bits hold"))),
        },
        Value::String(text) => Ok(SqlValue::Text(text)),
        Value::Object(fields) => from_tag(&fields).ok_or_else(|| problem("an object".to_owned())),
        other @ Value::Array(_) => Err(problem(describe(&other))),
    }
}

fn from_tag(fields: &Map<String, Value>) -> Option<SqlValue> {
    let (tag, value) = fields.iter().next().filter(|_| fields.len() == 1)?;
    let text = value.as_str()?;
    match tag.as_str() {
        "$bigint" => text.parse().ok().map(SqlValue::Integer),
        "$bytes" => STANDARD.decode(text).ok().map(SqlValue::Blob),
        _ => None,
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a truth value".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_bytes_keep_their_value() {
        for value in [
            SqlValue::Integer(i64::MAX),
            SqlValue::Integer(i64::MIN),
            SqlValue::Integer(7),
            SqlValue::Blob(vec![0, 255, 1]),
            SqlValue::Text("x".into()),
            SqlValue::Real(0.1),
            SqlValue::Null,
        ] {
            let back = parameters(json!([to_json(value.clone())])).unwrap();
            assert_eq!(back, Parameters::Positional(vec![value]));
        }
        assert_eq!(to_json(SqlValue::Integer(1 << 53)), json!({ "$bigint": "9007199254740992" }));
    }

    #[test]
    fn names_come_with_or_without_their_sign() {
        let named = parameters(json!({ ":a": 1, "b": true })).unwrap();
        let expected = vec![("a".to_owned(), SqlValue::Integer(1)), ("b".to_owned(), SqlValue::Integer(1))];
        assert_eq!(named, Parameters::Named(expected));
        assert!(parameters(json!([[1]])).unwrap_err().to_string().contains("parameter `1` is a list"));
        assert!(parameters(json!(["x", 18_446_744_073_709_551_615_u64])).is_err());
    }
}
