//! Taking actions back: what comes back, what stays and is named, and what nobody may take back.

use serde_json::{Value, json};
use tgp_tests::walk;
use tgp_tests::{Project, Session};

mod agents;
mod recovered;
mod sessions;
mod surroundings;

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
     CREATE TABLE notes (text TEXT, at REAL);
     CREATE TABLE log (what TEXT);
     CREATE TRIGGER users_log AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (old.name || '>' || new.name); END;
     INSERT INTO users (name) VALUES ('Ada'), ('Grace');
     INSERT INTO notes VALUES ('one', 1.5), ('one', 1.5), (NULL, 2.0);";

const WRITER: &str = "/** Writes files and rows. */
export default (args: { files: string[]; text: string; sql: string[] }): number => {
  for (const sql of args.sql) tgp.exec_sql(sql);
  for (const file of args.files) tgp.write_file(file, args.text);
  return args.files.length;
};
";

const TOOL: &str =
    "/** Adds. */\nexport default (args: { a: number; b: number }): number => args.a + args.b;\n";

/// A project with a folder to write to and a database.
fn shop() -> Project {
    let project = Project::with_settings("database: 'sqlite:shop.db', fs: { allowedDirs: ['./out'] },");
    std::fs::create_dir_all(project.path("out")).unwrap();
    project.database().execute_batch(USERS).unwrap();
    project
}

/// A session with a tool that writes files and rows.
fn writing(project: &Project) -> Session {
    let mut session = project.session();
    session.write("tools/writer.ts", WRITER);
    session
}

fn sql(session: &mut Session, sql: &str) -> String {
    session.call("exec_sql", json!({ "sql": sql })).done()["action"].as_str().unwrap().to_owned()
}

fn run(session: &mut Session, files: &[&str], text: &str, sql: &[&str]) -> String {
    let args = json!({ "files": files, "text": text, "sql": sql });
    session.exec("tools/writer.ts", args).done()["action"].as_str().unwrap().to_owned()
}

/// The number of an action that a session was told.
fn number(answer: &tgp_tests::Answer) -> String {
    answer.done()["action"].as_str().unwrap().to_owned()
}

fn undo(project: &Project, arguments: &[&str]) -> Value {
    let mut all = vec!["undo"];
    all.extend(arguments);
    let ended = project.tgp(&[&all[..], &["--json"]].concat());
    ended.succeeded();
    ended.json()
}

/// The code of an undo that is refused.
fn refused(project: &Project, arguments: &[&str]) -> Value {
    let mut all = vec!["undo"];
    all.extend(arguments);
    let ended = project.tgp(&[&all[..], &["--json"]].concat());
    assert_ne!(ended.code, Some(0), "not refused: {}", ended.both());
    ended.json()["error"].clone()
}

/// Everything in the database but tgp's own table, with rowids and sequences.
fn dump(project: &Project) -> Vec<String> {
    let database = project.database();
    let mut found = Vec::new();
    let mut tables = database
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'trigger') AND name != 'tgp_actions' ORDER BY name")
        .unwrap();
    let tables: Vec<(String, Option<String>)> =
        tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (name, schema) in tables {
        found.push(format!("{name}: {schema:?}"));
        if schema.as_deref().is_some_and(|schema| schema.starts_with("CREATE TRIGGER")) {
            continue;
        }
        let mut rows = database.prepare(&format!("SELECT rowid, * FROM \"{name}\" ORDER BY rowid")).unwrap();
        let count = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> =
                (0..count).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
            found.push(format!("{name}: {}", values.join(" | ")));
        }
    }
    found
}

/// Every file of a folder of the project with its bytes.
fn files(project: &Project, folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = project.path(folder);
    let named = |file: &std::path::PathBuf| {
        (file.strip_prefix(&root).unwrap().display().to_string(), std::fs::read(file).unwrap())
    };
    walk(&root).iter().map(named).collect()
}

/// The tree of the library's last commit.
fn library(project: &Project) -> String {
    tgp_tests::remote::git(&project.path(".tgp"), &["ls-tree", "-r", "HEAD"]).succeeded().both()
}

