//! Guards of the architecture: who may know whom, and who owns which heavy library. A new arrow is a change to a table
//! here, with its reason in the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use tgp_tests::{Finished, places};

/// Which crate of ours may depend on which.
const ARROWS: &[(&str, &[&str])] = &[
    // What the terminal shows is a part of its door, which was too large for one crate.
    ("tgp", &["tgp-engine", "tgp-mcp", "tgp-lsp", "tgp-setup", "tgp-screen", "tgp-model", "tgp-protocol"]),
    ("tgp-screen", &["tgp-model", "tgp-protocol"]),
    ("tgp-setup", &["tgp-engine", "tgp-model", "tgp-protocol"]),
    ("tgp-mcp", &["tgp-engine", "tgp-model", "tgp-protocol"]),
    ("tgp-lsp", &["tgp-engine", "tgp-model", "tgp-protocol"]),
    (
        "tgp-engine",
        &[
            "tgp-model",
            "tgp-protocol",
            "tgp-gate",
            "tgp-forge",
            "tgp-undo",
            "tgp-task",
            "tgp-review",
            "tgp-branches",
            "tgp-sequence",
            "tgp-library",
            "tgp-authoring",
            "tgp-effects",
            "tgp-project",
            "tgp-policy",
            "tgp-compiler",
            "tgp-sandbox",
            "tgp-repo",
            "tgp-lock",
            "tgp-files",
            "tgp-database",
            "tgp-backup",
            "tgp-network",
            "tgp-store",
            "tgp-trust",
            "tgp-command",
        ],
    ),
    // What of a project is in force here, and its rooms opened as the settings say: a part of the hall.
    (
        "tgp-project",
        &[
            "tgp-model",
            "tgp-protocol",
            "tgp-gate",
            "tgp-forge",
            "tgp-policy",
            "tgp-sandbox",
            "tgp-repo",
            "tgp-lock",
            "tgp-files",
            "tgp-database",
            "tgp-network",
            "tgp-store",
            "tgp-trust",
            "tgp-command",
        ],
    ),
    // The hall has five parts (decision 0016): the gate knows the judge and the store, the forge knows the compiler,
    // the sandbox and the programs it asks, undo knows what can be taken back; only the engine knows all of them.
    ("tgp-gate", &["tgp-model", "tgp-protocol", "tgp-policy", "tgp-store"]),
    (
        "tgp-forge",
        &[
            "tgp-model",
            "tgp-protocol",
            "tgp-capability",
            "tgp-compiler",
            "tgp-sandbox",
            "tgp-wasm-guest",
            "tgp-command",
        ],
    ),
    (
        "tgp-undo",
        &[
            "tgp-model",
            "tgp-protocol",
            "tgp-gate",
            "tgp-repo",
            "tgp-files",
            "tgp-database",
            "tgp-store",
            "tgp-lock",
            "tgp-branches",
            "tgp-task",
        ],
    ),
    // The tool library as agents see it, and what tools declare to do to the world: the engine lends them what they need.
    (
        "tgp-library",
        &[
            "tgp-model",
            "tgp-protocol",
            "tgp-authoring",
            "tgp-compiler",
            "tgp-files",
            "tgp-forge",
            "tgp-policy",
            "tgp-repo",
            "tgp-store",
            "tgp-undo",
        ],
    ),
    // What an editor tells authors is pure: texts in, words out; the library lends it tools as they stand.
    ("tgp-authoring", &["tgp-model", "tgp-compiler", "tgp-outline", "tgp-policy"]),
    ("tgp-effects", &["tgp-protocol", "tgp-policy", "tgp-gate", "tgp-forge", "tgp-store"]),
    // An agent's work on branches of the user's repository; the engine lends it what it needs.
    (
        "tgp-task",
        &["tgp-model", "tgp-protocol", "tgp-policy", "tgp-gate", "tgp-branches", "tgp-outline", "tgp-store"],
    ),
    // What persons decide over branches, and snapshots, which are of files and of the database at once.
    (
        "tgp-review",
        &[
            "tgp-model",
            "tgp-protocol",
            "tgp-policy",
            "tgp-gate",
            "tgp-undo",
            "tgp-task",
            "tgp-repo",
            "tgp-branches",
            "tgp-snapshots",
            "tgp-git",
            "tgp-patch",
            "tgp-outline",
            "tgp-backup",
            "tgp-lock",
            "tgp-store",
        ],
    ),
    // A sequence knows commands by name and the judge's file format; the engine does its steps.
    ("tgp-sequence", &["tgp-protocol", "tgp-policy"]),
    // The judge and its parts: what is judged, globs, tokens. Each is pure.
    ("tgp-policy", &["tgp-model", "tgp-capability", "tgp-pattern", "tgp-token"]),
    ("tgp-token", &["tgp-model", "tgp-capability", "tgp-pattern"]),
    ("tgp-capability", &["tgp-model"]),
    ("tgp-pattern", &[]),
    ("tgp-compiler", &["tgp-model", "tgp-standards"]),
    ("tgp-standards", &["tgp-model"]),
    ("tgp-sandbox", &["tgp-model", "tgp-protocol", "tgp-wasm-guest"]),
    // The library's gate and Git's lock files are a part of `repo`; the lock a process holds while it lives is the
    // engine's, which names it in its intents.
    ("tgp-repo", &["tgp-model", "tgp-remote", "tgp-lock", "tgp-objects"]),
    // The objects of Git are a part of `repo`, which was too large for one crate.
    ("tgp-objects", &["tgp-model", "tgp-lock"]),
    // The user's own repository, in rooms of its own: `git` is the part `branches` and `snapshots` share (opening, refs,
    // trees, what is uncommitted), `patch` is text that changes.
    ("tgp-branches", &["tgp-model", "tgp-git", "tgp-objects", "tgp-patch"]),
    ("tgp-snapshots", &["tgp-model", "tgp-git", "tgp-objects"]),
    ("tgp-git", &["tgp-model", "tgp-objects", "tgp-lock"]),
    ("tgp-patch", &[]),
    ("tgp-outline", &[]),
    ("tgp-lock", &["tgp-model"]),
    ("tgp-remote", &["tgp-model"]),
    ("tgp-files", &["tgp-model"]),
    // What a transaction changed is a part of the database, which was too large for one crate.
    ("tgp-database", &["tgp-model", "tgp-changeset"]),
    ("tgp-changeset", &["tgp-model"]),
    ("tgp-backup", &[]),
    ("tgp-network", &["tgp-model"]),
    ("tgp-command", &["tgp-model"]),
    // Parts of the store: the audit chain knows rows and hashes and nothing of what they say, consent knows
    // questions and tokens, the search knows words, work knows agents' branches and notes.
    ("tgp-store", &["tgp-model", "tgp-audit", "tgp-consent", "tgp-search", "tgp-work"]),
    ("tgp-consent", &["tgp-model"]),
    ("tgp-work", &["tgp-model"]),
    ("tgp-audit", &[]),
    ("tgp-search", &["tgp-model"]),
    ("tgp-trust", &["tgp-model"]),
    ("tgp-model", &[]),
    ("tgp-protocol", &[]),
    ("tgp-wasm-guest", &[]),
    ("tgp-tests", &[]),
    ("tgp-std-tests", &[]),
    ("xtask", &[]),
    // The judge, the gate and the store are measured without doors and sandbox.
    ("tgp-judge-bench", &["tgp-model", "tgp-policy", "tgp-gate", "tgp-store"]),
    // The benchmarks measure the sandbox in process, beside the built binary.
    (
        "tgp-conformance",
        &["tgp-tests", "tgp-compiler", "tgp-sandbox", "tgp-wasm-guest", "tgp-model", "tgp-protocol"],
    ),
];

