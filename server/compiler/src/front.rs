//! One source through the parser, the checks, the type stripper and the printer.

mod effects;
mod form;
mod globals;
mod imports;
mod parameters;
mod properties;
mod refuse;

use std::path::Path;

use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::diagnostics::OxcDiagnostic;
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::{Scoping, Semantic, SemanticBuilder};
use oxc::span::{SourceType, Span};
use oxc::transformer::{TransformOptions, Transformer};
use serde_json::Value;
use tgp_model::diagnostic::{Diagnostic, Severity};

use crate::settings::{Settings, SourceKind};
use crate::source_map::{Mapping, SourceMap};
use crate::{bounds, schema};
use tgp_standards::Subject;
use tgp_standards::finding::{Finding, place};

pub(crate) use imports::{Bind, Import, Resolution};
pub(crate) use parameters::{Argument, Call, call_of};
pub use properties::Property;
pub(crate) use tgp_standards::export::{Callee, Export, find_default};

/// Syntax errors shown of one source; the ones after the first are often its echo.
const MOST_SYNTAX_ERRORS: usize = 10;
/// Largest compiled module, in bytes; only something like an enum of enums comes near it.
const LARGEST_OUTPUT: usize = 4 * crate::LARGEST_SOURCE;

/// A source and what is wanted of it.
pub(crate) struct Source<'s> {
    pub(crate) path: &'s str,
    pub(crate) text: &'s str,
    pub(crate) kind: SourceKind,
    /// Whether it is what will be run, so that its form, schema and lint findings are wanted.
    pub(crate) entry: bool,
}

/// A compiled source.
#[derive(Default)]
pub(crate) struct Compiled {
    pub(crate) code: String,
    pub(crate) source_map: SourceMap,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) imports: Vec<Import>,
    pub(crate) has_default: bool,
    pub(crate) tool: ToolFacts,
}

/// What is known of a tool besides its code.
#[derive(Default)]
pub(crate) struct ToolFacts {
    pub(crate) schema: Value,
    pub(crate) description: String,
    pub(crate) call: Call,
    pub(crate) effects: Option<Value>,
    pub(crate) env: Vec<String>,
    pub(crate) properties: Vec<Property>,
}

impl Compiled {
    /// Whether it can be run: no syntax error, no forbidden thing. Lint findings do not count.
    pub(crate) fn is_sound(&self) -> bool {
        !self.diagnostics.iter().any(|d| d.severity == Severity::Error && d.code.starts_with("compile."))
    }
}

/// Compiles one source; `resolve` says what an import specifier means.
pub(crate) fn compile(
    source: &Source<'_>,
    settings: &Settings,
    resolve: &mut dyn FnMut(&str) -> Result<Resolution, Finding>,
) -> Compiled {
    let mut compiled = Compiled::default();
    let mut findings = Vec::new();
    if let Err(finding) = bounds::check(source.text) {
        findings.push(finding);
    } else {
        let allocator = Allocator::default();
        run(&allocator, source, settings, resolve, &mut compiled, &mut findings);
    }
    compiled.diagnostics = place(source.path, source.text, findings);
    compiled
}

fn run<'a>(
    allocator: &'a Allocator,
    source: &'a Source<'_>,
    settings: &Settings,
    resolve: &mut dyn FnMut(&str) -> Result<Resolution, Finding>,
    compiled: &mut Compiled,
    findings: &mut Vec<Finding>,
) {
    let Some(mut program) = parse(allocator, source, findings) else { return };
    let script = source.kind == SourceKind::Tool && form::wrap_script(allocator, &mut program);
    let checked = SemanticBuilder::new_compiler().with_build_nodes(true).with_enum_eval(true).build(&program);
    syntax_errors(checked.diagnostics.into_vec(), findings);
    if !findings.is_empty() {
        return;
    }
    let specifiers = imports::collect(&program, checked.semantic.scoping(), source.kind, resolve, findings);
    inspect(source, settings, &program, &checked.semantic, script, compiled, findings);
    if findings.iter().any(|f| f.code.starts_with("compile.") && f.severity == Severity::Error) {
        return;
    }
    let scoping = checked.semantic.into_scoping();
    strip(allocator, source, &mut program, scoping, findings);
    compiled.imports = imports::rewrite(allocator, &mut program, &specifiers);
    print(allocator, source, &program, compiled, findings);
}

