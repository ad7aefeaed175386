//! What is wrong with a document, and what would mend it.

use tgp_model::diagnostic::{Diagnostic, Severity};
use tgp_policy::{FileError, PolicyFile, Scope, run_cases};

use crate::document::DocumentKind;
use crate::place::{Edit, Lines, Position, Range};
use crate::tools::{RuleSettings, Tools};

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Where.
    pub range: Range,
    /// Error or warning.
    pub severity: Severity,
    /// Stable code, such as `lint.no-magic-numbers`.
    pub code: String,
    /// What is wrong, and what to do.
    pub message: String,
    /// What would mend it: a title, and edits of this document.
    pub fix: Option<(String, Vec<Edit>)>,
}

/// Findings of a tool's text, those of what it imports left out.
pub fn diagnose_tool(path: &str, text: &str, tools: &dyn Tools) -> Vec<Advice> {
    let lines = Lines::new(text);
    let report = tools.check(path, text);
    report.diagnostics.iter().filter(|found| found.path == path).map(|found| advice(found, &lines)).collect()
}

/// A finding of the compiler at its place.
pub fn advice(found: &Diagnostic, lines: &Lines<'_>) -> Advice {
    let edit = |edit: &tgp_model::diagnostic::SuggestedEdit| {
        let edits = edit.replacements.iter().map(|replacement| Edit {
            range: lines.range(replacement.start as usize, replacement.end as usize),
            text: replacement.text.clone(),
        });
        (edit.title.clone(), edits.collect())
    };
    Advice {
        range: Range {
            start: from_one(found.line, found.column),
            end: from_one(found.end_line, found.end_column),
        },
        severity: found.severity,
        code: found.code.clone(),
        message: match &found.hint {
            Some(hint) => format!("{}\n{hint}", found.message),
            None => found.message.clone(),
        },
        fix: found.edit.as_ref().map(edit),
    }
}

fn from_one(line: u32, column: u32) -> Position {
    Position { line: line.saturating_sub(1), character: column.saturating_sub(1) }
}

/// What is wrong with a scope or a policy file; a case file is run. The name is the one in the library.
pub fn diagnose_rules(kind: DocumentKind, name: &str, text: &str, settings: RuleSettings<'_>) -> Vec<Advice> {
    let lines = Lines::new(text);
    let read = match kind {
        DocumentKind::Scope => Scope::parse(name, text, settings.scopes, settings.registry).map(|_| ()),
        DocumentKind::Policy if is_case_file(text) => return failed_cases(name, text, &lines),
        DocumentKind::Policy => PolicyFile::parse(name, text, settings.registry).map(|_| ()),
        DocumentKind::Tool | DocumentKind::Config => Ok(()),
    };
    read.err().map(|error| refused(&error, &lines)).into_iter().collect()
}

/// Whether a file holds cases instead of rules.
fn is_case_file(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("cases:"))
}

fn failed_cases(name: &str, text: &str, lines: &Lines<'_>) -> Vec<Advice> {
    match run_cases(name, text) {
        Err(error) => vec![refused(&error, lines)],
        Ok(report) => {
            let failed = |failure: &tgp_policy::CaseFailure| {
                let message = format!("case {}, {}: {}", failure.number, failure.name, failure.what);
                error_at(failure.place.line, failure.place.column, "policy.case_failed", message, lines)
            };
            report.failed.iter().map(failed).collect()
        }
    }
}

fn refused(error: &FileError, lines: &Lines<'_>) -> Advice {
    let code = match error.problem {
        tgp_policy::FileProblem::Example { .. } => "policy.example_failed",
        _ => "policy.invalid",
    };
    error_at(error.place.line, error.place.column, code, error.problem.to_string(), lines)
}

/// An error from a place to the end of what stands there; places count characters from 1.
fn error_at(line: usize, column: usize, code: &str, message: String, lines: &Lines<'_>) -> Advice {
    let line = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
    let text = lines.line(line);
    let before: usize = text.chars().take(column.saturating_sub(1)).map(char::len_utf16).sum();
    let start = Position { line, character: u32::try_from(before).unwrap_or(u32::MAX) };
    let end = lines.whole(line).end;
    Advice {
        range: Range { start: start.min(end), end },
        severity: Severity::Error,
        code: code.to_owned(),
        message,
        fix: None,
    }
}
