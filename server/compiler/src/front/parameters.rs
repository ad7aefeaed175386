//! How a tool is called: with one argument object, or with its fields spread over the parameters.

use oxc::ast::ast::{BindingPattern, Expression, FormalParameter, TSType, TSTypeName};
use oxc::semantic::Scoping;

use tgp_standards::export::Callee;

/// Names that mean "all arguments" where no type says so.
const MEANS_ALL: &[&str] = &[
    "args", "arg", "arguments_", "params", "parameters", "input", "inputs", "options", "opts", "props", "payload",
    "request", "req", "ctx", "context", "data", "config", "query", "body", "_", "_args",
];

/// How the default function takes its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Call {
    /// It takes the argument object itself, or nothing.
    #[default]
    Object,
    /// Each parameter takes a field.
    Spread(Vec<Argument>),
}

/// What one parameter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Argument {
    /// The field of its name.
    Field(String),
    /// The whole argument object (a destructured parameter among others).
    All,
    /// The `tgp` object.
    Tgp,
    /// The elements of the field of its name (`...names`).
    Rest(String),
}

/// Decides how a tool is called.
pub(crate) fn call_of(callee: Option<&Callee<'_, '_>>, scoping: &Scoping) -> Call {
    let Some(callee) = callee else { return Call::Object };
    let params = callee.params();
    let mut arguments: Vec<Argument> = params.items.iter().map(|item| argument(item, params.items.len(), scoping)).collect();
    if let Some(rest) = &params.rest {
        let name = rest.rest.argument.get_identifier_name().map_or_else(|| "rest".to_owned(), |name| name.to_string());
        arguments.push(Argument::Rest(name));
    }
    match arguments.as_slice() {
        [] | [Argument::All] => Call::Object,
        _ => Call::Spread(arguments),
    }
}

fn argument(item: &FormalParameter<'_>, of: usize, scoping: &Scoping) -> Argument {
    let BindingPattern::BindingIdentifier(binding) = &item.pattern else { return Argument::All };
    let name = binding.name.as_str();
    let field = Argument::Field(name.to_owned());
    if name == "tgp" {
        return Argument::Tgp;
    }
    if of > 1 && !MEANS_ALL.contains(&name) {
        return field;
    }
    if let Some(annotation) = &item.type_annotation {
        return if is_object(&annotation.type_annotation) && (of == 1 || MEANS_ALL.contains(&name)) {
            Argument::All
        } else {
            field
        };
    }
    match item.initializer.as_deref() {
        Some(Expression::ObjectExpression(_)) => return Argument::All,
        Some(value) if value.is_literal() || matches!(value, Expression::ArrayExpression(_)) => return field,
        _ => {}
    }
    let unused = binding.symbol_id.get().is_none_or(|symbol| scoping.symbol_is_unused(symbol));
    if MEANS_ALL.contains(&name) || unused || name.len() > 1 && name.starts_with('_') { Argument::All } else { field }
}

/// Whether a value of this type is an object with named fields, as far as one can see.
fn is_object(type_: &TSType<'_>) -> bool {
    match type_ {
        TSType::TSTypeReference(reference) => match &reference.type_name {
            TSTypeName::IdentifierReference(name) => {
                !matches!(name.name.as_str(), "Array" | "ReadonlyArray" | "Date" | "Set" | "Map" | "Promise" | "Uint8Array")
            }
            _ => true,
        },
        TSType::TSTypeLiteral(_)
        | TSType::TSIntersectionType(_)
        | TSType::TSMappedType(_)
        | TSType::TSObjectKeyword(_)
        | TSType::TSAnyKeyword(_)
        | TSType::TSUnknownKeyword(_)
        | TSType::TSNeverKeyword(_)
        | TSType::TSIndexedAccessType(_)
        | TSType::TSTypeQuery(_)
        | TSType::TSImportType(_) => true,
        TSType::TSUnionType(union) => union.types.iter().all(is_object),
        TSType::TSTypeOperatorType(operator) => is_object(&operator.type_annotation),
        TSType::TSParenthesizedType(inner) => is_object(&inner.type_annotation),
        _ => false,
    }
}
