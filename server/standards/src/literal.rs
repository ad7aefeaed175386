//! Values that can be read off the source without running it.

use std::cell::Cell;

use oxc::ast::ast::{
    ArrayExpressionElement, Declaration, Expression, ObjectPropertyKind, Program, PropertyKind, Statement,
};
use oxc::syntax::operator::UnaryOperator;
use serde_json::{Map, Number, Value};

/// Deepest literal that is read; names that lead to names count too, so that a circle ends.
const DEEPEST: usize = 64;
/// Most values read for one literal: constants that hold each other twice would double with every name.
const MOST_VALUES: usize = 5_000;

/// The value of an expression made of literals and of constants of the file; none where it has to be computed.
pub fn evaluate(program: &Program<'_>, expression: &Expression<'_>) -> Option<Value> {
    Reader { program, left: Cell::new(MOST_VALUES) }.value(expression, 0)
}

/// Reads one literal, with what it may still read.
struct Reader<'p, 'a> {
    program: &'p Program<'a>,
    left: Cell<usize>,
}

impl Reader<'_, '_> {
    fn value(&self, expression: &Expression<'_>, depth: usize) -> Option<Value> {
        self.left.set(self.left.get().checked_sub(1)?);
        if depth > DEEPEST {
            return None;
        }
        match expression.get_inner_expression() {
            Expression::NullLiteral(_) => Some(Value::Null),
            Expression::BooleanLiteral(literal) => Some(Value::Bool(literal.value)),
            Expression::NumericLiteral(literal) => number(literal.value),
            Expression::StringLiteral(literal) => Some(Value::String(literal.value.to_string())),
            Expression::TemplateLiteral(template) => {
                template.single_quasi().map(|text| Value::String(text.to_string()))
            }
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::UnaryNegation => {
                number(-self.value(&unary.argument, depth + 1)?.as_f64()?)
            }
            Expression::ArrayExpression(array) => {
                let items = array.elements.iter().map(|element| match element {
                    ArrayExpressionElement::SpreadElement(_) | ArrayExpressionElement::Elision(_) => None,
                    element => self.value(element.as_expression()?, depth + 1),
                });
                items.collect::<Option<Vec<_>>>().map(Value::Array)
            }
            Expression::ObjectExpression(object) => {
                let mut map = Map::new();
                for property in &object.properties {
                    let ObjectPropertyKind::ObjectProperty(property) = property else { return None };
                    if property.kind != PropertyKind::Init || property.method {
                        return None;
                    }
                    let key = property.key.static_name()?.to_string();
                    map.insert(key, self.value(&property.value, depth + 1)?);
                }
                Some(Value::Object(map))
            }
            Expression::Identifier(name) => self.value(constant(self.program, &name.name)?, depth + 1),
            _ => None,
        }
    }
}

/// The value of a module-level `const`.
fn constant<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<&'p Expression<'a>> {
    program.body.iter().find_map(|statement| {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => &export.declaration,
            statement => statement.as_declaration()?,
        };
        let Declaration::VariableDeclaration(variables) = declaration else { return None };
        let found =
            variables.declarations.iter().find(|d| d.id.get_identifier_name().is_some_and(|n| n == name))?;
        found.init.as_ref().filter(|_| variables.kind.is_const())
    })
}

/// A number as JSON writes it: whole where it is whole.
pub fn number(value: f64) -> Option<Value> {
    /// The largest whole number a double holds exactly.
    const EXACT: f64 = 9_007_199_254_740_991.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}
