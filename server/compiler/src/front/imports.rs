//! Import specifiers: found and judged before the types go, rewritten to canonical names after.

use std::collections::HashMap;

use oxc::allocator::{Allocator, ArenaVec};
use oxc::ast::ast::{
    Argument, CallExpression, Expression, ImportExpression, ImportOrExportKind, Program, Statement,
    StringLiteral,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{Visit, VisitMut, walk, walk_mut};
use oxc::semantic::Scoping;
use oxc::span::{SPAN, Span};
use oxc::str::Str;

use crate::settings::SourceKind;
use tgp_standards::Finding;

/// What a specifier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// The canonical name: `tools/a.ts`, `@tgp/std`, `npm:zod/v4/index.js`.
    pub(crate) name: String,
}

/// An import that is left when the types are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// Canonical name of what is imported.
    pub(crate) name: String,
    /// Where the specifier stands in the source.
    pub(crate) span: Span,
    /// A name the linker has to bind, because the source said `require` or `import()`.
    pub(crate) bind: Option<Bind>,
}

/// How a hoisted import is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bind {
    /// To its default export, or the namespace where it has none (`require`).
    Default(String),
    /// To its namespace (`import()`).
    Namespace(String),
}

/// What each specifier of a source means, by its text.
pub(crate) type Specifiers = HashMap<String, Resolution>;

/// Finds every specifier and asks what it means. Imports of types only are no imports.
pub(crate) fn collect<'a>(
    program: &Program<'a>,
    scoping: &Scoping,
    kind: SourceKind,
    resolve: &mut dyn FnMut(&str) -> Result<Resolution, Finding>,
    findings: &mut Vec<Finding>,
) -> Specifiers {
    let mut found: Vec<(String, Span, Span)> = Vec::new();
    for statement in &program.body {
        let (source, whole, types) = match statement {
            Statement::ImportDeclaration(import) => (&import.source, import.span, import.import_kind),
            Statement::ExportAllDeclaration(export) => (&export.source, export.span, export.export_kind),
            Statement::ExportFromDeclaration(export) => (&export.source, export.span, export.export_kind),
            _ => continue,
        };
        if types == ImportOrExportKind::Value {
            found.push((source.value.to_string(), source.span, whole));
        }
    }
    let mut calls = Calls { scoping, requires: kind == SourceKind::Tool, found: &mut found };
    calls.visit_program(program);
    let mut specifiers = Specifiers::new();
    for (text, span, whole) in found {
        match resolve(&text) {
            Ok(resolution) => {
                specifiers.insert(text, resolution);
            }
            Err(mut finding) => {
                finding.span = span;
                if finding.code == "compile.forbidden_import" && whole != span {
                    finding = finding.edit("Remove the import", vec![(whole, String::new())]);
                }
                findings.push(finding);
            }
        }
    }
    specifiers
}

/// The literal of `require('literal')`.
pub(super) fn required<'p, 'a>(call: &'p CallExpression<'a>) -> Option<&'p StringLiteral<'a>> {
    match call.arguments.as_slice() {
        [Argument::StringLiteral(literal)] => Some(literal),
        _ => None,
    }
}

struct Calls<'r> {
    scoping: &'r Scoping,
    requires: bool,
    found: &'r mut Vec<(String, Span, Span)>,
}

impl<'a> Visit<'a> for Calls<'_> {
    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(literal) = &it.source {
            self.found.push((literal.value.to_string(), literal.span, literal.span));
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if self.requires
            && let Expression::Identifier(name) = &it.callee
            && name.name == "require"
            && name.reference_id.get().is_none_or(|id| self.scoping.get_reference(id).symbol_id().is_none())
            && let Some(literal) = required(it)
        {
            self.found.push((literal.value.to_string(), literal.span, literal.span));
        }
        walk::walk_call_expression(self, it);
    }
}

/// Writes canonical names into a program whose types are gone; says what it imports.
pub(crate) fn rewrite<'a>(
    allocator: &'a Allocator,
    program: &mut Program<'a>,
    specifiers: &Specifiers,
) -> Vec<Import> {
    let mut rewrite =
        Rewrite { builder: AstBuilder::new(allocator), allocator, specifiers, imports: Vec::new() };
    for statement in &mut program.body {
        let source = match statement {
            Statement::ImportDeclaration(import) => &mut import.source,
            Statement::ExportAllDeclaration(export) => &mut export.source,
            Statement::ExportFromDeclaration(export) => &mut export.source,
            _ => continue,
        };
        rewrite.literal(source);
    }
    rewrite.visit_program(program);
    rewrite.imports
}

struct Rewrite<'a, 'r> {
    builder: AstBuilder<'a>,
    allocator: &'a Allocator,
    specifiers: &'r Specifiers,
    imports: Vec<Import>,
}

impl<'a> Rewrite<'a, '_> {
    fn literal(&mut self, literal: &mut StringLiteral<'a>) {
        if let Some(resolution) = self.specifiers.get(literal.value.as_str()) {
            self.imports.push(Import { name: resolution.name.clone(), span: literal.span, bind: None });
            literal.value = Str::from_str_in(&resolution.name, &self.allocator);
            literal.raw = None;
        }
    }

    /// A name for a hoisted import that no tool uses.
    fn hoist(&mut self, specifier: &str, span: Span, bind: fn(String) -> Bind) -> Option<Expression<'a>> {
        let resolution = self.specifiers.get(specifier)?;
        let name = format!("__tgp_import_{}", self.imports.len());
        let identifier = Str::from_str_in(&name, &self.allocator);
        self.imports.push(Import { name: resolution.name.clone(), span, bind: Some(bind(name)) });
        Some(Expression::new_identifier(span, identifier, &self.builder))
    }
}

impl<'a> VisitMut<'a> for Rewrite<'a, '_> {
    fn visit_expression(&mut self, it: &mut Expression<'a>) {
        let replaced = match it {
            Expression::ImportExpression(import) => match &import.source {
                Expression::StringLiteral(literal) => {
                    let (text, span) = (literal.value, import.span);
                    self.hoist(text.as_str(), span, Bind::Namespace)
                        .map(|namespace| self.resolved(namespace, span))
                }
                _ => None,
            },
            Expression::CallExpression(call) => match (&call.callee, required(call)) {
                (Expression::Identifier(name), Some(literal)) if name.name == "require" => {
                    let (text, span) = (literal.value, call.span);
                    self.hoist(text.as_str(), span, Bind::Default)
                }
                _ => None,
            },
            _ => None,
        };
        match replaced {
            Some(expression) => *it = expression,
            None => walk_mut::walk_expression(self, it),
        }
    }
}

impl<'a> Rewrite<'a, '_> {
    /// `Promise.resolve(namespace)`: what `import()` gives, without a loader at run time.
    fn resolved(&self, namespace: Expression<'a>, span: Span) -> Expression<'a> {
        let promise = Expression::new_identifier(SPAN, "Promise", &self.builder);
        let property = oxc::ast::ast::IdentifierName::new(SPAN, "resolve", &self.builder);
        let callee = Expression::new_static_member_expression(span, promise, property, false, &self.builder);
        let arguments = ArenaVec::from_value_in(Argument::from(namespace), &self.allocator);
        Expression::new_call_expression(span, callee, None, arguments, false, &self.builder)
    }
}