/// Arrows that only tests of a crate may use.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    ("tgp-tests", &["tgp-protocol"]),
    ("tgp-std-tests", &["tgp-compiler", "tgp-model", "tgp-protocol", "tgp-sandbox", "tgp-wasm-guest"]),
    // The compiler's output and the standard library of tools are tried in the real sandbox.
    ("tgp-sandbox", &["tgp-compiler"]),
    ("tgp-wasm-guest", &["tgp-compiler", "tgp-sandbox", "tgp-model", "tgp-protocol"]),
    ("tgp-compiler", &["tgp-wasm-guest"]),
];

/// Heavy libraries and the crates that own them; tests may use them as well.
const OWNERS: &[(&str, &[&str])] = &[
    ("wasmtime", &["tgp-sandbox"]),
    ("oxc", &["tgp-compiler", "tgp-standards"]),
    ("gix", &["tgp-repo", "tgp-objects", "tgp-git", "tgp-branches", "tgp-snapshots"]),
    (
        "rusqlite",
        &[
            "tgp-database",
            "tgp-changeset",
            "tgp-backup",
            "tgp-store",
            "tgp-audit",
            "tgp-consent",
            "tgp-work",
            "tgp-search",
            "tgp-tests",
            "tgp-conformance",
            "tgp-judge-bench",
        ],
    ),
    ("rmcp", &["tgp-mcp"]),
    ("tower-lsp-server", &["tgp-lsp"]),
    ("tokio", &["tgp", "tgp-mcp", "tgp-lsp"]),
    ("ureq", &["tgp-network"]),
    ("reqwest", &["tgp-network"]),
    ("hyper", &["tgp-network"]),
    ("rustls", &["tgp-network"]),
    ("anyhow", &["tgp"]),
    ("clap", &["tgp"]),
    ("tree-sitter", &["tgp-compiler", "tgp-command", "tgp-outline"]),
];

