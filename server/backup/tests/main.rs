//! Copies of a database that others use.
#![allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]

use rusqlite::Connection;
use tgp_backup::{BackupError, back_up};

fn count(path: &std::path::Path) -> i64 {
    Connection::open(path).unwrap().query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_copy_holds_what_was_committed_and_nothing_of_an_open_transaction() {
    for mode in ["WAL", "DELETE"] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let writer = Connection::open(&database).unwrap();
        writer.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(())).unwrap();
        writer
            .execute_batch(
                "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); BEGIN IMMEDIATE; DELETE FROM t",
            )
            .unwrap();
        let size = back_up(&database, &folder.path().join("copies"), "1.db", 1 << 20).unwrap();
        let copy = folder.path().join("copies/1.db");
        assert_eq!(size, std::fs::metadata(&copy).unwrap().len());
        assert_eq!(count(&copy), 2, "{mode}");
        writer.execute_batch("COMMIT").unwrap();
        assert_eq!(count(&database), 0);
    }
}

#[test]
fn a_database_that_is_too_large_or_missing_leaves_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    let copies = folder.path().join("copies");
    assert!(matches!(back_up(&database, &copies, "1.db", 1), Err(BackupError::Io { .. })));
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(back_up(&database, &copies, "1.db", 1), Err(BackupError::TooLarge { .. })));
    std::fs::write(&database, "this is no database, and long enough to be looked at as one. ".repeat(20))
        .unwrap();
    assert!(matches!(back_up(&database, &copies, "1.db", 1 << 20), Err(BackupError::Database { .. })));
    assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 0);
}

#[test]
fn the_oldest_copies_go_when_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let copies = folder.path().join("copies");
    for number in 0..25 {
        back_up(&database, &copies, &format!("{number:02}.db"), 1 << 20).unwrap();
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&copies).unwrap().map(|item| item.unwrap().file_name()).collect();
    names.sort();
    assert_eq!((names.len(), names[0].to_str().unwrap()), (20, "05.db"));
}
