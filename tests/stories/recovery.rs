//! What a start makes of what a dead process left behind.

use serde_json::json;
use tgp_tests::{Project, remote};

const TOOL: &str =
    "/** Adds. */\nexport default (args: { a: number; b: number }): number => args.a + args.b;\n";

fn state(project: &Project) -> rusqlite::Connection {
    rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap()
}

/// A session that writes one tool and is killed before it can sync anything.
fn killed_after_a_write(project: &Project) {
    let mut session = project.session();
    session.call("write_file", json!({ "path": "tools/add.ts", "content": TOOL })).done();
    session.kill();
}

#[test]
fn a_write_that_was_answered_survives_a_power_loss_that_took_its_commit() {
    let project = Project::new();
    killed_after_a_write(&project);
    let library = project.path(".tgp");
    // What a power loss leaves: the ref before the write, the intent on the disk, and another run of the machine.
    remote::git(&library, &["update-ref", "refs/heads/main", "HEAD~1"]).succeeded();
    let changed = state(&project)
        .execute(
            "UPDATE agent_actions SET lock_id = 'GONE-anotherboot' WHERE action_type = 'file_create'",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    let answer = project.json(&["tool", "run", "tools/add.ts", "a=1", "b=2"]);
    assert_eq!(answer["result"], 3, "{answer}");
    let log = remote::git(&library, &["log", "--format=%s"]).both();
    assert!(log.contains("Created `tools/add.ts`"), "{log}");
    let kept: i64 =
        state(&project).query_row("SELECT count(*) FROM intent_content", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0, "what is safe in Git is kept twice");
}

#[test]
fn a_write_for_review_that_a_power_loss_took_is_made_again_on_its_branch_whatever_the_strategy_is_now() {
    let project = Project::with_settings("git: { writeStrategy: 'pr' },");
    killed_after_a_write(&project);
    let library = project.path(".tgp");
    // A rename that was never synced leaves an empty file.
    std::fs::write(library.join(".git/refs/heads/feat/add"), "").unwrap();
    std::fs::remove_dir_all(library.join(".git/logs/refs/heads/feat")).unwrap();
    let changed = state(&project)
        .execute(
            "UPDATE agent_actions SET lock_id = 'GONE-anotherboot' WHERE action_type = 'file_create'",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    project.configure("git: { writeStrategy: 'direct' },");
    project.tgp(&["tool", "list"]).succeeded();
    let shown = remote::git(&library, &["show", "feat/add:tools/add.ts"]).succeeded().stdout.clone();
    assert_eq!(shown, TOOL);
    let log = remote::git(&library, &["log", "--format=%s", "main"]).both();
    assert!(!log.contains("tools/add.ts"), "unreviewed code on main: {log}");
}

#[test]
fn after_a_kill_git_says_what_became_of_an_action() {
    let project = Project::new();
    killed_after_a_write(&project);
    // As if the process had died between the commit and the note of it.
    let database = state(&project);
    database.execute("UPDATE agent_actions SET status = 'pending', ended_at = NULL", []).unwrap();
    drop(database);
    let log = project.json(&["log", "--type", "file_create"]);
    assert_eq!(log["actions"][0]["status"], "executed", "{log}");
}
