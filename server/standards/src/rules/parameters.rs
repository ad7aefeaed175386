//! Standards 5 and 6: a tool says what it is for, what it takes, and is steered by that alone.

use oxc::ast::AstKind;
use oxc::ast::ast::{BindingPattern, Expression};
use oxc::span::{GetSpan, Span};
use tgp_model::config::LintLevel;

use super::results::head;
use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const DOCUMENTED: Check = Check {
    rule: Rule {
        id: "documented",
        standard: 5,
        level: LintLevel::Warn,
        summary: "A doc comment says what the tool is for, so that others find it and use it again.",
        bad: "export default (args: { text: string }) => args.text.trim();",
        good: "/** Removes white space around a text. */\nexport default (args: { text: string }) => args.text.trim();",
    },
    look: documented,
};

pub(crate) const TYPED_PARAMETERS: Check = Check {
    rule: Rule {
        id: "typed-parameters",
        standard: 6,
        level: LintLevel::Warn,
        summary: "Parameters have types, from which the argument schema is made.",
        bad: "/** Removes white space around a text. */\nexport default (args) => args.text.trim();",
        good: "/** Removes white space around a text. */\nexport default (args: { text: string }) => args.text.trim();",
    },
    look: typed,
};

pub(crate) const GENERAL_BY_PARAMS: Check = Check {
    rule: Rule {
        id: "general-by-params",
        standard: 6,
        level: LintLevel::Warn,
        summary: "Behaviour depends on arguments, not on names that stand in the code.",
        bad: "/** Gives a discount. */\nexport default (args: { customer: string; price: number; rate: number }) =>\n  args.customer === 'Acme Corp' ? args.price * args.rate : args.price;",
        good: "/** Gives a discount. */\nexport default (args: { discounted: boolean; price: number; rate: number }) =>\n  args.discounted ? args.price * args.rate : args.price;",
    },
    look: general,
};

fn documented(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    if subject
        .program
        .comments
        .iter()
        .any(|comment| comment.is_jsdoc() || (comment.is_leading() && subject.script))
    {
        return;
    }
    let first = subject.program.body.first().map_or(subject.program.span, GetSpan::span);
    let place = subject
        .callee
        .filter(|_| !subject.script)
        .map_or(Span::new(first.start, first.start + 1), |c| head(c));
    findings.push(
        Finding::warning("", "no comment says what the tool is for", place)
            .hint("Write `/** What it does. */` above it."),
    );
}

fn typed(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    let Some(callee) = subject.callee.filter(|_| !subject.script) else { return };
    if subject.program.body.iter().any(|statement| exports_schema(subject.text(statement.span()))) {
        return;
    }
    for param in &callee.params().items {
        let named_tgp = param.pattern.get_identifier_name().is_some_and(|name| name == "tgp");
        if param.type_annotation.is_some() || param.initializer.is_some() || named_tgp {
            continue;
        }
        let BindingPattern::BindingIdentifier(name) = &param.pattern else {
            findings.push(untyped("the destructured parameter", param.span));
            continue;
        };
        let unused =
            name.symbol_id.get().is_some_and(|symbol| subject.semantic.scoping().symbol_is_unused(symbol));
        if !unused {
            findings.push(untyped(&format!("the parameter `{}`", name.name), param.span));
        }
    }
}

fn untyped(what: &str, span: Span) -> Finding {
    Finding::warning("", format!("{what} has no type, so arguments cannot be checked"), span)
        .hint("Write its type, such as `args: { name: string }`.")
}

fn exports_schema(statement: &str) -> bool {
    statement.starts_with("export const schema")
}

fn general(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    for node in subject.nodes() {
        let literal = match node.kind() {
            AstKind::BinaryExpression(binary) if binary.operator.is_equality() => {
                [&binary.left, &binary.right].into_iter().find_map(name_literal)
            }
            AstKind::SwitchCase(case) => case.test.as_ref().and_then(name_literal),
            _ => None,
        };
        if let Some((text, span)) = literal {
            let message = format!("the tool decides by the name '{text}', which stands in the code");
            findings.push(
                Finding::warning("", message, span)
                    .hint("Let an argument say what to do, or pass the names in."),
            );
        }
    }
}

/// A text that names somebody or something: several words, or a capitalised word.
fn name_literal<'p>(expression: &'p Expression<'_>) -> Option<(&'p str, Span)> {
    let Expression::StringLiteral(literal) = expression.get_inner_expression() else { return None };
    let text = literal.value.as_str();
    let words = text.split_whitespace().count();
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
    };
    (words > 1 && text.split_whitespace().any(capitalised)).then_some((text, literal.span))
}
