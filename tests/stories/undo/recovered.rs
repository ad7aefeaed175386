//! Processes killed between the steps of an action, at moments that locks hold still.

use std::process::{Child, Stdio};
use std::time::Instant;

use rusqlite::Connection;
use serde_json::json;
use tgp_tests::Project;
use tgp_tests::process::PATIENCE;

use super::{dump, files, library, run, shop, status, undo, writing};

/// Waits for something that another process does.
fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::yield_now();
    }
}

fn state(project: &Project) -> Connection {
    let state = Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state.busy_timeout(PATIENCE).unwrap();
    state
}

/// A reader of the user's database: while it is there, nobody commits.
fn reader(project: &Project) -> Connection {
    let reader = project.database();
    reader.execute_batch("BEGIN; SELECT count(*) FROM users").unwrap();
    reader.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0)).unwrap();
    reader
}

/// The number of the action that is under way, once what it changed in the database is noted.
fn under_way(state: &Connection) -> String {
    let mut found = None;
    until("the intent", || {
        let sql = "SELECT id FROM agent_actions WHERE status = 'pending' AND \
                   EXISTS (SELECT 1 FROM undo_data WHERE action_id = id AND kind = 'changeset')";
        found = state.query_row(sql, [], |row| row.get::<_, String>(0)).ok();
        found.is_some()
    });
    found.unwrap()
}

fn has_row(project: &Project, name: &str) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE name = ?1)";
    project.database().query_row(sql, [name], |row| row.get(0)).unwrap_or(false)
}

fn described(project: &Project, action: &str) -> String {
    let log = project.json(&["timeline", "--limit", "1000"]);
    let row = log["actions"].as_array().unwrap().iter().find(|row| row["id"] == action).cloned();
    row.unwrap()["description"].as_str().unwrap().to_owned()
}

const INSERT: &str = "INSERT INTO users (name) VALUES ('Alan')";

