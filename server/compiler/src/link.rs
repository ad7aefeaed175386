//! From an entry to everything it needs: compiles each module once, dependencies first, and names the whole by a hash.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use oxc::span::{SPAN, Span};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tgp_model::diagnostic::{Diagnostic, Severity};

use crate::arguments::ArgumentSchema;
use crate::front::{Argument, Bind, Call, Compiled, Property, Source, compile};
use crate::resolve::{CORE, NPM, STD, Texts, resolve};
use crate::settings::{ReadSource, Settings, SourceKind};
use crate::source_map::SourceMap;
use crate::worker::on_large_stack;
use tgp_standards::finding::{Finding, place};

/// Modules in one bundle; date-fns as a whole has about 300.
const MOST_MODULES: usize = 2_000;
/// Bytes of all sources of one bundle.
const LARGEST_BUNDLE: usize = 8 * 1024 * 1024;
/// The module that spreads arguments or hands out a configuration, where one is needed.
const ENTRY: &str = "tgp:entry";

/// A tool and everything it imports, ready for the sandbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// Name of the module whose default export takes one argument object.
    pub entry: String,
    /// All modules but the standard library's, dependencies first.
    pub modules: Vec<Module>,
    /// SHA-256 over names and code, in hexadecimal.
    pub hash: String,
    /// What the arguments have to look like.
    pub schema: Arc<ArgumentSchema>,
    /// What the tool is for, from its doc comment; empty where it has none.
    pub description: String,
    /// Lint findings of the entry. They do not stop it from running; the caller decides.
    pub diagnostics: Vec<Diagnostic>,
    /// The tool's exported `effects`, where it is a literal.
    pub effects: Option<Value>,
    /// Environment variables a configuration names, sorted.
    pub env: Vec<String>,
    /// The properties of a configuration, with their places.
    pub properties: Vec<Property>,
}

/// One compiled ES module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Canonical name, as import specifiers spell it.
    pub name: String,
    /// JavaScript.
    pub code: String,
    /// Back to the TypeScript.
    pub source_map: SourceMap,
}

/// Why there is no bundle.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BundleError {
    /// The entry does not exist.
    #[error("there is no `{path}`")]
    Missing {
        /// The path that was asked for.
        path: String,
    },
    /// A source of the bundle cannot be compiled.
    #[error("{}", first(diagnostics))]
    Refused {
        /// What is wrong, in the order of the files; at least one of them is an error.
        diagnostics: Vec<Diagnostic>,
    },
    /// The front end could not be started, or it has a bug.
    #[error("the compiler failed on `{path}`")]
    Failed {
        /// The entry.
        path: String,
    },
}

fn first(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().find(|d| d.severity == Severity::Error).map_or_else(
        || "it cannot be compiled".to_owned(),
        |d| format!("{}:{}:{}: {}", d.path, d.line, d.column, d.message),
    )
}

/// What `check` says about a tool.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CheckReport {
    /// All findings: of the tool, and errors of what it imports, each with its own path.
    pub diagnostics: Vec<Diagnostic>,
    /// The argument schema, where the tool could be read that far.
    pub schema: Option<Value>,
    /// What the tool is for; empty where it does not say.
    pub description: String,
    /// Canonical names of what it imports, sorted.
    pub imports: Vec<String>,
}

