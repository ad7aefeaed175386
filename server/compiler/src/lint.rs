//! The eight standards as rules: each with an id, a level, and an example of what it means.

mod rules;

use oxc::ast::ast::Program;
use oxc::semantic::Semantic;
use tgp_model::config::LintLevel;
use tgp_model::diagnostic::Severity;

use crate::diagnose::Finding;
use crate::front::Callee;
use crate::settings::Settings;

pub use rules::rules;

/// One rule, as it is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name in settings and, after `lint.`, in the code of its findings.
    pub id: &'static str,
    /// Which of the eight standards it serves.
    pub standard: u8,
    /// How much it counts where the settings say nothing.
    pub level: LintLevel,
    /// What it asks for, in one sentence.
    pub summary: &'static str,
    /// A tool that breaks it.
    pub bad: &'static str,
    /// The same tool as it should be.
    pub good: &'static str,
}

/// A tool as the rules see it.
pub(crate) struct Subject<'p, 'a> {
    pub(crate) program: &'p Program<'a>,
    pub(crate) semantic: &'p Semantic<'a>,
    /// The default function, where it stands in the file.
    pub(crate) callee: Option<&'p Callee<'p, 'a>>,
    /// Whether the tool is a bare script.
    pub(crate) script: bool,
}

/// A rule with the code that looks.
pub(crate) struct Check {
    pub(crate) rule: Rule,
    pub(crate) look: for<'p, 'a> fn(&Subject<'p, 'a>, &mut Vec<Finding>),
}

/// Runs every rule that is not off.
pub(crate) fn check(subject: &Subject<'_, '_>, settings: &Settings, findings: &mut Vec<Finding>) {
    for check in rules::CHECKS {
        let level = settings.lint.get(check.rule.id).copied().unwrap_or(check.rule.level);
        let severity = match level {
            LintLevel::Off => continue,
            LintLevel::Warn => Severity::Warning,
            LintLevel::Error => Severity::Error,
        };
        let before = findings.len();
        (check.look)(subject, findings);
        for finding in findings.iter_mut().skip(before) {
            finding.severity = severity;
        }
    }
}

/// The code of a rule's findings.
pub(crate) fn code(id: &str) -> String {
    format!("lint.{id}")
}
