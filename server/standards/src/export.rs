//! What a module exports as its default, and the function a tool is.

use oxc::ast::ast::{
    ArrowFunctionExpression, Declaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, Expression,
    FormalParameters, Function, FunctionBody, ModuleExportName, Program, Statement,
};
use oxc::span::Span;

/// The function a tool is.
pub enum Callee<'p, 'a> {
    /// `function` in any of its spellings.
    Function(&'p Function<'a>),
    /// `(args) => ...`.
    Arrow(&'p ArrowFunctionExpression<'a>),
}

/// What a module exports as its default.
pub enum Export<'p, 'a> {
    /// Nothing.
    None,
    /// A function that stands in the file.
    Callee(Callee<'p, 'a>),
    /// Something that can be seen to be no function.
    Value(Span),
    /// Something that cannot be known here, such as an imported name.
    Unknown,
}

impl<'p, 'a> Callee<'p, 'a> {
    /// Its parameters.
    pub fn params(&self) -> &'p FormalParameters<'a> {
        match self {
            Self::Function(function) => &function.params,
            Self::Arrow(arrow) => &arrow.params,
        }
    }

    /// Its block, where it has one.
    pub fn body(&self) -> Option<&'p FunctionBody<'a>> {
        match self {
            Self::Function(function) => function.body.as_deref(),
            Self::Arrow(arrow) => arrow.get_function_body(),
        }
    }

    /// The expression an arrow function is, where it has no block.
    pub fn expression(&self) -> Option<&'p Expression<'a>> {
        match self {
            Self::Function(_) => None,
            Self::Arrow(arrow) => arrow.get_expression(),
        }
    }

    /// Whether it is a `function*`.
    pub fn is_generator(&self) -> bool {
        matches!(self, Self::Function(function) if function.generator)
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Function(function) => function.span,
            Self::Arrow(arrow) => arrow.span,
        }
    }
}

impl<'p, 'a> Export<'p, 'a> {
    /// The function, where there is one.
    pub fn callee(&self) -> Option<Callee<'p, 'a>> {
        match self {
            Self::Callee(Callee::Function(function)) => Some(Callee::Function(function)),
            Self::Callee(Callee::Arrow(arrow)) => Some(Callee::Arrow(arrow)),
            _ => None,
        }
    }
}

/// Finds the default export, following a name to its declaration in the file.
pub fn find_default<'p, 'a>(program: &'p Program<'a>) -> Export<'p, 'a> {
    for statement in &program.body {
        match statement {
            Statement::ExportDefaultDeclaration(export) => return of_declaration(program, export),
            Statement::ExportNamedDeclaration(export) => {
                let found = export.specifiers.iter().find(|s| s.exported.name() == "default");
                if let Some(specifier) = found {
                    return match &specifier.local {
                        ModuleExportName::IdentifierReference(name) => {
                            of_name(program, &name.name, export.span)
                        }
                        _ => Export::Unknown,
                    };
                }
            }
            Statement::ExportFromDeclaration(export)
                if export.specifiers.iter().any(|s| s.exported.name() == "default") =>
            {
                return Export::Unknown;
            }
            _ => {}
        }
    }
    Export::None
}

fn of_declaration<'p, 'a>(
    program: &'p Program<'a>,
    export: &'p ExportDefaultDeclaration<'a>,
) -> Export<'p, 'a> {
    match &export.declaration {
        ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
            Export::Callee(Callee::Function(function))
        }
        ExportDefaultDeclarationKind::ClassDeclaration(_) => Export::Value(export.span),
        ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => Export::None,
        other => other.as_expression().map_or(Export::Unknown, |value| of_value(program, value, export.span)),
    }
}

fn of_value<'p, 'a>(program: &'p Program<'a>, value: &'p Expression<'a>, span: Span) -> Export<'p, 'a> {
    match value.get_inner_expression() {
        Expression::FunctionExpression(function) => Export::Callee(Callee::Function(function)),
        Expression::ArrowFunctionExpression(arrow) => Export::Callee(Callee::Arrow(arrow)),
        Expression::Identifier(name) => of_name(program, &name.name, span),
        value if value.is_literal() => Export::Value(span),
        Expression::ObjectExpression(_)
        | Expression::ArrayExpression(_)
        | Expression::TemplateLiteral(_)
        | Expression::ClassExpression(_)
        | Expression::BinaryExpression(_) => Export::Value(span),
        _ => Export::Unknown,
    }
}

fn of_name<'p, 'a>(program: &'p Program<'a>, name: &str, span: Span) -> Export<'p, 'a> {
    for statement in &program.body {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => Some(&export.declaration),
            statement => statement.as_declaration(),
        };
        match declaration {
            Some(Declaration::FunctionDeclaration(function))
                if function.name().is_some_and(|n| n == name) =>
            {
                return Export::Callee(Callee::Function(function));
            }
            Some(Declaration::VariableDeclaration(variables)) => {
                let found = variables
                    .declarations
                    .iter()
                    .find(|d| d.id.get_identifier_name().is_some_and(|n| n == name));
                if let Some(init) = found.and_then(|d| d.init.as_ref()) {
                    return match init.get_inner_expression() {
                        Expression::Identifier(_) => Export::Unknown,
                        value => of_value(program, value, span),
                    };
                }
            }
            _ => {}
        }
    }
    Export::Unknown
}
