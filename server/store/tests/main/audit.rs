//! The chain: it grows in order, and every way to change it afterwards is found at the right row.

use tgp_model::ActionStatus;
use tgp_store::{Damage, Store};

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

fn found(state: &State) -> Option<Damage> {
    state.store.verify_audit().unwrap().damage
}

fn edited(seq: u64, what: &str) -> Damage {
    Damage::Edited { seq, what: what.to_owned() }
}

#[test]
fn a_whole_chain_is_found_whole_with_its_head() {
    let state = chain();
    let report = state.store.verify_audit().unwrap();
    assert_eq!((report.rows, report.damage), (10, None));
    assert_eq!(report.head, state.store.audit_head().unwrap());
    let empty = State::new().store.verify_audit().unwrap();
    assert_eq!((empty.rows, empty.head.seq, empty.damage), (0, 0, None));
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
fn one_row_changed_is_found_and_named_at_that_row() {
    for column in ["at", "kind", "action_id", "payload"] {
        let state = chain();
        damage(&state, &format!("UPDATE audit SET {column} = {column} || ' ' WHERE seq = 4"));
        assert_eq!(found(&state), Some(edited(4, "its hash does not fit its content")), "{column}");
    }
    let state = chain();
    damage(&state, "UPDATE audit SET hash = zeroblob(32) WHERE seq = 4");
    assert_eq!(found(&state), Some(edited(4, "its hash does not fit its content")));
    let state = chain();
    damage(&state, "UPDATE audit SET prev_hash = zeroblob(32) WHERE seq = 4");
    assert_eq!(found(&state), Some(edited(4, "it does not name the hash of the row before")));
    let state = chain();
    damage(&state, "UPDATE audit SET payload = CAST(payload AS BLOB) WHERE seq = 4");
    assert_eq!(found(&state), Some(edited(4, "a column holds another type")));
}

#[test]
fn a_row_changed_together_with_its_hash_is_found_at_that_row() {
    let state = chain();
    let other = crate::fixture::row(&state, 4, "{}");
    damage(
        &state,
        &format!("UPDATE audit SET payload = '{{}}', hash = x'{}' WHERE seq = 4", hex::encode(other)),
    );
    assert_eq!(found(&state), Some(edited(4, "it has another hash than the row after it names")));
}

#[test]
fn text_moved_from_one_column_to_the_next_is_found() {
    let state = chain();
    damage(
        &state,
        "UPDATE audit SET kind = kind || substr(action_id, 1, 1), action_id = substr(action_id, 2) WHERE seq = 2",
    );
    assert_eq!(found(&state).unwrap().name(), "edited");
}

#[test]
fn rows_taken_out_of_the_middle_are_found_and_named() {
    let state = chain();
    damage(&state, "DELETE FROM audit WHERE seq IN (6, 7)");
    assert_eq!(found(&state), Some(Damage::Removed { first: 6, last: 7 }));
    let state = chain();
    damage(&state, "DELETE FROM audit WHERE seq = 1");
    assert_eq!(found(&state), Some(Damage::Removed { first: 1, last: 1 }));
}

#[test]
fn rows_swapped_are_found_and_named() {
    let state = chain();
    damage(
        &state,
        "UPDATE audit SET seq = -7 WHERE seq = 7; UPDATE audit SET seq = 7 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = -7",
    );
    assert_eq!(found(&state), Some(Damage::Swapped { first: 7, second: 8 }));
    // Only what they say, with the hashes left where they were.
    let state = chain();
    let columns = "at, kind, action_id, payload";
    damage(
        &state,
        &format!(
            "CREATE TEMP TABLE two AS SELECT * FROM audit WHERE seq IN (3, 9); \
             UPDATE audit SET ({columns}) = (SELECT {columns} FROM two WHERE seq = 9) WHERE seq = 3; \
             UPDATE audit SET ({columns}) = (SELECT {columns} FROM two WHERE seq = 3) WHERE seq = 9"
        ),
    );
    assert_eq!(found(&state), Some(Damage::Swapped { first: 3, second: 9 }));
}

#[test]
fn a_cut_or_replaced_end_is_found_against_a_head_noted_before() {
    let state = chain();
    let head = state.store.audit_head().unwrap();
    assert_eq!(state.store.verify_audit_from(head).unwrap().damage, None);
    state.store.note_intent(&intent(6)).unwrap();
    let report = state.store.verify_audit_from(head).unwrap();
    assert_eq!((report.rows, report.damage), (1, None));
    damage(&state, "DELETE FROM audit WHERE seq >= 9");
    assert_eq!(found(&state), None, "the chain alone cannot know that it was longer");
    let damage = state.store.verify_audit_from(head).unwrap().damage;
    assert_eq!(damage, Some(Damage::Truncated { seq: 8, anchored: 10 }));
    // A fresh suffix is a whole chain too, but not the one that was noted.
    state.store.note_intent(&intent(7)).unwrap();
    state.store.note_intent(&intent(8)).unwrap();
    assert_eq!(found(&state), None);
    let damage = state.store.verify_audit_from(head).unwrap().damage;
    assert_eq!(damage, Some(Damage::Rewritten { after: 0, seq: 10 }));
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
        assert_eq!((report.rows, report.damage), (360, None));
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
    assert_eq!((report.rows, report.damage), (600, None));
}

#[test]
fn the_hash_is_made_as_the_documents_say() {
    use sha2::{Digest, Sha256};
    let state = chain();
    let hashes: Vec<Vec<u8>> = std::iter::once(vec![0; 32])
        .chain(
            state
                .by_hand()
                .prepare("SELECT hash FROM audit ORDER BY seq")
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .map(Result::unwrap),
        )
        .collect();
    for seq in 1..=10_usize {
        let row: [String; 4] = state
            .by_hand()
            .query_row(
                "SELECT at, kind, action_id, payload FROM audit WHERE seq = ?1",
                [i64::try_from(seq).unwrap()],
                |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]),
            )
            .unwrap();
        let mut content = b"tgp audit 2 row".to_vec();
        for field in &row {
            content.extend((field.len() as u64).to_le_bytes());
            content.extend(field.as_bytes());
        }
        let mut bytes = b"tgp audit 2 link".to_vec();
        bytes.extend((seq as u64).to_le_bytes());
        bytes.extend(&hashes[seq - 1]);
        bytes.extend(&hashes[seq & (seq - 1)]);
        bytes.extend(Sha256::digest(&content));
        assert_eq!(hashes[seq], Sha256::digest(&bytes).to_vec(), "{seq}");
    }
}

