//! Two server processes on one database, one of them killed in the middle of a tool run.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;
use tgp_tests::process::PATIENCE;
use tgp_tests::{Project, Session};

const STUCK: &str = "export default ({ text }: { text: string }) => {\n  tgp.exec_sql('INSERT INTO notes VALUES (?)', [text]);\n  while (text) {}\n  return text;\n};\n";

/// Whether somebody holds the database's write lock at this moment.
fn is_locked(database: &Connection) -> bool {
    database.busy_timeout(Duration::ZERO).unwrap();
    match database.execute_batch("BEGIN IMMEDIATE; ROLLBACK;") {
        Ok(()) => false,
        Err(error) => {
            assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy), "{error}");
            true
        }
    }
}

fn count(database: &Connection) -> i64 {
    database.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap()
}

/// Begins the run that never ends and waits until it holds the lock.
fn stuck(project: &Project, session: &mut Session) {
    session.ask_call("exec_tool", &json!({ "path": "tools/stuck.ts", "args": { "text": "lost" } }));
    let database = project.database();
    let begun = Instant::now();
    while !is_locked(&database) {
        assert!(begun.elapsed() < PATIENCE, "the run never took the lock");
        std::thread::yield_now();
    }
}

#[test]
fn a_server_killed_in_a_run_leaves_no_lock_and_no_row_to_the_others() {
    let project = Project::with_settings(
        "database: 'sqlite:shop.db', limits: { cpuMs: 600000, wallMs: 600000, fuel: 9000000000000000 },",
    );
    project.database().execute_batch("CREATE TABLE notes (text TEXT);").unwrap();
    let mut other = project.session();
    other.write("tools/stuck.ts", STUCK);
    for round in 0..3 {
        let mut killed = project.session();
        stuck(&project, &mut killed);
        // Reading goes on beside the run.
        let read = other.call("exec_sql", json!({ "sql": "SELECT count(*) FROM notes" })).done().clone();
        assert_eq!(read["rows"], json!([[round]]));
        // The other process waits for the lock; the kill gives it free.
        let waiting = other.ask_call("exec_sql", &json!({ "sql": "INSERT INTO notes VALUES ('kept')" }));
        killed.kill();
        assert_eq!(other.answer_of_call(waiting).done()["rows_affected"], 1);
        let database = project.database();
        assert!(!is_locked(&database));
        assert_eq!(count(&database), i64::from(round) + 1, "only what was answered is kept");
    }
    let sound: String = project.database().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    other.stop();
    // The next start closes what the killed ones left open.
    let log = project.json(&["log"]);
    let runs: Vec<_> =
        log["actions"].as_array().unwrap().iter().filter(|a| a["target"] == "tools/stuck.ts").collect();
    let runs: Vec<_> = runs.iter().filter(|a| a["type"] == "tool_run").collect();
    assert_eq!(runs.len(), 3, "{log:#}");
    assert!(runs.iter().all(|action| action["status"] == "abandoned"), "{runs:#?}");
}
