//! Standards 4 and 8: nothing is remembered between runs, and importing a tool runs nothing.

use oxc::ast::AstKind;
use oxc::ast::ast::{
    AssignmentTarget, Expression, SimpleAssignmentTarget, Statement, VariableDeclarationKind,
};
use oxc::semantic::{NodeId, SymbolId};
use oxc::span::{GetSpan, Span};
use tgp_model::config::LintLevel;

use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const NO_MUTABLE_MODULE_STATE: Check = Check {
    rule: Rule {
        id: "no-mutable-module-state",
        standard: 4,
        level: LintLevel::Error,
        summary: "Nothing at the level of the module changes; each run starts from its arguments.",
        bad: "let count = 0;\n/** Counts. */\nexport default (args: { step: number }) => {\n  count += args.step;\n  return count;\n};",
        good: "/** Counts. */\nexport default (args: { count: number; step: number }) => args.count + args.step;",
    },
    look: module_state,
};

pub(crate) const NO_GLOBAL_WRITES: Check = Check {
    rule: Rule {
        id: "no-global-writes",
        standard: 4,
        level: LintLevel::Error,
        summary: "A tool changes no global object and no built-in prototype.",
        bad: "/** Keeps a value. */\nexport default (args: { value: string }) => {\n  globalThis.kept = args.value;\n  return args.value;\n};",
        good: "/** Gives a value back. */\nexport default (args: { value: string }) => args.value;",
    },
    look: global_writes,
};

pub(crate) const NO_WORK_AT_IMPORT: Check = Check {
    rule: Rule {
        id: "no-work-at-import",
        standard: 8,
        level: LintLevel::Error,
        summary: "Importing a tool runs nothing, so that other tools can use it.",
        bad: "tgp.exec_sql('DELETE FROM drafts', []);\n/** Says hello. */\nexport default (args: { name: string }) => `hello ${args.name}`;",
        good: "/** Deletes drafts. */\nexport default () => tgp.exec_sql('DELETE FROM drafts', []);",
    },
    look: work_at_import,
};

/// Methods that change what they are called on.
const MUTATING: &[&str] = &[
    "push",
    "pop",
    "shift",
    "unshift",
    "splice",
    "sort",
    "reverse",
    "fill",
    "copyWithin",
    "set",
    "add",
    "delete",
    "clear",
];
/// Objects that belong to everybody.
const SHARED: &[&str] = &[
    "globalThis",
    "Object",
    "Array",
    "String",
    "Number",
    "Math",
    "JSON",
    "Promise",
    "Date",
    "Map",
    "Set",
    "tgp",
    "console",
];

fn module_state(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    let scoping = subject.semantic.scoping();
    for symbol in scoping.symbol_ids() {
        let declared = subject.semantic.symbol_declaration(symbol);
        let AstKind::VariableDeclarator(variable) = declared.kind() else { continue };
        if subject.is_in_function(declared.id()) || scoping.symbol_scope_id(symbol) != scoping.root_scope_id()
        {
            continue;
        }
        let name = scoping.symbol_name(symbol);
        let kind = match subject.parent(declared.id()) {
            AstKind::VariableDeclaration(variables) => variables.kind,
            _ => VariableDeclarationKind::Const,
        };
        let hint = "Pass it in as an argument and return the new value.";
        if scoping.symbol_is_mutated(symbol) {
            let message = format!("`{name}` belongs to the module and is changed");
            findings.push(Finding::error("", message, variable.id.span()).hint(hint));
        } else if let Some(place) = mutated_at(subject, symbol) {
            let message = format!("what `{name}` holds belongs to the module and is changed");
            findings.push(Finding::error("", message, place).hint(hint));
        } else if !kind.is_const() {
            let message = format!("`{name}` belongs to the module and could be changed");
            let word = subject.semantic.nodes().parent_kind(declared.id()).span();
            let length = if kind == VariableDeclarationKind::Let || kind == VariableDeclarationKind::Var {
                3
            } else {
                0
            };
            let keyword = Span::new(word.start, word.start + length);
            let finding = Finding::error("", message, variable.id.span()).hint("Write `const`.");
            let single = variable.init.is_some() && length == 3;
            findings.push(if single {
                finding.edit("Write `const`", vec![(keyword, "const".to_owned())])
            } else {
                finding
            });
        }
    }
}

/// Where a function changes what a module-level constant holds.
fn mutated_at(subject: &Subject<'_, '_>, symbol: SymbolId) -> Option<Span> {
    let nodes = subject.semantic.nodes();
    subject.semantic.symbol_references(symbol).find_map(|reference| {
        let id = reference.node_id();
        if !subject.is_in_function(id) {
            return None;
        }
        let member = nodes.parent_id(id);
        let place = nodes.kind(member).as_member_expression_kind()?;
        if !Subject::holds(place.object(), nodes.kind(id).span()) {
            return None;
        }
        let method = place.static_property_name();
        let called = matches!(nodes.parent_kind(member), AstKind::CallExpression(call) if call.callee.span() == place.span());
        let mutates = called && method.is_some_and(|name| MUTATING.contains(&name.as_str()));
        (mutates || is_written(subject, member)).then(|| place.span())
    })
}

