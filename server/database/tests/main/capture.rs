//! What a run changed is known before it is committed, and so is what cannot be taken back.

use std::time::Duration;

use tgp_database::{Captured, DatabaseLimits, Reason, RunLimits, SqlParams, changed_rows};

use crate::fixture::{Shop, execute};

fn reasons(schema: &str, statements: &[&str]) -> Vec<Reason> {
    let shop = Shop::new();
    shop.elsewhere(schema);
    let mut run = shop.begin();
    for sql in statements {
        execute(&mut run, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    run.capture().unwrap().irreversible
}

#[test]
fn a_run_that_only_reads_has_nothing_to_undo() {
    let shop = Shop::new();
    let mut run = shop.begin();
    assert_eq!(run.capture().unwrap(), Captured::default());
    execute(&mut run, "SELECT * FROM users").unwrap();
    assert_eq!(run.capture().unwrap(), Captured::default());
    run.commit().unwrap();
}

#[test]
fn the_next_run_on_the_same_connection_begins_with_nothing() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users").unwrap();
    assert_eq!(run.capture().unwrap().rows, 3);
    drop(run);
    assert_eq!(shop.captured(&["INSERT INTO log VALUES (1)"]).rows, 1);
    assert_eq!(shop.captured(&["INSERT INTO log VALUES (2)"]).rows, 1);
}

#[test]
fn capturing_twice_in_a_run_says_all_of_it_each_time() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "INSERT INTO log VALUES (1)").unwrap();
    assert_eq!(run.capture().unwrap().rows, 1);
    execute(&mut run, "INSERT INTO log VALUES (2)").unwrap();
    let captured = run.capture().unwrap();
    assert_eq!(captured, run.capture().unwrap());
    assert_eq!(captured.rows, 2);
}

#[test]
fn a_change_of_the_schema_is_irreversible() {
    for statement in [
        "CREATE TABLE new (a)",
        "DROP TABLE orders",
        "ALTER TABLE users ADD COLUMN age",
        "ALTER TABLE users RENAME TO people",
        "CREATE INDEX i ON users (name)",
        "DROP VIEW active_users",
        "CREATE TRIGGER t AFTER DELETE ON users BEGIN DELETE FROM log; END",
        "CREATE VIRTUAL TABLE words USING fts5(text)",
        "ANALYZE",
    ] {
        let reasons = reasons("", &[statement]);
        assert!(matches!(reasons.as_slice(), [Reason::Schema { .. }]), "{statement}: {reasons:?}");
    }
    assert_eq!(
        reasons("", &["DROP VIEW active_users"])[0].to_string(),
        "the schema is changed (`active_users`)"
    );
}

#[test]
fn rows_changed_beside_a_change_of_the_schema_are_still_held() {
    let shop = Shop::new();
    let captured = shop.captured(&[
        "UPDATE users SET name = 'x' WHERE id = 1",
        "CREATE TABLE new (a)",
        "INSERT INTO new VALUES (1)",
        "UPDATE orders SET total = 1 WHERE id = 1",
        "ALTER TABLE orders ADD COLUMN note",
        "UPDATE orders SET total = 2 WHERE id = 2",
    ]);
    assert_eq!(captured.irreversible.len(), 1);
    // What was touched in a table before it was altered has no form any more in which it could come back.
    assert_eq!(captured.rows, 2);
    let (undone, _) = shop.undo(&captured);
    assert_eq!(undone.applied, 2);
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE name = 'Ada'"), 1);
}

#[test]
fn virtual_tables_are_irreversible_also_when_a_trigger_writes_them() {
    let schema =
        "CREATE VIRTUAL TABLE words USING fts5(text); CREATE VIRTUAL TABLE boxes USING rtree(id, a, b);
        CREATE TRIGGER index_users AFTER UPDATE ON users BEGIN INSERT INTO words VALUES (new.name); END;";
    let words = Reason::VirtualTable { table: "words".to_owned() };
    assert_eq!(reasons(schema, &["INSERT INTO words VALUES ('a')"]), std::slice::from_ref(&words));
    assert_eq!(reasons(schema, &["UPDATE users SET name = 'x'"]), [words]);
    assert_eq!(
        reasons(schema, &["INSERT INTO boxes VALUES (1, 2, 3)"]),
        [Reason::VirtualTable { table: "boxes".to_owned() }]
    );
}

#[test]
fn rows_that_cannot_be_addressed_are_irreversible() {
    let schema = "CREATE TABLE t (rowid, _rowid_, oid); INSERT INTO t VALUES (1, 2, 3);";
    assert_eq!(reasons(schema, &["UPDATE t SET oid = 4"]), [Reason::HiddenRowid { table: "t".to_owned() }]);
}

