//! Where a program names other modules: in imports, `require`, `tgp.exec_tool`; and where its default export stands.
//!
//! For editors: nothing is judged here, and what an import may be is not asked.

use oxc::ast::ast::{
    Argument, CallExpression, ExportAllDeclaration, ExportDefaultDeclaration, ExportFromDeclaration,
    Expression, ImportDeclaration, ImportExpression, Program, StringLiteral,
};
use oxc::ast_visit::{Visit, walk};
use oxc::span::Span;

/// How another tool is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MentionKind {
    /// `import`, `export ... from`, `import()`, `require()`: a specifier, seen from the file it stands in.
    Import,
    /// `tgp.exec_tool('tools/...')`: a path as agents know it.
    ExecTool,
}

/// A text that names a tool, or something else that is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// How.
    pub kind: MentionKind,
    /// What stands between the quotes.
    pub text: String,
    /// First byte after the opening quote.
    pub start: usize,
    /// The closing quote.
    pub end: usize,
}

/// What a source says of itself and of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Every naming of another module, in the order of the text.
    pub found: Vec<Mention>,
    /// The bytes of `export default` with what follows.
    pub default_export: Option<(usize, usize)>,
}

/// What a program says of itself and of others.
pub fn mentions(program: &Program<'_>) -> Mentions {
    let mut reader = Reader(Mentions::default());
    reader.visit_program(program);
    reader.0.found.sort_by_key(|mention| mention.start);
    reader.0
}

struct Reader(Mentions);

impl Reader {
    fn note(&mut self, kind: MentionKind, literal: &StringLiteral<'_>) {
        let (start, end) = bytes(literal.span);
        let mention =
            Mention { kind, text: literal.value.to_string(), start: start + 1, end: end.saturating_sub(1) };
        self.0.found.push(mention);
    }
}

fn bytes(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}

impl<'a> Visit<'a> for Reader {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.note(MentionKind::Import, &it.source);
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.note(MentionKind::Import, &it.source);
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.note(MentionKind::Import, &it.source);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        self.0.default_export = Some(bytes(it.span));
        walk::walk_export_default_declaration(self, it);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(literal) = &it.source {
            self.note(MentionKind::Import, literal);
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Some(Argument::StringLiteral(literal)) = it.arguments.first()
            && let Some(kind) = called(&it.callee)
        {
            self.note(kind, literal);
        }
        walk::walk_call_expression(self, it);
    }
}

/// What a call of this names in its first argument.
fn called(callee: &Expression<'_>) -> Option<MentionKind> {
    match callee {
        Expression::Identifier(name) if name.name == "require" => Some(MentionKind::Import),
        Expression::StaticMemberExpression(member)
            if member.property.name == "exec_tool"
                && matches!(&member.object, Expression::Identifier(object) if object.name == "tgp") =>
        {
            Some(MentionKind::ExecTool)
        }
        _ => None,
    }
}
