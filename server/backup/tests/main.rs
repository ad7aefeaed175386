//! Copies of a database that others use.
#![allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]

use rusqlite::Connection;
use tgp_backup::{BackupError, back_up, copy_to, put_back, same};

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

#[test]
fn a_copy_put_back_is_the_database_again_also_under_the_eyes_of_others_and_two_of_them_are_told_apart() {
    for mode in ["WAL", "DELETE"] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        let other = Connection::open(&database).unwrap();
        other.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(())).unwrap();
        other.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)").unwrap();
        let copies = folder.path().join("copies");
        copy_to(&database, &copies, "1.db", 1 << 20).unwrap();
        let copy = copies.join("1.db");
        assert!(same(&copy, &database).unwrap(), "{mode}");
        other
            .execute_batch(
                "DELETE FROM t; CREATE TABLE more (b); INSERT INTO more VALUES (hex(zeroblob(9000)))",
            )
            .unwrap();
        assert!(!same(&copy, &database).unwrap(), "{mode}");
        put_back(&copy, &database).unwrap();
        assert!(same(&copy, &database).unwrap(), "{mode}");
        let seen: i64 = other.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(seen, 2, "whoever has it open sees it");
        assert!(other.execute_batch("INSERT INTO more VALUES (1)").is_err());
        let named = |item: std::io::Result<std::fs::DirEntry>| item.unwrap().file_name();
        assert_eq!(std::fs::read_dir(&copies).unwrap().map(named).collect::<Vec<_>>(), ["1.db"]);
        drop(other);
        let check: String = Connection::open(&database)
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
    }
}

#[test]
fn a_database_somebody_writes_to_is_not_put_back_half() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    let other = Connection::open(&database).unwrap();
    other.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    let copies = folder.path().join("copies");
    copy_to(&database, &copies, "1.db", 1 << 20).unwrap();
    other.execute_batch("INSERT INTO t VALUES (2); BEGIN IMMEDIATE; INSERT INTO t VALUES (3)").unwrap();
    assert!(matches!(put_back(&copies.join("1.db"), &database), Err(BackupError::Busy { .. })));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&database), 3);
}