#[test]
fn a_clock_that_goes_backwards_is_counted_and_breaks_nothing() {
    let state = chain();
    let mut earlier = intent(6);
    earlier.at = crate::fixture::at(0);
    state.store.note_intent(&earlier).unwrap();
    let report = state.store.verify_audit().unwrap();
    assert_eq!((report.rows, report.steps_back, report.damage), (11, 1, None));
    assert_eq!(state.store.actions(&tgp_store::ActionFilter::default()).unwrap().len(), 6);
}

#[test]
fn a_long_chain_is_walked_in_pieces_and_damage_in_any_of_them_is_named() {
    let state = State::new();
    for number in 0..45_000 {
        state.store.note_read(&intent(number), &outcome(number, ActionStatus::Executed)).unwrap();
    }
    let report = state.store.verify_audit().unwrap();
    assert_eq!((report.rows, report.damage), (45_000, None));
    damage(&state, "UPDATE audit SET payload = '{}' WHERE seq IN (40000, 44000)");
    assert_eq!(found(&state), Some(edited(40_000, "its hash does not fit its content")));
    damage_again(&state, "UPDATE audit SET payload = '{}' WHERE seq = 22500");
    assert_eq!(found(&state), Some(edited(22_500, "its hash does not fit its content")));
    damage_again(&state, "DELETE FROM audit WHERE seq BETWEEN 22000 AND 23000");
    assert_eq!(found(&state), Some(Damage::Removed { first: 22_000, last: 23_000 }));
}

fn damage_again(state: &State, sql: &str) {
    state.by_hand().execute_batch(sql).unwrap();
}
