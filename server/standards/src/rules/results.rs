//! Standard 2: a tool returns something other functions can use.

use oxc::ast::ast::{
    ArrowFunctionExpression, Class, Expression, Function, ReturnStatement, Statement, ThrowStatement,
};
use oxc::ast_visit::{Visit, walk};
use oxc::span::{GetSpan, Span};
use oxc::syntax::scope::ScopeFlags;
use tgp_model::config::LintLevel;

use crate::export::Callee;
use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const RETURNS_RESULT: Check = Check {
    rule: Rule {
        id: "returns-result",
        standard: 2,
        level: LintLevel::Error,
        summary: "A tool returns its result instead of printing it or keeping it.",
        bad: "/** Adds two numbers. */\nexport default (args: { a: number; b: number }) => {\n  console.log(args.a + args.b);\n};",
        good: "/** Adds two numbers. */\nexport default (args: { a: number; b: number }) => {\n  return args.a + args.b;\n};",
    },
    look,
};

fn look(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    let Some(callee) = subject.callee else { return };
    if let Some(expression) = callee.expression() {
        if let Some(printed) = printed(expression) {
            let finding =
                Finding::error("", "the tool prints its result and returns nothing", expression.span());
            findings.push(returning(finding, subject, expression.span(), printed, ""));
        }
        return;
    }
    let Some(body) = callee.body() else { return };
    let mut paths = Paths::default();
    paths.visit_function_body(body);
    if paths.returns || paths.throws && body.statements.len() == 1 {
        return;
    }
    let place = body.statements.last().filter(|_| subject.script).map_or(head(callee), GetSpan::span);
    let finding = Finding::error("", "the tool returns nothing", place)
        .hint("Return a value that another tool can use: the rows, a count, the text.");
    findings.push(match body.statements.last() {
        Some(Statement::ExpressionStatement(last)) => {
            if let Some(printed) = printed(&last.expression) {
                returning(finding, subject, last.span, printed, "return ")
            } else {
                let start = Span::new(last.span.start, last.span.start);
                finding.edit("Return the last value", vec![(start, "return ".to_owned())])
            }
        }
        _ => finding,
    });
}

/// The first line of a function, so that the marker does not run through all of it.
pub(super) fn head(callee: &Callee<'_, '_>) -> Span {
    let span = callee.span();
    Span::new(span.start, callee.params().span.end.max(span.start))
}

fn returning(finding: Finding, subject: &Subject<'_, '_>, whole: Span, printed: Span, word: &str) -> Finding {
    let text = format!("{word}{}", subject.text(printed));
    let semicolon = if subject.text(whole).ends_with(';') { ";" } else { "" };
    finding.edit("Return what is printed", vec![(whole, text + semicolon)])
}

/// What `console.log(x)` prints, where it is one value.
fn printed(expression: &Expression<'_>) -> Option<Span> {
    let Expression::CallExpression(call) = expression.get_inner_expression() else { return None };
    let Expression::StaticMemberExpression(member) = &call.callee else { return None };
    let console = matches!(&member.object, Expression::Identifier(name) if name.name == "console");
    match call.arguments.as_slice() {
        [only] if console && !only.is_spread() => Some(only.span()),
        _ => None,
    }
}

/// How a body ends; functions inside it end on their own.
#[derive(Default)]
struct Paths {
    returns: bool,
    throws: bool,
}

impl<'a> Visit<'a> for Paths {
    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        self.returns |= it.argument.is_some();
        walk::walk_return_statement(self, it);
    }

    fn visit_throw_statement(&mut self, it: &ThrowStatement<'a>) {
        self.throws = true;
        walk::walk_throw_statement(self, it);
    }

    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}

    fn visit_class(&mut self, _: &Class<'a>) {}
}
