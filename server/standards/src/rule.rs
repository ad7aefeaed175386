//! What a rule is, and how all of them are run.

use std::collections::BTreeMap;

use oxc::ast::AstKind;
use oxc::ast::ast::{Declaration, Program};
use oxc::semantic::{AstNode, NodeId, Semantic};
use oxc::span::{GetSpan, Span};
use tgp_model::config::LintLevel;
use tgp_model::diagnostic::Severity;

use crate::export::Callee;
use crate::finding::Finding;
use crate::rules;

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
pub struct Subject<'p, 'a> {
    /// The syntax tree, types included.
    pub program: &'p Program<'a>,
    /// Its scopes and nodes.
    pub semantic: &'p Semantic<'a>,
    /// The default function, where it stands in the file.
    pub callee: Option<&'p Callee<'p, 'a>>,
    /// Whether the tool is a bare script, whose statements stand in a function the compiler made.
    pub script: bool,
}

impl<'p, 'a> Subject<'p, 'a> {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &'p AstNode<'a>> + use<'p, 'a> {
        self.semantic.nodes().iter()
    }

    pub(crate) fn parent(&self, node: NodeId) -> AstKind<'a> {
        self.semantic.nodes().parent_kind(node)
    }

    pub(crate) fn above(&self, node: NodeId) -> impl Iterator<Item = AstKind<'a>> + '_ {
        self.semantic.nodes().ancestor_kinds(node)
    }

    /// Whether a node is no code of the tool: a type, an import, or what the exported `schema` and `effects` say.
    pub(crate) fn is_aside(&self, node: NodeId) -> bool {
        self.above(node).any(|kind| match kind {
            AstKind::TSLiteralType(_)
            | AstKind::TSTypeAnnotation(_)
            | AstKind::TSTypeAliasDeclaration(_)
            | AstKind::TSInterfaceDeclaration(_)
            | AstKind::TSEnumDeclaration(_)
            | AstKind::ImportDeclaration(_)
            | AstKind::ImportExpression(_)
            | AstKind::ExportAllDeclaration(_)
            | AstKind::ExportFromDeclaration(_)
            | AstKind::Directive(_) => true,
            AstKind::ExportDeclaration(export) => match &export.declaration {
                Declaration::VariableDeclaration(variables) => {
                    variables.declarations.iter().any(|variable| {
                        variable
                            .id
                            .get_identifier_name()
                            .is_some_and(|name| name == "schema" || name == "effects")
                    })
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether a node stands in a function; a bare script counts as one.
    pub(crate) fn is_in_function(&self, node: NodeId) -> bool {
        self.above(node)
            .any(|kind| matches!(kind, AstKind::Function(_) | AstKind::ArrowFunctionExpression(_)))
    }

    /// The text of the source at a place.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        self.program.source_text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Whether `outer` holds `inner`.
    pub(crate) fn holds(outer: &impl GetSpan, inner: Span) -> bool {
        let outer = outer.span();
        outer.start <= inner.start && inner.end <= outer.end
    }
}

/// A rule with the code that looks.
pub(crate) struct Check {
    pub(crate) rule: Rule,
    pub(crate) look: for<'p, 'a> fn(&Subject<'p, 'a>, &mut Vec<Finding>),
}

/// Runs every rule that is not off; `levels` overrides the defaults by rule id.
pub fn check(subject: &Subject<'_, '_>, levels: &BTreeMap<String, LintLevel>, findings: &mut Vec<Finding>) {
    for check in rules::CHECKS {
        let level = levels.get(check.rule.id).copied().unwrap_or(check.rule.level);
        let severity = match level {
            LintLevel::Off => continue,
            LintLevel::Warn => Severity::Warning,
            LintLevel::Error => Severity::Error,
        };
        let before = findings.len();
        (check.look)(subject, findings);
        for finding in findings.iter_mut().skip(before) {
            finding.code = format!("lint.{}", check.rule.id);
            finding.severity = severity;
        }
    }
}