impl CheckReport {
    /// Whether nothing counts as an error.
    pub fn is_valid(&self) -> bool {
        !self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Checks `source` as the tool at `path`, with everything it imports.
pub fn check(path: &str, source: &str, files: &dyn ReadSource, settings: &Settings) -> CheckReport {
    let report = on_large_stack(files, |files| {
        let mut texts = Texts::new(files);
        texts.overlay(path, Arc::from(source));
        let mut linker = Linker::new(texts, settings, SourceKind::Tool);
        linker.add(path, true);
        linker.report(path)
    });
    report.unwrap_or_else(|| CheckReport {
        diagnostics: place(path, source, vec![Finding::error("internal", "the compiler failed", SPAN)]),
        ..CheckReport::default()
    })
}

/// Compiles the tool (or configuration) at `entry` and everything it imports.
pub fn bundle(
    entry: &str,
    files: &dyn ReadSource,
    settings: &Settings,
    kind: SourceKind,
) -> Result<Bundle, BundleError> {
    let done = on_large_stack(files, |files| {
        let mut linker = Linker::new(Texts::new(files), settings, kind);
        if linker.texts.module(entry).is_none() {
            return Err(BundleError::Missing { path: entry.to_owned() });
        }
        linker.add(entry, true);
        linker.bundle(entry)
    });
    done.unwrap_or_else(|| Err(BundleError::Failed { path: entry.to_owned() }))
}

/// Takes the types out of a module of the standard library.
pub fn strip_types(path: &str, source: &str) -> Result<Module, BundleError> {
    let settings = Settings::default();
    let done = on_large_stack(&NoFiles, |files| {
        let mut texts = Texts::new(files);
        let source = Source { path, text: source, kind: SourceKind::Std, entry: false };
        compile(&source, &settings, &mut |text| resolve(text, path, SourceKind::Std, &mut texts, &settings))
    });
    let compiled = done.ok_or_else(|| BundleError::Failed { path: path.to_owned() })?;
    if !compiled.is_sound() {
        return Err(BundleError::Refused { diagnostics: compiled.diagnostics });
    }
    Ok(Module { name: path.to_owned(), code: compiled.code, source_map: compiled.source_map })
}

struct NoFiles;

impl ReadSource for NoFiles {
    fn tool(&self, _: &str) -> Option<Arc<str>> {
        None
    }

    fn package_file(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

/// A module on its way into the bundle.
struct Unit {
    name: String,
    compiled: Compiled,
}

struct Linker<'f> {
    texts: Texts<'f>,
    settings: &'f Settings,
    kind: SourceKind,
    /// Finished modules, dependencies first.
    units: Vec<Unit>,
    /// Where each finished module is in `units`; none while it is being worked on.
    seen: HashMap<String, Option<usize>>,
    bytes: usize,
    extra: Vec<Diagnostic>,
}

/// One module whose imports are being followed.
struct Visit {
    name: String,
    compiled: Compiled,
    next: usize,
}

impl<'f> Linker<'f> {
    fn new(texts: Texts<'f>, settings: &'f Settings, kind: SourceKind) -> Self {
        Self { texts, settings, kind, units: Vec::new(), seen: HashMap::new(), bytes: 0, extra: Vec::new() }
    }

    /// Compiles a module and, depth first, everything it imports. A list instead of recursion, so that a long chain
    /// of imports costs memory and no stack.
    fn add(&mut self, name: &str, entry: bool) {
        let Some(first) = self.begin(name, entry) else { return };
        let mut open = vec![first];
        while let Some(visit) = open.last_mut() {
            let Some(import) = visit.compiled.imports.get(visit.next).cloned() else {
                if let Some(done) = open.pop() {
                    self.seen.insert(done.name.clone(), Some(self.units.len()));
                    self.units.push(Unit { name: done.name, compiled: done.compiled });
                }
                continue;
            };
            visit.next += 1;
            match self.seen.get(&import.name) {
                Some(Some(_)) => {}
                Some(None) => self.cycle(&open, &import.name, import.span),
                None => {
                    if let Some(next) = self.begin(&import.name, false) {
                        open.push(next);
                    }
                }
            }
        }
    }

    fn begin(&mut self, name: &str, entry: bool) -> Option<Visit> {
        if name.starts_with(STD) && !entry {
            return None;
        }
        if name == CORE {
            let code = "export function defineTGPConfig(config) {\nreturn config;\n}\n".to_owned();
            self.seen.insert(name.to_owned(), Some(self.units.len()));
            let compiled = Compiled { code, ..Compiled::default() };
            self.units.push(Unit { name: name.to_owned(), compiled });
            return None;
        }
        self.seen.insert(name.to_owned(), None);
        let text = self.texts.module(name)?;
        self.bytes += text.len();
        let kind = if name.starts_with(NPM) { SourceKind::Package } else { self.kind };
        let source = Source { path: name, text: &text, kind, entry };
        if self.seen.len() > MOST_MODULES || self.bytes > LARGEST_BUNDLE {
            let message = format!("more than {MOST_MODULES} modules or {LARGEST_BUNDLE} bytes are imported");
            self.extra.extend(place(name, &text, vec![Finding::error("compile.too_large", message, SPAN)]));
            return None;
        }
        let (texts, settings) = (&mut self.texts, self.settings);
        let compiled = compile(&source, settings, &mut |wanted| resolve(wanted, name, kind, texts, settings));
        Some(Visit { name: name.to_owned(), compiled, next: 0 })
    }

    /// Reports a circle of tools; packages may import in circles, ES modules allow it.
    fn cycle(&mut self, open: &[Visit], name: &str, span: Span) {
        let Some(from) = open.last().filter(|_| !name.starts_with(NPM)) else { return };
        let start = open.iter().position(|visit| visit.name == name).unwrap_or(0);
        let mut circle: Vec<&str> = open.iter().skip(start).map(|visit| visit.name.as_str()).collect();
        circle.push(name);
        let message = format!("tools import each other in a circle: {}", circle.join(" -> "));
        let finding = Finding::error("compile.import_cycle", message, span)
            .hint("Move the shared part to a third tool.");
        if let Some(text) = self.texts.module(&from.name) {
            self.extra.extend(place(&from.name, &text, vec![finding]));
        }
    }

    fn report(mut self, path: &str) -> CheckReport {
        let mut report = CheckReport::default();
        for unit in &mut self.units {
            let diagnostics = std::mem::take(&mut unit.compiled.diagnostics);
            if unit.name == path {
                report.diagnostics.splice(0..0, diagnostics);
                report.description = std::mem::take(&mut unit.compiled.tool.description);
                report.schema =
                    Some(std::mem::take(&mut unit.compiled.tool.schema)).filter(|schema| !schema.is_null());
                let imports: BTreeSet<&String> =
                    unit.compiled.imports.iter().map(|import| &import.name).collect();
                report.imports = imports.into_iter().cloned().collect();
            } else {
                report.diagnostics.extend(diagnostics.into_iter().filter(|d| d.severity == Severity::Error));
            }
        }
        report.diagnostics.append(&mut self.extra);
        report
    }

    fn bundle(mut self, entry: &str) -> Result<Bundle, BundleError> {
        if !self.extra.is_empty() || self.units.iter().any(|unit| !unit.compiled.is_sound()) {
            return Err(BundleError::Refused { diagnostics: self.report(entry).diagnostics });
        }
        let defaults: Vec<String> = self
            .units
            .iter()
            .filter(|unit| unit.compiled.has_default)
            .map(|unit| unit.name.clone())
            .collect();
        let mut facts = None;
        let mut diagnostics = Vec::new();
        let mut modules = Vec::with_capacity(self.units.len() + 1);
        for unit in &mut self.units {
            if unit.name == entry {
                facts = Some(std::mem::take(&mut unit.compiled.tool));
                diagnostics = std::mem::take(&mut unit.compiled.diagnostics);
            }
            modules.push(finish(unit, &defaults));
        }
        let facts = facts.unwrap_or_default();
        let wrapper = match (self.kind, &facts.call) {
            (SourceKind::Config, _) => Some(configuration(entry)),
            (_, Call::Spread(arguments)) => Some(spread(entry, arguments)),
            (_, Call::Object) => None,
        };
        let name = if wrapper.is_some() { ENTRY } else { entry };
        modules.extend(wrapper);
        Ok(Bundle {
            entry: name.to_owned(),
            hash: hash(&modules),
            modules,
            schema: Arc::new(ArgumentSchema::new(facts.schema)),
            description: facts.description,
            diagnostics,
            effects: facts.effects,
            env: facts.env,
            properties: facts.properties,
        })
    }
}

/// A module with its hoisted imports bound, below the code so that no line moves.
fn finish(unit: &mut Unit, defaults: &[String]) -> Module {
    let mut code = std::mem::take(&mut unit.compiled.code);
    for import in &unit.compiled.imports {
        let from = Value::from(import.name.as_str());
        match &import.bind {
            None => {}
            Some(Bind::Default(name)) if defaults.contains(&import.name) => {
                let _ = writeln!(code, "import {name} from {from};");
            }
            Some(Bind::Default(name) | Bind::Namespace(name)) => {
                let _ = writeln!(code, "import * as {name} from {from};");
            }
        }
    }
    Module { name: unit.name.clone(), code, source_map: std::mem::take(&mut unit.compiled.source_map) }
}

/// Spreads the fields of the argument object over the parameters.
fn spread(entry: &str, arguments: &[Argument]) -> Module {
    let list: Vec<String> = arguments
        .iter()
        .map(|argument| match argument {
            Argument::Field(name) => format!("args[{}]", Value::from(name.as_str())),
            Argument::All => "args".to_owned(),
            Argument::Tgp => "tgp".to_owned(),
            Argument::Rest(name) => format!("...(args[{}] ?? [])", Value::from(name.as_str())),
        })
        .collect();
    wrapper(entry, &format!("export default (args = {{}}) => tool({});\n", list.join(", ")))
}

/// Makes a configuration callable: what runs is always a function.
fn configuration(entry: &str) -> Module {
    wrapper(
        entry,
        "export default async () => {\n\
         const settings = await (typeof tool === \"function\" ? tool() : tool);\n\
         if (typeof settings === \"object\" && settings !== null && !Array.isArray(settings)) return settings;\n\
         throw new TypeError(\"the default export has to be an object of settings\");\n\
         };\n",
    )
}

fn wrapper(entry: &str, rest: &str) -> Module {
    let code = format!("import tool from {};\n{rest}", Value::from(entry));
    Module { name: ENTRY.to_owned(), code, source_map: SourceMap::default() }
}

fn hash(modules: &[Module]) -> String {
    let mut hasher = Sha256::new();
    for module in modules {
        for text in [&module.name, &module.code] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hex::encode(hasher.finalize())
}