fn parse<'a>(
    allocator: &'a Allocator,
    source: &'a Source<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Program<'a>> {
    let kind = if source.kind == SourceKind::Package { SourceType::mjs() } else { SourceType::ts() };
    let options = ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: source.kind == SourceKind::Tool,
        preserve_parens: false,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(allocator, source.text, kind).with_options(options).parse();
    syntax_errors(parsed.diagnostics.into_vec(), findings);
    (!parsed.panicked && findings.is_empty()).then_some(parsed.program)
}

/// Everything that is said about a source without changing it.
fn inspect<'a>(
    source: &Source<'_>,
    settings: &Settings,
    program: &Program<'a>,
    semantic: &Semantic<'a>,
    script: bool,
    compiled: &mut Compiled,
    findings: &mut Vec<Finding>,
) {
    let export = find_default(program);
    compiled.has_default = !matches!(export, Export::None);
    if matches!(source.kind, SourceKind::Tool | SourceKind::Config) {
        globals::check(semantic, source.kind, &mut compiled.tool.env, findings);
        refuse::check(program, semantic.scoping(), findings);
    }
    if source.entry && source.kind == SourceKind::Config {
        compiled.tool.properties = properties::find(program, source.text);
        if matches!(export, Export::None) {
            let message = "the configuration exports no default";
            let hint = "Add `export default defineTGPConfig({ ... })`.";
            findings.push(Finding::error("compile.no_export", message, program.span).hint(hint));
        }
    }
    if !source.entry || source.kind != SourceKind::Tool {
        return;
    }
    form::check(program, &export, findings);
    let callee = export.callee();
    compiled.tool.call = call_of(callee.as_ref(), program, semantic);
    let described = schema::describe(program, callee.as_ref(), &compiled.tool.call, findings);
    compiled.tool.schema = described.schema;
    compiled.tool.description = described.description;
    compiled.tool.effects = effects::declared(program, source.path, settings, findings);
    let subject = Subject { program, semantic, callee: callee.as_ref(), script };
    tgp_standards::check(&subject, &settings.lint, findings);
}

/// Takes the types out.
fn strip<'a>(
    allocator: &'a Allocator,
    source: &Source<'_>,
    program: &mut Program<'a>,
    scoping: Scoping,
    findings: &mut Vec<Finding>,
) {
    let options = TransformOptions::default();
    let done =
        Transformer::new(allocator, Path::new(source.path), &options).build_with_scoping(scoping, program);
    syntax_errors(done.diagnostics.into_vec(), findings);
}

/// Prints without indentation: deep nesting would otherwise print as hundreds of times its size.
fn print<'a>(
    allocator: &'a Allocator,
    source: &Source<'_>,
    program: &Program<'a>,
    compiled: &mut Compiled,
    findings: &mut Vec<Finding>,
) {
    let _ = allocator;
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(source.path.into()),
        indent_width: 0,
        ..CodegenOptions::default()
    };
    let printed = Codegen::new().with_options(options).build(program);
    if printed.code.len() > LARGEST_OUTPUT {
        let message = format!("the compiled source would be {} bytes long", printed.code.len());
        findings.push(Finding::error("compile.too_large", message, Span::new(0, 0)));
        return;
    }
    compiled.code = printed.code;
    compiled.source_map = SourceMap::new(printed.map.map_or_else(Vec::new, |map| {
        map.get_tokens()
            .map(|token| Mapping {
                line: token.get_dst_line(),
                column: token.get_dst_col(),
                source_line: token.get_src_line(),
                source_column: token.get_src_col(),
            })
            .collect()
    }));
}

fn syntax_errors(errors: Vec<OxcDiagnostic>, findings: &mut Vec<Finding>) {
    for error in errors.into_iter().take(MOST_SYNTAX_ERRORS) {
        let span = error.labels.first().map_or(Span::new(0, 0), |label| {
            let start = label.offset();
            Span::new(start, start.saturating_add(label.len()))
        });
        let mut finding = Finding::error("compile.syntax", error.message.to_string(), span);
        finding.hint = error.help.as_ref().map(ToString::to_string);
        findings.push(finding);
    }
}
