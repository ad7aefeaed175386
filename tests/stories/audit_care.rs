//! What a person does about the audit chain, and what the second anchor and the commitments are good for.

use std::fs;
use std::process::Command;

use serde_json::json;
use tgp_tests::remote::git;
use tgp_tests::walk;
use tgp_tests::{Finished, Project, Remote, places};

use crate::sources::HELLO;

fn work(project: &Project, name: &str) {
    let mut session = project.session();
    session.write(&format!("tools/{name}.ts"), HELLO);
    session.stop();
}

fn verify(project: &Project) -> Finished {
    project.tgp(&["audit", "verify", "--json"])
}

/// Deletes the state database, and the anchor in the user's own folder.
fn delete_both(project: &Project) {
    for file in walk(&project.path(".tgp/state")) {
        if file.file_name().unwrap().to_string_lossy().starts_with("tgp.db") {
            fs::remove_file(file).unwrap();
        }
    }
    let anchors: Vec<_> = walk(&project.above().join("state"))
        .into_iter()
        .filter(|file| file.ends_with("audit.json"))
        .collect();
    assert_eq!(anchors.len(), 1);
    fs::remove_file(&anchors[0]).unwrap();
}

#[test]
fn a_database_and_its_anchor_deleted_together_are_found_by_a_ref_that_is_never_pushed() {
    let remote = Remote::empty();
    let project = Project::with_remote(&remote.url());
    work(&project, "one");
    work(&project, "two");
    project.tgp(&["sync"]).succeeded();
    let library = project.path(".tgp");
    let refs = git(&library, &["for-each-ref", "--format=%(refname)"]).succeeded().stdout.clone();
    assert!(refs.lines().any(|name| name == "refs/tgp/audit"), "{refs}");
    let pushed = git(&remote.path(), &["for-each-ref", "--format=%(refname)"]).succeeded().stdout.clone();
    assert!(!pushed.contains("tgp"), "{pushed}");
    // Git's own housekeeping keeps it, packed or not, and finds nothing wrong with it.
    git(&library, &["fsck", "--strict"]).succeeded();
    git(&library, &["gc", "--quiet", "--prune=now"]).succeeded();
    git(&library, &["pack-refs", "--all"]).succeeded();
    assert_eq!(verify(&project).code, Some(0));
    delete_both(&project);
    let said = verify(&project);
    assert_eq!((said.code, &said.json()["damage"]["kind"]), (Some(12), &json!("deleted")), "{}", said.both());
    // A session that begins the database anew says it, and hides nothing.
    let begun = project.tgp(&["tool", "list"]);
    assert!(begun.stderr.contains("deleted"), "{}", begun.both());
    assert_eq!(verify(&project).code, Some(12));
}

#[test]
fn the_ref_leaves_one_object_however_often_it_is_written() {
    let project = Project::new();
    for number in 0..5 {
        work(&project, &format!("tool{number}"));
    }
    let unreachable = git(&project.path(".tgp"), &["fsck", "--unreachable"]);
    assert!(!unreachable.stdout.contains("unreachable blob"), "{}", unreachable.both());
}

#[test]
fn damage_is_accepted_by_a_person_at_a_terminal_and_by_nobody_else() {
    let project = Project::new();
    work(&project, "one");
    let none = project.at_a_terminal(&["audit", "accept", "evidence.db"], "y");
    assert!(none.code != Some(0) && none.stdout.contains("not damaged"), "{}", none.stdout);
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state
        .execute_batch("DROP TRIGGER audit_no_update; UPDATE audit SET payload = '{}' WHERE seq = 2")
        .unwrap();
    drop(state);
    assert_eq!(verify(&project).code, Some(16));
    let alone = project.tgp(&["audit", "accept", "evidence.db"]);
    assert!(alone.code != Some(0) && alone.stderr.contains("terminal.required"), "{}", alone.both());
    let no = project.at_a_terminal(&["audit", "accept", "evidence.db"], "n");
    assert!(no.stdout.contains("Nothing was changed"), "{}", no.stdout);
    assert!(!project.path("evidence.db").exists() && verify(&project).code == Some(16));
    let yes = project.at_a_terminal(&["audit", "accept", "evidence.db"], "y");
    assert!(yes.code == Some(0) && yes.stdout.contains("accepted: edited"), "{}", yes.stdout);
    let evidence = rusqlite::Connection::open(project.path("evidence.db")).unwrap();
    let kept: String =
        evidence.query_row("SELECT payload FROM audit WHERE seq = 2", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "{}", "the database as it was");
    assert_eq!(verify(&project).code, Some(0));
    work(&project, "two");
    assert_eq!(verify(&project).code, Some(0));
    let export = project.tgp(&["audit", "export"]).succeeded().stdout.clone();
    assert!(export.lines().any(|line| line.contains("edited") && line.contains("terminal")), "{export}");
}

