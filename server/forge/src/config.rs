//! The project's settings: `tgp.config.ts`, evaluated in our own sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use tgp_compiler::{BundleError, ReadSource, SourceKind};
use tgp_model::{CancelToken, Config, Diagnostic, Limits, RepoPath};
use tgp_sandbox::{Budget, DEEPEST, GuestModule, Host, LARGEST_MEMORY, RunError, RunInput, Sandbox};

/// Name of the file that makes a folder a project.
pub const CONFIG_FILE: &str = "tgp.config.ts";

/// The limits of one tool: the project's, and what is set for this tool.
pub fn limits_of(config: &Config, path: &str) -> Result<Limits, String> {
    let Some(own) = config.tools.get(path) else { return Ok(config.limits.clone()) };
    let wrong = |error: serde_json::Error| {
        format!("`tools[\"{path}\"].limits`: {}", without_position(&error.to_string()))
    };
    let mut all = serde_json::to_value(&config.limits).map_err(wrong)?;
    if let Some(fields) = all.as_object_mut() {
        fields.extend(own.limits.iter().map(|(name, value)| (name.clone(), (*value).into())));
    }
    serde_json::from_value(all).map_err(wrong)
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It does not compile; each finding has its place.
    #[error("`{CONFIG_FILE}` has a mistake: {}", .diagnostics.first().map_or_else(String::new, first_line))]
    Source {
        /// The findings, errors first.
        diagnostics: Vec<Diagnostic>,
    },
    /// It threw, or used more than it may.
    #[error("{CONFIG_FILE}{place}: {message}")]
    Run {
        /// What happened.
        message: String,
        /// `:line:column`, where known.
        place: String,
    },
    /// It gave something else than the settings.
    #[error("{CONFIG_FILE}{place}: {message}")]
    Settings {
        /// What is wrong with which field.
        message: String,
        /// `:line:column` of the field, where it was found.
        place: String,
    },
}

fn first_line(diagnostic: &Diagnostic) -> String {
    format!("{}:{}:{}: {}", diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.message)
}

struct OneFile {
    source: Arc<str>,
}

impl ReadSource for OneFile {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        (path == CONFIG_FILE).then(|| Arc::clone(&self.source))
    }

    fn package_file(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

/// A configuration asks nothing of the host.
struct NoHost;

impl Host for NoHost {
    fn call(&mut self, _: tgp_protocol::guest::HostCall, _: &Budget) -> tgp_protocol::guest::HostReply {
        tgp_protocol::guest::HostReply::Refused {
            error: tgp_protocol::guest::HostError {
                code: "policy.denied".to_owned(),
                name: "SecurityViolation".to_owned(),
                message: "a configuration cannot call the host".to_owned(),
            },
        }
    }
}

/// Evaluates the source of a configuration with the environment variables it names, and no others.
pub fn evaluate(
    source: &str,
    environment: &BTreeMap<String, String>,
    sandbox: &Sandbox,
) -> Result<Config, ConfigError> {
    let files = OneFile { source: Arc::from(source) };
    let settings = tgp_compiler::Settings::default();
    let bundle = tgp_compiler::bundle(CONFIG_FILE, &files, &settings, SourceKind::Config).map_err(refused)?;
    let modules: Vec<GuestModule> =
        bundle.modules.iter().map(|m| GuestModule { name: m.name.clone(), code: m.code.clone() }).collect();
    let broken = |message: String| ConfigError::Run { message, place: String::new() };
    let module =
        sandbox.build(&bundle.entry, &modules, &bundle.hash).map_err(|error| broken(error.to_string()))?;
    let named: BTreeMap<String, String> = bundle
        .env
        .iter()
        .filter_map(|name| environment.get(name).map(|value| (name.clone(), value.clone())))
        .collect();
    let budget = Budget::new(&Limits::default(), CancelToken::new());
    let input = RunInput { args: "{}", seed: 0, now_ms: 0, env: Some(&named) };
    let outcome = sandbox.run(&module, input, &budget, &mut NoHost);
    let json = outcome.result.map_err(|error| thrown(&error, &bundle))?;
    let config = read(&json, source)?;
    check(&config, source)?;
    Ok(config)
}

fn read(json: &str, source: &str) -> Result<Config, ConfigError> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let message = without_position(&message);
        let unknown = message.split('`').nth(1).filter(|_| message.starts_with("unknown field"));
        let field = unknown.unwrap_or_else(|| path.rsplit('.').next().unwrap_or_default());
        ConfigError::Settings { place: place_of(source, field), message: format!("`{path}`: {message}") }
    })
}

