//! Standard 3: map, filter and reduce instead of loops that collect by hand.

use std::fmt::Write as _;

use oxc::ast::AstKind;
use oxc::ast::ast::{
    AssignmentTarget, AwaitExpression, BindingPattern, Expression, ForOfStatement, ForStatementLeft,
    Statement,
};
use oxc::ast_visit::Visit;
use oxc::span::{GetSpan, Span};
use oxc::syntax::operator::AssignmentOperator;
use tgp_model::config::LintLevel;

use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const PREFER_HIGHER_ORDER: Check = Check {
    rule: Rule {
        id: "prefer-higher-order",
        standard: 3,
        level: LintLevel::Warn,
        summary: "A loop that only collects or only adds up is a `map`, `filter` or `reduce`.",
        bad: "/** Doubles numbers. */\nexport default (args: { numbers: number[] }) => {\n  const doubled: number[] = [];\n  for (const n of args.numbers) {\n    doubled.push(n * 2);\n  }\n  return doubled;\n};",
        good: "/** Doubles numbers. */\nexport default (args: { numbers: number[] }) => args.numbers.map((n) => n * 2);",
    },
    look,
};

/// Findings until which a rewrite is looked for; looking goes through the whole source.
const MOST_REWRITTEN: usize = 20;

/// What the only statement of a loop does.
enum Does<'p, 'a> {
    /// `list.push(value)`, perhaps under one condition.
    Push { list: &'p str, value: Span, condition: Option<&'p Expression<'a>> },
    /// `sum += value`, perhaps under one condition.
    Add { condition: bool },
}

fn look(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    for node in subject.nodes() {
        let (body, span, of) = match node.kind() {
            AstKind::ForOfStatement(each) if !each.r#await => (&each.body, each.span, Some(each)),
            AstKind::ForStatement(counted) if counts_over_length(counted.test.as_ref()) => {
                (&counted.body, counted.span, None)
            }
            _ => continue,
        };
        let Some(does) = only_statement(body, None) else { continue };
        let mut waits = Waits(false);
        waits.visit_statement(body);
        if waits.0 {
            continue;
        }
        let (word, what) = match &does {
            Does::Push { condition: None, .. } => ("map", "collects"),
            Does::Push { .. } => ("filter` and `map", "collects"),
            Does::Add { condition: false } => ("reduce", "adds up"),
            Does::Add { condition: true } => ("filter` and `reduce", "adds up"),
        };
        let head = Span::new(span.start, body.span().start.max(span.start + 3));
        let finding = Finding::warning("", format!("the loop only {what}: that is a `{word}`"), head);
        let of = of.filter(|_| findings.len() < MOST_REWRITTEN);
        findings.push(match of.and_then(|each| rewritten(subject, each, &does)) {
            Some(change) => finding.edit(&format!("Use `{word}`"), change),
            None => finding,
        });
    }
}

/// `i < list.length`.
fn counts_over_length(test: Option<&Expression<'_>>) -> bool {
    let Some(Expression::BinaryExpression(binary)) = test else { return false };
    matches!(&binary.right, Expression::StaticMemberExpression(member) if member.property.name == "length")
}

fn only_statement<'p, 'a>(
    body: &'p Statement<'a>,
    condition: Option<&'p Expression<'a>>,
) -> Option<Does<'p, 'a>> {
    match body {
        Statement::BlockStatement(block) => match block.body.as_slice() {
            [only] => only_statement(only, condition),
            _ => None,
        },
        Statement::IfStatement(branch) if branch.alternate.is_none() && condition.is_none() => {
            only_statement(&branch.consequent, Some(&branch.test))
        }
        Statement::ExpressionStatement(statement) => match &statement.expression {
            Expression::CallExpression(call) => {
                let Expression::StaticMemberExpression(member) = &call.callee else { return None };
                let (Expression::Identifier(list), [value]) = (&member.object, call.arguments.as_slice())
                else {
                    return None;
                };
                (member.property.name == "push" && !value.is_spread()).then(|| Does::Push {
                    list: list.name.as_str(),
                    value: value.span(),
                    condition,
                })
            }
            Expression::AssignmentExpression(assignment) => {
                let plain = matches!(&assignment.left, AssignmentTarget::AssignmentTargetIdentifier(_));
                (plain && assignment.operator == AssignmentOperator::Addition)
                    .then_some(Does::Add { condition: condition.is_some() })
            }
            _ => None,
        },
        _ => None,
    }
}

/// `const list = []; for (const x of xs) list.push(f(x));` as `const list = xs.map((x) => f(x));`.
fn rewritten(
    subject: &Subject<'_, '_>,
    each: &ForOfStatement<'_>,
    does: &Does<'_, '_>,
) -> Option<Vec<(Span, String)>> {
    let Does::Push { list, value, condition } = does else { return None };
    let ForStatementLeft::VariableDeclaration(variable) = &each.left else { return None };
    let item = variable.declarations.first()?.id.span();
    let (declared, init) = declared_just_before(subject, each, list)?;
    let (item, value) = (subject.text(item), subject.text(*value));
    let parameter = format!("({item})");
    let result = if value.starts_with('{') { format!("({value})") } else { value.to_owned() };
    let mut chain = subject.text(each.right.span()).to_owned();
    if let Some(condition) = condition {
        let _ = write!(chain, ".filter({parameter} => {})", subject.text(condition.span()));
    }
    if value != item {
        let _ = write!(chain, ".map({parameter} => {result})");
    }
    let line = Span::new(declared.end, each.span.end);
    Some(vec![(init, chain), (line, String::new())])
}

/// The statement `const list = [];` right before the loop: its place and that of the `[]`.
fn declared_just_before(
    subject: &Subject<'_, '_>,
    each: &ForOfStatement<'_>,
    list: &str,
) -> Option<(Span, Span)> {
    subject.nodes().find_map(|node| {
        let AstKind::VariableDeclaration(variables) = node.kind() else { return None };
        let [only] = variables.declarations.as_slice() else { return None };
        let named = matches!(&only.id, BindingPattern::BindingIdentifier(name) if name.name == list);
        let Some(Expression::ArrayExpression(array)) = &only.init else { return None };
        let between = Span::new(variables.span.end, each.span.start);
        let before = variables.span.end <= each.span.start && subject.text(between).trim().is_empty();
        (named && before && array.elements.is_empty()).then_some((variables.span, array.span))
    })
}

struct Waits(bool);

impl<'a> Visit<'a> for Waits {
    fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
        self.0 = true;
    }
}
