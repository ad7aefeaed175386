//! One tool, as `tgp tool show` prints it.

use serde_json::Value;
use tgp_protocol::client::project::ShowToolOutput;

use crate::page::{Page, Style};
use crate::table::{Cell, Side, Table};

/// What a tool does, its arguments, its source.
pub fn put(page: &mut Page, tool: &ShowToolOutput) {
    page.put(Style::Bold, &tool.path).end();
    if !tool.description.is_empty() {
        page.line(&tool.description);
    }
    let plural = if tool.runs == 1 { "time" } else { "times" };
    let valid = if tool.valid { "valid" } else { "not valid (see `tgp tool check`)" };
    let edited = if tool.edited { ", with an edit of yours that is not committed" } else { "" };
    page.put(Style::Dim, &format!("{valid}, ran {} {plural}{edited}", tool.runs)).end();
    if !tool.imports.is_empty() {
        page.put(Style::Dim, "imports ").plain(&tool.imports.join(", ")).end();
    }
    page.end();
    if put_arguments(page, tool.schema.as_ref()) {
        page.end();
    }
    page.plain(&tool.source);
    if !tool.source.ends_with('\n') {
        page.end();
    }
}

fn put_arguments(page: &mut Page, schema: Option<&Value>) -> bool {
    let Some(properties) = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object)
    else {
        return false;
    };
    let required = schema.and_then(|schema| schema.get("required")).and_then(Value::as_array);
    let mut table = Table::new(&[
        ("argument", Side::Left),
        ("type", Side::Left),
        ("", Side::Left),
        ("meaning", Side::Left),
    ]);
    for (name, property) in properties {
        let must = required.is_some_and(|required| required.iter().any(|field| field.as_str() == Some(name)));
        let meaning = property.get("description").and_then(Value::as_str).unwrap_or_default();
        table.row(vec![
            Cell::plain(name),
            Cell::new(Style::Accent, &kind(property)),
            Cell::new(Style::Dim, if must { "" } else { "optional" }),
            Cell::plain(meaning),
        ]);
    }
    table.put(page);
    !properties.is_empty()
}

/// A JSON Schema in a word or two.
fn kind(property: &Value) -> String {
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    match property.get("type") {
        Some(Value::String(kind)) if kind == "array" => {
            format!("{}[]", property.get("items").map_or_else(|| "any".to_owned(), self::kind))
        }
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        _ => "any".to_owned(),
    }
}