fn status(project: &Project, action: &str) -> String {
    let log = project.json(&["timeline", "--limit", "1000"]);
    let row = log["actions"].as_array().unwrap().iter().find(|row| row["id"] == action).cloned();
    row.unwrap_or_else(|| panic!("{action} is not in the timeline"))["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_tool_that_was_created_goes_and_one_that_was_changed_is_as_it_was() {
    let project = shop();
    let mut session = project.session();
    let before = library(&project);
    let created = number(&session.write("tools/add.ts", TOOL));
    let with_tool = library(&project);
    let changed = number(&session.write("tools/add.ts", &TOOL.replace("Adds.", "Adds two numbers.")));
    let done = undo(&project, &[&changed]);
    assert_eq!(done["files"][0]["path"], "tools/add.ts", "{done}");
    assert_eq!(library(&project), with_tool);
    assert_eq!(session.exec("tools/add.ts", json!({ "a": 1, "b": 2 })).result(), 3);
    undo(&project, &[&created]);
    assert_eq!(library(&project), before);
    assert_eq!(session.exec("tools/add.ts", json!({ "a": 1, "b": 2 })).refused().code, "tool.not_found");
    assert_eq!(status(&project, &created), "undone");
}

#[test]
fn a_tool_that_somebody_changed_since_stays_and_is_named() {
    let project = shop();
    let mut session = project.session();
    session.write("tools/add.ts", TOOL);
    let changed = number(&session.write("tools/add.ts", &TOOL.replace("Adds.", "Adds two.")));
    session.write("tools/add.ts", &TOOL.replace("Adds.", "Adds both."));
    let before = library(&project);
    let said = refused(&project, &[&changed]);
    assert_eq!(said["code"], "undo.conflict", "{said}");
    assert!(said["message"].as_str().unwrap().contains("tools/add.ts"), "{said}");
    assert_eq!(library(&project), before);
    assert_eq!(status(&project, &changed), "executed");
}

#[test]
fn a_file_of_an_allowed_folder_goes_or_is_as_it_was_with_its_folders() {
    let project = shop();
    let mut session = project.session();
    project.write("out/old.txt", "before\n");
    let before = files(&project, "out");
    let changed = number(&session.write("out/old.txt", "after\n"));
    let created = number(&session.write("out/new/deep/new.txt", "new\n"));
    let done = undo(&project, &[&changed]);
    assert_eq!(done["files"][0]["before"], "after\n", "{done}");
    assert_eq!(done["files"][0]["after"], "before\n", "{done}");
    undo(&project, &[&created]);
    assert_eq!(files(&project, "out"), before);
    assert!(!project.path("out/new").exists());
}

#[test]
fn a_file_the_person_changed_since_stays_and_nothing_at_all_is_done() {
    let project = shop();
    let mut session = writing(&project);
    let action = run(
        &mut session,
        &["out/a.txt", "out/b.txt"],
        "agent\n",
        &["INSERT INTO users (name) VALUES ('Alan')"],
    );
    project.write("out/b.txt", "person\n");
    let before = (files(&project, "out"), dump(&project));
    let said = refused(&project, &[&action]);
    assert_eq!(said["code"], "undo.conflict", "{said}");
    assert_eq!(said["details"]["files"][0]["path"], "out/b.txt", "{said}");
    assert_eq!((files(&project, "out"), dump(&project)), before);
    assert_eq!(status(&project, &action), "executed");
}

#[test]
fn rows_come_back_one_by_one_in_tables_with_and_without_a_key_and_triggers_stay_silent() {
    for statement in [
        "INSERT INTO users (name) VALUES ('Alan'), ('Edsger')",
        "UPDATE users SET name = name || '!'",
        "DELETE FROM users WHERE id = 1",
        "INSERT INTO notes VALUES ('two', 3), (x'00ff', -0.0)",
        "UPDATE notes SET at = at * 2",
        "DELETE FROM notes WHERE text = 'one'",
    ] {
        let project = shop();
        let mut session = project.session();
        let before = dump(&project);
        let action = sql(&mut session, statement);
        let after = dump(&project);
        assert_ne!(after, before, "{statement}");
        let done = undo(&project, &[&action]);
        assert!(done["rows_restored"].as_u64().unwrap() > 0, "{statement}: {done}");
        assert_eq!(dump(&project), before, "{statement}");
        project.tgp(&["redo"]).succeeded();
        assert_eq!(dump(&project), after, "made again: {statement}");
    }
}

#[test]
fn a_row_that_was_changed_since_is_reported_and_left_and_the_others_come_back() {
    let project = shop();
    let mut session = project.session();
    let action = sql(&mut session, "UPDATE users SET name = upper(name)");
    project.database().execute("UPDATE users SET name = 'Person' WHERE id = 2", []).unwrap();
    let done = undo(&project, &[&action]);
    assert_eq!(done["rows_left"][0]["table"], "users", "{done}");
    assert_eq!(done["rows_left"][0]["key"]["id"], 2, "{done}");
    let names: String = project
        .database()
        .query_row("SELECT group_concat(name) FROM (SELECT name FROM users ORDER BY id)", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(names, "Ada,Person");
}

#[test]
fn where_all_rows_were_changed_since_nothing_is_done_and_the_action_stays_as_it_was() {
    let project = shop();
    let mut session = project.session();
    let action = sql(&mut session, "UPDATE notes SET text = 'agent' WHERE rowid = 3");
    project.database().execute("UPDATE notes SET text = 'person' WHERE rowid = 3", []).unwrap();
    let said = refused(&project, &[&action]);
    assert_eq!(said["code"], "undo.conflict", "{said}");
    assert_eq!(status(&project, &action), "executed");
}

#[test]
fn a_run_with_files_and_rows_comes_back_as_one() {
    let project = shop();
    let mut session = writing(&project);
    project.write("out/a.txt", "before\n");
    let before = (files(&project, "out"), dump(&project));
    let action = run(
        &mut session,
        &["out/a.txt", "out/b/c.txt"],
        "run\n",
        &["DELETE FROM users WHERE id = 1", "INSERT INTO notes VALUES ('x', 1)"],
    );
    assert_ne!((files(&project, "out"), dump(&project)), before);
    undo(&project, &[&action]);
    assert_eq!((files(&project, "out"), dump(&project)), before);
}

#[test]
fn a_dry_run_shows_the_diff_and_changes_nothing_not_even_the_timeline() {
    let project = shop();
    let mut session = writing(&project);
    project.write("out/a.txt", "before\n");
    let action = run(&mut session, &["out/a.txt"], "run\n", &["UPDATE users SET name = 'Zoe' WHERE id = 1"]);
    let before = (files(&project, "out"), dump(&project), library(&project));
    let count = project.json(&["timeline"])["actions"].as_array().unwrap().len();
    let shown = project.tgp(&["undo", &action, "--dry-run"]).succeeded().both();
    for part in ["- run", "+ before", "name=\"Zoe\"", "name=\"Ada\"", "would be taken back"] {
        assert!(shown.contains(part), "`{part}` is missing: {shown}");
    }
    assert_eq!((files(&project, "out"), dump(&project), library(&project)), before);
    assert_eq!(project.json(&["timeline"])["actions"].as_array().unwrap().len(), count);
    assert_eq!(status(&project, &action), "executed");
}

#[test]
fn redo_and_the_undo_of_an_undo_give_back_every_byte() {
    let project = shop();
    let mut session = writing(&project);
    project.write("out/a.txt", "before\n");
    let before = (files(&project, "out"), dump(&project), library(&project));
    let action =
        run(&mut session, &["out/a.txt", "out/new.txt"], "run\n", &["DELETE FROM users WHERE id = 2"]);
    let after = (files(&project, "out"), dump(&project), library(&project));
    let world = || (files(&project, "out"), dump(&project), library(&project));
    let undone = undo(&project, &[&action])["action"].as_str().unwrap().to_owned();
    assert_eq!(world(), before);
    assert_eq!(status(&project, &action), "undone");
    undo(&project, &[&undone]);
    assert_eq!(world(), after);
    assert_eq!(status(&project, &action), "executed");
    undo(&project, &[&action]);
    assert_eq!(world(), before);
    project.tgp(&["redo"]).succeeded();
    assert_eq!(world(), after);
    let again = project.tgp(&["redo", "--json"]);
    assert_ne!(again.code, Some(0), "a redo is not made again: {}", again.both());
    assert_eq!(world(), after);
    undo(&project, &[&action]);
    assert_eq!(world(), before);
}

#[test]
fn what_was_taken_back_or_failed_or_only_read_is_not_taken_back() {
    let project = shop();
    let mut session = project.session();
    let created = number(&session.write("out/a.txt", "a\n"));
    let read = number(&session.call("exec_sql", json!({ "sql": "SELECT * FROM users" })));
    let failed =
        session.call("exec_sql", json!({ "sql": "INSERT INTO users (name) VALUES (NULL)" })).refused();
    let failed = failed.raw["action"].as_str().unwrap().to_owned();
    session.stop();
    undo(&project, &[&created]);
    for (action, why) in [(&created, "taken back before"), (&read, "changed nothing"), (&failed, "failed")] {
        let said = refused(&project, &[action]);
        assert_eq!(said["code"], "undo.impossible", "{said}");
        assert!(said["message"].as_str().unwrap().contains(why), "{said}");
    }
    let said = refused(&project, &["01M7Z02YZK8KQ51VFEZFYY9R2C"]);
    assert_eq!(said["code"], "arguments.invalid", "{said}");
}

#[test]
fn what_cannot_be_taken_back_says_why_and_a_changed_schema_is_asked_about_before() {
    let project = shop();
    project.database().execute_batch("CREATE VIRTUAL TABLE words USING fts5(text)").unwrap();
    // What no changeset holds is asked about before it is kept, and says so.
    project.configure("database: 'sqlite:shop.db', fs: { allowedDirs: ['./out'] }, approvals: { wait: 0 },");
    let mut session = project.session();
    let insert = json!({ "sql": "INSERT INTO words VALUES ('found')" });
    let asked = session.call("exec_sql", insert.clone()).refused().raw;
    assert_eq!(asked["code"], "policy.requires_approval", "{asked}");
    assert_eq!(asked["details"]["rule"], "risk.irreversible", "{asked}");
    let shown = project.json(&["approvals", asked["details"]["ticket"].as_str().unwrap()]);
    let preview = shown["preview"].as_str().unwrap();
    assert!(preview.contains("cannot be undone") && preview.contains("virtual table"), "{preview}");
    project.at_a_terminal(&["approve", asked["details"]["ticket"].as_str().unwrap()], "y");
    let action = sql(&mut session, "INSERT INTO words VALUES ('found')");
    let said = refused(&project, &[&action]);
    assert_eq!(said["code"], "undo.impossible", "{said}");
    let message = said["message"].as_str().unwrap();
    assert!(message.contains("`words` is a virtual table"), "{said}");
    // What is possible: the database as it was before it lies beside, and says so.
    let copy = format!(".tgp/state/backups/{action}.db");
    assert!(message.contains(&copy), "{said}");
    let before = rusqlite::Connection::open(project.path(&copy)).unwrap();
    let rows: i64 = before.query_row("SELECT count(*) FROM words", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
    session.stop();
    project.write(".tgp/scopes/migrator.yaml", "agent: migrator\ndatabase: { schema: [\"*\"] }\n");
    let alter = "ALTER TABLE users ADD COLUMN age INTEGER";
    let asked = project.tgp(&["sql", alter, "--agent", "migrator", "--json"]).json();
    assert_eq!(asked["error"]["code"], "policy.requires_approval", "{asked}");
    assert!(project.database().prepare("SELECT age FROM users").is_err());
    let found: i64 =
        project.database().query_row("SELECT count(*) FROM words('found')", [], |row| row.get(0)).unwrap();
    assert_eq!(found, 1);
}
