//! Destructured parameters: their fields and defaults.

use oxc::ast::ast::{BindingPattern, ObjectPattern};
use serde_json::{Map, Value, json};

use super::documented;
use super::shapes::object;
use super::types::Types;

/// Deepest pattern that is read.
const DEEPEST: usize = 16;

impl<'a> Types<'_, 'a> {
    /// The schema of a destructured parameter without a type: its names, optional where they have a default.
    pub(crate) fn of_pattern(&self, pattern: &ObjectPattern<'a>) -> Value {
        self.pattern(pattern, 0)
    }

    fn pattern(&self, pattern: &ObjectPattern<'a>, depth: usize) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for property in &pattern.properties {
            let Some(name) = property.key.static_name() else { continue };
            let (value, default) = match &property.value {
                BindingPattern::AssignmentPattern(assignment) => (&assignment.left, Some(&assignment.right)),
                value => (value, None),
            };
            let schema = match (value, default.and_then(|default| self.literal(default))) {
                (BindingPattern::ObjectPattern(inner), _) if depth < DEEPEST => {
                    self.pattern(inner, depth + 1)
                }
                (BindingPattern::ArrayPattern(_), _) => json!({ "type": "array" }),
                (_, Some(default)) => with_default(Self::of_value(&default), default),
                _ => json!({}),
            };
            properties.insert(name.to_string(), documented(schema, self.documentation().parameter(&name)));
            if default.is_none() {
                required.push(json!(name));
            }
        }
        object(properties, required, pattern.rest.is_none())
    }

    /// Fields with a default in the pattern are optional, whatever their type says.
    pub(crate) fn add_defaults(&self, pattern: &ObjectPattern<'a>, schema: &mut Value) {
        for property in &pattern.properties {
            let (Some(name), BindingPattern::AssignmentPattern(assignment)) =
                (property.key.static_name(), &property.value)
            else {
                continue;
            };
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|known| known != name.as_ref());
            }
            let field = schema.get_mut("properties").and_then(|properties| properties.get_mut(name.as_ref()));
            if let (Some(field), Some(default)) = (field, self.literal(&assignment.right)) {
                *field = with_default(field.take(), default);
            }
        }
        if schema.get("required").is_some_and(|required| required == &json!([]))
            && let Some(map) = schema.as_object_mut()
        {
            map.shift_remove("required");
        }
    }

    /// The schema that a default value shows.
    pub(crate) fn of_value(value: &Value) -> Value {
        match value {
            Value::String(_) => json!({ "type": "string" }),
            Value::Number(_) => json!({ "type": "number" }),
            Value::Bool(_) => json!({ "type": "boolean" }),
            Value::Array(_) => json!({ "type": "array" }),
            Value::Object(_) => json!({ "type": "object" }),
            Value::Null => json!({}),
        }
    }
}

fn with_default(mut schema: Value, default: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.entry("default").or_insert(default);
    }
    schema
}
