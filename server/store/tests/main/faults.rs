//! The disk fails, or the process dies, at every call to the file system that a note makes: old or new, never a third.

use std::path::Path;
use std::process::{Command, Stdio};

use tgp_model::ActionStatus;
use tgp_store::{Store, StoreError};

use crate::failing_disk::{self, Fault};
use crate::fixture::{action, again, handed, intent, outcome};

/// Runs a test again in a process whose disk does `fault` at the `nth` call to it.
fn child(name: &str, path: &Path, fault: &str, nth: u32) -> Command {
    let mut command = again(name, path);
    command.env("TGP_STORE_FAULT", format!("{fault}:{nth}")).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The fault the parent asks for.
fn asked() -> (Fault, u32) {
    let text = std::env::var("TGP_STORE_FAULT").unwrap();
    let (fault, nth) = text.split_once(':').unwrap();
    let fault = match fault {
        "die" => Fault::Die,
        "full" => Fault::Full,
        "torn" => Fault::DieTorn,
        other => panic!("{other}"),
    };
    (fault, nth.parse().unwrap())
}

/// A database with one whole action.
fn prepared() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    let store = Store::open(&path).unwrap();
    store.note_intent(&intent(1)).unwrap();
    store.note_outcome(&outcome(1, ActionStatus::Executed)).unwrap();
    drop(store);
    (folder, path)
}

/// Opens again and looks: the chain is whole, and each action is there with its row of the chain, or neither is.
fn look(path: &Path) -> (bool, bool) {
    let store = Store::open(path).unwrap();
    let report = store.verify_audit().unwrap();
    assert_eq!(report.damage, None);
    assert!(store.quick_check().unwrap().is_empty());
    let first = store.action(action(1)).unwrap().unwrap();
    assert_eq!(first.status, ActionStatus::Executed);
    let second = store.action(action(2)).unwrap();
    let ended = second.as_ref().is_some_and(|row| row.status == ActionStatus::Executed);
    assert_eq!(report.rows, 2 + u64::from(second.is_some()) + u64::from(ended));
    // And it can be gone on with.
    store.note_intent(&intent(3)).unwrap();
    assert_eq!(store.verify_audit().unwrap().damage, None);
    (second.is_some(), ended)
}

/// The child's part: notes an action and its outcome, and moves the log, on a disk that fails.
fn note_on_a_failing_disk(path: &Path) {
    let (fault, nth) = asked();
    failing_disk::install();
    let store = Store::open(path).unwrap();
    failing_disk::fail(fault, nth);
    let noted = store.note_intent(&intent(2));
    let ended = store.note_outcome(&outcome(2, ActionStatus::Executed));
    if fault == Fault::Full {
        for failed in [noted.as_ref().err(), ended.as_ref().err()].into_iter().flatten() {
            let is_named = matches!(failed, StoreError::Disk { .. } | StoreError::NotOpen { .. });
            assert!(is_named, "{failed:?}");
        }
        failing_disk::heal();
        // What was answered is there, what was refused is not; and the room goes on once there is room again.
        assert_eq!(store.action(action(2)).unwrap().is_some(), noted.is_ok());
        assert_eq!(store.verify_audit().unwrap().damage, None);
        if noted.is_err() {
            store.note_intent(&intent(2)).unwrap();
        }
        if ended.is_err() {
            store.note_outcome(&outcome(2, ActionStatus::Executed)).unwrap();
        }
    }
    drop(store);
}

/// Runs the child with the fault at the first call, the second, ... until it comes through without meeting it.
fn at_every_call(name: &str, fault: &str) -> Vec<(bool, bool)> {
    let mut seen = Vec::new();
    for nth in 1..200 {
        let (_folder, path) = prepared();
        let lived = child(name, &path, fault, nth).status().unwrap().success();
        let found = look(&path);
        if fault == "full" {
            assert!(lived, "the child failed at call {nth}");
            assert_eq!(found, (true, true));
        }
        seen.push(found);
        if lived && (fault != "full" || nth > 30) {
            assert_eq!(found, (true, true), "call {nth}");
            return seen;
        }
    }
    panic!("the fault was met at every call");
}

