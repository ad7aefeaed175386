//! What shape a tool has: its default export, or a bare script that becomes one.

use oxc::allocator::{Allocator, ArenaVec, TakeIn};
use oxc::ast::ast::{
ArrowFunctionExpression, AwaitExpression, BindingPattern, Class, Declaration, ExportDefaultDeclaration,
    ExportDefaultDeclarationKind, Expression, ForOfStatement, FormalParameter, FormalParameterKind, FormalParameters,
    Function, FunctionBody, FunctionType, ModuleExportName, Program, ReturnStatement, Statement,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{Visit, walk};
use oxc::span::{GetSpan, SPAN, Span};
use oxc::syntax::scope::ScopeFlags;

use crate::diagnose::Finding;

/// The function a tool is.
pub(crate) enum Callee<'p, 'a> {
    /// `function` in any of its spellings.
    Function(&'p Function<'a>),
    /// `(args) => ...`.
    Arrow(&'p ArrowFunctionExpression<'a>),
}

/// What a module exports as its default.
pub(crate) enum Export<'p, 'a> {
    /// Nothing.
    None,
    /// A function that stands in the file; the span is the whole statement.
    Callee(Callee<'p, 'a>, Span),
    /// Something that can be seen to be no function.
    Value(Span),
    /// Something that cannot be known here, such as an imported name.
    Unknown(Span),
}

impl<'p, 'a> Callee<'p, 'a> {
    pub(crate) fn params(&self) -> &'p FormalParameters<'a> {
        match self {
            Self::Function(function) => &function.params,
            Self::Arrow(arrow) => &arrow.params,
        }
    }

    pub(crate) fn body(&self) -> Option<&'p FunctionBody<'a>> {
        match self {
            Self::Function(function) => function.body.as_deref(),
            Self::Arrow(arrow) => arrow.get_function_body(),
        }
    }

    /// The expression an arrow function is, where it has no block.
    pub(crate) fn expression(&self) -> Option<&'p Expression<'a>> {
        match self {
            Self::Function(_) => None,
            Self::Arrow(arrow) => arrow.get_expression(),
        }
    }

    pub(crate) fn is_generator(&self) -> bool {
        matches!(self, Self::Function(function) if function.generator)
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Function(function) => function.span,
            Self::Arrow(arrow) => arrow.span,
        }
    }
}

impl<'p, 'a> Export<'p, 'a> {
    pub(crate) fn callee(&self) -> Option<Callee<'p, 'a>> {
        match self {
            Self::Callee(Callee::Function(function), _) => Some(Callee::Function(function)),
            Self::Callee(Callee::Arrow(arrow), _) => Some(Callee::Arrow(arrow)),
            _ => None,
        }
    }
}

/// Finds the default export, following a name to its declaration in the file.
pub(crate) fn find_default<'p, 'a>(program: &'p Program<'a>) -> Export<'p, 'a> {
    for statement in &program.body {
        match statement {
            Statement::ExportDefaultDeclaration(export) => return of_declaration(program, export),
            Statement::ExportNamedDeclaration(export) => {
                let found = export.specifiers.iter().find(|s| s.exported.name() == "default");
                if let Some(specifier) = found {
                    return match &specifier.local {
                        ModuleExportName::IdentifierReference(name) => of_name(program, &name.name, export.span),
                        _ => Export::Unknown(export.span),
                    };
                }
            }
            Statement::ExportFromDeclaration(export) => {
                if export.specifiers.iter().any(|s| s.exported.name() == "default") {
                    return Export::Unknown(export.span);
                }
            }
            _ => {}
        }
    }
    Export::None
}

fn of_declaration<'p, 'a>(program: &'p Program<'a>, export: &'p ExportDefaultDeclaration<'a>) -> Export<'p, 'a> {
    match &export.declaration {
        ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
            Export::Callee(Callee::Function(function), export.span)
        }
        ExportDefaultDeclarationKind::ClassDeclaration(_) => Export::Value(export.span),
        ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => Export::None,
        other => other.as_expression().map_or(Export::Unknown(export.span), |value| of_value(program, value, export.span)),
    }
}

fn of_value<'p, 'a>(program: &'p Program<'a>, value: &'p Expression<'a>, span: Span) -> Export<'p, 'a> {
    match value.get_inner_expression() {
        Expression::FunctionExpression(function) => Export::Callee(Callee::Function(function), span),
        Expression::ArrowFunctionExpression(arrow) => Export::Callee(Callee::Arrow(arrow), span),
        Expression::Identifier(name) => of_name(program, &name.name, span),
        value if value.is_literal() => Export::Value(span),
        Expression::ObjectExpression(_)
        | Expression::ArrayExpression(_)
        | Expression::TemplateLiteral(_)
        | Expression::ClassExpression(_)
        | Expression::BinaryExpression(_) => Export::Value(span),
        _ => Export::Unknown(span),
    }
}

fn of_name<'p, 'a>(program: &'p Program<'a>, name: &str, span: Span) -> Export<'p, 'a> {
    for statement in &program.body {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => Some(&export.declaration),
            statement => statement.as_declaration(),
        };
        match declaration {
            Some(Declaration::FunctionDeclaration(function)) if function.name().is_some_and(|n| n == name) => {
                return Export::Callee(Callee::Function(function), span);
            }
            Some(Declaration::VariableDeclaration(variables)) => {
                let found = variables.declarations.iter().find(|d| d.id.get_identifier_name().is_some_and(|n| n == name));
                if let Some(init) = found.and_then(|d| d.init.as_ref()) {
                    return match init.get_inner_expression() {
                        Expression::Identifier(_) => Export::Unknown(span),
                        value => of_value(program, value, span),
                    };
                }
            }
            _ => {}
        }
    }
    Export::Unknown(span)
}

/// Says what is missing where a tool cannot be run.
pub(crate) fn check<'a>(program: &Program<'a>, export: &Export<'_, 'a>, findings: &mut Vec<Finding>) {
    match export {
        Export::Callee(callee, _) if callee.is_generator() => {
            let message = "the default export is a generator; a tool returns its result";
            findings.push(Finding::error("compile.no_export", message, callee.span()));
        }
        Export::Callee(..) | Export::Unknown(_) => {}
        Export::Value(span) => {
            let message = "the default export is not a function";
            findings.push(
                Finding::error("compile.no_export", message, *span).hint("Write `export default (args) => ...`."),
            );
        }
        Export::None => findings.push(no_export(program)),
    }
}

fn no_export(program: &Program<'_>) -> Finding {
    let at = program.body.last().map_or(program.span, |last| Span::new(last.span().start, last.span().end));
    let message = "the tool exports no default function and returns nothing";
    let finding = Finding::error("compile.no_export", message, at)
        .hint("Add `export default (args) => ...`, or `return` the result.");
    for statement in program.body.iter().rev() {
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
    match program.body.last() {
        Some(Statement::ExpressionStatement(last)) => {
            let start = Span::new(last.span.start, last.span.start);
            finding.edit("Return the last value", vec![(start, "return ".to_owned())])
        }
        _ => finding,
    }
}

/// Makes a bare script (top-level `return`, no default export) the body of a default function with `args` in scope.
pub(crate) fn wrap_script<'a>(allocator: &'a Allocator, program: &mut Program<'a>) -> bool {
    let mut look = TopLevel::default();
    look.visit_program(program);
    if !look.returns || program.body.iter().any(|s| matches!(s, Statement::ExportDefaultDeclaration(_))) {
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
