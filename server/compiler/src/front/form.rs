//! What shape a tool has: its default export, or a bare script that becomes one.

use oxc::allocator::{Allocator, ArenaVec, TakeIn};
use oxc::ast::ast::{
    ArrowFunctionExpression, AwaitExpression, BindingPattern, Class, Declaration,
    ExportDefaultDeclarationKind, Expression, ForOfStatement, FormalParameter, FormalParameterKind,
    FormalParameters, Function, FunctionBody, FunctionType, Program, ReturnStatement, Statement,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{Visit, walk};
use oxc::span::{GetSpan, SPAN, Span};
use oxc::syntax::scope::ScopeFlags;

use tgp_standards::Finding;
use tgp_standards::export::Export;

/// Says what is missing where a tool cannot be run.
pub(crate) fn check<'a>(program: &Program<'a>, export: &Export<'_, 'a>, findings: &mut Vec<Finding>) {
    match export {
        Export::Callee(callee) if callee.is_generator() => {
            let message = "the default export is a generator; a tool returns its result";
            findings.push(Finding::error("compile.no_export", message, callee.span()));
        }
        Export::Callee(_) | Export::Unknown => {}
        Export::Value(span) => {
            let message = "the default export is not a function";
            findings.push(
                Finding::error("compile.no_export", message, *span)
                    .hint("Write `export default (args) => ...`."),
            );
        }
        Export::None => findings.push(no_export(program)),
    }
}

/// The name of `const name = (...) => ...`, exported or not.
fn function_value<'p>(statement: &'p Statement<'_>) -> Option<&'p str> {
    let declaration = match statement {
        Statement::VariableDeclaration(declaration) => declaration,
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(declaration) => declaration,
            _ => return None,
        },
        _ => return None,
    };
    let [one] = declaration.declarations.as_slice() else { return None };
    let BindingPattern::BindingIdentifier(name) = &one.id else { return None };
    let is_function =
        matches!(one.init, Some(Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_)));
    is_function.then_some(name.name.as_str())
}

fn no_export(program: &Program<'_>) -> Finding {
    let at = program.body.last().map_or(program.span, |last| Span::new(last.span().start, last.span().end));
    let message = "the tool exports no default function and returns nothing";
    let finding = Finding::error("compile.no_export", message, at)
        .hint("Add `export default (args) => ...`, or `return` the result.");
    for statement in program.body.iter().rev() {
        if let Some(name) = function_value(statement) {
            let end = Span::new(at.end, at.end);
            let title = format!("Make `{name}` the default export");
            return finding.edit(&title, vec![(end, format!("\nexport default {name};"))]);
        }
        let (name, before) = match statement {
            Statement::FunctionDeclaration(function) => (function.name(), function.span),
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(function) => {
                    (function.name(), Span::new(export.span.start, function.span.start))
                }
                _ => continue,
            },
            _ => continue,
        };
        let Some(name) = name else { continue };
        let title = format!("Make `{name}` the default export");
        let replacement = match statement {
            Statement::ExportDeclaration(_) => (before, "export default ".to_owned()),
            _ => (Span::new(before.start, before.start), "export default ".to_owned()),
        };
        return finding.edit(&title, vec![replacement]);
    }
    finding
}

/// Makes a bare script the body of a default function with `args` in scope. A script is what returns at its top level,
/// or exports nothing and does something.
pub(crate) fn wrap_script<'a>(allocator: &'a Allocator, program: &mut Program<'a>) -> bool {
    let mut look = TopLevel::default();
    look.visit_program(program);
    let exports_default = program.body.iter().any(|s| matches!(s, Statement::ExportDefaultDeclaration(_)));
    let exports = program
        .body
        .iter()
        .any(|s| s.as_module_declaration().is_some_and(oxc::ast::ast::ModuleDeclaration::is_export));
    let works =
        program.body.iter().any(|s| s.as_declaration().is_none() && s.as_module_declaration().is_none());
    if exports_default || !(look.returns || (works && !exports)) {
        return false;
    }
    let builder = AstBuilder::new(allocator);
    let mut outside = ArenaVec::new_in(&allocator);
    let mut inside = ArenaVec::new_in(&allocator);
    for statement in program.body.take_in(&allocator) {
        if stays_outside(&statement) { outside.push(statement) } else { inside.push(statement) }
    }
    let (start, end) = (program.span.start, program.span.end);
    let args = FormalParameter::new(
        SPAN,
        ArenaVec::new_in(&allocator),
        BindingPattern::new_binding_identifier(SPAN, "args", &builder),
        None,
        None,
        false,
        None,
        false,
        false,
        &builder,
    );
    let params = FormalParameters::boxed(
        SPAN,
        FormalParameterKind::FormalParameter,
        ArenaVec::from_value_in(args, &allocator),
        None,
        &builder,
    );
    let body = FunctionBody::boxed(Span::new(start, end), ArenaVec::new_in(&allocator), inside, &builder);
    let function = ExportDefaultDeclarationKind::new_function_declaration(
        Span::new(start, end),
        FunctionType::FunctionDeclaration,
        None,
        false,
        look.awaits,
        false,
        None,
        None,
        params,
        None,
        Some(body),
        &builder,
    );
    outside.push(Statement::new_export_default_declaration(Span::new(start, end), function, &builder));
    program.body = outside;
    true
}

fn stays_outside(statement: &Statement<'_>) -> bool {
    statement.as_module_declaration().is_some()
        || matches!(
            statement,
            Statement::TSTypeAliasDeclaration(_)
                | Statement::TSInterfaceDeclaration(_)
                | Statement::TSEnumDeclaration(_)
                | Statement::TSNamespaceDeclaration(_)
                | Statement::TSImportEqualsDeclaration(_)
        )
}

/// Looks for `return` and `await` that belong to no function.
#[derive(Default)]
struct TopLevel {
    returns: bool,
    awaits: bool,
}

impl<'a> Visit<'a> for TopLevel {
    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        self.returns = true;
        walk::walk_return_statement(self, it);
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        self.awaits = true;
        walk::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.awaits |= it.r#await;
        walk::walk_for_of_statement(self, it);
    }

    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}

    fn visit_class(&mut self, _: &Class<'a>) {}
}
