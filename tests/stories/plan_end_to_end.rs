//! The seed's end-to-end test plan, line by line, against the built binary.

use std::fs;

use rusqlite::Connection;
use serde_json::json;
use tgp_tests::{Era, Project, Remote, process};

use crate::sources::{ENDLESS, FIB, FREEZE, WRITE_WITHOUT_END};

/// 10 MB: how far resident memory may drift.
const STABLE: u64 = 10_000_000;

#[test]
fn cold_start_a_fresh_kernel_has_a_clean_folder() {
    let remote = Remote::empty();
    let project = Project::with_remote(&remote.url());
    let mut session = project.session();
    let listed = session.call("list_files", json!({ "dir": "tools" }));
    assert_eq!(listed.done()["files"], json!([]));
    session.stop();
    assert!(project.path(".tgp/.git").is_dir());
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn cold_start_fibonacci_of_ten_is_55_and_the_next_agent_finds_the_tool() {
    for era in Era::BOTH {
        let remote = Remote::empty();
        let project = Project::with_remote(&remote.url());
        let mut session = project.session_in(era);
        session.write("tools/math/fib.ts", FIB);
        let checked = session.check("tools/math/fib.ts");
        assert_eq!(checked["valid"], true, "{checked:#}");
        assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
        session.kill();
        project.tgp(&["sync"]).succeeded();

        let clone = remote.clone_elsewhere();
        let found = fs::read_to_string(clone.path().join("clone/tools/math/fib.ts")).unwrap();
        assert_eq!(found, FIB);

        let next = Project::with_remote(&remote.url());
        let mut session = next.session_in(era);
        assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
        session.stop();
    }
}

#[test]
fn cold_start_what_was_answered_survives_a_killed_process() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    session.kill();
    let mut session = project.session();
    assert_eq!(session.call("read_file", json!({ "path": "tools/math/fib.ts" })).done()["content"], FIB);
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
}

#[test]
fn refactor_a_printing_script_is_patched_into_a_returning_one() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/legacy.ts", "console.log(\"old\");\n");
    let before = session.exec("tools/legacy.ts", json!({}));
    assert_eq!(*before.result(), json!(null));
    assert_eq!(before.done()["logs"][0]["text"], "old");

    let read = session.call("read_file", json!({ "path": "tools/legacy.ts" }));
    assert_eq!(read.done()["content"], "console.log(\"old\");\n");
    let patch = json!({ "path": "tools/legacy.ts", "search": "console.log", "replace": "return" });
    session.call("patch_file", patch).done();

    assert_eq!(*session.exec("tools/legacy.ts", json!({})).result(), json!("old"));
    session.stop();
    assert_eq!(project.read(".tgp/tools/legacy.ts"), "return(\"old\");\n");
}

#[test]
fn infinite_loop_the_call_fails_and_the_process_answers_the_next_one() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/freeze.ts", FREEZE);
    session.write("tools/math/fib.ts", FIB);
    let refused = session.exec("tools/freeze.ts", json!({})).refused();
    assert_eq!((refused.code.as_str(), refused.name.as_str()), ("sandbox.timeout", "ERR_ISOLATE_TIMEOUT"));
    assert!(refused.raw.to_string().contains("limits.cpuMs"), "the setting is named: {:#}", refused.raw);
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
}

#[test]
fn infinite_loop_memory_of_the_process_is_stable() {
    let project = Project::with_settings("limits: { cpuMs: 5 },");
    let mut session = project.session();
    session.write("tools/freeze.ts", FREEZE);
    for _ in 0..20 {
        session.exec("tools/freeze.ts", json!({})).refused();
    }
    let before = session.resident();
    for _ in 0..200 {
        session.exec("tools/freeze.ts", json!({})).refused();
    }
    let after = session.resident();
    assert!(after <= before + STABLE, "{before} bytes before, {after} after");
    session.stop();
}

/// Waits until another connection holds the database's write lock.
fn wait_until_locked(database: &Connection) {
    let begun = std::time::Instant::now();
    loop {
        match database.execute_batch("BEGIN IMMEDIATE; ROLLBACK;") {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => return,
            Err(error) => panic!("{error}"),
            Ok(()) => assert!(begun.elapsed() < process::PATIENCE, "the tool never wrote"),
        }
    }
}

