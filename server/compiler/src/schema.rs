//! The argument schema and description of a tool, from its types and comments or from an exported `schema`.

mod documentation;
mod keywords;
mod patterns;
mod shapes;
mod types;

use oxc::ast::ast::{BindingPattern, Declaration, Expression, FormalParameter, Program, Statement};
use oxc::span::{GetSpan, Span};
use serde_json::{Map, Value, json};

use crate::front::{Argument, Call, Callee};
use documentation::Documentation;
use tgp_standards::Finding;
use tgp_standards::literal;
use types::Types;

/// What is known of a tool's arguments.
pub(crate) struct Described {
    pub(crate) schema: Value,
    pub(crate) description: String,
}

/// Describes a tool: the exported `schema` where there is one, otherwise the parameter types.
pub(crate) fn describe<'a>(
    program: &Program<'a>,
    callee: Option<&Callee<'_, 'a>>,
    call: &Call,
    findings: &mut Vec<Finding>,
) -> Described {
    let documentation = Documentation::of_tool(program, callee.map(Callee::span));
    let mut schema = match exported(program, "schema") {
        Some((init, span)) => match literal::evaluate(program, init) {
            Some(value) => {
                keywords::check(&value, span, findings);
                value
            }
            None => derive(program, callee, call, &documentation),
        },
        None => derive(program, callee, call, &documentation),
    };
    let description = documentation.description().to_owned();
    if let Some(map) = schema.as_object_mut()
        && !description.is_empty()
        && !map.contains_key("description")
    {
        map.insert("description".to_owned(), json!(description));
    }
    Described { schema, description }
}

/// An exported constant of that name.
pub(crate) fn exported<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<(&'p Expression<'a>, Span)> {
    program.body.iter().find_map(|statement| {
        let Statement::ExportDeclaration(export) = statement else { return None };
        let Declaration::VariableDeclaration(variables) = &export.declaration else { return None };
        let found =
            variables.declarations.iter().find(|d| d.id.get_identifier_name().is_some_and(|n| n == name))?;
        found.init.as_ref().map(|init| (init, found.span))
    })
}

fn derive<'a>(
    program: &Program<'a>,
    callee: Option<&Callee<'_, 'a>>,
    call: &Call,
    documentation: &Documentation,
) -> Value {
    let Some(callee) = callee else { return json!({ "type": "object" }) };
    let types = Types::new(program, documentation);
    let items = &callee.params().items;
    match call {
        Call::Object => match items.first() {
            Some(item) => whole(&types, item),
            // A bare script and a function without parameters: nothing says what it reads.
            None => json!({ "type": "object" }),
        },
        Call::Spread(arguments) => {
            let mut properties = Map::new();
            let mut required = Vec::new();
            let mut open = false;
            for (item, argument) in items.iter().zip(arguments) {
                match argument {
                    Argument::Field(name) => {
                        let (schema, optional) = field(&types, item, name);
                        properties.insert(name.clone(), schema);
                        if !optional {
                            required.push(json!(name));
                        }
                    }
                    Argument::All => {
                        open = !merge(&whole(&types, item), &mut properties, &mut required) || open;
                    }
                    Argument::Tgp | Argument::Rest(_) => {}
                }
            }
            if let (Some(Argument::Rest(name)), Some(rest)) = (arguments.last(), &callee.params().rest) {
                let element = rest
                    .type_annotation
                    .as_ref()
                    .map_or_else(|| json!({}), |a| types.read(&a.type_annotation));
                let schema = if element.get("type") == Some(&json!("array")) {
                    element
                } else {
                    json!({ "type": "array" })
                };
                properties.insert(name.clone(), documented(schema, documentation.parameter(name)));
            }
            shapes::object(properties, required, !open)
        }
    }
}

/// The schema of a parameter that is the whole argument object.
fn whole(types: &Types<'_, '_>, item: &FormalParameter<'_>) -> Value {
    let annotated =
        item.type_annotation.as_ref().map(|annotation| types.read_arguments(&annotation.type_annotation));
    let mut schema = match (&item.pattern, annotated) {
        (_, Some(schema)) if schema.as_object().is_some_and(|map| !map.is_empty()) => schema,
        (BindingPattern::ObjectPattern(pattern), _) => types.of_pattern(pattern),
        _ => json!({ "type": "object" }),
    };
    if let BindingPattern::ObjectPattern(pattern) = &item.pattern {
        types.add_defaults(pattern, &mut schema);
    }
    schema
}

fn field(types: &Types<'_, '_>, item: &FormalParameter<'_>, name: &str) -> (Value, bool) {
    let default = item.initializer.as_deref().and_then(|init| types.literal(init));
    let mut schema = match &item.type_annotation {
        Some(annotation) => types.read(&annotation.type_annotation),
        None => default.as_ref().map_or_else(|| json!({}), Types::of_value),
    };
    if let (Some(map), Some(default)) = (schema.as_object_mut(), default) {
        map.insert("default".to_owned(), default);
    }
    let optional = item.optional || item.initializer.is_some();
    (documented(schema, types.documentation().parameter(name)), optional)
}

fn merge(schema: &Value, properties: &mut Map<String, Value>, required: &mut Vec<Value>) -> bool {
    let Some(more) = schema.get("properties").and_then(Value::as_object) else { return false };
    properties.extend(more.clone());
    required.extend(schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    true
}

/// Puts a description on a schema that has none.
fn documented(mut schema: Value, description: Option<&str>) -> Value {
    if let (Some(map), Some(text)) = (schema.as_object_mut(), description)
        && !map.contains_key("description")
        && !text.is_empty()
    {
        map.insert("description".to_owned(), json!(text));
    }
    schema
}

/// Where a statement begins, for the comment above it.
fn start_of(statement: &Statement<'_>) -> u32 {
    statement.span().start
}