#[test]
fn tables_of_sqlites_own_are_irreversible() {
    let schema = "CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1); ANALYZE;";
    assert_eq!(
        reasons(schema, &["DELETE FROM sqlite_stat1"]),
        [Reason::SystemTable { table: "sqlite_stat1".to_owned() }]
    );
}

#[test]
fn more_than_a_changeset_may_hold_is_irreversible_and_takes_no_memory() {
    let limits = DatabaseLimits { changeset_bytes: 10_000, ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO log SELECT 'row ' || i FROM n";
    let captured = shop.captured(&[fill]);
    assert_eq!(captured.irreversible, [Reason::TooLarge { limit: 10_000 }]);
    assert_eq!((captured.changeset.len(), captured.rows), (0, 1000));
    assert_eq!(shop.captured(&["DELETE FROM log"]).irreversible, [Reason::TooLarge { limit: 10_000 }]);
    assert_eq!(shop.captured(&["INSERT INTO log VALUES (1)"]).irreversible, []);
}

#[test]
fn a_preview_counts_the_rows_and_leaves_them() {
    let shop = Shop::new();
    let before = shop.dump();
    let sql = "INSERT INTO users (name) VALUES (:a), ('b')";
    let params = SqlParams::Named(vec![("a".to_owned(), crate::fixture::text("a"))]);
    let preview = shop.database.preview(sql, &params, 3, RunLimits::default()).unwrap();
    assert_eq!(shop.dump(), before);
    let counts: Vec<(&str, u64)> =
        preview.changed.tables.iter().map(|count| (count.table.as_str(), count.inserted)).collect();
    assert_eq!(counts, [("log", 2), ("users", 2)]);
    assert_eq!((preview.rows, preview.changed.rows.len(), preview.irreversible.len()), (4, 3, 0));
    let preview =
        shop.database.preview("DROP TABLE orders", &SqlParams::none(), 3, RunLimits::default()).unwrap();
    assert!(matches!(preview.irreversible.as_slice(), [Reason::Schema { .. }]));
    let preview =
        shop.database.preview("SELECT * FROM users", &SqlParams::none(), 3, RunLimits::default()).unwrap();
    assert_eq!(preview.rows, 0);
    assert_eq!(shop.dump(), before);
}

#[test]
fn long_values_are_shown_short_and_come_back_whole() {
    let shop = Shop::new();
    let captured = shop.captured(&["INSERT INTO log VALUES (printf('%.*c', 100000, 'x'))"]);
    let shown = changed_rows(&captured.changeset, 10).unwrap();
    let tgp_model::SqlValue::Text(text) = &shown.rows[0].after.as_ref().unwrap()[0] else { panic!() };
    assert!(text.len() < 2_000 && text.ends_with('…'));
    shop.undo(&captured);
    let mut redo = shop.database.begin_undo(RunLimits::default(), 0).unwrap();
    redo.redo(&captured.changeset).unwrap();
    redo.commit().unwrap();
    assert_eq!(shop.number("SELECT length(what) FROM log"), 100_000);
}

#[test]
fn an_undo_waits_for_another_writer_and_then_says_that_it_is_busy() {
    let limits = DatabaseLimits { lock_wait: Duration::from_millis(50), ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    let other = shop.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = shop.database.begin_undo(RunLimits::default(), 0).err().unwrap();
    assert!(busy.to_string().contains("locked"), "{busy}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(shop.database.begin_undo(RunLimits::default(), 0).is_ok());
}

#[test]
fn a_schema_with_broken_parts_does_not_keep_anybody_from_writing() {
    let shop = Shop::new();
    shop.elsewhere(
        "CREATE VIEW broken AS SELECT * FROM missing_table; CREATE VIEW loop1 AS SELECT 1 AS a;
         CREATE VIEW loop2 AS SELECT * FROM loop1;
         PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING unknown_module(a)');
         UPDATE sqlite_schema SET sql = 'CREATE VIEW loop1 AS SELECT * FROM loop2' WHERE name = 'loop1';",
    );
    let before = shop.dump();
    let captured = shop.captured(&["DELETE FROM users WHERE id = 3", "INSERT INTO log VALUES (1)"]);
    assert_eq!((captured.rows, captured.irreversible.len()), (2, 0));
    assert_eq!(shop.undo(&captured).0.conflicts, []);
    assert_eq!(shop.dump(), before);
}
