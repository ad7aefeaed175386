//! What an undo leaves alone: ignored files, files that were only read, the user's repository, and what Git collects.

use serde_json::json;
use tgp_tests::project::walk;
use tgp_tests::remote::git;

use super::{TOOL, library, number, refused, run, shop, undo, writing};

#[test]
fn an_ignored_file_that_the_action_changed_is_restored() {
    let project = shop();
    git(&project.root(), &["init", "--quiet"]).succeeded();
    project.write(".gitignore", "out/*.log\n.tgp/\n");
    project.write("out/run.log", "before\n");
    let mut session = writing(&project);
    let action = run(&mut session, &["out/run.log"], "after\n", &[]);
    session.stop();
    undo(&project, &[&action]);
    assert_eq!(project.read("out/run.log"), "before\n");
}

#[test]
fn an_ignore_file_that_changed_meanwhile_changes_nothing_about_the_undo() {
    let project = shop();
    project.write("out/.gitignore", "*.log\n");
    project.write("out/run.log", "before\n");
    let mut session = writing(&project);
    let action = run(&mut session, &["out/run.log", "out/new.log"], "after\n", &[]);
    session.stop();
    project.write("out/.gitignore", "*\n");
    undo(&project, &[&action]);
    assert_eq!(project.read("out/.gitignore"), "*\n");
    assert_eq!(project.read("out/run.log"), "before\n");
    assert!(!project.path("out/new.log").exists());
}

#[test]
fn a_file_the_agent_only_read_and_one_the_user_made_meanwhile_survive() {
    let project = shop();
    project.write("out/read.txt", "read\n");
    let mut session = writing(&project);
    session.call("read_file", json!({ "path": "out/read.txt" })).done();
    let action = run(&mut session, &["out/written.txt"], "text\n", &[]);
    session.stop();
    project.write("out/read.txt", "read, and changed by the user\n");
    project.write("out/users.txt", "the user's own\n");
    undo(&project, &[&action]);
    assert!(!project.path("out/written.txt").exists());
    assert_eq!(project.read("out/read.txt"), "read, and changed by the user\n");
    assert_eq!(project.read("out/users.txt"), "the user's own\n");
}

#[test]
fn the_user_s_head_index_stash_reflog_hooks_and_config_are_untouched() {
    let project = shop();
    let root = project.root();
    git(&root, &["init", "--quiet", "-b", "main"]).succeeded();
    project.write(".gitignore", ".tgp/\nshop.db*\n");
    project.write("src/a.txt", "one\n");
    git(&root, &["add", "-A"]).succeeded();
    git(&root, &["commit", "--quiet", "-m", "First"]).succeeded();
    project.write("src/a.txt", "stashed\n");
    git(&root, &["stash", "--quiet"]).succeeded();
    project.write("src/staged.txt", "staged\n");
    git(&root, &["add", "src/staged.txt"]).succeeded();
    project.write(".git/hooks/post-commit", "#!/bin/sh\ntouch ran\n");
    let state = || -> Vec<(String, Vec<u8>)> {
        let mut found: Vec<_> = walk(&project.path(".git"))
            .into_iter()
            .map(|file| (file.display().to_string(), std::fs::read(&file).unwrap()))
            .collect();
        found.sort();
        found
    };
    let before = state();
    let mut session = writing(&project);
    let tool = number(&session.write("tools/add.ts", TOOL));
    let action = run(&mut session, &["out/a.txt"], "text\n", &["DELETE FROM notes"]);
    session.stop();
    undo(&project, &[&action]);
    undo(&project, &[&tool]);
    project.tgp(&["redo"]).succeeded();
    assert!(before == state(), "something below `.git` was touched");
    assert!(!project.path("ran").exists());
}

#[test]
fn git_gc_with_prune_now_in_the_library_loses_no_undo() {
    let project = shop();
    let mut session = project.session();
    session.write("tools/add.ts", TOOL).done();
    let before = library(&project);
    let changed = number(&session.write("tools/add.ts", &TOOL.replace("a + args.b", "a - args.b")));
    session.stop();
    git(&project.path(".tgp"), &["reflog", "expire", "--expire=now", "--all"]).succeeded();
    git(&project.path(".tgp"), &["gc", "--quiet", "--prune=now"]).succeeded();
    undo(&project, &[&changed]);
    assert_eq!(library(&project), before);
}

#[test]
fn an_undo_while_a_tool_runs_waits_for_nothing_half_done() {
    let project = shop();
    let mut session = writing(&project);
    let slow = "/** Waits, then writes. */\nexport default (): number => {\n  let n = 0;\n  while (n < 3e5) n += 1;\n  tgp.exec_sql(\"INSERT INTO notes VALUES ('slow', 1)\");\n  tgp.write_file('out/slow.txt', 'slow');\n  return n;\n};\n";
    session.write("tools/slow.ts", slow).done();
    let first = run(&mut session, &["out/a.txt"], "text\n", &["INSERT INTO notes VALUES ('first', 1)"]);
    let running = session.ask_call("exec_tool", &json!({ "path": "tools/slow.ts", "args": {} }));
    undo(&project, &[&first]);
    let done = session.answer_of_call(running).done().clone();
    session.stop();
    assert!(!project.path("out/a.txt").exists());
    assert_eq!(project.read("out/slow.txt"), "slow");
    let notes = |text: &str| -> i64 {
        project
            .database()
            .query_row("SELECT count(*) FROM notes WHERE text = ?1", [text], |row| row.get(0))
            .unwrap()
    };
    assert_eq!((notes("first"), notes("slow")), (0, 1));
    undo(&project, &[done["action"].as_str().unwrap()]);
    assert_eq!(notes("slow"), 0);
    assert_eq!(refused(&project, &[&first])["code"], "undo.impossible");
}

#[test]
fn where_the_person_forbids_tgp_s_table_sql_is_undone_without_it() {
    let project = shop();
    project.configure("database: 'sqlite:shop.db', actionsTable: false,");
    let mut session = project.session();
    let answer = session.call("exec_sql", json!({ "sql": "DELETE FROM notes" }));
    let action = number(&answer);
    session.stop();
    let tables = |name: &str| -> i64 {
        let count = "SELECT count(*) FROM sqlite_schema WHERE name = ?1";
        project.database().query_row(count, [name], |row| row.get(0)).unwrap()
    };
    assert_eq!(tables("tgp_actions"), 0);
    undo(&project, &[&action]);
    let rows: i64 = project.database().query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!((rows, tables("tgp_actions")), (3, 0));
}
