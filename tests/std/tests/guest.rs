//! One sandbox for all tests, and a way to run a TypeScript tool in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tempfile::TempDir;
use tgp_compiler::{ReadSource, Settings, SourceKind};
use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostError, HostReply};
use tgp_sandbox::{Budget, GuestModule, Host, RunInput, Sandbox};
use tgp_wasm_guest::STD_SOURCES;

/// Seed and clock of all runs, so that a failure comes again.
const SEED: u64 = 20_240_601;
const NOW_MS: i64 = 1_717_243_200_000;

/// The folder of the standard library.
pub(crate) fn std_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../wasm-guest/std")
}

/// TypeScript by its path as a tool.
pub(crate) struct Sources(pub(crate) BTreeMap<String, String>);

impl Sources {
    /// The tests of the standard library, as tools of one folder.
    pub(crate) fn tests() -> Self {
        let files = std::fs::read_dir(std_folder().join("tests")).unwrap();
        let named = files.map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (format!("tools/std/{name}"), std::fs::read_to_string(file.path()).unwrap())
        });
        Self(named.collect())
    }
}

impl ReadSource for Sources {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        self.0.get(path).map(|text| Arc::from(text.as_str()))
    }

    fn package_file(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

/// The standard library asks nothing of the host.
struct Nobody;

impl Host for Nobody {
    fn call(&mut self, call: HostCall, _: &Budget) -> HostReply {
        let message = format!("the standard library asked the host for {call:?}");
        HostReply::Refused { error: HostError { code: "none".to_owned(), name: "Error".to_owned(), message } }
    }
}

fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<(Sandbox, TempDir)> = OnceLock::new();
    let (sandbox, _) = SANDBOX.get_or_init(|| {
        let cache = tempfile::tempdir().unwrap();
        let modules: Vec<GuestModule> = STD_SOURCES
            .iter()
            .map(|(name, source)| {
                let module = tgp_compiler::strip_types(name, source).unwrap();
                GuestModule { name: module.name, code: module.code }
            })
            .collect();
        (Sandbox::open(cache.path(), &modules, &mut |_| {}).unwrap(), cache)
    });
    sandbox
}

/// Runs the default export of a tool without arguments; its result.
pub(crate) fn run(entry: &str, sources: &Sources) -> Value {
    let bundle = tgp_compiler::bundle(entry, sources, &Settings::default(), SourceKind::Tool)
        .unwrap_or_else(|problem| panic!("{entry}: {problem:?}"));
    let modules: Vec<GuestModule> = bundle
        .modules
        .into_iter()
        .map(|module| GuestModule { name: module.name, code: module.code })
        .collect();
    let tool = sandbox().build(&bundle.entry, &modules, &bundle.hash).unwrap();
    // Wide enough for thousands of comparisons; a single tool has less.
    let limits = Limits { fuel: 100_000_000_000, cpu_ms: 60_000, wall_ms: 300_000, ..Limits::default() };
    let budget = Budget::new(&limits, CancelToken::new());
    let input = RunInput { args: "{}", seed: SEED, now_ms: NOW_MS, env: None };
    let outcome = sandbox().run(&tool, input, &budget, &mut Nobody);
    let result = outcome.result.unwrap_or_else(|problem| panic!("{entry}: {problem}"));
    println!("{entry}: {} fuel, {:?} in the guest", outcome.fuel, outcome.cpu);
    serde_json::from_str(&result).unwrap()
}

/// Looks at the outcomes that a suite gave: prints each, and fails naming those that are not ok.
pub(crate) fn all_ok(entry: &str, outcomes: &Value) -> usize {
    let outcomes = outcomes.as_array().unwrap_or_else(|| panic!("{entry} gave no list but {outcomes}"));
    let mut failed = Vec::new();
    for outcome in outcomes {
        let name = outcome["name"].as_str().unwrap();
        let ok = outcome["ok"] == true;
        println!("  {} {name}", if ok { "ok    " } else { "FAILED" });
        if !ok {
            failed.push(format!("{name}: {}", outcome["detail"].as_str().unwrap_or_default()));
        }
    }
    assert!(failed.is_empty(), "{entry}:\n{}", failed.join("\n"));
    assert!(!outcomes.is_empty(), "{entry} has no tests");
    outcomes.len()
}
