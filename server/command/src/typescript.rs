//! The project's own TypeScript 7, the native compiler: where it is, what it is told, what it says.

use std::path::{Path, PathBuf};

use serde_json::json;
use tgp_model::{Diagnostic, RepoPath, Severity};

/// The native compiler of the project's TypeScript, when that is version 7 or newer.
pub fn native_compiler(root: &Path) -> Option<PathBuf> {
    let modules = root.join("node_modules");
    let text = std::fs::read_to_string(modules.join("typescript/package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    let major: u32 = package.get("version")?.as_str()?.split('.').next()?.parse().ok()?;
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let name = format!("tsc{}", std::env::consts::EXE_SUFFIX);
    let path = modules.join(format!("@typescript/typescript-{system}-{machine}/lib")).join(name);
    (major >= 7 && path.is_file()).then_some(path)
}

/// What the compiler is told: strict, nothing written, the tool's own world and no other.
pub fn typescript_settings(stored: &RepoPath) -> String {
    let settings = json!({
        "compilerOptions": {
            "noEmit": true,
            "strict": true,
            "target": "es2023",
            "lib": ["es2023"],
            "module": "esnext",
            "moduleResolution": "bundler",
            "moduleDetection": "force",
            "allowImportingTsExtensions": true,
            "skipLibCheck": true,
            "types": [],
            "paths": { "@tgp/std": ["./tgp/std.ts"], "@tgp/std/*": ["./tgp/std/*.ts"] },
        },
        "files": ["tgp.d.ts", stored.as_str()],
    });
    settings.to_string()
}

/// A line of its output as a finding in `source`, the text of `stored`:
/// `tools/a.ts(1,44): error TS2339: Property 'b' does not exist.`
pub fn typescript_finding(line: &str, stored: &RepoPath, source: &str) -> Option<Diagnostic> {
    let (place, rest) = line.split_once("): error ")?;
    let (path, at) = place.rsplit_once('(')?;
    let (row, column) = at.split_once(',')?;
    let (code, message) = rest.split_once(": ")?;
    let (row, column): (u32, u32) = (row.parse().ok()?, column.parse().ok()?);
    let shown =
        if path == stored.as_str() { source.lines().nth(row.saturating_sub(1) as usize) } else { None };
    Some(Diagnostic {
        code: format!("types.{code}"),
        severity: Severity::Error,
        message: message.to_owned(),
        path: path.to_owned(),
        line: row,
        column,
        end_line: row,
        end_column: column,
        frame: shown.map_or_else(String::new, |text| {
            format!("{row:>5} | {text}\n      | {}^", " ".repeat(column.saturating_sub(1) as usize))
        }),
        hint: None,
        edit: None,
    })
}
