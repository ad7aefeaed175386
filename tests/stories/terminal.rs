//! The terminal: the same commands for a person, with `--json` and exit codes.

use serde_json::{Value, json};
use tgp_tests::Project;

use crate::sources::{FIB, FREEZE, HELLO};

fn project_with_fib() -> Project {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    session.write("tools/freeze.ts", FREEZE);
    session.stop();
    project
}

#[test]
fn tool_list_show_check_find_and_run() {
    let project = project_with_fib();
    let listed = project.json(&["tool", "list"]);
    let paths: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["tools/freeze.ts", "tools/math/fib.ts"]);
    let shown = project.json(&["tool", "show", "tools/math/fib.ts"]);
    assert_eq!(shown["source"], FIB);
    assert_eq!(shown["valid"], true);
    let checked = project.json(&["tool", "check", "tools/math/fib.ts"]);
    assert_eq!(checked["valid"], true);
    let found = project.json(&["tool", "find", "fibonacci"]);
    assert_eq!(found["tools"][0]["path"], "tools/math/fib.ts");
    let ran = project.json(&["tool", "run", "tools/math/fib.ts", "n=10"]);
    assert_eq!(ran["result"], json!(55), "{ran:#}");
    let plain = project.tgp(&["tool", "run", "tools/math/fib.ts", "n=10"]);
    plain.succeeded();
    assert!(plain.stdout.contains("55"), "{}", plain.stdout);
}

#[test]
fn a_failing_tool_gives_an_exit_code_and_the_refusal_as_json() {
    let project = project_with_fib();
    let said = project.tgp(&["tool", "run", "tools/freeze.ts", "--json"]);
    assert!(said.code.is_some_and(|code| code != 0), "{said:?}");
    let refusal = &said.json()["error"];
    assert_eq!(
        (&refusal["code"], &refusal["name"]),
        (&json!("sandbox.timeout"), &json!("ERR_ISOLATE_TIMEOUT"))
    );
    let said = project.tgp(&["tool", "run", "tools/freeze.ts"]);
    assert!(said.code.is_some_and(|code| code != 0));
    assert!(said.stderr.contains("limits.cpuMs"), "the hint is there: {}", said.stderr);
    assert!(!said.both().contains('\u{1b}'), "no colours where nobody looks");
}

#[test]
fn a_tool_that_is_not_valid_fails_the_check() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/broken.ts", "export default () => { const x = ; };\n");
    session.stop();
    let said = project.tgp(&["tool", "check", "tools/broken.ts"]);
    assert!(said.code.is_some_and(|code| code != 0));
    assert!(said.both().contains("tools/broken.ts:1:"), "{}", said.both());
}

#[test]
fn sql_prints_rows_and_refuses_what_agents_may_not() {
    let project = Project::with_database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users (name) VALUES ('Ada');",
    );
    let said = project.tgp(&["sql", "SELECT id, name FROM users"]);
    said.succeeded();
    assert!(said.stdout.contains("name") && said.stdout.contains("Ada"), "{}", said.stdout);
    let rows = project.json(&["sql", "SELECT id, name FROM users"]);
    assert_eq!(rows["rows"], json!([[1, "Ada"]]));
    let refused = project.tgp(&["sql", "ATTACH 'x.db' AS x"]);
    assert!(refused.code.is_some_and(|code| code != 0));
    assert!(refused.both().contains("sql.forbidden"), "{}", refused.both());
}

#[test]
fn log_shows_actions_with_the_newest_last() {
    let project = project_with_fib();
    project.tgp(&["tool", "run", "tools/math/fib.ts", "n=10"]).succeeded();
    let log = project.json(&["log"]);
    let actions = log["actions"].as_array().unwrap();
    let last = actions.iter().rfind(|action| action["type"] == "tool_run").expect("the run is there");
    assert!(last.to_string().contains("tools/math/fib.ts"), "{last:#}");
    assert_eq!(last["status"], "executed");
    assert!(actions.windows(2).all(|pair| pair[0]["id"].as_str() <= pair[1]["id"].as_str()), "{log:#}");
    let plain = project.tgp(&["log"]);
    plain.succeeded();
    assert!(plain.stdout.contains("tools/math/fib.ts"), "{}", plain.stdout);
}

#[test]
fn doctor_finds_a_healthy_project_healthy_and_names_what_is_not() {
    let project = project_with_fib();
    let said = project.json(&["doctor"]);
    assert_eq!(said["healthy"], true, "{said:#}");
    project.configure("database: 'sqlite:broken.db',");
    project.write("broken.db", vec![7u8; 4096]);
    let said = project.tgp(&["doctor", "--json"]);
    assert!(said.code.is_some_and(|code| code != 0));
    let report = said.json();
    assert_eq!(report["healthy"], false);
    let failed: Vec<&Value> =
        report["checks"].as_array().unwrap().iter().filter(|check| check["health"] == "fail").collect();
    assert!(failed.iter().any(|check| check.to_string().contains("database")), "{report:#}");
}

#[test]
fn help_names_every_command_and_an_unknown_one_is_a_usage_error() {
    let project = Project::untouched();
    let help = project.tgp(&["--help"]);
    help.succeeded();
    for command in ["init", "mcp", "tool", "sql", "sync", "log", "doctor", "demo"] {
        assert!(help.stdout.contains(command), "{command}: {}", help.stdout);
    }
    let unknown = project.tgp(&["frobnicate"]);
    assert_eq!(unknown.code, Some(2));
    assert_eq!(project.tgp(&["--version"]).succeeded().stdout.lines().count(), 1);
}

#[test]
fn a_person_s_uncommitted_edit_is_said_in_the_list() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    session.stop();
    project.write(".tgp/tools/hello.ts", HELLO.replace("Hello", "Goodbye"));
    let listed = project.json(&["tool", "list"]);
    assert_eq!(listed["tools"][0]["edited"], true, "{listed:#}");
}

#[test]
fn a_secret_in_the_remote_s_url_is_never_printed() {
    let project = Project::untouched();
    let said = project.tgp(&["init", "--remote", "https://user:s3cret@127.0.0.1:9/org/tools.git"]);
    assert!(!said.both().contains("s3cret"), "{}", said.both());
    if said.code == Some(0) {
        let synced = project.tgp(&["sync"]);
        assert!(!synced.both().contains("s3cret"), "{}", synced.both());
        for file in tgp_tests::project::walk(&project.root()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            assert!(!bytes.windows(6).any(|window| window == b"s3cret"), "{}", file.display());
        }
    }
}

#[test]
fn the_binary_s_own_demo_plays() {
    let project = Project::untouched();
    let said = project.tgp(&["demo"]);
    said.succeeded();
    assert!(said.stdout.contains("55") || said.stdout.to_lowercase().contains("tool"), "{}", said.stdout);
}
