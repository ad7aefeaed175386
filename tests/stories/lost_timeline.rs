//! A timeline that was lost with its database, found again in the library's commits and in an audit export.

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

fn agent(project: &Project, name: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", name]));
    session.connect(Era::Legacy);
    session
}

fn tool(text: &str) -> String {
    format!("/** Says something. */\nexport default (): string => '{text}';\n")
}

fn actions(project: &Project) -> Vec<Value> {
    project.json(&["timeline", "--limit", "100"])["actions"].as_array().unwrap().clone()
}

fn lose(project: &Project) {
    for name in ["tgp.db", "tgp.db-wal", "tgp.db-shm"] {
        let _ = std::fs::remove_file(project.path(".tgp/state").join(name));
    }
}

/// Two agents write, change and take back tools, and read; gives the timeline.
fn work(project: &Project) -> Vec<Value> {
    let mut coder = agent(project, "coder");
    coder.write("tools/one.ts", &tool("one"));
    coder.write("tools/one.ts", &tool("uno"));
    let gone = coder.write("tools/gone.ts", &tool("gone")).done()["action"].clone();
    coder.call("undo_action", json!({ "action": gone })).done();
    coder.call("read_file", json!({ "path": "tools/one.ts" })).done();
    coder.stop();
    let mut ops = agent(project, "ops");
    ops.write("tools/two.ts", &tool("two"));
    ops.stop();
    // A person's own commit is nobody's action.
    project.write(".tgp/tools/mine.ts", tool("mine"));
    let library = project.path(".tgp");
    tgp_tests::remote::git(&library, &["add", "tools/mine.ts"]).succeeded();
    tgp_tests::remote::git(
        &library,
        &["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "Mine"],
    )
    .succeeded();
    actions(project)
}

fn of<'a>(rows: &'a [Value], id: &Value) -> &'a Value {
    rows.iter().find(|row| row["id"] == *id).unwrap_or_else(|| panic!("{id} is not in {rows:#?}"))
}

#[test]
fn a_lost_timeline_is_found_again_in_the_library_s_commits_and_an_undo_of_it_works() {
    let project = Project::new();
    let before = work(&project);
    lose(&project);
    let said = project.tgp(&["timeline"]);
    assert!(said.succeeded().stdout.contains("[rebuilt from git trailers]"), "{}", said.stdout);
    assert!(
        said.stderr.contains("5 actions were found again") && said.stderr.contains("missing are reads"),
        "{}",
        said.stderr
    );
    let after = actions(&project);
    let written: Vec<&Value> = before.iter().filter(|row| row["commit"].is_string()).collect();
    assert_eq!((written.len(), after.len()), (5, 5), "{after:#?}");
    for row in &written {
        let again = of(&after, &row["id"]);
        for field in ["agent", "session", "type", "description", "files", "commit", "at"] {
            assert_eq!(again[field], row[field], "{field} of {row:#}");
        }
        assert_eq!((&again["rebuilt_from"], &again["status"]), (&json!("git trailers"), &json!("executed")));
    }
    // The next start finds nothing more, and says nothing.
    let quiet = project.tgp(&["timeline"]);
    assert!(!quiet.stderr.contains("found again"), "{}", quiet.stderr);
    // One agent's change is taken back, another's stays.
    let two = written.iter().find(|row| row["agent"] == "ops").unwrap();
    project.json(&["undo", two["id"].as_str().unwrap(), "--yes"]);
    assert!(!project.path(".tgp/tools/two.ts").exists());
    assert!(project.path(".tgp/tools/one.ts").exists());
    assert_eq!(of(&actions(&project), &two["id"])["status"], "undone");
}

#[test]
fn a_database_that_cannot_be_repaired_is_filled_up_from_the_commits() {
    let project = Project::new();
    let before = work(&project);
    for name in ["tgp.db-wal", "tgp.db-shm"] {
        let _ = std::fs::remove_file(project.path(".tgp/state").join(name));
    }
    project.write(".tgp/state/tgp.db", vec![7_u8; 40_960]);
    let after = actions(&project);
    for row in before.iter().filter(|row| row["commit"].is_string()) {
        assert_eq!(of(&after, &row["id"])["rebuilt_from"], "git trailers");
    }
}

#[test]
fn with_an_export_the_whole_timeline_and_the_chain_come_back() {
    let project = Project::new();
    let before = work(&project);
    project.tgp(&["audit", "export", "audit.jsonl"]).succeeded();
    lose(&project);
    let unattended = project.tgp(&["audit", "rebuild", "--from", "audit.jsonl"]);
    assert!(unattended.stderr.contains("terminal.required"), "{}", unattended.both());
    let said = project.at_a_terminal(&["audit", "rebuild", "--from", "audit.jsonl"], "y");
    assert!(
        said.stdout.contains("the chain is as it was") && said.stdout.contains("missing: "),
        "{}",
        said.both()
    );
    let after = actions(&project);
    assert_eq!(after.len(), before.len(), "{after:#?}");
    for row in &before {
        let again = of(&after, &row["id"]);
        for field in ["agent", "session", "type", "description", "files", "status", "commit"] {
            assert_eq!(again[field], row[field], "{field} of {row:#}");
        }
        assert_eq!(again["rebuilt_from"], "audit");
    }
    assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0), "its anchors fit again");
    // The chain holds the commits whole: what was written can be taken back.
    let two = before.iter().find(|row| row["agent"] == "ops" && row["commit"].is_string()).unwrap();
    project.json(&["undo", two["id"].as_str().unwrap(), "--yes"]);
    assert!(!project.path(".tgp/tools/two.ts").exists());
}

#[test]
fn an_export_that_comes_late_fills_the_timeline_up_and_says_that_the_chain_is_another() {
    let project = Project::new();
    let before = work(&project);
    project.tgp(&["audit", "export", "audit.jsonl"]).succeeded();
    lose(&project);
    assert_eq!(actions(&project).len(), 5);
    let found = project.json(&["audit", "rebuild", "--from", "audit.jsonl", "--yes"]);
    assert_eq!(found["chain_restored"], json!(false), "{found:#}");
    assert!(found["missing"].to_string().contains("tgp audit accept"), "{found:#}");
    let after = actions(&project);
    assert_eq!(after.len(), before.len(), "{after:#?}");
    let read = before.iter().find(|row| row["type"] == "file_read").unwrap();
    assert_eq!(of(&after, &read["id"])["rebuilt_from"], "audit");
    // A second time changes nothing.
    project.json(&["audit", "rebuild", "--from", "audit.jsonl", "--yes"]);
    assert_eq!(actions(&project).len(), before.len());
    let two = before.iter().find(|row| row["agent"] == "ops" && row["commit"].is_string()).unwrap();
    project.json(&["undo", two["id"].as_str().unwrap(), "--yes"]);
    assert!(!project.path(".tgp/tools/two.ts").exists());
}
