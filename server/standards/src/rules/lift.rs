//! The edit that turns a value of the source into an argument, where that is simple.

use oxc::ast::ast::{BindingPattern, Declaration, Statement, TSType, TSTypeName};
use oxc::span::Span;

use crate::rule::Subject;

/// Replaces the literal at `span` by the argument `name`, and adds the argument to the parameters.
/// None where the literal stands outside of the tool's function, or its parameters are of another shape.
pub(super) fn lift(
    subject: &Subject<'_, '_>,
    name: &str,
    kind: &str,
    span: Span,
) -> Option<Vec<(Span, String)>> {
    let callee = subject.callee.filter(|callee| Subject::holds(&callee.span(), span))?;
    let name = lower_camel(name);
    if subject.script {
        return Some(vec![(span, format!("args.{name}"))]);
    }
    let params = callee.params();
    let at = |byte: u32| Span::new(byte, byte);
    let Some(param) = params.items.first() else {
        let list = params.span;
        let empty = subject.text(list).starts_with('(') && params.rest.is_none();
        return empty.then(|| {
            vec![(at(list.start + 1), format!("args: {{ {name}: {kind} }}")), (span, format!("args.{name}"))]
        });
    };
    let BindingPattern::BindingIdentifier(binding) = &param.pattern else { return None };
    if params.items.len() > 1 || param.initializer.is_some() {
        return None;
    }
    let change = (span, format!("{}.{name}", binding.name));
    let field = format!(" {name}: {kind};");
    match param.type_annotation.as_ref().map(|annotation| &annotation.type_annotation) {
        None => Some(vec![change]),
        Some(TSType::TSTypeLiteral(literal)) => Some(vec![(at(literal.span.start + 1), field), change]),
        Some(TSType::TSTypeReference(reference)) => {
            let TSTypeName::IdentifierReference(type_name) = &reference.type_name else { return None };
            let place = body_of(subject, &type_name.name)?;
            let mut changes = vec![(at(place + 1), field), change];
            changes.sort_by_key(|(span, _)| span.start);
            Some(changes)
        }
        Some(_) => None,
    }
}

/// The opening brace of an interface or object type of the file.
fn body_of(subject: &Subject<'_, '_>, name: &str) -> Option<u32> {
    subject.program.body.iter().find_map(|statement| {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => &export.declaration,
            statement => statement.as_declaration()?,
        };
        match declaration {
            Declaration::TSInterfaceDeclaration(interface) if interface.id.name == name => {
                Some(interface.body.span.start)
            }
            Declaration::TSTypeAliasDeclaration(alias) if alias.id.name == name => {
                match &alias.type_annotation {
                    TSType::TSTypeLiteral(literal) => Some(literal.span.start),
                    _ => None,
                }
            }
            _ => None,
        }
    })
}

/// `TAX_RATE` as `taxRate`; a name that is not all capitals stays.
fn lower_camel(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or(name).to_lowercase();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next());
        all.push_str(&letters.as_str().to_lowercase());
        all
    })
}