#[test]
fn killed_at_every_call_to_the_file_system_an_append_is_whole_or_not_there() {
    const NAME: &str = "faults::killed_at_every_call_to_the_file_system_an_append_is_whole_or_not_there";
    if let Some(path) = handed() {
        return note_on_a_failing_disk(&path);
    }
    let seen = at_every_call(NAME, "die");
    assert!(seen.len() > 6, "{} calls", seen.len());
    assert!(seen.contains(&(false, false)) && seen.contains(&(true, false)) && seen.contains(&(true, true)));
}

#[test]
fn killed_in_the_middle_of_every_write_an_append_is_whole_or_not_there() {
    const NAME: &str = "faults::killed_in_the_middle_of_every_write_an_append_is_whole_or_not_there";
    if let Some(path) = handed() {
        return note_on_a_failing_disk(&path);
    }
    let seen = at_every_call(NAME, "torn");
    assert!(seen.contains(&(false, false)) && seen.contains(&(true, true)));
}

#[test]
fn disk_full_at_any_write_is_a_named_error_and_nothing_is_lost() {
    const NAME: &str = "faults::disk_full_at_any_write_is_a_named_error_and_nothing_is_lost";
    if let Some(path) = handed() {
        return note_on_a_failing_disk(&path);
    }
    at_every_call(NAME, "full");
}

#[test]
fn a_power_loss_that_tears_the_log_at_any_byte_leaves_old_or_new() {
    let (_folder, path) = prepared();
    let keep = rusqlite::Connection::open(&path).unwrap();
    keep.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    let store = Store::open(&path).unwrap();
    store.note_intent(&intent(10)).unwrap();
    let wal = path.with_extension("db-wal");
    let before = std::fs::metadata(&wal).unwrap().len();
    store.note_intent(&intent(2)).unwrap();
    let (database, log) = (std::fs::read(&path).unwrap(), std::fs::read(&wal).unwrap());
    let mut seen = std::collections::BTreeSet::new();
    let before = usize::try_from(before).unwrap();
    for length in (before..=log.len()).step_by(97).chain([log.len() - 1, log.len()]) {
        let torn = tempfile::tempdir().unwrap();
        let path = torn.path().join("tgp.db");
        std::fs::write(&path, &database).unwrap();
        std::fs::write(path.with_extension("db-wal"), &log[..length]).unwrap();
        let store = Store::open(&path).unwrap();
        assert_eq!(store.verify_audit().unwrap().damage, None);
        assert!(store.action(action(10)).unwrap().is_some(), "what was synced before is never lost");
        seen.insert(store.action(action(2)).unwrap().is_some());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_database_that_another_process_holds_is_busy_and_nothing_is_lost() {
    let (_folder, path) = prepared();
    let store = Store::open(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.note_read(&intent(5), &outcome(5, ActionStatus::Executed)).unwrap();
    assert!(matches!(store.note_intent(&intent(2)), Err(StoreError::Busy)));
    assert!(store.action(action(5)).unwrap().is_none(), "who looks at the timeline waits for nobody");
    other.execute_batch("ROLLBACK").unwrap();
    store.note_intent(&intent(2)).unwrap();
    assert!(store.action(action(5)).unwrap().is_some(), "the read waited");
    assert_eq!(store.verify_audit().unwrap().damage, None);
}

#[test]
fn many_at_once_of_whom_some_are_refused_lose_nothing_and_share_their_syncs() {
    let (_folder, path) = prepared();
    let store = Store::open(&path).unwrap();
    let noted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16_u64)
            .map(|thread| {
                let store = &store;
                scope.spawn(move || {
                    let mut noted = 0;
                    for round in 0..20 {
                        // Every second number is tried by two threads: one of them is refused.
                        let number = 1_000 + round * 100 + if round % 2 == 0 { thread } else { thread / 2 };
                        match store.note_intent(&intent(number)) {
                            Ok(()) => noted += 1,
                            Err(StoreError::Duplicate { .. }) => {}
                            Err(other) => panic!("{other}"),
                        }
                    }
                    noted
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(noted, 10 * 16 + 10 * 8);
    let report = store.verify_audit().unwrap();
    assert_eq!((report.rows, report.damage), (2 + 240, None));
    assert_eq!(store.open_intents().unwrap().len(), 240);
}
