//! Types of a tool, checked by the project's own TypeScript 7 (the native compiler), where it is installed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tgp_command::{
    Program, ProgramOutput, Scratch, native_compiler, run, typescript_finding, typescript_settings,
};
use tgp_compiler::ReadSource;
use tgp_model::mount::TOOLS;
use tgp_model::{CancelToken, Diagnostic, RepoPath};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::forge::Forge;

/// The native compiler takes well under a second; a project that pulls in large types takes longer.
const TIME: Duration = Duration::from_secs(20);
/// Output beyond this is not read: nobody mends a thousand errors at once.
const OUTPUT: usize = 256 << 10;

/// What a check of types gave.
pub enum TypeCheck {
    /// It ran; these are its findings.
    Checked(Vec<Diagnostic>),
    /// It could not run.
    NotChecked {
        /// Why, for the answer; said once a process.
        why: String,
    },
}

/// A tool whose types are checked, and where everything it needs lies.
pub struct TypedTool<'a> {
    /// Folder of the project, which holds `node_modules`.
    pub root: &'a Path,
    /// Folder of tgp's state, for scratch files.
    pub state: &'a Path,
    /// Path in the library.
    pub stored: &'a RepoPath,
    /// Its text, committed or not.
    pub source: &'a str,
    /// Canonical names of what it imports.
    pub imports: &'a [String],
    /// Where the imported tools are read.
    pub files: &'a dyn ReadSource,
}

/// Whether the agent was told already that types are not checked.
#[derive(Default)]
pub(crate) struct ToldOnce(AtomicBool);

impl Forge {
    /// Checks the types of a tool and of everything it imports from the library, in a scratch folder below `state`.
    pub fn check_types(&self, tool: &TypedTool<'_>, cancel: &CancelToken) -> Result<TypeCheck, Refusal> {
        let Some(program) = native_compiler(tool.root) else {
            if self.told_types.0.swap(true, Ordering::Relaxed) {
                return Ok(TypeCheck::Checked(Vec::new()));
            }
            let why = "types were not checked: no TypeScript 7 in the project's node_modules".to_owned();
            return Ok(TypeCheck::NotChecked { why });
        };
        let scratch = Scratch::inside(&tool.state.join("scratch")).map_err(|error| failed(&error))?;
        lay_out(&scratch, tool).map_err(|error| failed(&error))?;
        let arguments = ["--project", "tsconfig.json", "--pretty", "false"].map(OsString::from);
        let environment = [(OsString::from("NO_COLOR"), OsString::from("1"))];
        let output = run(
            &Program {
                path: &program,
                arguments: &arguments,
                folder: scratch.path(),
                environment: &environment,
                time_limit: TIME,
                output_limit: OUTPUT,
            },
            cancel,
        );
        Ok(output.map_or_else(
            |error| TypeCheck::NotChecked { why: format!("types were not checked: {error}") },
            |output| found(&output, tool.stored, tool.source),
        ))
    }
}

/// The findings in what the compiler printed. An end without findings that is no success is no check.
fn found(output: &ProgramOutput, stored: &RepoPath, source: &str) -> TypeCheck {
    let text = String::from_utf8_lossy(&output.stdout);
    let findings: Vec<Diagnostic> =
        text.lines().filter_map(|line| typescript_finding(line, stored, source)).collect();
    if findings.is_empty() && output.code != Some(0) {
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = text
            .lines()
            .chain(errors.lines())
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing");
        return TypeCheck::NotChecked { why: format!("types were not checked: TypeScript failed: {said}") };
    }
    TypeCheck::Checked(findings)
}

/// Puts the tool, the tools it imports, the declarations and a link to the packages into a folder.
fn lay_out(scratch: &Scratch, tool: &TypedTool<'_>) -> io::Result<()> {
    scratch.put("tgp.d.ts", tgp_compiler::tgp_d_ts())?;
    scratch.put("tsconfig.json", &typescript_settings(tool.stored))?;
    for (name, text) in tgp_wasm_guest::STD_SOURCES {
        scratch.put(&format!("{}.ts", name.trim_start_matches('@')), text)?;
    }
    let imported: BTreeSet<&str> =
        tool.imports.iter().map(String::as_str).filter(|name| name.starts_with(TOOLS)).collect();
    for path in imported {
        scratch.put(path, &tool.files.tool(path).unwrap_or_default())?;
    }
    scratch.put(tool.stored.as_str(), tool.source)?;
    // Without packages the check says itself that it does not know them.
    let _ = scratch.link(&tool.root.join("node_modules"), "node_modules");
    Ok(())
}

fn failed(error: &io::Error) -> Refusal {
    Refusal::new(ErrorCode::FileIo, format!("the types could not be checked: {error}"))
}
