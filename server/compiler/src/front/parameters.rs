//! How a tool is called: with one argument object, or with its fields spread over the parameters.

use oxc::ast::AstKind;
use oxc::ast::ast::{
    BindingPattern, Declaration, Expression, FormalParameter, Program, Statement, TSType, TSTypeName,
};
use oxc::semantic::{Semantic, SymbolId};

use tgp_standards::export::Callee;

/// Names that mean "all arguments" where no type says so.
const MEANS_ALL: &[&str] = &[
    "args",
    "arg",
    "arguments_",
    "params",
    "parameters",
    "input",
    "inputs",
    "options",
    "opts",
    "props",
    "payload",
    "request",
    "req",
    "ctx",
    "context",
    "data",
    "config",
    "query",
    "body",
    "_",
    "_args",
];

/// Types of the language whose values have no fields of their own.
const NO_FIELDS: &[&str] =
    &["Array", "ReadonlyArray", "Date", "Set", "Map", "Promise", "Uint8Array", "String", "Number", "Boolean"];
/// Aliases of aliases that are followed.
const DEEPEST_ALIAS: usize = 8;
/// Fields that texts, lists, numbers and dates have.
const BUILT_IN: &[&str] = &[
    "length",
    "map",
    "filter",
    "reduce",
    "forEach",
    "find",
    "some",
    "every",
    "includes",
    "indexOf",
    "join",
    "slice",
    "sort",
    "concat",
    "split",
    "trim",
    "toUpperCase",
    "toLowerCase",
    "replace",
    "replaceAll",
    "startsWith",
    "endsWith",
    "padStart",
    "padEnd",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "at",
    "toString",
    "toFixed",
    "push",
    "pop",
    "shift",
    "flat",
    "flatMap",
    "entries",
    "keys",
    "values",
    "match",
    "matchAll",
    "repeat",
    "substring",
    "test",
    "toISOString",
    "getTime",
    "reverse",
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
pub(crate) fn call_of(
    callee: Option<&Callee<'_, '_>>,
    program: &Program<'_>,
    semantic: &Semantic<'_>,
) -> Call {
    let Some(callee) = callee else { return Call::Object };
    let params = callee.params();
    let mut arguments: Vec<Argument> =
        params.items.iter().map(|item| argument(item, params.items.len(), program, semantic)).collect();
    if let Some(rest) = &params.rest {
        let name = rest
            .rest
            .argument
            .get_identifier_name()
            .map_or_else(|| "rest".to_owned(), |name| name.to_string());
        arguments.push(Argument::Rest(name));
    }
    match arguments.as_slice() {
        [] | [Argument::All] => Call::Object,
        _ => Call::Spread(arguments),
    }
}

fn argument(
    item: &FormalParameter<'_>,
    of: usize,
    program: &Program<'_>,
    semantic: &Semantic<'_>,
) -> Argument {
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
        return if is_object(&annotation.type_annotation, program, 0) { Argument::All } else { field };
    }
    match item.initializer.as_deref() {
        Some(Expression::ObjectExpression(_)) => return Argument::All,
        Some(value) if value.is_literal() || matches!(value, Expression::ArrayExpression(_)) => return field,
        _ => {}
    }
    let has_fields = binding.symbol_id.get().is_none_or(|symbol| only_fields_are_read(semantic, symbol));
    if MEANS_ALL.contains(&name) || name.starts_with('_') || has_fields { Argument::All } else { field }
}

/// Whether every use of a parameter reads a field that no text, list or number has; so does a parameter never used.
fn only_fields_are_read(semantic: &Semantic<'_>, symbol: SymbolId) -> bool {
    semantic.symbol_references(symbol).all(|reference| {
        match semantic.nodes().parent_kind(reference.node_id()) {
            AstKind::StaticMemberExpression(member) => !BUILT_IN.contains(&member.property.name.as_str()),
            _ => false,
        }
    })
}

/// Whether a value of this type is an object with named fields, as far as one can see.
fn is_object(type_: &TSType<'_>, program: &Program<'_>, depth: usize) -> bool {
    let object = |type_: &TSType<'_>| depth > DEEPEST_ALIAS || is_object(type_, program, depth + 1);
    match type_ {
        TSType::TSTypeReference(reference) => match &reference.type_name {
            TSTypeName::IdentifierReference(name) => match declared(program, &name.name) {
                Some(Declaration::TSTypeAliasDeclaration(alias)) => object(&alias.type_annotation),
                Some(Declaration::TSEnumDeclaration(_)) => false,
                _ => !NO_FIELDS.contains(&name.name.as_str()),
            },
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
        TSType::TSUnionType(union) => union.types.iter().all(object),
        TSType::TSTypeOperatorType(operator) => object(&operator.type_annotation),
        TSType::TSParenthesizedType(inner) => object(&inner.type_annotation),
        _ => false,
    }
}

/// The type of this name that the file declares.
fn declared<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<&'p Declaration<'a>> {
    program.body.iter().find_map(|statement| {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => &export.declaration,
            statement => statement.as_declaration()?,
        };
        let found = match declaration {
            Declaration::TSTypeAliasDeclaration(alias) => alias.id.name == name,
            Declaration::TSEnumDeclaration(declared) => declared.id.name == name,
            _ => false,
        };
        found.then_some(declaration)
    })
}
