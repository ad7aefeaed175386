//! The chain: it grows in order, and every way to change it afterwards is found at the right row.

use tgp_model::ActionStatus;
use tgp_store::{AuditBreak, Store};

use crate::fixture::{State, again, handed, intent, outcome};

/// Ten rows: five intents with their outcomes.
fn chain() -> State {
    let state = State::new();
    for number in 1..=5 {
        state.store.note_intent(&intent(number)).unwrap();
        state.store.note_outcome(&outcome(number, ActionStatus::Executed)).unwrap();
    }
    state
}

/// Changes the table as someone would who first takes the triggers away.
fn damage(state: &State, sql: &str) {
    state
        .by_hand()
        .execute_batch(&format!("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {sql}"))
        .unwrap();
}

fn found(state: &State) -> Option<(u64, String)> {
    state.store.verify_audit().unwrap().broken.map(|AuditBreak { seq, what }| (seq, what))
}

#[test]
fn a_whole_chain_is_found_whole_with_its_head() {
    let state = chain();
    let report = state.store.verify_audit().unwrap();
    assert_eq!((report.rows, report.broken), (10, None));
    assert_eq!(report.head, state.store.audit_head().unwrap());
    let empty = State::new().store.verify_audit().unwrap();
    assert_eq!((empty.rows, empty.head.seq, empty.broken), (0, 0, None));
}

#[test]
fn the_table_only_grows() {
    let state = chain();
    for sql in [
        "UPDATE audit SET payload = '' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT seq, at, kind, action_id, 'x', prev_hash, hash FROM audit WHERE seq = 3",
    ] {
        let by_hand = state.by_hand();
        by_hand.execute_batch("PRAGMA recursive_triggers = ON").unwrap();
        let error = by_hand.execute_batch(sql).unwrap_err();
        assert!(error.to_string().contains("the audit table only grows"), "{sql}: {error}");
    }
    assert_eq!(found(&state), None);
}

#[test]
fn every_change_of_a_row_is_found_at_that_row() {
    for column in ["at", "kind", "action_id", "payload"] {
        let state = chain();
        damage(&state, &format!("UPDATE audit SET {column} = {column} || ' ' WHERE seq = 4"));
        assert_eq!(found(&state), Some((4, "its hash does not fit its content".to_owned())), "{column}");
    }
    let state = chain();
    damage(&state, "UPDATE audit SET hash = zeroblob(32) WHERE seq = 4");
    assert_eq!(found(&state), Some((4, "its hash does not fit its content".to_owned())));
    let state = chain();
    damage(&state, "UPDATE audit SET prev_hash = zeroblob(32) WHERE seq = 4");
    assert_eq!(found(&state), Some((4, "it does not name the hash of the row before".to_owned())));
    let state = chain();
    damage(&state, "UPDATE audit SET payload = CAST(payload AS BLOB) WHERE seq = 4");
    assert_eq!(found(&state), Some((4, "a column holds another type".to_owned())));
}

#[test]
fn text_moved_from_one_column_to_the_next_is_found() {
    let state = chain();
    damage(
        &state,
        "UPDATE audit SET kind = kind || substr(action_id, 1, 1), action_id = substr(action_id, 2) WHERE seq = 2",
    );
    assert_eq!(found(&state).unwrap().0, 2);
}

#[test]
fn rows_taken_out_or_swapped_are_found() {
    let state = chain();
    damage(&state, "DELETE FROM audit WHERE seq = 6");
    assert_eq!(found(&state), Some((6, "it is gone".to_owned())));
    let state = chain();
    damage(&state, "DELETE FROM audit WHERE seq = 1");
    assert_eq!(found(&state), Some((1, "it is gone".to_owned())));
    let state = chain();
    damage(
        &state,
        "UPDATE audit SET seq = -7 WHERE seq = 7; UPDATE audit SET seq = 7 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = -7",
    );
    assert_eq!(found(&state).unwrap().0, 7);
}

#[test]
fn a_cut_or_replaced_end_is_found_against_a_head_noted_before() {
    let state = chain();
    let head = state.store.audit_head().unwrap();
    assert_eq!(state.store.verify_audit_from(head).unwrap().broken, None);
    state.store.note_intent(&intent(6)).unwrap();
    let report = state.store.verify_audit_from(head).unwrap();
    assert_eq!((report.rows, report.broken), (1, None));
    damage(&state, "DELETE FROM audit WHERE seq >= 9");
    assert_eq!(found(&state), None, "the chain alone cannot know that it was longer");
    let broken = state.store.verify_audit_from(head).unwrap().broken.unwrap();
    assert_eq!((broken.seq, broken.what.as_str()), (10, "it is gone"));
    // A fresh suffix is a whole chain too, but not the one that was noted.
    state.store.note_intent(&intent(7)).unwrap();
    state.store.note_intent(&intent(8)).unwrap();
    assert_eq!(found(&state), None);
    assert_eq!(state.store.verify_audit_from(head).unwrap().broken.unwrap().seq, 10);
}

#[test]
fn two_processes_append_to_one_chain() {
    const NAME: &str = "audit::two_processes_append_to_one_chain";
    if let Some(path) = handed() {
        let store = Store::open(&path).unwrap();
        let first = u64::from(std::process::id()) * 1_000;
        for number in first..first + 40 {
            store.note_intent(&intent(number)).unwrap();
            store.note_read(&intent(number + 500), &outcome(number + 500, ActionStatus::Executed)).unwrap();
            store.note_outcome(&outcome(number, ActionStatus::Executed)).unwrap();
        }
    } else {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/tgp.db");
        // Both also make the file and its tables at the same moment.
        let children: Vec<_> =
            (0..3).map(|_| again(NAME, &path).stdout(std::process::Stdio::null()).spawn().unwrap()).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let report = Store::open(&path).unwrap().verify_audit().unwrap();
        assert_eq!((report.rows, report.broken), (360, None));
    }
}

#[test]
fn many_threads_append_to_one_chain() {
    let state = State::new();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let store = &state.store;
            scope.spawn(move || {
                for number in thread * 1_000..thread * 1_000 + 50 {
                    store.note_intent(&intent(number)).unwrap();
                    store
                        .note_read(&intent(number + 500), &outcome(number + 500, ActionStatus::Executed))
                        .unwrap();
                    store.note_outcome(&outcome(number, ActionStatus::Executed)).unwrap();
                }
            });
        }
    });
    let report = state.store.verify_audit().unwrap();
    assert_eq!((report.rows, report.broken), (600, None));
}

#[test]
fn the_hash_is_made_as_the_documents_say() {
    use sha2::{Digest, Sha256};
    let state = State::new();
    state.store.note_intent(&intent(1)).unwrap();
    let (at, kind, action, payload, hash): (String, String, String, String, Vec<u8>) = state
        .by_hand()
        .query_row("SELECT at, kind, action_id, payload, hash FROM audit", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .unwrap();
    let mut bytes = b"tgp audit 1".to_vec();
    bytes.extend([0_u8; 32]);
    bytes.extend(1_u64.to_le_bytes());
    for field in [&at, &kind, &action, &payload] {
        bytes.extend((field.len() as u64).to_le_bytes());
        bytes.extend(field.as_bytes());
    }
    assert_eq!(hash, Sha256::digest(&bytes).to_vec());
}
