//! Standard 1: logic is separated from specific data, numbers first of all.

use oxc::ast::AstKind;
use oxc::ast::ast::{Expression, MemberExpression, NumberBase, NumericLiteral};
use oxc::semantic::NodeId;
use oxc::span::Span;
use tgp_model::config::LintLevel;

use super::lift::{Written, free, lift};
use super::values::name_of;
use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const NO_MAGIC_NUMBERS: Check = Check {
    rule: Rule {
        id: "no-magic-numbers",
        standard: 1,
        level: LintLevel::Error,
        summary: "Rates, limits and divisors come in as arguments; only small structural numbers stand in the code.",
        bad: "/** Adds tax. */\nexport default (args: { price: number }) => {\n  const tax = 0.05;\n  return args.price * (1 + tax);\n};",
        good: "/** Adds tax. */\nexport default (args: { price: number; taxRate: number }) => {\n  const tax = args.taxRate;\n  return args.price * (1 + tax);\n};",
    },
    look,
};

/// Numbers that say how code is built and nothing about the world: counts, halves, percent, powers of two and ten,
/// degrees, and the units of time.
const STRUCTURAL: &[f64] = &[
    0.5,
    12.0,
    16.0,
    24.0,
    31.0,
    32.0,
    60.0,
    64.0,
    90.0,
    100.0,
    128.0,
    180.0,
    255.0,
    256.0,
    360.0,
    365.0,
    512.0,
    1000.0,
    1024.0,
    1440.0,
    2048.0,
    3600.0,
    4096.0,
    10_000.0,
    60_000.0,
    65_535.0,
    65_536.0,
    86_400.0,
    100_000.0,
    1_000_000.0,
    3_600_000.0,
    86_400_000.0,
    1_000_000_000.0,
];
/// Functions whose number is a precision, a position, a width or a radix.
const POSITIONS: &[&str] = &[
    "toFixed",
    "toPrecision",
    "toExponential",
    "toString",
    "parseInt",
    "slice",
    "substring",
    "substr",
    "at",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "splice",
    "padStart",
    "padEnd",
    "repeat",
    "stringify",
    "flat",
    "fill",
    "Array",
    "round",
    "roundTo",
    "imul",
    "pow",
    "setHours",
    "setUTCHours",
    "copyWithin",
    "subarray",
    "indexOf",
    "with",
];
/// What these hold is counted or coded by others.
const COUNTED: &[&str] = &["length", "size", "status", "statusCode", "charCodeAt", "codePointAt"];

fn look(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    for node in subject.nodes() {
        let AstKind::NumericLiteral(number) = node.kind() else { continue };
        if is_structural(number) || subject.is_aside(node.id()) || is_excused(subject, node.id(), number.span)
        {
            continue;
        }
        let shown = subject.text(number.span);
        let named = declared_name(subject, node.id());
        let message = match &named {
            Some(name) => format!("the number {shown} of `{name}` is written into the tool"),
            None => format!("the number {shown} is written into the tool"),
        };
        let finding =
            Finding::error("", message, number.span).hint("Take it from the arguments, such as `args.rate`.");
        let name = named.unwrap_or_else(|| free(subject, "value"));
        let (node, span) = (node.id(), number.span);
        let written = Written { node, span, name: &name, kind: "number", in_template: false };
        findings.push(match lift(subject, &written) {
            Some(changes) => finding.edit("Take it from the arguments", changes),
            None => finding,
        });
    }
}

fn is_structural(number: &NumericLiteral<'_>) -> bool {
    let value = number.value;
    (value.fract() == 0.0 && value <= 10.0)
        || STRUCTURAL.iter().any(|known| (known - value).abs() < f64::EPSILON)
}

/// The name of the constant a number is the value of, also as `-5`.
fn declared_name(subject: &Subject<'_, '_>, node: NodeId) -> Option<String> {
    subject.above(node).take(2).find_map(|kind| match kind {
        AstKind::VariableDeclarator(variable) => name_of(variable),
        _ => None,
    })
}

/// Whether the place of a number says that it is structural, or only a default.
fn is_excused(subject: &Subject<'_, '_>, node: NodeId, span: Span) -> bool {
    for kind in subject.above(node) {
        match kind {
            // A minus before it, or a list of numbers: what holds them decides.
            AstKind::UnaryExpression(_)
            | AstKind::ParenthesizedExpression(_)
            | AstKind::TSAsExpression(_)
            | AstKind::TSSatisfiesExpression(_) => {}
            AstKind::BinaryExpression(binary) => {
                if binary.operator.is_bitwise() || is_counted(&binary.left) || is_counted(&binary.right) {
                    return true;
                }
                let steps_of_length = binary.operator.is_arithmetic() && is_index(subject, node);
                return steps_of_length;
            }
            AstKind::ComputedMemberExpression(member) => return Subject::holds(&member.expression, span),
            AstKind::CallExpression(call) => {
                return call.callee_name().is_some_and(|name| POSITIONS.contains(&name));
            }
            AstKind::NewExpression(new) => {
                return matches!(&new.callee, Expression::Identifier(name) if name.name.ends_with("Array"));
            }
            // Defaults: the caller can say otherwise.
            AstKind::FormalParameter(_) | AstKind::AssignmentPattern(_) => return true,
            AstKind::LogicalExpression(logical) => {
                let or_else = !matches!(logical.operator, oxc::syntax::operator::LogicalOperator::And);
                return or_else && Subject::holds(&logical.right, span);
            }
            AstKind::AssignmentExpression(assignment) => {
                return assignment.operator.is_bitwise() || assignment.operator.is_logical();
            }
            _ => return false,
        }
    }
    false
}

fn is_index(subject: &Subject<'_, '_>, node: NodeId) -> bool {
    subject.above(node).take(3).any(|kind| matches!(kind, AstKind::ComputedMemberExpression(_)))
}

/// Whether an expression is a length, a status code or a character code.
fn is_counted(expression: &Expression<'_>) -> bool {
    match expression.get_inner_expression() {
        Expression::StaticMemberExpression(member) => COUNTED.contains(&member.property.name.as_str()),
        Expression::ChainExpression(chain) => chain
            .expression
            .as_member_expression()
            .and_then(MemberExpression::static_property_name)
            .is_some_and(|name| COUNTED.contains(&name)),
        Expression::CallExpression(call) => call.callee_name().is_some_and(|name| COUNTED.contains(&name)),
        Expression::NumericLiteral(number) => {
            number.base != NumberBase::Decimal && number.base != NumberBase::Float
        }
        _ => false,
    }
}
