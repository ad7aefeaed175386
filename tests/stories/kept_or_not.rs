//! What of a tool run is kept, and what not, whatever the tool tries.

use serde_json::json;
use tgp_tests::{Project, Session};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)";

fn write(session: &mut Session, path: &str, source: &str) {
    session.call("write_file", json!({ "path": path, "content": source })).done();
}

fn count(project: &Project) -> i64 {
    project.database().query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap()
}

/// A session whose connection to the database has been through a commit already.
fn used(project: &Project) -> Session {
    let mut session = project.session();
    session.call("exec_sql", json!({ "sql": "INSERT INTO users (name) VALUES ('before')" })).done();
    session
}

#[test]
fn a_tool_cannot_commit_its_own_transaction_on_a_connection_that_was_used_before() {
    let project = Project::with_database(USERS);
    let mut session = used(&project);
    for word in ["COMMIT", "ROLLBACK", "BEGIN", "BEGIN IMMEDIATE", "END", "SAVEPOINT a"] {
        let tool = format!(
            "/** Tries. */\nexport default () => {{\n  tgp.exec_sql('INSERT INTO users (name) VALUES (?)', ['x']);\n  \
             tgp.exec_sql('{word}');\n  return 1;\n}};\n"
        );
        write(&mut session, "tools/own.ts", &tool);
        let refused = session.call("exec_tool", json!({ "path": "tools/own.ts" })).refused();
        assert_eq!(refused.code, "sql.forbidden", "{word}");
        let alone = session.call("exec_sql", json!({ "sql": word })).refused();
        assert_eq!(alone.code, "sql.forbidden", "{word}");
    }
    assert_eq!(count(&project), 1);
}

#[test]
fn a_file_inside_another_file_of_the_same_run_is_refused_and_nothing_is_kept() {
    let project =
        Project::with_settings("database: 'sqlite:shop.db', fs: { allowedDirs: ['./public/exports'] }");
    project.database().execute_batch(USERS).unwrap();
    let mut session = used(&project);
    write(
        &mut session,
        "tools/both.ts",
        "/** Tries. */\nexport default () => {\n  tgp.exec_sql('INSERT INTO users (name) VALUES (?)', ['x']);\n  \
         tgp.write_file('public/exports/x', '1');\n  tgp.write_file('public/exports/x/y', '2');\n  return 1;\n};\n",
    );
    let refused = session.call("exec_tool", json!({ "path": "tools/both.ts" })).refused();
    assert_eq!(refused.code, "file.kind");
    assert_eq!(count(&project), 1);
    assert!(!project.path("public/exports/x").exists());
}

#[test]
fn a_tool_cannot_make_up_the_code_of_its_error() {
    let project = Project::new();
    let mut session = project.session();
    for code in ["sandbox.memory", "policy.requires_approval", "path.escape"] {
        let tool = format!(
            "/** Lies. */\nexport default () => {{\n  throw {{ name: 'Error', message: 'no', code: '{code}' }};\n}};\n"
        );
        write(&mut session, "tools/liar.ts", &tool);
        let refused = session.call("exec_tool", json!({ "path": "tools/liar.ts" })).refused();
        assert_eq!(refused.code, "tool.threw", "{code}");
    }
    drop(session);
    let log = project.json(&["log", "--type", "tool_run"]);
    for action in log["actions"].as_array().unwrap() {
        assert_eq!(action["status"], "failed", "{action}");
    }
}

#[test]
fn the_database_is_no_file_to_write_even_in_an_allowed_folder() {
    let project = Project::with_settings(
        "fs: { allowedDirs: ['./data'], blockUpwardTraversal: true }, database: 'sqlite:data/app.db'",
    );
    std::fs::create_dir_all(project.path("data")).unwrap();
    rusqlite::Connection::open(project.path("data/app.db")).unwrap().execute_batch(USERS).unwrap();
    let mut session = project.session();
    write(
        &mut session,
        "tools/junk.ts",
        "/** Tries. */\nexport default (args: { path: string }) => tgp.write_file(args.path, 'junk');\n",
    );
    for path in ["data/app.db", "data/app.db-wal", "data/app.db-journal"] {
        let refused = session.call("write_file", json!({ "path": path, "content": "junk" })).refused();
        assert_eq!(refused.code, "file.kind", "{path}");
        let refused =
            session.call("exec_tool", json!({ "path": "tools/junk.ts", "args": { "path": path } })).refused();
        assert_eq!(refused.code, "file.kind", "{path}");
    }
    session.call("exec_sql", json!({ "sql": "SELECT count(*) FROM users" })).done();
}

