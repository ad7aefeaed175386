//! Findings of one source, put at their places.

use oxc::span::Span;
use tgp_model::diagnostic::{Diagnostic, Replacement, Severity, SuggestedEdit};

use crate::place::Places;

/// Findings kept of one source; more of them help nobody.
const MOST_FINDINGS: usize = 100;

/// A finding that does not know its line yet.
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) span: Span,
    pub(crate) hint: Option<String>,
    pub(crate) edit: Option<SuggestedEdit>,
}

impl Finding {
    pub(crate) fn error(code: &str, message: impl Into<String>, span: Span) -> Self {
        Self { code: code.to_owned(), severity: Severity::Error, message: message.into(), span, hint: None, edit: None }
    }

    pub(crate) fn warning(code: &str, message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span) }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn edit(mut self, title: &str, replacements: Vec<(Span, String)>) -> Self {
        let replacements = replacements
            .into_iter()
            .map(|(span, text)| Replacement { start: span.start, end: span.end, text })
            .collect();
        self.edit = Some(SuggestedEdit { title: title.to_owned(), replacements });
        self
    }
}

/// Puts findings at their lines, in the order of the source.
pub(crate) fn place(path: &str, source: &str, mut findings: Vec<Finding>) -> Vec<Diagnostic> {
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
                edit: finding.edit,
            }
        })
        .collect()
}