fn undoing(project: &Project, arguments: &[&str]) -> Child {
    let mut all = vec!["undo"];
    all.extend(arguments);
    let mut command = project.command(&all);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn killed_before_its_commit_a_statement_is_abandoned_and_nothing_of_it_is_there() {
    let project = shop();
    let before = dump(&project);
    let mut session = project.session();
    let state = state(&project);
    let reader = reader(&project);
    session.ask_call("exec_sql", &json!({ "sql": INSERT }));
    let action = under_way(&state);
    session.kill();
    drop(reader);
    assert_eq!(status(&project, &action), "abandoned");
    assert_eq!(dump(&project), before);
}

#[test]
fn killed_between_its_commit_and_the_note_a_statement_was_executed_and_can_be_taken_back() {
    let project = shop();
    let before = dump(&project);
    let mut session = project.session();
    let state = state(&project);
    let reader = reader(&project);
    session.ask_call("exec_sql", &json!({ "sql": INSERT }));
    let action = under_way(&state);
    state.execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(reader);
    until("the commit", || has_row(&project, "Alan"));
    session.kill();
    drop(state);
    assert_eq!(status(&project, &action), "executed");
    undo(&project, &[&action]);
    assert_eq!(dump(&project), before);
}

#[test]
fn killed_between_its_rows_and_its_files_a_run_is_taken_back_as_a_whole() {
    let project = shop();
    let mut session = writing(&project);
    project.write("out/a.txt", "before\n");
    let before = (files(&project, "out"), dump(&project));
    let state = state(&project);
    let reader = reader(&project);
    let args = json!({ "files": ["out/a.txt", "out/new/b.txt"], "text": "run\n", "sql": [INSERT] });
    session.ask_call("exec_tool", &json!({ "path": "tools/writer.ts", "args": args }));
    let action = under_way(&state);
    // The files have nowhere to go, and how that ends cannot be noted.
    state.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::fs::rename(project.path("out"), project.path("away")).unwrap();
    drop(reader);
    until("the commit", || has_row(&project, "Alan"));
    session.kill();
    drop(state);
    std::fs::rename(project.path("away"), project.path("out")).unwrap();
    assert_eq!(project.read("out/a.txt"), "before\n", "the kill came too late");
    assert_eq!(status(&project, &action), "abandoned");
    let words = described(&project, &action);
    assert!(words.contains("taken back"), "{words}");
    assert_eq!((files(&project, "out"), dump(&project)), before);
    assert!(!project.path("out/new").exists());
}

#[test]
fn killed_between_its_rows_and_its_files_a_run_whose_rows_were_changed_since_stays_and_says_so() {
    let project = shop();
    let mut session = writing(&project);
    let state = state(&project);
    let reader = reader(&project);
    let args = json!({ "files": ["out/a.txt"], "text": "run\n", "sql": [INSERT] });
    session.ask_call("exec_tool", &json!({ "path": "tools/writer.ts", "args": args }));
    let action = under_way(&state);
    state.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::fs::rename(project.path("out"), project.path("away")).unwrap();
    drop(reader);
    until("the commit", || has_row(&project, "Alan"));
    session.kill();
    drop(state);
    std::fs::rename(project.path("away"), project.path("out")).unwrap();
    project.database().execute("UPDATE users SET name = 'Person' WHERE name = 'Alan'", []).unwrap();
    assert_eq!(status(&project, &action), "executed");
    let words = described(&project, &action);
    assert!(words.contains("before `out/a.txt` was put in place"), "{words}");
    assert!(has_row(&project, "Person"));
}

#[test]
fn killed_between_its_files_and_the_note_a_run_was_executed() {
    let project = shop();
    let mut session = writing(&project);
    let before = (files(&project, "out"), dump(&project));
    let state = state(&project);
    let reader = reader(&project);
    let args = json!({ "files": ["out/a.txt", "out/b.txt"], "text": "run\n", "sql": [INSERT] });
    session.ask_call("exec_tool", &json!({ "path": "tools/writer.ts", "args": args }));
    let action = under_way(&state);
    state.execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(reader);
    until("the last file", || project.path("out/b.txt").exists());
    session.kill();
    drop(state);
    assert_eq!(status(&project, &action), "executed");
    undo(&project, &[&action]);
    assert_eq!((files(&project, "out"), dump(&project)), before);
}

#[test]
fn an_undo_that_is_killed_before_its_commit_leaves_everything_as_it_was() {
    let project = shop();
    let mut session = writing(&project);
    let action = run(&mut session, &["out/a.txt"], "run\n", &[INSERT]);
    session.stop();
    let before = (files(&project, "out"), dump(&project), library(&project));
    let state = state(&project);
    let reader = reader(&project);
    let mut undo = undoing(&project, &[&action]);
    let number = under_way(&state);
    undo.kill().unwrap();
    undo.wait().unwrap();
    drop(reader);
    assert_eq!(status(&project, &number), "abandoned");
    assert_eq!(status(&project, &action), "executed");
    assert_eq!((files(&project, "out"), dump(&project), library(&project)), before);
}

#[test]
fn an_undo_that_is_killed_in_the_middle_is_completed_by_the_next_start() {
    let project = shop();
    let mut session = writing(&project);
    let world = || (files(&project, "out"), dump(&project), library(&project));
    let before = world();
    let first = run(&mut session, &["out/a.txt", "out/new/b.txt"], "run\n", &[INSERT]);
    session.write("tools/add.ts", super::TOOL);
    let after = world();
    session.stop();
    let log = project.json(&["timeline", "--limit", "1000"]);
    let rows = log["actions"].as_array().unwrap().clone();
    let number = rows.iter().find(|row| row["id"] == *first).unwrap()["session"].as_str().unwrap().to_owned();
    let writer = rows.iter().find(|row| row["target"] == "tools/writer.ts").unwrap()["id"].clone();
    let state = state(&project);
    let reader = reader(&project);
    let mut undo = undoing(&project, &["--session", &number, "--yes"]);
    let undone = under_way(&state);
    state.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The rows come back; the files have gone out of sight, so that they cannot.
    std::fs::rename(project.path("out"), project.path("away")).unwrap();
    drop(reader);
    until("the commit", || !has_row(&project, "Alan"));
    undo.kill().unwrap();
    undo.wait().unwrap();
    drop(state);
    std::fs::rename(project.path("away"), project.path("out")).unwrap();
    assert_eq!(files(&project, "out"), after.0, "the kill came too late");
    assert_eq!(status(&project, &undone), "executed");
    let words = described(&project, &undone);
    assert!(words.contains("completed"), "{words}");
    assert_eq!(status(&project, &first), "undone");
    assert_eq!(status(&project, writer.as_str().unwrap()), "undone");
    let now = world();
    assert_eq!((&now.0, &now.1), (&before.0, &before.1));
    assert!(!now.2.contains("tools/add.ts") && !now.2.contains("tools/writer.ts"), "{}", now.2);
    project.tgp(&["redo"]).succeeded();
    assert_eq!(world(), after);
}

#[test]
fn a_database_that_is_gone_cannot_say_what_landed_and_keeps_nobody_from_starting() {
    let project = shop();
    let mut session = project.session();
    let state = state(&project);
    let reader = reader(&project);
    session.ask_call("exec_sql", &json!({ "sql": INSERT }));
    let action = under_way(&state);
    session.kill();
    drop(reader);
    std::fs::remove_file(project.path("shop.db")).unwrap();
    assert_eq!(status(&project, &action), "abandoned");
    let words = described(&project, &action);
    assert!(words.contains("cannot be told"), "{words}");
}