struct Crate {
    name: String,
    manifest: String,
    normal: BTreeSet<String>,
    tests: BTreeSet<String>,
}

fn crates() -> Vec<Crate> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(places::repository()).args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]);
    let metadata = Finished::run(&mut command).succeeded().json();
    let names = |package: &Value, tests: bool| -> BTreeSet<String> {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let of_kind = dependencies.filter(|dependency| (dependency["kind"] == "dev") == tests);
        of_kind.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
    };
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| Crate {
            name: package["name"].as_str().unwrap().to_owned(),
            manifest: package["manifest_path"].as_str().unwrap().to_owned(),
            normal: names(package, false),
            tests: names(package, true),
        })
        .collect()
}

fn allowed<'a>(table: &[(&str, &[&'a str])], name: &str) -> BTreeSet<&'a str> {
    table.iter().filter(|(from, _)| *from == name).flat_map(|(_, to)| to.iter().copied()).collect()
}

#[test]
fn arrows_between_crates_are_those_of_the_table() {
    let all = crates();
    let ours: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let mut wrong = Vec::new();
    for one in &all {
        assert!(ARROWS.iter().any(|(name, _)| *name == one.name), "`{}` is not in the table", one.name);
        let normal = allowed(ARROWS, &one.name);
        let mut tests = allowed(TEST_ARROWS, &one.name);
        tests.extend(&normal);
        let over = |found: &BTreeSet<String>, may: &BTreeSet<&str>| -> Vec<String> {
            found
                .iter()
                .filter(|to| ours.contains(to.as_str()) && !may.contains(to.as_str()))
                .cloned()
                .collect()
        };
        wrong.extend(over(&one.normal, &normal).into_iter().map(|to| format!("{} -> {to}", one.name)));
        wrong.extend(over(&one.tests, &tests).into_iter().map(|to| format!("{} -> {to} (tests)", one.name)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn rooms_do_not_know_each_other() {
    let rooms = [
        "tgp-policy",
        "tgp-compiler",
        "tgp-sandbox",
        "tgp-repo",
        "tgp-branches",
        "tgp-snapshots",
        "tgp-outline",
        "tgp-database",
        "tgp-network",
        "tgp-command",
        "tgp-store",
    ];
    for one in crates().iter().filter(|one| rooms.contains(&one.name.as_str())) {
        let known: Vec<&String> = one.normal.iter().filter(|to| rooms.contains(&to.as_str())).collect();
        assert!(known.is_empty(), "{} knows {known:?}", one.name);
    }
}

#[test]
fn heavy_libraries_are_used_by_their_owners_only() {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in crates() {
        for library in &one.normal {
            // `oxc_parser` and `gix-pack` belong to the owner of `oxc` and `gix`.
            for (name, owners) in OWNERS {
                let same = library == name
                    || library.strip_prefix(name).is_some_and(|rest| rest.starts_with(['_', '-']));
                if same && !owners.contains(&one.name.as_str()) {
                    users.entry(library.clone()).or_default().push(one.name.clone());
                }
            }
        }
    }
    assert_eq!(users, BTreeMap::new());
}

#[test]
fn every_crate_takes_the_workspace_s_lints_and_licence() {
    for one in crates() {
        let manifest = std::fs::read_to_string(&one.manifest).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", one.name);
        assert!(manifest.contains("license.workspace = true"), "{}", one.name);
    }
}
