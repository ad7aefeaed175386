//! Syntax a tool may not use: code from text by a side door, and what the engine does not run.

use oxc::ast::ast::{
    CallExpression, Decorator, Expression, ImportExpression, ImportMeta, Program, StaticMemberExpression,
    TSExportAssignment, TSImportEqualsDeclaration, VariableDeclaration, VariableDeclarationKind,
    WithStatement,
};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::Scoping;
use oxc::span::{GetSpan, Span};

use super::globals::dynamic_code;
use tgp_standards::Finding;

/// Reports every such place.
pub(crate) fn check(program: &Program<'_>, scoping: &Scoping, findings: &mut Vec<Finding>) {
    Refuse { scoping, findings }.visit_program(program);
}

struct Refuse<'r> {
    scoping: &'r Scoping,
    findings: &'r mut Vec<Finding>,
}

impl Refuse<'_> {
    fn unsupported(&mut self, message: &str, hint: &str, span: Span) {
        self.findings.push(Finding::error("compile.syntax", message, span).hint(hint));
    }
}

impl<'a> Visit<'a> for Refuse<'_> {
    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if !matches!(it.source, Expression::StringLiteral(_)) {
            self.findings.push(dynamic_code("`import()` of a computed name", it.span));
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Expression::Identifier(name) = &it.callee
            && name.name == "require"
            && name.reference_id.get().is_none_or(|id| self.scoping.get_reference(id).symbol_id().is_none())
            && super::imports::required(it).is_none()
        {
            self.findings.push(dynamic_code("`require` of a computed name", it.span));
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        // `(() => {}).constructor("...")` is `Function` by another name.
        if it.property.name == "constructor" && it.object.get_inner_expression().is_function() {
            self.findings.push(dynamic_code("the constructor of a function makes code from text", it.span));
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_import_meta(&mut self, it: &ImportMeta) {
        self.unsupported("`import.meta` says nothing in a tool", "Leave it out.", it.span);
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.unsupported("decorators are not supported in tools", "Call the function instead.", it.span);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        self.unsupported(
            "`import x = ...` is not supported in tools",
            "Write `import x from '...'`.",
            it.span,
        );
    }

    fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
        self.unsupported("`export =` is not supported in tools", "Write `export default ...`.", it.span);
    }

    fn visit_with_statement(&mut self, it: &WithStatement<'a>) {
        self.unsupported("`with` is not supported in tools", "Name the object.", it.object.span());
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        if matches!(it.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.unsupported("`using` is not supported in tools", "Use `try` and `finally`.", it.span);
        }
        walk::walk_variable_declaration(self, it);
    }
}