/// Whether the member at `node`, or a member of it, is assigned, counted up or deleted.
fn is_written(subject: &Subject<'_, '_>, node: NodeId) -> bool {
    let nodes = subject.semantic.nodes();
    let (mut node, mut span) = (node, nodes.kind(node).span());
    loop {
        let parent = nodes.parent_id(node);
        match nodes.kind(parent) {
            AstKind::AssignmentExpression(assignment) => return assignment.left.span() == span,
            AstKind::UpdateExpression(_) => return true,
            AstKind::UnaryExpression(unary) => return unary.operator.is_delete(),
            kind if kind.as_member_expression_kind().is_some_and(|member| member.object().span() == span) => {
                node = parent;
                span = kind.span();
            }
            _ => return false,
        }
    }
}

fn global_writes(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    for node in subject.nodes() {
        let written = match node.kind() {
            AstKind::AssignmentExpression(assignment) => match &assignment.left {
                AssignmentTarget::AssignmentTargetIdentifier(name) => {
                    global(subject, name).map(|name| (name, assignment.left.span()))
                }
                target => target.as_simple_assignment_target().and_then(|target| root(subject, target)),
            },
            AstKind::UpdateExpression(update) => root(subject, &update.argument),
            AstKind::UnaryExpression(unary) if unary.operator.is_delete() => unary
                .argument
                .as_member_expression()
                .and_then(|member| shared(subject, member.object(), unary.span)),
            AstKind::CallExpression(call) => match (&call.callee, call.arguments.first()) {
                (Expression::StaticMemberExpression(member), Some(first))
                    if matches!(
                        member.property.name.as_str(),
                        "assign" | "defineProperty" | "defineProperties" | "setPrototypeOf"
                    ) =>
                {
                    first.as_expression().and_then(|target| shared(subject, target, call.span))
                }
                _ => None,
            },
            _ => None,
        };
        if let Some((name, span)) = written {
            let message = format!("`{name}` belongs to everybody and is changed");
            findings.push(Finding::error("", message, span).hint("Return the value instead."));
        }
    }
}

fn global<'p>(
    subject: &Subject<'_, '_>,
    name: &'p oxc::ast::ast::IdentifierReference<'_>,
) -> Option<&'p str> {
    subject.semantic.is_reference_to_global_variable(name).then(|| name.name.as_str())
}

fn root<'p>(subject: &Subject<'_, '_>, target: &'p SimpleAssignmentTarget<'_>) -> Option<(&'p str, Span)> {
    match target {
        SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => {
            global(subject, name).map(|found| (found, name.span))
        }
        target => {
            target.as_member_expression().and_then(|member| shared(subject, member.object(), member.span()))
        }
    }
}

/// The shared object at the root of `a.b.c`.
fn shared<'p>(subject: &Subject<'_, '_>, object: &'p Expression<'_>, span: Span) -> Option<(&'p str, Span)> {
    let mut object = object.get_inner_expression();
    while let Some(member) = object.as_member_expression() {
        object = member.object().get_inner_expression();
    }
    let Expression::Identifier(name) = object else { return None };
    global(subject, name).filter(|name| SHARED.contains(name)).map(|name| (name, span))
}

fn work_at_import(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    if subject.script {
        return;
    }
    for statement in &subject.program.body {
        let work = match statement {
            Statement::ExpressionStatement(statement) => {
                !matches!(statement.expression, Expression::StringLiteral(_)) && subject.callee.is_some()
            }
            Statement::ForStatement(_)
            | Statement::ForOfStatement(_)
            | Statement::ForInStatement(_)
            | Statement::WhileStatement(_)
            | Statement::IfStatement(_)
            | Statement::TryStatement(_) => subject.callee.is_some(),
            Statement::VariableDeclaration(variables) => variables
                .declarations
                .iter()
                .filter_map(|v| v.init.as_ref())
                .any(|init| uses_tgp(subject, init)),
            _ => false,
        };
        if work {
            let finding = Finding::error(
                "",
                "this runs whenever the tool is imported",
                first_line(subject, statement.span()),
            );
            findings.push(finding.hint("Move it into the function."));
        }
    }
}

/// `tgp.anything(...)` or `fetch(...)`, perhaps awaited.
fn uses_tgp(subject: &Subject<'_, '_>, init: &Expression<'_>) -> bool {
    let init = match init {
        Expression::AwaitExpression(wait) => &wait.argument,
        other => other,
    };
    let Expression::CallExpression(call) = init else { return false };
    shared(subject, &call.callee, call.span).is_some_and(|(name, _)| name == "tgp")
        || matches!(&call.callee, Expression::Identifier(name) if name.name == "fetch" && global(subject, name).is_some())
}

fn first_line(subject: &Subject<'_, '_>, span: Span) -> Span {
    let length = subject.text(span).lines().next().map_or(0, str::len);
    Span::new(span.start, span.start + u32::try_from(length).unwrap_or(0))
}
