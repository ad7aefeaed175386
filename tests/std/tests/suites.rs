//! The tests that are tools themselves: `wasm-guest/std/tests/*.test.ts`.

use std::collections::BTreeSet;

use tgp_wasm_guest::STD_SOURCES;

use crate::guest::{Sources, all_ok, run};

#[test]
fn every_test_of_the_standard_library_passes_inside_the_guest() {
    let sources = Sources::tests();
    let suites: Vec<String> = sources.0.keys().filter(|path| path.ends_with(".test.ts")).cloned().collect();
    let topics: BTreeSet<String> =
        suites.iter().map(|path| path.replace("tools/std/", "").replace(".test.ts", "")).collect();
    let modules: BTreeSet<String> = STD_SOURCES
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("@tgp/std/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(topics, modules, "each topic has its tests");
    let count: usize = suites.iter().map(|path| all_ok(path, &run(path, &sources))).sum();
    println!("{count} tests in {} suites", suites.len());
}

#[test]
fn a_test_that_fails_inside_the_guest_is_seen() {
    let mut sources = Sources::tests();
    let text = "import { equal, run } from \"./expect\";\nexport default () => run({ \"one is two\": () => equal(1, 2) });\n";
    sources.0.insert("tools/std/failing.ts".to_owned(), text.to_owned());
    let outcomes = run("tools/std/failing.ts", &sources);
    assert_eq!(outcomes[0]["ok"], false);
    assert_eq!(outcomes[0]["detail"], "Error: 1 instead of 2");
}
