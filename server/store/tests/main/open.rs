//! Opening: new, again, by several at once, newer, foreign, damaged.

use std::fs;

use tgp_store::{OpenStoreError, Store};

use crate::fixture::{State, intent};

#[test]
fn a_new_database_is_made_with_its_folder_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/state/tgp.db");
    Store::open(&path).unwrap().note_intent(&intent(1)).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.open_intents().unwrap().len(), 1);
    assert_eq!(store.path(), path);
    assert!(store.quick_check().unwrap().is_empty());
}

#[test]
fn the_tables_carry_the_names_of_the_published_schema() {
    let state = State::new();
    let by_hand = state.by_hand();
    for (table, columns) in [
        (
            "agent_actions",
            "id project_id session_id agent_name action_type description details reversible requires_approval approved_by approved_at status branch_id created_at",
        ),
        (
            "agent_branches",
            "id project_id agent_name branch_name task_description status created_at updated_at",
        ),
        ("audit", "seq at kind action_id payload prev_hash hash"),
        ("tool_usage", "path runs failures last_run_at"),
    ] {
        let found: Vec<String> = by_hand
            .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for column in columns.split(' ') {
            assert!(found.iter().any(|name| name == column), "{table}.{column}");
        }
    }
}

#[test]
fn several_may_open_a_new_database_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Store::open(&path).unwrap().open_intents().unwrap());
        }
    });
}

#[test]
fn a_newer_version_is_refused_and_left_alone() {
    let state = State::new();
    state.by_hand().execute_batch("PRAGMA user_version = 99").unwrap();
    let error = Store::open(&state.path()).err().unwrap();
    assert!(matches!(error, OpenStoreError::Newer { found: 99, known: 5, .. }), "{error}");
    assert_eq!(state.number("PRAGMA user_version"), 99);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(OpenStoreError::Foreign { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_and_a_damaged_one_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    fs::write(&path, "no database at all, only text ".repeat(200)).unwrap();
    assert!(matches!(Store::open(&path), Err(OpenStoreError::Damaged { .. })));
    let state = State::new();
    let path = state.path();
    state.by_hand().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(state.store);
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..300].fill(0xAB);
    fs::write(&path, bytes).unwrap();
    let error = Store::open(&path).err().unwrap();
    assert!(matches!(error, OpenStoreError::Damaged { .. }), "{error}");
}

#[test]
fn one_damaged_page_is_found_by_the_quick_check() {
    let state = State::new();
    for number in 1..=200 {
        state.store.note_intent(&intent(number)).unwrap();
    }
    let page = state.number("SELECT rootpage FROM sqlite_schema WHERE name = 'agent_actions_session'");
    let path = state.path();
    drop(state.store);
    let mut bytes = fs::read(&path).unwrap();
    let begin = usize::try_from(page - 1).unwrap() * 4096;
    bytes[begin..begin + 4096].fill(0xAB);
    fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let damage = store.quick_check();
    assert!(damage.as_ref().map_or(true, |lines| !lines.is_empty()), "{damage:?}");
}

#[test]
fn a_folder_that_cannot_be_made_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Store::open(&folder.path().join("file/state/tgp.db")).err().unwrap();
    assert!(matches!(error, OpenStoreError::Unreachable { .. }), "{error}");
}
