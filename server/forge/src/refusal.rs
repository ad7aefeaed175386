//! What the compiler and the sandbox refuse, as codes.

use serde_json::json;
use tgp_compiler::BundleError;
use tgp_model::mount::Mount;
use tgp_model::{Diagnostic, Severity};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_sandbox::{BuildToolError, LogLine, OpenSandboxError, RunError};

use crate::findings::finding;
use crate::prepared_tool::PreparedTool;

/// Why a tool cannot be compiled.
pub fn from_bundle(error: &BundleError, mount: &Mount) -> Refusal {
    match error {
        BundleError::Missing { path } => {
            Refusal::new(ErrorCode::ToolNotFound, format!("there is no tool `{path}`"))
        }
        BundleError::Failed { .. } => Refusal::new(ErrorCode::Internal, error.to_string()),
        BundleError::Refused { diagnostics } => {
            let errors: Vec<_> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
            // What keeps it from running decides; a broken standard only keeps it from being good.
            let structural = |d: &&&Diagnostic| d.code.starts_with("compile.");
            let first = errors.iter().find(structural).or(errors.first());
            let code = first.and_then(|d| code_of(&d.code)).unwrap_or(ErrorCode::CompileSyntax);
            let message = first.map_or_else(
                || "it cannot be compiled".to_owned(),
                |d| format!("{}:{}:{}: {}", finding(d, mount).path, d.line, d.column, d.message),
            );
            let list: Vec<_> = errors.iter().map(|d| finding(d, mount)).collect();
            let refusal = Refusal::new(code, message).with_details(json!({ "errors": list }));
            match first.and_then(|d| d.hint.clone()) {
                Some(hint) => refusal.with_hint(hint),
                None => refusal,
            }
        }
    }
}

/// The wire's code of a compiler's finding.
fn code_of(code: &str) -> Option<ErrorCode> {
    ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code)
}

/// Why there is nothing to run tools in.
pub fn from_open_sandbox(error: &OpenSandboxError) -> Refusal {
    Refusal::new(ErrorCode::FileIo, format!("the sandbox cannot be opened: {error}"))
        .with_hint("make room and rights in the cache folder, or set `TGP_CACHE_DIR` to another one")
}

pub(crate) fn from_build(error: &BuildToolError, tool: &str) -> Refusal {
    Refusal::new(ErrorCode::CompileTooLarge, format!("`{tool}` cannot be made ready to run: {error}"))
}

/// What a run was given when the host refused something: an error with another code was made up by the tool.
#[derive(Debug, Default)]
pub struct Given {
    /// Codes of the refusals.
    pub codes: Vec<ErrorCode>,
    /// Message and stack of the last tool that threw below this one, so that one stack goes through all of them.
    pub stack: Option<(String, Vec<String>)>,
}

/// Why a run has no result, with the tool's logs and its stack in lines of TypeScript.
pub fn from_run(
    error: &RunError,
    tool: &PreparedTool,
    mount: &Mount,
    logs: &[LogLine],
    given: &Given,
) -> Refusal {
    let path = &tool.path;
    let (code, message) = match error {
        RunError::Threw { name, message, code, .. } => {
            let code = code.as_deref().and_then(code_of).filter(|code| given.codes.contains(code));
            let inner = given.stack.as_ref().filter(|(thrown, _)| thrown == message);
            let mut stack = inner.map_or_else(Vec::new, |(_, stack)| stack.clone());
            stack.extend(frames(error, tool, mount));
            return threw(name, message, code, stack, logs);
        }
        RunError::Memory { limit } => {
            (ErrorCode::SandboxMemory, over("memory", limit, "bytes", "memoryBytes"))
        }
        RunError::CpuTimeout { limit } => {
            (ErrorCode::SandboxTimeout, over("CPU time", &limit.as_millis(), "ms", "cpuMs"))
        }
        RunError::WallTimeout { limit } => {
            (ErrorCode::SandboxTimeout, over("time", &limit.as_millis(), "ms", "wallMs"))
        }
        RunError::Fuel { limit } => (ErrorCode::SandboxFuel, over("fuel", limit, "instructions", "fuel")),
        RunError::ResultTooLarge { limit, size } => (
            ErrorCode::SandboxResultTooLarge,
            format!("the result has {size} bytes, the limit is {limit} (`limits.resultBytes`)"),
        ),
        RunError::ArgumentsTooLarge { limit, size } => (
            ErrorCode::SandboxArgumentsTooLarge,
            format!("the arguments have {size} bytes, the limit is {limit} (`limits.argsBytes`)"),
        ),
        RunError::ResultInvalid { .. } => (ErrorCode::SandboxResultInvalid, error.to_string()),
        RunError::Depth { limit: Some(limit) } => {
            (ErrorCode::SandboxDepth, over("depth of tools", limit, "levels", "depth"))
        }
        RunError::Depth { limit: None } => {
            (ErrorCode::SandboxDepth, "functions call each other too deeply".to_owned())
        }
        RunError::HostCalls { limit } => {
            (ErrorCode::SandboxHostCalls, over("host calls", limit, "calls", "hostCalls"))
        }
        RunError::Stalled => (ErrorCode::SandboxStalled, error.to_string()),
        RunError::Cancelled => (ErrorCode::Cancelled, error.to_string()),
        RunError::Broken { .. } => (ErrorCode::Internal, error.to_string()),
    };
    let refusal = Refusal::new(code, format!("`{path}`: {message}"));
    if logs.is_empty() { refusal } else { refusal.with_details(json!({ "logs": log_values(logs) })) }
}

fn over(what: &str, limit: &dyn std::fmt::Display, unit: &str, setting: &str) -> String {
    format!("it used more {what} than the {limit} {unit} of `limits.{setting}`")
}

fn threw(
    name: &str,
    message: &str,
    code: Option<ErrorCode>,
    stack: Vec<String>,
    logs: &[LogLine],
) -> Refusal {
    // A refusal of the host that the tool did not catch keeps its code: it says more than "the tool threw".
    let code = code.unwrap_or(ErrorCode::ToolThrew);
    let place = stack.first().map_or_else(String::new, |frame| format!(" ({frame})"));
    let mut refusal = Refusal::new(code, format!("{name}: {message}{place}"))
        .with_details(json!({ "stack": stack, "logs": log_values(logs) }));
    if code == ErrorCode::ToolThrew {
        // The names of our own refusals are not a tool's to give.
        let is_ours = ErrorCode::ALL.iter().any(|known| known.name() == Some(name));
        refusal.name = Some(if is_ours { "Error" } else { name }.to_owned());
    }
    refusal
}

/// The stack in lines of TypeScript: `at total (tools/a.ts:3:7)`.
fn frames(error: &RunError, tool: &PreparedTool, mount: &Mount) -> Vec<String> {
    let RunError::Threw { frames, .. } = error else { return Vec::new() };
    frames
        .iter()
        .map(|frame| {
            let module = tool.bundle.modules.iter().find(|module| module.name == frame.module);
            let original = module.and_then(|module| module.source_map.original(frame.line, frame.column));
            let (line, column) = original.unwrap_or((frame.line, frame.column));
            let seen = frame.module.parse().ok().and_then(|path| mount.show(&path));
            let path = seen.map_or_else(|| frame.module.clone(), |path| path.to_string());
            format!("at {} ({path}:{line}:{column})", frame.function)
        })
        .collect()
}

fn log_values(logs: &[LogLine]) -> Vec<serde_json::Value> {
    logs.iter().map(|line| json!({ "level": line.level, "text": line.text })).collect()
}