/// What stands as `tgp-*` in the folder all processes share; folders of tests are not counted.
fn shared_temporary_files() -> Vec<String> {
    let entries = fs::read_dir("/tmp").unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("tgp-") && !name.starts_with("tgp-test")).collect()
}

#[test]
fn sigterm_releases_the_database_and_leaves_no_temporary_or_lock_files() {
    let project = Project::with_settings(&format!("database: 'sqlite:shop.db', {ENDLESS}"));
    let database = project.database();
    database.busy_timeout(std::time::Duration::ZERO).unwrap();
    database.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)").unwrap();
    let before = shared_temporary_files();
    let mut session = project.session();
    session.write("tools/forever.ts", WRITE_WITHOUT_END);
    session.ask_call("exec_tool", &json!({ "path": "tools/forever.ts", "args": {} }));
    wait_until_locked(&database);

    process::terminate(session.child());
    let status = session.wait();
    assert!(status.code().is_some(), "it ended by itself, not by the signal: {status}");

    database.execute_batch("BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('person'); COMMIT;").unwrap();
    let rows: i64 = database.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1, "only the person's row is there");
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
    let left: Vec<String> =
        shared_temporary_files().into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(left, Vec::<String>::new());
    project.tgp(&["doctor"]).succeeded();
}

#[test]
fn sigterm_in_a_burst_of_writes_leaves_every_answered_write_and_no_lock() {
    let project = Project::new();
    let mut session = project.session();
    let asked: Vec<u64> = (0..200)
        .map(|n| {
            session.ask_call("write_file", &json!({ "path": format!("tools/burst/t{n}.ts"), "content": FIB }))
        })
        .collect();
    session.answer_of_call(asked[20]).done();
    process::terminate(session.child());
    assert!(session.wait().code().is_some());
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());

    let mut session = project.session();
    let read = session.call("read_file", json!({ "path": "tools/burst/t20.ts" }));
    assert_eq!(read.done()["content"], FIB);
    session.write("tools/after.ts", FIB);
    session.stop();
    let fsck = tgp_tests::remote::git(&project.path(".tgp"), &["fsck", "--strict", "--no-dangling"]);
    fsck.succeeded();
}

#[test]
fn bootstrap_init_in_an_empty_folder_makes_the_configuration_and_the_library() {
    let project = Project::untouched();
    project.tgp(&["init"]).succeeded();
    assert!(project.read("tgp.config.ts").contains("defineTGPConfig"));
    for folder in [".tgp/.git", ".tgp/tools", ".tgp/policy", ".tgp/scopes", ".tgp/bin", ".tgp/state"] {
        assert!(project.path(folder).is_dir(), "{folder}");
    }
    assert!(project.path(".tgp/meta.json").is_file());
    assert!(project.path(".tgp/bin/tgp").exists(), "the link leads to the running binary");
    assert!(!project.path("package.json").exists(), "there was none, none is made");
}

#[test]
fn bootstrap_init_updates_a_package_json_and_keeps_what_it_held() {
    let project = Project::untouched();
    project.write("package.json", "{\n  \"name\": \"shop\",\n  \"scripts\": { \"build\": \"tsc\" }\n}\n");
    project.tgp(&["init"]).succeeded();
    let manifest: serde_json::Value = serde_json::from_str(&project.read("package.json")).unwrap();
    assert_eq!(manifest["name"], "shop");
    assert_eq!(manifest["scripts"]["build"], "tsc");
    assert!(manifest.to_string().contains("tgp"), "it was updated: {manifest:#}");
}

#[test]
fn a_run_whose_process_was_killed_is_told_as_abandoned_and_left_nothing() {
    let project = Project::with_settings(&format!("database: 'sqlite:shop.db', {ENDLESS}"));
    let database = project.database();
    database.busy_timeout(std::time::Duration::ZERO).unwrap();
    database.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)").unwrap();
    let mut session = project.session();
    session.write("tools/forever.ts", WRITE_WITHOUT_END);
    session.ask_call("exec_tool", &json!({ "path": "tools/forever.ts", "args": {} }));
    wait_until_locked(&database);
    session.kill();

    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
    let log = project.json(&["log"]);
    let runs: Vec<&serde_json::Value> =
        log["actions"].as_array().unwrap().iter().filter(|action| action["type"] == "tool_run").collect();
    assert_eq!(runs[0]["status"], "abandoned", "{log:#}");
    assert_eq!(runs[1]["status"], "executed", "{log:#}");
    let rows: i64 = database.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
}
