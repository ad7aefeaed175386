//! Names a tool may not use, because the sandbox has nothing behind them or they make code from text.

use oxc::semantic::{NodeId, Semantic};
use oxc::span::{GetSpan, Span};

use crate::settings::SourceKind;
use tgp_standards::Finding;

/// Globals of other runtimes. A local variable of such a name is fine; only what no scope declares is refused.
const FORBIDDEN: &[(&str, &str)] = &[
    ("process", "Use the arguments and the `tgp` functions."),
    ("Deno", "Use the arguments and the `tgp` functions."),
    ("Bun", "Use the arguments and the `tgp` functions."),
    ("global", "Use the arguments and the `tgp` functions."),
    ("window", "There is no DOM in a tool."),
    ("self", "There is no DOM in a tool."),
    ("document", "There is no DOM in a tool."),
    ("navigator", "There is no DOM in a tool."),
    ("location", "There is no DOM in a tool."),
    ("localStorage", "Keep state in the database or in files."),
    ("sessionStorage", "Keep state in the database or in files."),
    ("indexedDB", "Keep state in the database or in files."),
    ("alert", "Return the text instead."),
    ("XMLHttpRequest", "Use `fetch`."),
    ("WebSocket", "Use `fetch`; a tool ends with its result."),
    ("EventSource", "Use `fetch`; a tool ends with its result."),
    ("Worker", "A tool runs on one thread."),
    ("SharedArrayBuffer", "A tool runs on one thread."),
    ("Atomics", "A tool runs on one thread."),
    ("WebAssembly", "Write the code in TypeScript."),
    ("Buffer", "Use `Uint8Array`, `TextEncoder` and `TextDecoder`."),
    ("module", "Write `export default (args) => ...`."),
    ("exports", "Write `export default (args) => ...`."),
    ("__dirname", "Paths of `tgp.read_file` are relative to the project."),
    ("__filename", "Paths of `tgp.read_file` are relative to the project."),
    ("setTimeout", "A tool does not wait; do the work at once."),
    ("setInterval", "A tool does not wait; do the work at once."),
    ("setImmediate", "A tool does not wait; do the work at once."),
    ("clearTimeout", "A tool does not wait; do the work at once."),
    ("clearInterval", "A tool does not wait; do the work at once."),
    ("clearImmediate", "A tool does not wait; do the work at once."),
    ("importScripts", "Import other tools with `import`."),
    ("gc", "Memory returns when the tool ends."),
];

/// Names that turn text into code.
const DYNAMIC: &[&str] = &["eval", "Function", "AsyncFunction", "GeneratorFunction"];

/// Reports every use of a forbidden global; in a configuration `process.env.NAME` is noted in `env` instead.
pub(crate) fn check(
    semantic: &Semantic<'_>,
    kind: SourceKind,
    env: &mut Vec<String>,
    findings: &mut Vec<Finding>,
) {
    let scoping = semantic.scoping();
    for (name, references) in scoping.root_unresolved_references() {
        for reference in references {
            let reference = scoping.get_reference(*reference);
            if reference.is_type() && !reference.is_value() {
                continue;
            }
            let node = reference.node_id();
            let span = semantic.reference_span(reference);
            match name.as_str() {
                "process" if kind == SourceKind::Config => match env_name(semantic, node) {
                    Some(name) => env.push(name),
                    None => findings.push(
                        forbidden("process", span)
                            .hint("A configuration may read `process.env.NAME`, nothing else of it."),
                    ),
                },
                "globalThis" => {
                    if let Some((member, span)) = member_of(semantic, node) {
                        check_member(&member, span, findings);
                    }
                }
                name => check_member(name, span, findings),
            }
        }
    }
    env.sort();
    env.dedup();
}

fn check_member(name: &str, span: Span, findings: &mut Vec<Finding>) {
    if DYNAMIC.contains(&name) {
        findings.push(dynamic_code(&format!("`{name}` makes code from text"), span));
    } else if let Some((_, hint)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
        findings.push(forbidden(name, span).hint(*hint));
    }
}

fn forbidden(name: &str, span: Span) -> Finding {
    Finding::error("compile.forbidden_global", format!("Global '{name}' is forbidden"), span)
}

pub(super) fn dynamic_code(message: &str, span: Span) -> Finding {
    Finding::error("compile.dynamic_code", message, span)
        .hint("Write the code out; nothing is compiled at run time.")
}

/// The property that is read of the name at `node`, where it can be seen.
fn member_of(semantic: &Semantic<'_>, node: NodeId) -> Option<(String, Span)> {
    let parent = semantic.nodes().parent_kind(node);
    let member = parent.as_member_expression_kind()?;
    member.static_property_name().map(|name| (name.to_string(), member.span()))
}

/// `NAME` of `process.env.NAME` or `process.env["NAME"]`, where `process` stands at `node`.
fn env_name(semantic: &Semantic<'_>, node: NodeId) -> Option<String> {
    let (env, _) = member_of(semantic, node)?;
    if env != "env" {
        return None;
    }
    let parent = semantic.nodes().parent_id(node);
    member_of(semantic, parent).map(|(name, _)| name)
}
