//! Export, archive, proof: what a third party can check without the database.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use tgp_model::ActionStatus;
use tgp_store::{Damage, Store, StoreError};

use crate::fixture::{State, action, at, intent, outcome};

fn chain(actions: u64) -> State {
    let state = State::new();
    for number in 1..=actions {
        state.store.note_read(&intent(number), &outcome(number, ActionStatus::Executed)).unwrap();
    }
    state.store.flush().unwrap();
    state.store.note_intent(&intent(actions + 1)).unwrap();
    state.store.note_outcome(&outcome(actions + 1, ActionStatus::Executed)).unwrap();
    state
}

/// The checker of the guide, as it stands there.
fn checker() -> String {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/audit.md");
    let guide = fs::read_to_string(guide).unwrap();
    let program = guide.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(program.lines().count() <= 26, "{} lines", program.lines().count());
    program.to_owned()
}

/// What the checker says about a proof and a head known from elsewhere.
fn check(proof: &Value, head: &str) -> bool {
    let mut child = Command::new("python3")
        .args(["-c", &checker(), head])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(proof.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success() && String::from_utf8_lossy(&output.stdout).starts_with("whole")
}

fn head_of(state: &State) -> String {
    let head = state.store.audit_head().unwrap();
    format!("{}:{}", head.seq, hex::encode(head.hash))
}

#[test]
fn a_proof_of_one_action_is_checked_with_the_program_of_the_guide() {
    let state = chain(1_000);
    let head = head_of(&state);
    for number in [1, 2, 511, 512, 777, 1_000, 1_001] {
        let proof = state.store.prove_action(action(number)).unwrap();
        assert!(check(&proof, &head), "{number}");
        assert!(proof.to_string().len() < 30_000, "{} bytes", proof.to_string().len());
        let other = intent(if number == 5 { 6 } else { 5 }).description;
        assert!(!proof.to_string().contains(&other), "nothing about other actions");
    }
    assert!(!check(&state.store.prove_action(action(3)).unwrap(), "1002:00"));
}

#[test]
fn a_proof_with_anything_changed_is_refused() {
    let state = chain(100);
    let head = head_of(&state);
    let proof = state.store.prove_action(action(37)).unwrap();
    for (pointer, value) in [
        ("/rows/0/payload", "{}"),
        ("/rows/0/at", "2020-01-01T00:00:00.000Z"),
        ("/rows/0/action", "01KAB0000000000000000000PR"),
        ("/rows/0/path/1/content", "00"),
    ] {
        let mut forged = proof.clone();
        *forged.pointer_mut(pointer).unwrap() = Value::from(value);
        assert!(!check(&forged, &head), "{pointer}");
    }
    let mut shorter = proof.clone();
    shorter["rows"][0]["path"].as_array_mut().unwrap().pop();
    assert!(!check(&shorter, &head));
    let mut moved = proof;
    moved["rows"][0]["seq"] = Value::from(38);
    assert!(!check(&moved, &head));
}

#[test]
fn what_is_not_there_or_is_damaged_is_not_proven() {
    let state = chain(20);
    assert!(matches!(state.store.prove_action(action(99)), Err(StoreError::Audit { .. })));
    state
        .by_hand()
        .execute_batch("DROP TRIGGER audit_no_update; UPDATE audit SET payload = '{}' WHERE seq = 16")
        .unwrap();
    let error = state.store.prove_action(action(3)).unwrap_err().to_string();
    assert!(error.contains("row 16 is damaged"), "{error}");
}

#[test]
fn an_export_is_one_row_a_line_and_carries_the_chain() {
    let state = chain(50);
    let mut export = Vec::new();
    let exported = state.store.export_audit(&mut export).unwrap();
    assert_eq!((exported.rows, exported.head), (52, state.store.audit_head().unwrap()));
    let lines: Vec<Value> =
        String::from_utf8(export).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), lines[0]["format"].as_str()), (53, Some("tgp audit export 1")));
    assert_eq!(lines[52]["before"], lines[51]["hash"]);
    let payload: Value = serde_json::from_str(lines[1]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["intent"]["agent"], "coder");
}

#[test]
fn a_full_disk_while_exporting_is_an_error_with_its_cause() {
    let state = chain(50);
    let mut full = fs::File::options().write(true).open("/dev/full").unwrap();
    let error = state.store.export_audit(&mut full).unwrap_err();
    assert!(matches!(error, StoreError::Disk { .. }), "{error}");
}

#[test]
fn archived_rows_go_into_a_file_and_the_chain_goes_on_from_their_head() {
    let state = chain(100);
    let before = state.store.audit_head().unwrap();
    let file = state.folder.path().join("audit-1.jsonl");
    let archived = state.store.archive_audit(77, &file, at(500)).unwrap();
    assert_eq!((archived.rows, archived.head.seq), (77, 77));
    assert_eq!(state.number("SELECT min(seq) FROM audit"), 78);
    let report = state.store.verify_audit().unwrap();
    assert_eq!((report.rows, report.damage), (26, None));
    assert_eq!(state.store.audit_head().unwrap().seq, before.seq + 1, "the chain says that it was archived");
    assert_eq!(state.store.verify_audit_from(before).unwrap().damage, None);
    // Later rows name rows that are archived now, and proofs still work.
    for number in 200..400 {
        state.store.note_intent(&intent(number)).unwrap();
    }
    assert_eq!(state.store.verify_audit().unwrap().damage, None);
    assert!(check(&state.store.prove_action(action(90)).unwrap(), &head_of(&state)));
    // Again, from where it stands.
    let next = state.folder.path().join("audit-2.jsonl");
    assert_eq!(state.store.archive_audit(200, &next, at(600)).unwrap().rows, 123);
    assert_eq!(state.store.verify_audit().unwrap().damage, None);
    assert!(state.store.archive_audit(200, &file, at(700)).is_err(), "nothing is archived twice");
    let sha = sha2::Sha256::digest(fs::read(&file).unwrap());
    assert_eq!(archived.sha256, <[u8; 32]>::from(sha));
    // The archive reads like any export.
    let other = State::new();
    let imports = other.store.rebuild_from_export(&mut fs::read(&file).unwrap().as_slice()).unwrap();
    assert_eq!((imports.rows, imports.head, imports.stopped), (77, archived.head, None));
}

