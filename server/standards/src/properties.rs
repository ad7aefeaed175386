//! Where each property of the object stands that a module exports as its default: `git.branch` is on line 4.

use oxc::ast::ast::{
    ArrayExpression, ArrayExpressionElement, Declaration, ExportDefaultDeclarationKind, Expression,
    ObjectExpression, ObjectPropertyKind, Program, Statement,
};
use oxc::span::{GetSpan, Span};

/// Deepest property looked at; settings are flatter than this.
const DEEPEST: usize = 16;

/// One property, or one element of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Names from the outside in; elements of an array are counted from 0.
    pub path: Vec<String>,
    /// Its name, or the element.
    pub span: Span,
    /// Whether its value is a string written there, and not one that is computed.
    pub is_text: bool,
}

/// The properties of the default export: of the object itself, or of the one handed to a call such as `defineConfig`.
pub fn properties(program: &Program<'_>) -> Vec<Property> {
    let mut found = Vec::new();
    if let Some(object) = program.body.iter().find_map(|statement| exported(program, statement)) {
        of_object(object, &mut Vec::new(), &mut found);
    }
    found
}

/// The value itself, with an empty path, and everything in it, as far as it is written there.
pub fn properties_of(value: &Expression<'_>) -> Vec<Property> {
    let mut found = Vec::new();
    of_value(value, value.span(), &mut Vec::new(), &mut found);
    found
}

fn exported<'p, 'a>(
    program: &'p Program<'a>,
    statement: &'p Statement<'a>,
) -> Option<&'p ObjectExpression<'a>> {
    let Statement::ExportDefaultDeclaration(export) = statement else { return None };
    let declaration: &ExportDefaultDeclarationKind<'a> = &export.declaration;
    object_of(program, declaration.as_expression()?, DEEPEST)
}

fn object_of<'p, 'a>(
    program: &'p Program<'a>,
    value: &'p Expression<'a>,
    left: usize,
) -> Option<&'p ObjectExpression<'a>> {
    let left = left.checked_sub(1)?;
    match value.get_inner_expression() {
        Expression::ObjectExpression(object) => Some(object),
        Expression::CallExpression(call) => {
            object_of(program, call.arguments.first()?.as_expression()?, left)
        }
        Expression::Identifier(name) => object_of(program, variable(program, &name.name)?, left),
        _ => None,
    }
}

fn variable<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<&'p Expression<'a>> {
    program.body.iter().find_map(|statement| {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => &export.declaration,
            statement => statement.as_declaration()?,
        };
        let Declaration::VariableDeclaration(variables) = declaration else { return None };
        let of_that_name = |d: &&oxc::ast::ast::VariableDeclarator<'a>| {
            d.id.get_identifier_name().is_some_and(|n| n == name)
        };
        variables.declarations.iter().find(of_that_name)?.init.as_ref()
    })
}

fn of_object(object: &ObjectExpression<'_>, path: &mut Vec<String>, found: &mut Vec<Property>) {
    for property in &object.properties {
        let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
        let Some(name) = property.key.static_name() else { continue };
        path.push(name.into_owned());
        of_value(&property.value, property.key.span(), path, found);
        path.pop();
    }
}

fn of_array(array: &ArrayExpression<'_>, path: &mut Vec<String>, found: &mut Vec<Property>) {
    for (at, element) in array.elements.iter().enumerate() {
        let Some(value) = ArrayExpressionElement::as_expression(element) else { continue };
        path.push(at.to_string());
        of_value(value, value.span(), path, found);
        path.pop();
    }
}

fn of_value(value: &Expression<'_>, span: Span, path: &mut Vec<String>, found: &mut Vec<Property>) {
    let inner = value.get_inner_expression();
    let is_text = match inner {
        Expression::StringLiteral(_) => true,
        Expression::TemplateLiteral(template) => template.expressions.is_empty(),
        _ => false,
    };
    found.push(Property { path: path.clone(), span, is_text });
    if path.len() >= DEEPEST {
        return;
    }
    match inner {
        Expression::ObjectExpression(object) => of_object(object, path, found),
        Expression::ArrayExpression(array) => of_array(array, path, found),
        _ => {}
    }
}
