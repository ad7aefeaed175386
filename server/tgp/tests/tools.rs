//! `tgp tool`: list, show, check, find; and a person's edits that are not committed.

use expect_test::expect;
use serde_json::json;

use crate::place::Place;

const FIB: &str = "\
/** Number at place `n` of the Fibonacci sequence. */
export default function fib({ n }: { n: number }): number {
  return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });
}
";

fn with_fib() -> Place {
    let place = Place::project();
    place.forge("tools/math/fib.ts", FIB);
    place
}

#[test]
fn list_and_show_say_what_a_tool_does() {
    let place = with_fib();
    place.tgp(&["tool", "run", "tools/math/fib.ts", "n=10"]).done();
    expect![[r#"
        tool               runs    what it does
        tools/math/fib.ts     1    Number at place `n` of the Fibonacci sequence.
    "#]]
    .assert_eq(&place.tgp(&["tool", "list"]).done().stdout);
    expect![[r#"
        tools/math/fib.ts
        Number at place `n` of the Fibonacci sequence.
        valid, ran 1 time

        argument  type      meaning
        n         number

        /** Number at place `n` of the Fibonacci sequence. */
        export default function fib({ n }: { n: number }): number {
          return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });
        }
    "#]]
    .assert_eq(&place.tgp(&["tool", "show", "tools/math/fib.ts"]).done().stdout);
    let listed = place.json(&["tool", "list"]);
    let wanted = json!([{
        "path": "tools/math/fib.ts",
        "description": "Number at place `n` of the Fibonacci sequence.",
        "valid": true,
        "runs": 1,
        "edited": false,
    }]);
    assert_eq!(listed["tools"], wanted);
}

#[test]
fn an_empty_library_is_said() {
    let place = Place::project();
    assert_eq!(place.tgp(&["tool", "list"]).done().stdout, "The library holds no tool yet.\n");
}

#[test]
fn find_ranks_and_advises() {
    let place = with_fib();
    let said = place.tgp(&["tool", "find", "fibonacci", "sequence"]).done();
    assert!(said.stdout.contains("tools/math/fib.ts"), "{}", said.stdout);
    let none = place.tgp(&["tool", "find", "weather"]).done();
    assert!(none.stdout.contains("forge a new tool"), "{}", none.stdout);
}

#[test]
fn a_person_s_edit_is_what_is_checked_and_not_what_runs() {
    let place = with_fib();
    place.write(".tgp/tools/math/fib.ts", &FIB.replace("n < 2 ? n", "n < 2 ? process.pid"));
    let said = place.tgp(&["tool", "check", "tools/math/fib.ts"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stdout.contains("Global 'process' is forbidden"), "{}", said.stdout);
    place.tgp(&["tool", "check", "--committed", "tools/math/fib.ts"]).done();
    assert_eq!(place.json(&["tool", "run", "tools/math/fib.ts", "n=10"])["result"], 55);
    assert_eq!(place.json(&["tool", "show", "tools/math/fib.ts"])["edited"], true);
}

#[test]
fn an_edit_of_an_imported_tool_is_checked_with_the_tool() {
    let place = with_fib();
    let user = "import fib from './math/fib';\n\n/** Sum of two. */\nexport default ({ n }: { n: number }): number => fib({ n }) + fib({ n });\n";
    place.forge("tools/user.ts", user);
    place.tgp(&["tool", "check", "tools/user.ts"]).done();
    place.write(".tgp/tools/math/fib.ts", "export default ({ n }: { n: number }) => ;\n");
    let said = place.tgp(&["tool", "check", "tools/user.ts"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(said.stdout.contains("tools/math/fib.ts:1:"), "{}", said.stdout);
}

#[test]
fn a_new_file_in_the_library_s_folder_is_checked_before_it_is_committed() {
    let place = Place::project();
    place.write(".tgp/tools/draft.ts", FIB);
    place.tgp(&["tool", "check", ".tgp/tools/draft.ts"]).done();
    let said = place.tgp(&["tool", "run", "tools/draft.ts", "n=1"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("tool.not_found"), "{}", said.stderr);
}

#[test]
fn a_tool_that_is_not_there_is_said() {
    let place = with_fib();
    for command in ["show", "check", "run"] {
        let said = place.tgp(&["tool", command, "tools/none.ts"]);
        assert_eq!(said.code, Some(1), "{command}");
        assert!(
            said.stderr.contains("error: there is no tool `tools/none.ts` (tool.not_found)"),
            "{}",
            said.stderr
        );
    }
    let said = place.tgp(&["tool", "show", "../x.ts"]);
    assert!(said.stderr.contains("path.escape"), "{}", said.stderr);
}

#[test]
fn the_same_seed_gives_the_same_result() {
    let place = Place::project();
    place.forge(
        "tools/dice.ts",
        "/** Throws. */\nexport default ({ sides }: { sides: number }): number => Math.random() * sides;\n",
    );
    let throw = |seed: &str| {
        place.json(&["tool", "run", "tools/dice.ts", "sides=6", "--seed", seed])["result"].clone()
    };
    assert_eq!(throw("1"), throw("1"));
    assert_ne!(throw("1"), throw("2"));
}

#[test]
fn doctor_says_what_is_wrong_and_what_to_do() {
    let place = Place::with_database();
    let said = place.json(&["doctor"]);
    assert_eq!(said["healthy"], true, "{said:#}");
    let names: Vec<&str> =
        said["checks"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "engine",
            "trust",
            "configuration",
            "library",
            "branches",
            "state",
            "database",
            "remote",
            "types",
            "repository",
            "hosts"
        ]
    );
    place.write("app.db", &"no database".repeat(1_000));
    let said = place.tgp(&["doctor"]);
    assert_eq!(said.code, Some(1));
    let lines: Vec<&str> = said.stdout.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("fail  database")).expect("it failed");
    assert!(lines[at + 1].trim_start().starts_with("hint: "), "{}", said.stdout);
    assert!(said.stdout.ends_with("One check failed.\n"), "{}", said.stdout);
    let place = Place::with_config("databse: 1");
    let said = place.tgp(&["doctor"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stdout.contains("fail  configuration") && said.stdout.contains("tgp.config.ts:4:"),
        "{}",
        said.stdout
    );
}

#[test]
fn the_demo_keeps_its_promises() {
    let place = Place::empty();
    let said = place.tgp(&["demo"]).done();
    for part in ["500", "2|Grace|2026-06-11", "ERR_ISOLATE_TIMEOUT", "reuse", "actions"] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert!(place.files().is_empty(), "nothing is left");
    let played = place.json(&["demo"]);
    assert!(played["steps"].as_array().unwrap().len() > 10);
}
