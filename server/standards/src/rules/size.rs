//! Standard 2: a function does one thing, which shows in its length and its branches.

use std::collections::HashMap;

use oxc::ast::AstKind;
use oxc::semantic::NodeId;
use oxc::span::Span;
use oxc::syntax::operator::LogicalOperator;
use tgp_model::config::LintLevel;

use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

/// Lines of code of one function, without empty lines and comments.
const MOST_LINES: usize = 50;
/// Decisions of one function: `if`, `case`, loops, `?:`, `&&`, `||`.
const MOST_DECISIONS: usize = 15;

pub(crate) const ONE_THING: Check = Check {
    rule: Rule {
        id: "one-thing",
        standard: 2,
        level: LintLevel::Warn,
        summary: "A function does one thing: at most 50 lines and 15 decisions.",
        bad: BAD,
        good: "/** Names a size. */\nexport default (args: { size: string; names: Record<string, string> }) => args.names[args.size] ?? args.size;",
    },
    look,
};

const BAD: &str = "/** Names a size. */
export default (args: { size: string }) => {
  const s = args.size;
  if (s === 'a' || s === 'b' || s === 'c') return 'small';
  if (s === 'd' || s === 'e' || s === 'f') return 'medium';
  if (s === 'g' || s === 'h' || s === 'i') return 'large';
  if (s === 'j' || s === 'k' || s === 'l') return 'huge';
  if (s === 'm' || s === 'n' || s === 'o') return 'vast';
  if (s === 'p' || s === 'q' || s === 'r') return 'endless';
  return s;
};";

fn look(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    let counts = decisions(subject);
    for node in subject.nodes() {
        let (span, end_of_head) = match node.kind() {
            AstKind::Function(function) => (function.span, function.params.span.end),
            AstKind::ArrowFunctionExpression(arrow) => (arrow.span, arrow.params.span.end),
            _ => continue,
        };
        let head = Span::new(span.start, if subject.script { span.start + 1 } else { end_of_head });
        let lines = lines_of_code(subject, span);
        if lines > MOST_LINES {
            let message =
                format!("the function has {lines} lines of code; more than {MOST_LINES} do several things");
            findings.push(
                Finding::warning("", message, head)
                    .hint("Split it: one function or one tool for each thing."),
            );
            continue;
        }
        let decisions = counts.get(&node.id()).copied().unwrap_or(0);
        if decisions > MOST_DECISIONS {
            let message = format!(
                "the function makes {decisions} decisions; more than {MOST_DECISIONS} do several things"
            );
            findings.push(Finding::warning("", message, head).hint("Split it, or put the cases into data."));
        }
    }
}

fn lines_of_code(subject: &Subject<'_, '_>, span: Span) -> usize {
    let text = subject.text(span);
    let is_code = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*")
    };
    text.lines().filter(is_code).count()
}

/// Decisions by the function they stand in, counted in one pass.
fn decisions(subject: &Subject<'_, '_>) -> HashMap<NodeId, usize> {
    let nodes = subject.semantic.nodes();
    let mut counts = HashMap::new();
    for node in nodes.iter().filter(|node| decides(node.kind())) {
        let owner = nodes
            .ancestors(node.id())
            .find(|node| matches!(node.kind(), AstKind::Function(_) | AstKind::ArrowFunctionExpression(_)));
        if let Some(owner) = owner {
            *counts.entry(owner.id()).or_default() += 1;
        }
    }
    counts
}

fn decides(kind: AstKind<'_>) -> bool {
    match kind {
        AstKind::IfStatement(_)
        | AstKind::ConditionalExpression(_)
        | AstKind::ForStatement(_)
        | AstKind::ForInStatement(_)
        | AstKind::ForOfStatement(_)
        | AstKind::WhileStatement(_)
        | AstKind::DoWhileStatement(_) => true,
        AstKind::SwitchCase(case) => case.test.is_some(),
        AstKind::LogicalExpression(logical) => logical.operator != LogicalOperator::Coalesce,
        _ => false,
    }
}
