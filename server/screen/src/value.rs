//! Values of a result, as they are shown in a table.

use serde_json::Value;

use crate::page::Style;
use crate::table::Cell;

/// The type a value of a result has in the database.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "real",
        Value::Number(_) => "integer",
        Value::String(_) => "text",
        Value::Object(object) if object.contains_key("$bigint") => "integer",
        Value::Object(object) if object.contains_key("$bytes") => "blob",
        Value::Array(_) | Value::Object(_) => "json",
    }
}

/// A value as a cell.
pub fn cell(value: &Value) -> Cell {
    let tagged = |tag: &str| value.get(tag).and_then(Value::as_str);
    match value {
        Value::Null => Cell::new(Style::Dim, "NULL"),
        Value::String(text) => Cell::plain(text),
        _ => match (tagged("$bigint"), tagged("$bytes")) {
            (Some(digits), _) => Cell::plain(digits),
            (_, Some(base64)) => Cell::new(Style::Dim, &format!("base64:{base64}")),
            _ => Cell::plain(&value.to_string()),
        },
    }
}
