//! Guards of the tree: sizes, first lines, names, and what may stand in a file at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tgp_tests::places;
use tgp_tests::remote::git;
use tgp_tests::walk;

/// What a visitor sees in the repository.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "conformance",
    "docs",
    "editors",
    "protocol",
    "server",
    "tests",
    "wasm-guest",
];

/// Longest file without its tests, in lines.
const FILE: usize = 400;
/// Longest `lib.rs` and `main.rs`.
const ENTRANCE: usize = 100;
/// Largest crate without its tests.
const CRATE: usize = 4_000;

/// All files Git knows, as paths below the root.
fn tracked() -> Vec<String> {
    let listed = git(&places::repository(), &["ls-files", "--cached", "--others", "--exclude-standard"]);
    listed
        .succeeded()
        .stdout
        .lines()
        .map(str::to_owned)
        .filter(|path| places::repository().join(path).is_file())
        .collect()
}

fn text(path: &str) -> Option<String> {
    fs::read(places::repository().join(path)).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

fn rust() -> Vec<(String, String)> {
    let files = tracked().into_iter().filter(|path| has_extension(path, "rs"));
    files.filter_map(|path| text(&path).map(|text| (path, text))).collect()
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Whether a file holds tests only.
fn is_test(path: &str) -> bool {
    path.starts_with("tests/stories/") || path.contains("/tests/") || path.ends_with("tests.rs")
}

/// Lines before the file's own tests.
fn length(text: &str) -> usize {
    text.split("#[cfg(test)]").next().unwrap_or("").lines().count()
}

#[test]
fn the_top_of_the_repository_is_the_list_of_the_architecture() {
    let seen: BTreeSet<String> = tracked()
        .iter()
        .filter_map(|path| path.split('/').next().map(str::to_owned))
        .filter(|name| !name.starts_with('.'))
        .collect();
    let unknown: Vec<&String> = seen.iter().filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "not on the list: {unknown:?}");
}

#[test]
fn every_rust_file_says_first_what_it_is_for() {
    let silent: Vec<String> =
        rust().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn no_file_is_a_drawer() {
    let mut long = Vec::new();
    for (path, text) in rust() {
        let stop = match path.rsplit('/').next() {
            Some("lib.rs" | "main.rs") if !is_test(&path) => ENTRANCE,
            _ if is_test(&path) => continue,
            _ => FILE,
        };
        let lines = length(&text);
        if lines > stop {
            long.push(format!("{path}: {lines} lines, the stop is {stop}"));
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn no_crate_outgrows_its_stop() {
    let crates: BTreeSet<PathBuf> = tracked()
        .iter()
        .filter(|path| path.ends_with("/Cargo.toml"))
        .map(|path| Path::new(path).parent().unwrap().to_path_buf())
        .collect();
    let mut large = Vec::new();
    for folder in crates {
        let source = folder.join("src");
        let lines: usize = rust()
            .iter()
            .filter(|(path, _)| Path::new(path).starts_with(&source) && !is_test(path))
            .map(|(_, text)| length(text))
            .sum();
        if lines > CRATE {
            large.push(format!("{}: {lines} lines", folder.display()));
        }
    }
    assert_eq!(large, Vec::<String>::new());
}

#[test]
fn modules_are_named_files() {
    let old: Vec<String> = tracked().into_iter().filter(|path| path.ends_with("/mod.rs")).collect();
    assert_eq!(old, Vec::<String>::new());
}

#[test]
fn nobody_is_a_manager_a_helper_or_a_drawer_of_utilities() {
    let mut found = Vec::new();
    for (path, text) in rust() {
        let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        if ["utils", "util", "helpers", "helper", "common", "misc"].contains(&name) {
            found.push(path.clone());
        }
        for word in ["Manager", "Helper", "Service"] {
            let declared = [format!("struct {word}"), format!("{word} {{"), format!("{word};")];
            if text.lines().any(|line| {
                line.trim_start().starts_with("pub struct ") && declared.iter().any(|d| line.contains(d))
            }) {
                found.push(format!("{path}: {word}"));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_test_is_left_out_sleeps_or_mocks() {
    // Written in pieces, so that this file does not find itself.
    let words = [
        concat!("#[", "ignore"),
        concat!("thread::", "sleep"),
        concat!("tokio::time::", "sleep"),
        concat!("mock", "all"),
    ];
    let mut found = Vec::new();
    for (path, text) in rust().iter().filter(|(path, _)| is_test(path)) {
        found.extend(words.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: {word}")));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_file_names_a_machine_or_a_registry_s_host() {
    // Written in pieces, so that this file does not find itself.
    let home = format!("{}/", std::env::var("HOME").expect("a person has a home"));
    let words = [
        home.as_str(),
        concat!("/work", "/"),
        concat!("registry", ".npmjs"),
        concat!("index", ".crates.io"),
        concat!("pypi", ".org"),
        concat!("pythonhosted", ".org"),
        concat!("deb", ".debian.org"),
        concat!("localhost", ":8081"),
    ];
    let mut found = Vec::new();
    // Cargo writes its own name for the public registry into the lock file; that is no host of a machine.
    for path in tracked().into_iter().filter(|path| path != "Cargo.lock") {
        let Some(text) = text(&path) else { continue };
        found.extend(
            words.iter().filter(|word| begins_somewhere(&text, word)).map(|word| format!("{path}: {word}")),
        );
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Whether a word stands in a text other than in the middle of a path (`/proc/self/root/etc` names no machine).
fn begins_somewhere(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(place, _)| !text[..place].ends_with(|before: char| before.is_alphanumeric()))
}

#[test]
fn the_lock_file_knows_one_source() {
    let lock = text("Cargo.lock").expect("Cargo.lock is committed");
    let sources: BTreeSet<&str> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in tracked().into_iter().filter(|path| has_extension(path, "md")) {
        let Some(text) = text(&path) else { continue };
        let folder = places::repository().join(&path).parent().unwrap().to_path_buf();
        for part in text.split("](").skip(1) {
            let target = part.split([')', ' ', '#']).next().unwrap_or_default();
            let is_file = !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if is_file && !folder.join(target).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn decisions_have_a_number_each() {
    let folder = places::repository().join("docs/decisions");
    let mut numbers = BTreeSet::new();
    for file in walk(&folder) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let number = name.split_once('-').map(|(number, _)| number.to_owned()).unwrap_or_default();
        assert!(number.len() == 4 && number.parse::<u32>().is_ok(), "{name} begins with no number");
        assert!(numbers.insert(number), "{name}: the number is taken");
    }
    assert!(!numbers.is_empty(), "there are decisions");
}

#[test]
fn the_architecture_page_names_every_crate() {
    let page = text("docs/architecture.md").expect("docs/architecture.md is there");
    let members = text("Cargo.toml").unwrap();
    let folders = members
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",").map(str::to_owned));
    for folder in folders {
        let name = folder.rsplit('/').next().unwrap().to_owned();
        assert!(page.contains(&name), "{folder} is not in docs/architecture.md");
    }
}