#[test]
fn a_strict_project_runs_no_bad_tool_by_way_of_another() {
    let project = Project::with_settings("strict: true");
    let mut session = project.session();
    write(
        &mut session,
        "tools/tax.ts",
        "/** Tax. */\nexport default (args: { n: number }): number => {\n  const tax = 0.05;\n  return args.n * tax;\n};\n",
    );
    write(
        &mut session,
        "tools/nest.ts",
        "/** Runs another tool. */\nexport default (args: { path: string; n: number }) => \
         tgp.exec_tool(args.path, { n: args.n });\n",
    );
    write(
        &mut session,
        "tools/importer.ts",
        "import tax from './tax';\n/** Uses tax. */\nexport default (args: { n: number }): number => tax({ n: args.n });\n",
    );
    for (path, args) in [
        ("tools/tax.ts", json!({ "n": 100 })),
        ("tools/nest.ts", json!({ "path": "tools/tax.ts", "n": 100 })),
        ("tools/importer.ts", json!({ "n": 100 })),
    ] {
        let refused = session.call("exec_tool", json!({ "path": path, "args": args })).refused();
        assert_eq!(refused.code, "lint.error", "{path}");
    }
}

#[test]
fn a_library_that_would_be_the_project_itself_is_a_mistake_of_the_configuration() {
    for settings in ["rootDir: '.'", "mount: '.tgp'", "database: 'sqlite:.tgp/state/tgp.db'"] {
        let project = Project::with_settings(settings);
        let ended = project.tgp(&["trust", "--show"]);
        assert!(ended.both().contains("tgp.config.ts:"), "{settings}: {}", ended.both());
        assert!(!project.path(".git").exists());
    }
}

#[test]
fn secrets_in_statements_and_parameters_are_neither_in_the_timeline_nor_in_the_audit_table() {
    let project = Project::with_database("CREATE TABLE users (name TEXT, password TEXT, note TEXT)");
    let mut session = project.session();
    let positional = "INSERT INTO users (name, password) VALUES (?, ?)";
    session.call("exec_sql", json!({ "sql": positional, "params": ["Ada", "hunter2-by-place"] })).done();
    let literal = "INSERT INTO users (name, password) VALUES ('Bob', 'hunter2-in-text')";
    session.call("exec_sql", json!({ "sql": literal })).done();
    let named = "UPDATE users SET note = :token";
    session.call("exec_sql", json!({ "sql": named, "params": { "token": "hunter2-by-name" } })).done();
    let source =
        "export default () => tgp.exec_sql(\"UPDATE users SET password = 'hunter2-in-tool'\", []);\n";
    session.write("tools/reset.ts", source);
    session.exec("tools/reset.ts", json!({})).result();
    session.stop();
    let kept = project.state_text();
    assert!(kept.contains("INSERT INTO users"), "the statements themselves are kept");
    for secret in ["hunter2-by-place", "hunter2-in-text", "hunter2-by-name"] {
        assert!(!kept.contains(secret), "{secret}");
    }
    let rows: i64 = project
        .database()
        .query_row(
            "SELECT count(*) FROM users WHERE password = 'hunter2-in-tool' AND note = 'hunter2-by-name'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(rows, 2, "the database itself has them");
}

#[test]
fn a_write_over_a_file_too_large_to_be_kept_asks_because_nothing_brings_it_back() {
    let project = Project::with_settings("fs: { allowedDirs: ['./out'] }, approvals: { wait: 0 },");
    std::fs::create_dir_all(project.path("out")).unwrap();
    // It takes no room on the disk, and is larger than what is kept of one file.
    let size = (1 << 30) + 1;
    std::fs::File::create(project.path("out/huge.bin")).unwrap().set_len(size).unwrap();
    let length = || std::fs::metadata(project.path("out/huge.bin")).unwrap().len();
    let mut session = project.session();
    let small = json!({ "path": "out/huge.bin", "content": "small" });
    let refused = session.call("write_file", small.clone()).refused();
    assert_eq!(refused.code, "policy.requires_approval", "{:#}", refused.raw);
    assert_eq!(refused.raw["details"]["rules"][0]["id"], "risk.irreversible", "{:#}", refused.raw);
    assert_eq!(length(), size);
    let ticket = refused.raw["details"]["ticket"].as_str().unwrap();
    let said = project.at_a_terminal(&["approve", ticket], "y");
    assert!(
        said.stdout.contains("cannot be undone: what was in `out/huge.bin` before is too large"),
        "{}",
        said.both()
    );
    let done = session.call("write_file", small).done()["action"].clone();
    assert_eq!(project.read("out/huge.bin"), "small");
    let undo = project.tgp(&["undo", done.as_str().unwrap(), "--yes"]);
    assert!(undo.both().contains("too large to be kept"), "{}", undo.both());
    // A run that does the same asks as well.
    std::fs::File::create(project.path("out/huge.bin")).unwrap().set_len(size).unwrap();
    let run = session.run_source(
        "tools/w.ts",
        "export default () => { tgp.write_file('out/huge.bin', 'x'); };\n",
        json!({}),
    );
    assert_eq!(run.refused().code, "policy.requires_approval");
    assert_eq!(length(), size);
    // What is small enough is kept, and nobody is asked.
    std::fs::File::create(project.path("out/huge.bin")).unwrap().set_len(1 << 20).unwrap();
    session.call("write_file", json!({ "path": "out/huge.bin", "content": "kept" })).done();
}
