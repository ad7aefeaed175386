//! The forge of one project: the compiler's settings, the sandbox, and the tools that are ready.

use std::sync::Arc;

use tgp_capability::{DeclaredEffects, EffectsProblem};
use tgp_compiler::{CheckReport, EffectsFault, ReadSource, Settings, SourceKind};
use tgp_model::mount::Mount;
use tgp_model::{Config, Limits, RepoPath, Severity};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::Finding;
use tgp_sandbox::{GuestModule, OpenSandboxError, Sandbox};

use crate::findings::finding;
use crate::prepared_tool::{PreparedTool, ReadyTools};
use crate::refusal::{from_build, from_bundle, from_open_sandbox};
use crate::type_check::ToldOnce;

/// Packages a tool may import where the configuration says nothing: only the standard library.
const USUAL_IMPORTS: [&str; 1] = ["@tgp/std"];

/// Gives the sandbox, which may open only now.
type GiveSandbox = Box<dyn Fn() -> Result<Arc<Sandbox>, OpenSandboxError> + Send + Sync>;

/// Compiles and checks the tools of one project.
pub struct Forge {
    sandbox: GiveSandbox,
    settings: Settings,
    mount: Mount,
    pub(crate) ready: ReadyTools,
    pub(crate) told_types: ToldOnce,
}

impl Forge {
    /// A forge with the project's settings; `mount` says how paths are shown. The sandbox is asked for when the first tool
    /// is made ready.
    pub fn new(sandbox: GiveSandbox, config: &Config, mount: Mount) -> Self {
        let usual = || USUAL_IMPORTS.iter().map(|name| (*name).to_owned()).collect();
        let settings = Settings {
            allowed_imports: config.allowed_imports.clone().unwrap_or_else(usual),
            lint: config.lint.clone(),
            grade_effects: Some(effects_fault),
        };
        Self { sandbox, settings, mount, ready: ReadyTools::default(), told_types: ToldOnce::default() }
    }

    /// Where tools run; it may open only now.
    pub fn sandbox(&self) -> Result<Arc<Sandbox>, Refusal> {
        (self.sandbox)().map_err(|error| from_open_sandbox(&error))
    }

    /// Compiles a source and holds it against the standards; types are checked by [`Forge::check_types`].
    pub fn check(&self, stored: &str, source: &str, files: &dyn ReadSource) -> CheckReport {
        tgp_compiler::check(stored, source, files, &self.settings)
    }

    /// Makes the tool `stored`, which agents know as `path`, ready to run.
    pub fn make(
        &self,
        path: &RepoPath,
        stored: &RepoPath,
        source: &dyn ReadSource,
        limits: Limits,
    ) -> Result<PreparedTool, Refusal> {
        let bundle = tgp_compiler::bundle(stored.as_str(), source, &self.settings, SourceKind::Tool)
            .map_err(|error| from_bundle(&error, &self.mount))?;
        let modules: Vec<GuestModule> = bundle
            .modules
            .iter()
            .map(|m| GuestModule { name: m.name.clone(), code: m.code.clone() })
            .collect();
        let sandbox = self.sandbox()?;
        let module = sandbox
            .build(&bundle.entry, &modules, &bundle.hash)
            .map_err(|error| from_build(&error, path.as_str()))?;
        // What it declares was graded when it was compiled.
        let declared = bundle.effects.as_ref().and_then(|value| grade(path.as_str(), value).ok());
        Ok(PreparedTool {
            path: path.clone(),
            bundle,
            sandbox,
            module: Arc::clone(&module),
            limits,
            effects: declared,
        })
    }

    /// The error-level rules a tool breaks, itself or in a tool it imports.
    pub fn broken_rules(&self, tool: &PreparedTool, files: &dyn ReadSource) -> Vec<Finding> {
        let mut findings = Vec::new();
        for name in tool.bundle.modules.iter().map(|module| module.name.as_str()) {
            // Packages and the entry's wrapper are no tools.
            let Some(source) = files.tool(name) else { continue };
            let report = self.check(name, &source, files);
            let own = report.diagnostics.iter().filter(|d| d.severity == Severity::Error && d.path == name);
            findings.extend(own.map(|found| finding(found, &self.mount)));
        }
        findings
    }
}

fn grade(path: &str, declared: &serde_json::Value) -> Result<DeclaredEffects, EffectsProblem> {
    DeclaredEffects::grade(path, declared)
}

/// What is wrong with declared effects, as the compiler puts it at its place.
fn effects_fault(path: &str, declared: &serde_json::Value) -> Option<EffectsFault> {
    let problem = grade(path, declared).err()?;
    Some(EffectsFault { place: problem.place, why: problem.why })
}
