//! Schemas put together: objects, unions, intersections, and what TypeScript's own helper types do to them.

use serde_json::{Map, Value, json};

/// An object schema with its keys in the order people expect; `closed` forbids other fields.
pub(crate) fn object(properties: Map<String, Value>, required: Vec<Value>, closed: bool) -> Value {
    let mut map = Map::new();
    map.insert("type".to_owned(), json!("object"));
    map.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        map.insert("required".to_owned(), Value::Array(required));
    }
    if closed {
        map.insert("additionalProperties".to_owned(), json!(false));
    }
    Value::Object(map)
}

/// One of several: constants become an `enum`, one choice is itself, plain types become a list of types.
pub(crate) fn union_of(choices: Vec<Value>) -> Value {
    let mut unique: Vec<Value> = Vec::new();
    for choice in choices {
        match choice
            .get("anyOf")
            .and_then(Value::as_array)
            .filter(|_| choice.as_object().is_some_and(|m| m.len() == 1))
        {
            Some(inner) => {
                unique.extend(inner.iter().filter(|c| !unique.contains(c)).cloned().collect::<Vec<_>>());
            }
            None if unique.contains(&choice) => {}
            None => unique.push(choice),
        }
    }
    if unique.iter().any(|choice| choice.as_object().is_some_and(Map::is_empty)) {
        return json!({});
    }
    let constants: Option<Vec<Value>> =
        unique.iter().map(constants).collect::<Option<Vec<_>>>().map(|all| all.concat());
    match (constants, unique.len()) {
        (_, 0) => json!({}),
        (_, 1) => unique.remove(0),
        (Some(constants), _) => enumeration(constants),
        (None, _) => {
            let types: Option<Vec<Value>> = unique
                .iter()
                .map(|choice| {
                    choice.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("type")).cloned()
                })
                .collect();
            types.map_or_else(|| json!({ "anyOf": unique }), |types| json!({ "type": types }))
        }
    }
}

fn constants(choice: &Value) -> Option<Vec<Value>> {
    if let Some(constant) = choice.get("const") {
        return Some(vec![constant.clone()]);
    }
    if let Some(list) = choice.get("enum").and_then(Value::as_array) {
        return Some(list.clone());
    }
    (choice == &json!({ "type": "null" })).then(|| vec![Value::Null])
}

fn enumeration(all: Vec<Value>) -> Value {
    let mut values: Vec<Value> = Vec::new();
    for value in all {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let name = |value: &Value| match value {
        Value::String(_) => Some("string"),
        Value::Number(_) => Some("number"),
        Value::Bool(_) => Some("boolean"),
        _ => None,
    };
    let first = values.first().and_then(name);
    match first.filter(|first| values.iter().all(|value| name(value) == Some(first))) {
        Some(type_) => json!({ "type": type_, "enum": values }),
        None => json!({ "enum": values }),
    }
}

pub(crate) fn with_const(value: &Value) -> Value {
    match value {
        Value::String(_) => json!({ "type": "string", "const": value }),
        Value::Number(_) => json!({ "type": "number", "const": value }),
        _ => json!({ "const": value }),
    }
}

/// Both at once. Object schemas become one; of anything else the more exact one is kept.
pub(crate) fn intersect(left: Value, right: Value) -> Value {
    let (Some(a), Some(b)) = (left.as_object(), right.as_object()) else { return left };
    // What is not known may have fields of its own.
    if a.is_empty() {
        return opened(right);
    }
    if b.is_empty() {
        return opened(left);
    }
    let (Some(mut properties), Some(more)) = (properties(a), properties(b)) else {
        return json!({ "allOf": [left, right] });
    };
    properties.extend(more);
    let required =
        |map: &Map<String, Value>| map.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all = required(a);
    for name in required(b) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let closed = |map: &Map<String, Value>| map.get("additionalProperties") == Some(&json!(false));
    object(properties, all, closed(a) && closed(b))
}

fn opened(mut schema: Value) -> Value {
    if let Some(map) = schema.as_object_mut()
        && map.get("additionalProperties") == Some(&json!(false))
    {
        map.shift_remove("additionalProperties");
    }
    schema
}

fn properties(map: &Map<String, Value>) -> Option<Map<String, Value>> {
    (map.get("type") == Some(&json!("object"))).then(|| match map.get("properties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => Map::new(),
    })
}

pub(crate) fn record(key: &Value, value: &Value) -> Value {
    match constants(key) {
        Some(keys) => {
            let names: Vec<String> = keys.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let properties = names.iter().map(|name| (name.clone(), value.clone())).collect();
            object(properties, names.into_iter().map(Value::String).collect(), true)
        }
        None => json!({ "type": "object", "additionalProperties": value }),
    }
}

pub(crate) fn without_required(mut schema: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.shift_remove("required");
    }
    schema
}

pub(crate) fn all_required(schema: Value) -> Value {
    let Some(properties) = schema.as_object().and_then(properties) else { return schema };
    let required = properties.keys().cloned().map(Value::String).collect();
    object(properties, required, schema.get("additionalProperties") == Some(&json!(false)))
}

/// `Pick` (`keep`) and `Omit`.
pub(crate) fn pick(schema: Value, keys: &Value, keep: bool) -> Value {
    let (Some(names), Some(mut properties)) = (constants(keys), schema.as_object().and_then(properties))
    else {
        return schema;
    };
    let wanted = |name: &str| names.iter().any(|known| known == name) == keep;
    properties.retain(|name, _| wanted(name));
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let required = required.into_iter().filter(|name| name.as_str().is_some_and(wanted)).collect();
    object(properties, required, schema.get("additionalProperties") == Some(&json!(false)))
}

/// `Extract` (`keep`) and `Exclude` of constants.
pub(crate) fn exclude(schema: &Value, other: &Value, keep: bool) -> Value {
    match (constants(schema), constants(other)) {
        (Some(all), Some(some)) => {
            union_of(all.iter().filter(|value| some.contains(value) == keep).map(with_const).collect())
        }
        _ => schema.clone(),
    }
}