#[test]
fn a_database_that_was_deleted_can_be_accepted_and_no_number_is_given_twice() {
    let project = Project::new();
    work(&project, "one");
    let before = verify(&project).json()["head"].as_str().unwrap().split_once(':').unwrap().0.to_owned();
    delete_both(&project);
    assert_eq!(verify(&project).code, Some(12));
    let yes = project.at_a_terminal(&["audit", "accept", "evidence.db"], "y");
    assert_eq!(yes.code, Some(0), "{}", yes.stdout);
    let after = verify(&project);
    assert_eq!(after.code, Some(0), "{}", after.both());
    let after = after.json()["head"].as_str().unwrap().split_once(':').unwrap().0.to_owned();
    assert!(after.parse::<u64>().unwrap() > before.parse::<u64>().unwrap(), "{before} {after}");
    work(&project, "two");
    assert_eq!(verify(&project).code, Some(0));
}

#[test]
fn old_rows_are_archived_into_a_file_and_the_chain_stays_whole() {
    let project = Project::new();
    work(&project, "one");
    work(&project, "two");
    let rows = verify(&project).json()["rows"].as_u64().unwrap();
    let early = project.tgp(&["audit", "archive", "--before", "2001-01-01 00:00", "old.jsonl", "--yes"]);
    assert!(early.code != Some(0) && early.stderr.contains("no row is older"), "{}", early.both());
    let wrong = project.tgp(&["audit", "archive", "--before", "the day before", "old.jsonl"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.both());
    // It moves rows for good: a person is asked.
    let unattended = project.tgp(&["audit", "archive", "--before", "2101-01-01 00:00", "old.jsonl"]);
    assert!(unattended.stderr.contains("terminal.required"), "{}", unattended.both());
    let no = project.at_a_terminal(&["audit", "archive", "--before", "2101-01-01 00:00", "old.jsonl"], "n");
    assert!(no.stdout.contains("Nothing was changed."), "{}", no.both());
    assert!(!project.path("old.jsonl").exists());
    let archived = project.json(&["audit", "archive", "--before", "2101-01-01 00:00", "old.jsonl", "--yes"]);
    assert_eq!(archived["rows"], rows);
    let sum =
        Finished::run(Command::new("sha256sum").arg(project.path("old.jsonl"))).succeeded().stdout.clone();
    assert!(sum.starts_with(archived["sha256"].as_str().unwrap()), "{sum} {archived}");
    assert_eq!(project.read("old.jsonl").lines().count() as u64, rows + 1);
    let after = verify(&project);
    assert_eq!((after.code, &after.json()["rows"]), (Some(0), &json!(1)), "{}", after.both());
    let over = project.tgp(&["audit", "archive", "--before", "2101-01-01 00:00", "old.jsonl", "--yes"]);
    assert_ne!(over.code, Some(0), "a file that is there is never written over");
    work(&project, "three");
    assert_eq!(verify(&project).code, Some(0));
    assert!(project.tgp(&["timeline"]).stdout.contains("tools/one.ts"), "the timeline keeps its rows");
}

#[test]
fn a_secret_that_was_taken_out_can_be_proven_later_and_no_other() {
    let project = Project::with_database("CREATE TABLE users (name TEXT, password TEXT)");
    let mut session = project.session();
    let insert = "INSERT INTO users (name, password) VALUES (?, ?)";
    session.call("exec_sql", json!({ "sql": insert, "params": ["Ada", "correct horse"] })).done();
    session.call("exec_sql", json!({ "sql": insert, "params": ["Bob", "battery staple"] })).done();
    session.stop();
    let text = project.state_text();
    assert!(!text.contains("correct horse") && !text.contains("battery staple"), "{text}");
    let actions = project.json(&["timeline"]);
    let of = |place: usize| {
        let all = actions["actions"].as_array().unwrap();
        let inserts: Vec<_> =
            all.iter().filter(|action| action.to_string().contains("INSERT INTO users")).collect();
        (inserts[place]["id"].as_str().unwrap().to_owned(), inserts[place].to_string())
    };
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    let commitment = |action: &str, place: u64| -> String {
        let payload: String = state
            .query_row(
                "SELECT payload FROM audit WHERE action_id = ?1 AND kind = 'intent'",
                [action],
                |row| row.get(0),
            )
            .unwrap();
        let begin = format!("[redacted {place} sha256:");
        let at = payload.find(&begin).unwrap_or_else(|| panic!("{payload}")) + begin.len();
        payload[at..at + 64].to_owned()
    };
    let program = "import hashlib, sys\n\
        text = lambda b: len(b).to_bytes(8, 'little') + b\n\
        salt, value, held = bytes.fromhex(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]\n\
        print(hashlib.sha256(b'tgp redacted 1' + text(salt) + text(value)).hexdigest() == held)\n";
    let check = |salt: &str, value: &str, held: &str| {
        let mut python = Command::new(places::python());
        Finished::run(python.args(["-c", program, salt, value, held])).succeeded().stdout.trim() == "True"
    };
    let (newest, _) = of(1);
    assert!(project.tgp(&["audit", "salt", &newest, "params", "2"]).stderr.contains("terminal.required"));
    let said = project.at_a_terminal(&["audit", "salt", &newest, "params", "2"], "y");
    let salt = said.stdout.split_whitespace().rev().find(|word| word.len() == 64);
    let salt = salt.unwrap_or_else(|| panic!("{}", said.stdout));
    assert!(check(salt, "battery staple", &commitment(&newest, 2)));
    assert!(!check(salt, "correct horse", &commitment(&newest, 2)));
    let (older, _) = of(0);
    assert!(!check(salt, "correct horse", &commitment(&older, 2)), "each place has a salt of its own");
}
