//! JSON schemas as strict clients take them: no `$schema`, no `$ref`, no formats of Rust, no `null` for absent.

use std::sync::LazyLock;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use tgp_protocol::client::Refusal;

/// Schema of what a tool takes.
pub(crate) fn input_schema<T: JsonSchema>() -> JsonObject {
    schema_of::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// Schema of what a tool answers: its output, or a refusal. Some clients hold every structured answer against it,
/// also one with `isError`, so it admits both: the properties of the two, none of them required.
pub(crate) fn output_schema<T: JsonSchema>() -> JsonObject {
    // The same for every tool, and half of the work.
    static REFUSAL: LazyLock<JsonObject> = LazyLock::new(refusal_schema);
    let mut schema = schema_of::<T>(SchemaSettings::draft2020_12().for_serialize());
    schema.remove("required");
    schema.remove("additionalProperties");
    if let (Some(Value::Object(own)), Some(Value::Object(other))) =
        (schema.get_mut("properties"), REFUSAL.get("properties"))
    {
        for (name, property) in other {
            own.entry(name).or_insert_with(|| property.clone());
        }
    }
    schema
}

/// What a refusal says. The codes are listed in the reference: in the schema of every tool they would be nine tenths of
/// what a client is told of all of them.
fn refusal_schema() -> JsonObject {
    let mut schema = schema_of::<Refusal>(SchemaSettings::draft2020_12().for_serialize());
    if let Some(code) = schema.get_mut("properties").and_then(|properties| properties.get_mut("code")) {
        *code =
            json!({ "type": "string", "description": "Stable code of a refusal, such as `file.not_found`." });
    }
    schema
}

fn schema_of<T: JsonSchema>(settings: SchemaSettings) -> JsonObject {
    let mut settings = settings;
    settings.meta_schema = None;
    settings.inline_subschemas = true;
    let mut value = settings.into_generator().into_root_schema_for::<T>().to_value();
    clean(&mut value);
    match value {
        Value::Object(mut schema) => {
            schema.remove("title");
            schema.remove("description");
            schema
        }
        _ => JsonObject::new(),
    }
}

/// Cleans a schema and all schemas in it.
fn clean(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = Value::Object(JsonObject::new());
    }
    let Value::Object(fields) = schema else { return };
    fields.remove("$schema");
    if fields.get("format").and_then(Value::as_str).is_some_and(is_rust_format) {
        fields.remove("format");
    }
    fields.retain(|name, value| name != "default" || !value.is_null());
    drop_null(fields);
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("properties" | "$defs" | "patternProperties", Value::Object(schemas)) => {
                schemas.values_mut().for_each(clean);
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(clean);
            }
            ("items", value) | ("additionalProperties", value @ Value::Object(_)) => clean(value),
            _ => {}
        }
    }
}

/// An optional field may be left out; that it may also be `null` only confuses.
fn drop_null(fields: &mut JsonObject) {
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            fields.insert("type".to_owned(), one);
        }
    }
    let Some(Value::Array(choices)) = fields.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        fields.shift_remove("anyOf");
        for (name, value) in only {
            fields.entry(name).or_insert(value);
        }
    }
}

fn is_rust_format(format: &str) -> bool {
    matches!(
        format,
        "int8"
            | "int16"
            | "int32"
            | "int64"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "uint"
            | "int"
            | "float"
            | "double"
    )
}
