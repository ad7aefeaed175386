//! The project's settings: `tgp.config.ts`, evaluated in our own sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use tgp_compiler::{BundleError, ReadSource, SourceKind};
use tgp_model::{CancelToken, Config, Diagnostic, Limits, Severity};
use tgp_sandbox::{Budget, GuestModule, Host, RunError, RunInput, Sandbox};

mod check;
mod evaluation;
mod places;
mod wording;

pub use evaluation::Evaluation;
pub use places::Places;
use wording::said;

/// Name of the file that makes a folder a project.
pub const CONFIG_FILE: &str = "tgp.config.ts";

/// The limits of one tool: the project's, and what is set for this tool; otherwise the limit that is wrong, and why.
pub fn limits_of(config: &Config, path: &str) -> Result<Limits, (String, String)> {
    let Some(own) = config.tools.get(path) else { return Ok(config.limits.clone()) };
    let usual = serde_json::to_value(&config.limits).map_err(|error| (String::new(), error.to_string()))?;
    let mut all = usual.clone();
    for (name, value) in &own.limits {
        let mut one = usual.clone();
        if let (Some(fields), Some(one)) = (all.as_object_mut(), one.as_object_mut()) {
            fields.insert(name.clone(), (*value).into());
            one.insert(name.clone(), (*value).into());
        }
        serde_json::from_value::<Limits>(one).map_err(|error| (name.clone(), said(&error)))?;
    }
    serde_json::from_value(all).map_err(|error| (String::new(), said(&error)))
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

/// A configuration that holds, and where its settings stand.
pub struct Evaluated {
    /// The settings.
    pub config: Config,
    /// Where each of them stands, for mistakes that only the rooms can find.
    pub places: Places,
}

/// Evaluates the source of a configuration with the environment variables it names, and no others.
pub fn evaluate(
    source: &str,
    environment: &BTreeMap<String, String>,
    sandbox: &Sandbox,
) -> Result<Evaluated, ConfigError> {
    run(source, environment, sandbox)?.settings(environment)
}

/// What is wrong with the source of a configuration, as it is written: evaluated without any environment.
pub fn findings(source: &str, sandbox: &Sandbox) -> Vec<Diagnostic> {
    let (message, place) = match evaluate(source, &BTreeMap::new(), sandbox) {
        Ok(_) => return Vec::new(),
        Err(ConfigError::Source { diagnostics }) => return diagnostics,
        Err(ConfigError::Run { message, place } | ConfigError::Settings { message, place }) => {
            (message, place)
        }
    };
    let mut numbers = place.split(':').filter_map(|number| number.parse().ok());
    let (line, column) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
    vec![Diagnostic {
        code: "config.invalid".to_owned(),
        severity: Severity::Error,
        message,
        path: CONFIG_FILE.to_owned(),
        line,
        column,
        end_line: line,
        end_column: column,
        frame: String::new(),
        hint: None,
        edit: None,
    }]
}

/// Runs the source of a configuration; what it gave is not read yet.
pub fn run(
    source: &str,
    environment: &BTreeMap<String, String>,
    sandbox: &Sandbox,
) -> Result<Evaluation, ConfigError> {
    let files = OneFile { source: Arc::from(source) };
    let settings = tgp_compiler::Settings::default();
    let bundle = tgp_compiler::bundle(CONFIG_FILE, &files, &settings, SourceKind::Config).map_err(refused)?;
    let modules: Vec<GuestModule> =
        bundle.modules.iter().map(|m| GuestModule { name: m.name.clone(), code: m.code.clone() }).collect();
    let broken = |message: String| ConfigError::Run { message, place: String::new() };
    let module =
        sandbox.build(&bundle.entry, &modules, &bundle.hash).map_err(|error| broken(error.to_string()))?;
    let variables: Vec<String> = bundle.env.clone();
    let named = evaluation::named(&variables, environment);
    let budget = Budget::new(&Limits::default(), CancelToken::new());
    let input = RunInput { args: "{}", seed: 0, now_ms: 0, env: Some(&named) };
    let outcome = sandbox.run(&module, input, &budget, &mut NoHost);
    let json = outcome.result.map_err(|error| thrown(&error, &bundle))?;
    Ok(Evaluation { json, variables, properties: bundle.properties })
}

fn read(json: &str, places: &Places) -> Result<Config, ConfigError> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let names: Vec<String> = error.path().iter().filter_map(name).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = said(error.inner());
        if let Some(unknown) = message.split('`').nth(1).filter(|_| message.starts_with("unknown field"))
            && names.last() != Some(&unknown)
        {
            names.push(unknown);
        }
        places.wrong(&names, &message)
    })
}

fn name(segment: &serde_path_to_error::Segment) -> Option<String> {
    match segment {
        serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
        serde_path_to_error::Segment::Map { key } => Some(key.clone()),
        serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => None,
    }
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
