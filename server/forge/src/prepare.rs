//! What is made once for all projects of a user: the compiled engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tgp_sandbox::{GuestModule, OpenSandboxError, Sandbox, StdLibrary};

/// Environment variable that names another cache folder.
const CACHE_VARIABLE: &str = "TGP_CACHE_DIR";

/// The user's cache folder, by the rules of the system (`XDG_CACHE_HOME`, `LOCALAPPDATA`, home).
pub fn cache_folder(environment: &BTreeMap<String, String>) -> PathBuf {
    let named = |name: &str| environment.get(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    named(CACHE_VARIABLE)
        .or_else(|| named("XDG_CACHE_HOME").map(|folder| folder.join("tgp")))
        .or_else(|| named("LOCALAPPDATA").map(|folder| folder.join("tgp")))
        .or_else(|| named("HOME").map(|folder| folder.join(".cache/tgp")))
        .unwrap_or_else(|| std::env::temp_dir().join("tgp-cache"))
}

/// Opens the sandbox; the first time it compiles the engine, which takes seconds, and says so.
pub fn open_sandbox(cache: &Path, progress: &mut dyn FnMut(&str)) -> Result<Sandbox, OpenSandboxError> {
    Sandbox::open(cache, &Std, progress)
}

/// The declarations of what a tool finds in the sandbox, for editors.
pub fn tool_types() -> &'static str {
    tgp_compiler::tgp_d_ts()
}

/// The standard library of tools, by module name, in TypeScript, for editors.
pub fn std_sources() -> &'static [(&'static str, &'static str)] {
    tgp_wasm_guest::STD_SOURCES
}

/// Whether the first time is over.
pub fn is_prepared(cache: &Path) -> bool {
    Sandbox::is_prepared(cache, &Std)
}

/// `@tgp/std`: named by its TypeScript, made into JavaScript only when the engine is prepared.
struct Std;

impl StdLibrary for Std {
    fn key(&self) -> String {
        // The code also depends on the compiler; a new one comes with a new version of tgp.
        let mut hasher = Sha256::new();
        hasher.update(env!("CARGO_PKG_VERSION"));
        for part in tgp_wasm_guest::STD_SOURCES.iter().flat_map(|(name, source)| [name, source]) {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part);
        }
        hex::encode(hasher.finalize())
    }

    /// A mistake in a module is found by its tests, and here by a module that is missing.
    fn modules(&self) -> Vec<GuestModule> {
        tgp_wasm_guest::STD_SOURCES
            .iter()
            .filter_map(|(name, source)| {
                let module = tgp_compiler::strip_types(name, source).ok()?;
                Some(GuestModule { name: module.name, code: module.code })
            })
            .collect()
    }
}
