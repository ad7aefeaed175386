//! Findings of one source, put at their places.

use oxc::span::Span;
use tgp_model::diagnostic::{Diagnostic, Replacement, Severity, SuggestedEdit};

use crate::place::Places;

/// Findings kept of one source; more of them help nobody.
const MOST_FINDINGS: usize = 100;

/// A finding that does not know its line yet.
pub struct Finding {
    /// Stable code; a rule's findings get theirs when the rules are run.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence with the facts.
    pub message: String,
    /// Where it is, in bytes.
    pub span: Span,
    /// What to do.
    pub hint: Option<String>,
    /// A change that would mend it.
    pub edit: Option<Box<SuggestedEdit>>,
}

impl Finding {
    /// An error at a place.
    pub fn error(code: &str, message: impl Into<String>, span: Span) -> Self {
        Self {
            code: code.to_owned(),
            severity: Severity::Error,
            message: message.into(),
            span,
            hint: None,
            edit: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: &str, message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span) }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a change that would mend it; the replacements are in order and do not overlap.
    #[must_use]
    pub fn edit(mut self, title: &str, replacements: Vec<(Span, String)>) -> Self {
        let replacements = replacements
            .into_iter()
            .map(|(span, text)| Replacement { start: span.start, end: span.end, text })
            .collect();
        self.edit = Some(Box::new(SuggestedEdit { title: title.to_owned(), replacements }));
        self
    }
}

/// Puts findings at their lines, in the order of the source.
pub fn place(path: &str, source: &str, mut findings: Vec<Finding>) -> Vec<Diagnostic> {
    if findings.is_empty() {
        return Vec::new();
    }
    let places = Places::new(source);
    findings.sort_by(|a, b| (a.span.start, b.severity, &a.code).cmp(&(b.span.start, a.severity, &b.code)));
    findings.dedup_by(|a, b| a.span == b.span && a.code == b.code && a.message == b.message);
    findings.truncate(MOST_FINDINGS);
    findings
        .into_iter()
        .map(|finding| {
            let (line, column) = places.at(finding.span.start);
            let (end_line, end_column) = places.at(finding.span.end.max(finding.span.start));
            Diagnostic {
                code: finding.code,
                severity: finding.severity,
                message: finding.message,
                path: path.to_owned(),
                line,
                column,
                end_line,
                end_column,
                frame: places.frame(finding.span.start, finding.span.end),
                hint: finding.hint,
                edit: finding.edit.map(|edit| *edit),
            }
        })
        .collect()
}
