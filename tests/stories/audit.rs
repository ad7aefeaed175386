//! The audit chain: every kind of damage is found and has an exit code of its own; exports and proofs hold outside tgp.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use tgp_tests::walk;
use tgp_tests::{Finished, Project, places};

const TOOL: &str =
    "/** Adds. */\nexport default (args: { a: number; b: number }): number => args.a + args.b;\n";

/// A project in which an agent did something.
fn project() -> Project {
    let project = Project::new();
    work(&project, "one");
    work(&project, "two");
    project
}

fn work(project: &Project, name: &str) {
    let mut session = project.session();
    session.write(&format!("tools/{name}.ts"), TOOL);
    session.exec(&format!("tools/{name}.ts"), json!({ "a": 1, "b": 2 })).done();
    session.stop();
}

/// The chain, opened beside tgp by somebody who does not mind its triggers.
fn chain(project: &Project) -> Connection {
    let state = Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state.execute_batch("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;").unwrap();
    state
}

fn verify(project: &Project) -> Finished {
    project.tgp(&["audit", "verify", "--json"])
}

/// The damage is found, has its name and exit code, and stays named.
#[track_caller]
fn found(project: &Project, kind: &str, code: i32) {
    for time in ["first", "second"] {
        let said = verify(project);
        let found = said.json();
        assert_eq!((&found["damage"]["kind"], said.code), (&json!(kind), Some(code)), "{time}: {found:#}");
        assert_eq!(found["whole"], false);
        assert!(found["found_at"].is_string(), "{found:#}");
    }
    let page = project.tgp(&["audit", "verify"]);
    assert_eq!(page.code, Some(code));
    assert!(page.stdout.starts_with(&format!("{kind}: ")), "{}", page.stdout);
}

fn files_of_the_state(project: &Project) -> Vec<std::path::PathBuf> {
    let all = walk(&project.path(".tgp/state"));
    let is_ours =
        |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("tgp.db");
    all.into_iter().filter(is_ours).collect()
}

#[test]
fn a_chain_nobody_touched_is_whole() {
    let project = project();
    let said = verify(&project);
    let found = said.json();
    assert_eq!((&found["whole"], said.code), (&json!(true), Some(0)), "{found:#}");
    assert_eq!(found["anchored"], true, "{found:#}");
    assert!(found["rows"].as_u64().unwrap() >= 4, "{found:#}");
}

#[test]
fn a_changed_row_is_edited_and_exits_16() {
    let project = project();
    chain(&project)
        .execute("UPDATE audit SET payload = replace(payload, 'one', 'won') WHERE seq = 2", [])
        .unwrap();
    found(&project, "edited", 16);
}

#[test]
fn last_rows_that_are_gone_are_truncated_and_exit_10() {
    let project = project();
    // Only the very last one, which told of a run that changed nothing: a session that ended cleanly anchored it.
    chain(&project).execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", []).unwrap();
    found(&project, "truncated", 10);
}

#[test]
fn an_older_copy_is_rolled_back_and_exits_11() {
    let project = project();
    let older: Vec<_> = files_of_the_state(&project)
        .into_iter()
        .map(|file| (file.clone(), fs::read(file).unwrap()))
        .collect();
    work(&project, "three");
    for file in files_of_the_state(&project) {
        fs::remove_file(file).unwrap();
    }
    for (file, bytes) in &older {
        fs::write(file, bytes).unwrap();
    }
    found(&project, "rolled_back", 11);
}

#[test]
fn a_database_that_is_gone_is_deleted_and_exits_12() {
    let project = project();
    for file in files_of_the_state(&project) {
        fs::remove_file(file).unwrap();
    }
    found(&project, "deleted", 12);
    assert!(files_of_the_state(&project).is_empty(), "asking begins no new one");
    project.tgp(&["tool", "list"]).succeeded();
    found(&project, "deleted", 12);
}

#[test]
fn another_chain_that_fits_together_is_rewritten_and_exits_13() {
    let project = project();
    let other = Project::new();
    for name in ["one", "two", "three", "four"] {
        work(&other, name);
    }
    for file in files_of_the_state(&project) {
        fs::remove_file(file).unwrap();
    }
    for file in files_of_the_state(&other) {
        fs::copy(&file, project.path(".tgp/state").join(file.file_name().unwrap())).unwrap();
    }
    found(&project, "rewritten", 13);
}

