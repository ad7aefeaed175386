//! The seed's integration test plan, line by line: bare Git remotes, the sandbox's bridge, real `SQLite`.

use std::fs;

use serde_json::{Value, json};
use tgp_tests::{Project, Remote};

use crate::sources::{FIB, HELLO, INSERT_AND_THROW, MULTIPLIER};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);";

#[test]
fn hydration_a_tool_committed_with_git_is_there_and_readable() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = Project::with_remote(&remote.url());
    let mut session = project.session();
    assert_eq!(session.call("read_file", json!({ "path": "tools/hello.ts" })).done()["content"], HELLO);
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
    assert_eq!(project.read(".tgp/tools/hello.ts"), HELLO);
}

#[test]
fn hydration_pulls_what_a_colleague_pushed_since() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = Project::with_remote(&remote.url());
    remote.commit(&[("tools/math/fib.ts", FIB)], "a second tool");
    let mut session = project.session();
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
}

#[test]
fn hydration_works_offline_and_says_so() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = Project::with_remote(&remote.url());
    fs::rename(remote.path(), remote.path().with_extension("away")).unwrap();
    let mut session = project.session();
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.write("tools/new.ts", FIB);
    session.stop();
    let synced = project.tgp(&["sync"]);
    assert_ne!(synced.code, Some(0));
    assert!(synced.both().contains("remote.failed") || synced.both().contains("remote"), "{}", synced.both());

    fs::rename(remote.path().with_extension("away"), remote.path()).unwrap();
    project.tgp(&["sync"]).succeeded();
    assert_eq!(remote.file("main", "tools/new.ts").as_deref(), Some(FIB));
}

#[test]
fn fabrication_a_written_tool_is_a_commit_in_the_remote() {
    let remote = Remote::empty();
    let project = Project::with_remote(&remote.url());
    let mut session = project.session();
    let action = session.write("tools/new.ts", FIB).done()["action"].as_str().unwrap().to_owned();
    session.stop();
    project.tgp(&["sync"]).succeeded();
    let log = remote.log("main");
    assert!(log.contains("tools/new.ts"), "{log}");
    assert!(log.contains(&format!("Tgp-Action: {action}")), "the action's number is in a trailer: {log}");
    assert_eq!(remote.file("main", "tools/new.ts").as_deref(), Some(FIB));
    let meta: Value = serde_json::from_str(&remote.file("main", "meta.json").unwrap()).unwrap();
    assert!(meta.to_string().contains("tools/new.ts"), "{meta:#}");
}

/// Two kernels write one tool each and sync at the same moment; both tools and the registry must arrive.
fn two_kernels_sync_at_once(remote: &Remote) {
    let names = ["toolA", "toolB"];
    let projects = names.map(|_| Project::with_remote(&remote.url()));
    for (project, name) in projects.iter().zip(names) {
        let mut session = project.session();
        session.write(&format!("tools/{name}.ts"), FIB);
        session.stop();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = projects.iter().map(|project| scope.spawn(|| project.tgp(&["sync"]))).collect();
        for thread in running {
            thread.join().unwrap().succeeded();
        }
    });
    let files = remote.files();
    let meta: Value = serde_json::from_str(&remote.file("main", "meta.json").unwrap()).unwrap();
    for name in names {
        let path = format!("tools/{name}.ts");
        assert!(files.contains(&path), "{path} is missing in {files:?}");
        assert!(meta.to_string().contains(&path), "{path} is missing in {meta:#}");
    }
    assert!(!meta.to_string().contains("runs"), "the registry holds no usage counts: {meta:#}");
    for project in &projects {
        project.tgp(&["sync"]).succeeded();
        for name in names {
            assert_eq!(project.read(&format!(".tgp/tools/{name}.ts")), FIB);
        }
    }
}

#[test]
fn concurrency_two_kernels_sync_at_once_to_a_remote_that_holds_tools() {
    two_kernels_sync_at_once(&Remote::holding(&[("tools/hello.ts", HELLO)]));
}

#[test]
fn concurrency_two_kernels_sync_at_once_to_an_empty_remote_both_began_from() {
    two_kernels_sync_at_once(&Remote::empty());
}

#[test]
fn bridge_a_tool_reads_a_file_of_the_host() {
    let project = Project::new();
    project.write("data.json", "{ \"answer\": 42 }");
    let mut session = project.session();
    let source = "export default () => JSON.parse(tgp.read_file('data.json'));\n";
    let answer = session.run_source("tools/reader.ts", source, json!({}));
    assert_eq!(*answer.result(), json!({ "answer": 42 }));
    session.stop();
}

#[test]
fn bridge_a_calculator_uses_the_multiplier_by_import_require_and_exec_tool() {
    let ways = [
        "import multiply from './multiplier';\nexport default ({ a, b }: { a: number; b: number }) => multiply({ a, b });\n",
        "const multiply = require('./multiplier');\nexport default ({ a, b }: { a: number; b: number }) => multiply({ a, b });\n",
        "export default ({ a, b }: { a: number; b: number }) => tgp.exec_tool('tools/multiplier.ts', { a, b });\n",
    ];
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/multiplier.ts", MULTIPLIER);
    for (number, source) in ways.iter().enumerate() {
        let answer =
            session.run_source(&format!("tools/calculator{number}.ts"), source, json!({ "a": 6, "b": 7 }));
        assert_eq!(*answer.result(), json!(42), "{source}");
    }
    session.stop();
}

#[test]
fn sql_a_tool_gets_real_rows() {
    let project =
        Project::with_database(&format!("{USERS} INSERT INTO users (name) VALUES ('Ada'), ('Grace');"));
    let mut session = project.session();
    let source = "export default () => tgp.exec_sql('SELECT * FROM users ORDER BY id', []).rows;\n";
    let answer = session.run_source("tools/users.ts", source, json!({}));
    assert_eq!(*answer.result(), json!([[1, "Ada"], [2, "Grace"]]));
    session.stop();
}

#[test]
fn sql_an_insert_of_a_tool_that_throws_is_rolled_back() {
    let project = Project::with_database(USERS);
    let mut session = project.session();
    let refused = session.run_source("tools/boom.ts", INSERT_AND_THROW, json!({ "name": "Ada" })).refused();
    assert_eq!(refused.code, "tool.threw");
    assert!(refused.message.contains("Boom"), "{}", refused.message);
    let count = session.call("exec_sql", json!({ "sql": "SELECT count(*) FROM users" }));
    assert_eq!(count.done()["rows"], json!([[0]]));
    session.stop();
    let rows: i64 = project.database().query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
}
