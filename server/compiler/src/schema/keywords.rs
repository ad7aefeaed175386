//! Says which JSON Schema keywords an exported `schema` may use: the ones that are really checked.

use oxc::span::Span;
use serde_json::Value;

use tgp_standards::Finding;

/// Checked when arguments come in.
const CHECKED: &[&str] = &[
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "allOf",
    "anyOf",
    "oneOf",
];
/// Read by people and agents only.
const SAID: &[&str] = &[
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "$schema",
    "$id",
    "$comment",
    "readOnly",
    "writeOnly",
];

/// Reports what would not be checked.
pub(crate) fn check(schema: &Value, span: Span, findings: &mut Vec<Finding>) {
    let mut unknown = Vec::new();
    walk(schema, &mut unknown);
    unknown.sort();
    unknown.dedup();
    for keyword in unknown {
        let message = format!("the exported `schema` uses `{keyword}`, which is not checked");
        findings.push(
            Finding::error("compile.schema", message, span)
                .hint(format!("Leave it out and check it in the code. Checked are: {}.", CHECKED.join(", "))),
        );
    }
}

fn walk(schema: &Value, unknown: &mut Vec<String>) {
    let Some(map) = schema.as_object() else { return };
    for (keyword, value) in map {
        match keyword.as_str() {
            "properties" => {
                value.as_object().into_iter().flatten().for_each(|(_, schema)| walk(schema, unknown));
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                value.as_array().into_iter().flatten().for_each(|schema| walk(schema, unknown));
            }
            "items" | "additionalProperties" => walk(value, unknown),
            "format" if value == "date-time" => {}
            "format" => unknown.push(format!("format: {value}")),
            known if CHECKED.contains(&known) || SAID.contains(&known) => {}
            other => unknown.push(other.to_owned()),
        }
    }
}