use sha2::Digest;

#[test]
fn a_file_that_is_there_is_never_overwritten_by_an_archive() {
    let state = chain(10);
    let file = state.folder.path().join("mine.txt");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(state.store.archive_audit(5, &file, at(500)), Err(StoreError::Disk { .. })));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(state.store.verify_audit().unwrap().rows, 12);
    let left: Vec<_> =
        fs::read_dir(state.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn damaged_rows_are_not_archived() {
    let state = chain(10);
    state
        .by_hand()
        .execute_batch("DROP TRIGGER audit_no_update; UPDATE audit SET payload = '{}' WHERE seq = 3")
        .unwrap();
    let error = state.store.archive_audit(5, &state.folder.path().join("a"), at(500)).unwrap_err();
    assert!(error.to_string().contains("damaged at row 3"), "{error}");
    assert_eq!(state.store.verify_audit().unwrap().damage.unwrap().name(), "edited");
}

#[test]
fn rows_that_a_killed_retention_left_are_swept_and_are_no_damage() {
    let state = chain(50);
    let by_hand = state.by_hand();
    by_hand
        .execute_batch("CREATE TEMP TABLE left_over AS SELECT * FROM audit WHERE seq BETWEEN 15 AND 20")
        .unwrap();
    state.store.archive_audit(20, &state.folder.path().join("a"), at(500)).unwrap();
    // As if it had been killed between noting and deleting.
    by_hand.execute_batch("INSERT INTO audit SELECT * FROM left_over").unwrap();
    assert_eq!(state.store.verify_audit().unwrap().damage, None);
    state.store.sweep_archived().unwrap();
    assert_eq!(state.number("SELECT min(seq) FROM audit"), 21);
}

#[test]
fn the_table_still_only_grows_after_an_archive() {
    let state = chain(50);
    state.store.archive_audit(20, &state.folder.path().join("a"), at(500)).unwrap();
    let error = state.by_hand().execute_batch("DELETE FROM audit WHERE seq = 30").unwrap_err();
    assert!(error.to_string().contains("only grows"), "{error}");
    state
        .by_hand()
        .execute_batch("UPDATE audit_begin SET seq = 30, hash = (SELECT hash FROM audit WHERE seq = 30)")
        .unwrap();
    let damage = state.store.verify_audit().unwrap().damage;
    assert_eq!(damage, Some(Damage::Removed { first: 1, last: 30 }), "no row of the chain says so");
}

#[test]
fn the_person_is_warned_when_the_state_grows_large() {
    let state = chain(200);
    let used = state.store.storage().unwrap();
    assert!(used.database + used.log > 50_000 && used.audit_rows == 202, "{used:?}");
    assert_eq!(used.warning(1 << 30), None);
    assert!(used.warning(10_000).unwrap().contains("tgp audit archive"));
}

#[test]
fn rows_are_found_by_the_time_before_which_they_may_go() {
    let state = chain(20);
    assert_eq!(state.store.audit_row_before(at(11)).unwrap(), Some(10));
    assert_eq!(state.store.audit_row_before(at(0)).unwrap(), None);
}

#[test]
fn a_last_row_whose_hash_is_no_hash_is_named_and_stops_nothing() {
    let state = chain(10);
    state
        .by_hand()
        .execute_batch("DROP TRIGGER audit_no_update; UPDATE audit SET hash = 'x' WHERE seq = 12")
        .unwrap();
    assert_eq!(state.store.verify_audit().unwrap().damage.unwrap().name(), "edited");
    state.store.note_intent(&intent(500)).unwrap();
    assert_eq!(state.store.verify_audit().unwrap().damage.unwrap().name(), "edited");
}

#[test]
fn a_database_of_the_first_version_keeps_its_rows_and_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    // Made by the version before: dumped from it, with twelve rows of its chain.
    rusqlite::Connection::open(&path).unwrap().execute_batch(include_str!("first_version.sql")).unwrap();
    let store = Store::open(&path).unwrap();
    let report = store.verify_audit().unwrap();
    assert_eq!((report.rows, report.damage), (12, None));
    let actions = store.actions(&tgp_store::ActionFilter::default()).unwrap();
    assert_eq!(actions.len(), 8);
    assert!(actions.iter().any(|row| row.branch.as_deref() == Some("feat/a")));
    for number in 900..910 {
        store.note_intent(&intent(number)).unwrap();
    }
    assert_eq!(store.verify_audit().unwrap().rows, 22);
    assert!(store.prove_action(action(905)).is_ok());
    let error = store.prove_action(actions[7].id).unwrap_err().to_string();
    assert!(error.contains("noted before rows could be proven one by one"), "{error}");
    let mut export = Vec::new();
    store.export_audit(&mut export).unwrap();
    let other = State::new();
    assert_eq!(other.store.rebuild_from_export(&mut export.as_slice()).unwrap().rows, 22);
    assert_eq!(other.store.verify_audit().unwrap().damage, None);
    let archived = store.archive_audit(15, &folder.path().join("a"), at(1_000)).unwrap();
    assert_eq!((archived.rows, store.verify_audit().unwrap().damage), (15, None));
}