#[test]
fn two_rows_that_changed_places_are_swapped_and_exit_14() {
    let project = project();
    chain(&project)
        .execute_batch(
            "UPDATE audit SET seq = -2 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; \
             UPDATE audit SET seq = 3 WHERE seq = -2;",
        )
        .unwrap();
    found(&project, "swapped", 14);
}

#[test]
fn rows_in_the_middle_that_are_gone_are_removed_and_exit_15() {
    let project = project();
    chain(&project).execute("DELETE FROM audit WHERE seq = 3", []).unwrap();
    found(&project, "removed", 15);
}

#[test]
fn a_damaged_file_is_unreadable_and_exits_17() {
    let project = project();
    Connection::open(project.path(".tgp/state/tgp.db"))
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let file = project.path(".tgp/state/tgp.db");
    let mut bytes = fs::read(&file).unwrap();
    let from = 4096.min(bytes.len() / 4);
    bytes[from..].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    let said = verify(&project);
    assert_eq!((said.code, &said.json()["damage"]["kind"]), (Some(17), &json!("unreadable")), "{said:?}");
    assert!(
        files_of_the_state(&project).len() > 1 || walk(&project.path(".tgp/state")).len() > 1,
        "the damaged one is kept"
    );
    assert_eq!(verify(&project).code, Some(17), "it stays named");
}

#[test]
fn an_anchor_that_cannot_be_read_exits_18() {
    let project = project();
    assert_eq!(verify(&project).code, Some(0));
    let anchor = walk(&project.above().join("state"))
        .into_iter()
        .find(|file| file.file_name().is_some_and(|name| name == "audit.json"))
        .unwrap();
    fs::write(anchor, "not an anchor").unwrap();
    let said = verify(&project);
    assert_eq!(said.code, Some(18), "{said:?}");
    assert!(said.json()["anchor_problem"].is_string());
}

#[test]
fn an_export_has_every_row_and_its_hashes_follow_each_other() {
    let project = project();
    project.tgp(&["audit", "export", "audit.jsonl"]).succeeded();
    let text = project.read("audit.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["format"], "tgp audit export 1");
    for pair in lines[1..].windows(2) {
        assert_eq!(pair[0]["hash"], pair[1]["before"]);
        assert_eq!(pair[0]["seq"].as_u64().unwrap() + 1, pair[1]["seq"].as_u64().unwrap());
    }
    let head = verify(&project).json()["head"].as_str().unwrap().to_owned();
    let newest = &lines[lines.len() - 1];
    assert_eq!(head, format!("{}:{}", newest["seq"], newest["hash"].as_str().unwrap()));
    assert_eq!(project.tgp(&["audit", "export"]).succeeded().stdout, text, "stdout has the same");
    let again = project.tgp(&["audit", "export", "audit.jsonl"]);
    assert_ne!(again.code, Some(0), "a file that is there is not overwritten");
    assert_eq!(project.read("audit.jsonl"), text);
}

/// The program that the guide prints.
fn checker() -> String {
    let guide = fs::read_to_string(places::repository().join("docs/guides/audit.md")).unwrap();
    let begin = guide.find("```python\n").unwrap() + "```python\n".len();
    let end = guide[begin..].find("```").unwrap();
    guide[begin..begin + end].to_owned()
}

fn check(proof: &str, head: &str) -> Finished {
    let mut child = Command::new("python3")
        .args(["-c", &checker(), head])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    child.stdin.take().unwrap().write_all(proof.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn a_proof_holds_for_the_program_in_the_guide_and_a_forged_one_does_not() {
    let project = project();
    let log = project.json(&["timeline", "--type", "file_create"]);
    let id = log["actions"][0]["id"].as_str().unwrap();
    let proof = project.tgp(&["audit", "prove", id]).succeeded().stdout.clone();
    let head = verify(&project).json()["head"].as_str().unwrap().to_owned();
    let said = check(&proof, &head);
    assert_eq!(said.succeeded().stdout, format!("whole: 2 rows of action {id}\n"));
    assert_ne!(check(&proof.replacen("one.ts", "two.ts", 1), &head).code, Some(0), "another content");
    assert_ne!(check(&proof, &format!("1:{}", "0".repeat(64))).code, Some(0), "another head");
    let unknown = project.tgp(&["audit", "prove", "01M7Z02YZK8KQ51VFEZFYY9R2C"]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.stderr);
    assert_eq!(project.tgp(&["audit", "prove", "nothing"]).code, Some(1));
}