fn refused(error: BundleError) -> ConfigError {
    match error {
        BundleError::Refused { diagnostics } => ConfigError::Source { diagnostics },
        other => ConfigError::Run { message: other.to_string(), place: String::new() },
    }
}

fn thrown(error: &RunError, bundle: &tgp_compiler::Bundle) -> ConfigError {
    let RunError::Threw { name, message, frames, .. } = error else {
        return ConfigError::Run { message: error.to_string(), place: String::new() };
    };
    let place = frames
        .iter()
        .find_map(|frame| {
            let module = bundle.modules.iter().find(|module| module.name == frame.module)?;
            module.source_map.original(frame.line, frame.column)
        })
        .map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
    ConfigError::Run { message: format!("{name}: {message}"), place }
}

/// What serde cannot check.
fn check(config: &Config, source: &str) -> Result<(), ConfigError> {
    let wrong =
        |field: &str, message: String| Err(ConfigError::Settings { message, place: place_of(source, field) });
    if !config.fs.block_upward_traversal {
        return wrong("blockUpwardTraversal", "`fs.blockUpwardTraversal` cannot be switched off".to_owned());
    }
    let library: RepoPath = config.root_dir.as_deref().unwrap_or(".tgp").parse().unwrap_or_default();
    if library.is_root() {
        return wrong(
            "rootDir",
            "`rootDir` is the project itself; the library is a folder of its own".to_owned(),
        );
    }
    let inside = |text: &str| text.parse().is_ok_and(|path: RepoPath| path.is_within(&library));
    if config.mount.as_deref().is_some_and(|mount| inside(mount) || matches!(mount, "" | "." | "./")) {
        return wrong("mount", "`mount` is a name of its own, outside the library's folder".to_owned());
    }
    if config.fs.allowed_dirs.iter().any(|dir| inside(dir)) {
        return wrong("allowedDirs", "`fs.allowedDirs` names a folder of the library".to_owned());
    }
    let database = config.database.as_deref().map(|url| url.strip_prefix("sqlite:").unwrap_or(url));
    if database.is_some_and(|path| inside(path.trim_start_matches("//"))) {
        return wrong("database", "`database` lies in the library's folder".to_owned());
    }
    for tool in std::iter::once("").chain(config.tools.keys().map(String::as_str)) {
        match limits_of(config, tool) {
            Err(message) => return wrong(tool, message),
            Ok(limits) if limits.memory_bytes > LARGEST_MEMORY => {
                return wrong("memoryBytes", format!("`limits.memoryBytes` can be {LARGEST_MEMORY} at most"));
            }
            Ok(limits) if !(1..=DEEPEST).contains(&limits.depth) => {
                return wrong("depth", format!("`limits.depth` can be 1 to {DEEPEST}"));
            }
            Ok(_) => {}
        }
    }
    if let Some(id) = config.lint.keys().find(|id| !tgp_compiler::rules().iter().any(|rule| rule.id == **id))
    {
        return wrong(id, format!("`lint`: there is no rule `{id}`"));
    }
    for (field, path) in [("rootDir", &config.root_dir), ("mount", &config.mount)] {
        if let Some(text) = path
            && let Err(problem) = text.parse::<RepoPath>()
        {
            return wrong(field, format!("`{field}`: {problem}"));
        }
    }
    Ok(())
}

/// `:line:column` of a field, where the source holds that word.
fn place_of(source: &str, word: &str) -> String {
    if word.is_empty() {
        return String::new();
    }
    for (at, line) in source.lines().enumerate() {
        let found = line.match_indices(word).find(|(start, _)| {
            let before = line.get(..*start).and_then(|text| text.chars().next_back());
            let after = line.get(start + word.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        });
        if let Some((start, _)) = found {
            let column = line.get(..start).map_or(0, |text| text.encode_utf16().count()) + 1;
            return format!(":{}:{column}", at + 1);
        }
    }
    String::new()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Serde's message without its position in the JSON, which nobody sees.
fn without_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| message.get(..at).unwrap_or(message))
}
