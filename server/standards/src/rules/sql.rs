//! Standards 1 and 6 in SQL: values travel as parameters, never in the text.

use oxc::ast::AstKind;
use oxc::ast::ast::{Argument, CallExpression, Expression};
use oxc::span::{GetSpan, Span};
use tgp_model::config::LintLevel;

use super::values::part;
use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const SQL_VALUES_AS_PARAMS: Check = Check {
    rule: Rule {
        id: "sql-values-as-params",
        standard: 6,
        level: LintLevel::Warn,
        summary: "Values in SQL are parameters, so that one tool serves every value.",
        bad: "/** Lists users. */\nexport default () => tgp.exec_sql(\"SELECT id, name FROM users WHERE status = 'active'\", []);",
        good: "/** Lists users. */\nexport default (args: { status: string }) => tgp.exec_sql('SELECT id, name FROM users WHERE status = ?', [args.status]);",
    },
    look: values,
};

pub(crate) const NO_SQL_INTERPOLATION: Check = Check {
    rule: Rule {
        id: "no-sql-interpolation",
        standard: 6,
        level: LintLevel::Error,
        summary: "Values are never pasted into SQL; a value could be read as SQL.",
        bad: "/** Finds a user. */\nexport default (args: { name: string }) => tgp.exec_sql(`SELECT id FROM users WHERE name = '${args.name}'`, []);",
        good: "/** Finds a user. */\nexport default (args: { name: string }) => tgp.exec_sql('SELECT id FROM users WHERE name = ?', [args.name]);",
    },
    look: interpolation,
};

/// Words before a place where SQL takes a name, which cannot be a parameter.
const BEFORE_NAMES: &[&str] = &[
    "from", "join", "into", "update", "table", "by", "select", "distinct", "as", "on", "set", "and",
    "exists", "view", "index",
];

/// The SQL texts of calls of `exec_sql`, also where a constant of the file holds them.
pub(super) fn statements<'a>(subject: &Subject<'_, 'a>) -> Vec<&'a Expression<'a>> {
    let calls = subject.nodes().filter_map(|node| match node.kind() {
        AstKind::CallExpression(call) => sql_of(call),
        _ => None,
    });
    let resolve = |expression: &'a Expression<'a>| match expression {
        Expression::Identifier(name) => {
            let symbol = subject.semantic.scoping().get_reference(name.reference_id.get()?).symbol_id()?;
            match subject.semantic.symbol_declaration(symbol).kind() {
                AstKind::VariableDeclarator(variable) => variable.init.as_ref(),
                _ => None,
            }
        }
        other => Some(other),
    };
    calls.filter_map(resolve).collect()
}

fn sql_of<'a>(call: &'a CallExpression<'a>) -> Option<&'a Expression<'a>> {
    let named = call.callee_name().is_some_and(|name| name == "exec_sql");
    call.arguments.first().filter(|_| named).and_then(Argument::as_expression)
}

fn values(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    for statement in statements(subject) {
        let (text, span) = match statement.get_inner_expression() {
            Expression::StringLiteral(literal) => (literal.value.as_str(), literal.span),
            Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
                (template.quasis.first().map_or("", |quasi| quasi.value.raw.as_str()), template.span)
            }
            _ => continue,
        };
        for (offset, value) in quoted(text) {
            if value.is_empty() || value.contains('%') && value.len() <= 2 || is_format(value) {
                continue;
            }
            let message = format!("the value '{value}' stands in the SQL text");
            // The quote of the literal itself comes before the text.
            let place = part(span, offset + 1, value.len() + 2);
            findings.push(
                Finding::warning("", message, place).hint("Write `?` and pass the value in the parameters."),
            );
        }
    }
}

/// Formats of dates and JSON paths are part of how a query works.
fn is_format(value: &str) -> bool {
    value.starts_with('$')
        || value.contains("%Y")
        || value.contains("%m")
        || value.contains("%d")
        || value.contains("%H")
        || ["now", "localtime", "utc", "start of month", "start of year", "start of day", "unixepoch", "auto"]
            .contains(&value)
        || value.chars().all(|c| !c.is_alphanumeric())
}

/// The texts in single quotes with where they begin.
fn quoted(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('\'')) {
        let start = at + open;
        let Some(length) = text.get(start + 1..).and_then(|rest| rest.find('\'')) else { break };
        found.push((start, text.get(start + 1..start + 1 + length).unwrap_or("")));
        at = start + length + 2;
    }
    found
}

fn interpolation(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    for statement in statements(subject) {
        match statement.get_inner_expression() {
            Expression::TemplateLiteral(template) => {
                for (expression, before) in template.expressions.iter().zip(&template.quasis) {
                    check_pasted(before.value.raw.as_str(), expression, findings);
                }
            }
            Expression::BinaryExpression(binary) => {
                if let Expression::StringLiteral(before) = &binary.left {
                    check_pasted(before.value.as_str(), &binary.right, findings);
                } else if let Expression::BinaryExpression(inner) = &binary.left
                    && let Expression::StringLiteral(before) = &inner.left
                {
                    check_pasted(before.value.as_str(), &inner.right, findings);
                }
            }
            _ => {}
        }
    }
}

fn check_pasted(before: &str, pasted: &Expression<'_>, findings: &mut Vec<Finding>) {
    let trimmed = before.trim_end();
    let last =
        trimmed.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("").to_lowercase();
    let value = trimmed.ends_with(['\'', '=', '<', '>', '%'])
        || ["like", "values", "limit", "offset", "between", "in"].contains(&last.as_str())
        || (trimmed.ends_with('(') && trimmed.to_lowercase().contains(" in"));
    // A list of placeholders is made of a count and is no value.
    let placeholders = matches!(pasted.get_inner_expression(), Expression::CallExpression(call) if call.callee_name() == Some("join"));
    if value && !placeholders && !BEFORE_NAMES.contains(&last.as_str()) {
        let span: Span = pasted.span();
        findings.push(
            Finding::error("", "a value is pasted into SQL", span)
                .hint("Write `?` and pass the value in the parameters."),
        );
    }
}
