//! Undo brings back rows one by one, exactly: rowids, types, sequences.

use tgp_database::{Captured, DatabaseLimits, RunLimits};
use tgp_model::SqlValue;

use crate::fixture::{Shop, execute};

/// Makes a schema elsewhere, runs the statements, undoes them, and compares; then undoes the undo, and compares again.
fn comes_back(schema: &str, statements: &[&str]) -> Captured {
    let shop = Shop::new();
    shop.elsewhere(schema);
    let before = shop.dump();
    let captured = shop.captured(statements);
    assert_eq!(captured.irreversible, [], "{statements:?}");
    let after = shop.dump();
    assert_ne!(before, after, "{statements:?} change nothing");
    let (undone, own) = shop.undo(&captured);
    assert_eq!((undone.conflicts.as_slice(), undone.dangling.as_slice()), (&[][..], &[][..]));
    assert_eq!(shop.dump(), before, "{statements:?} undone");
    assert_eq!(own.irreversible, []);
    let (again, _) = shop.undo(&own);
    assert_eq!(again.conflicts, []);
    assert_eq!(shop.dump(), after, "{statements:?}: the undo undone");
    captured
}

#[test]
fn inserts_updates_and_deletes_come_back() {
    let captured = comes_back(
        "",
        &[
            "UPDATE users SET state = 'Ohio' WHERE state = 'Ohiio'",
            "INSERT INTO users (name) VALUES ('Barbara')",
            "DELETE FROM users WHERE id = 1",
            "INSERT INTO log VALUES ('x')",
            "UPDATE orders SET total = total * 2",
        ],
    );
    // Three users, the trigger's row and ours in the log, three orders.
    assert_eq!(captured.rows, 8);
}

#[test]
fn what_triggers_did_comes_back_and_triggers_stay_silent() {
    let shop = Shop::new();
    shop.elsewhere(
        "CREATE TRIGGER users_gone AFTER DELETE ON users BEGIN INSERT INTO log VALUES ('gone ' || old.name); END;
         CREATE TRIGGER log_kept BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is kept'); END;",
    );
    let before = shop.dump();
    let captured = shop.captured(&["INSERT INTO active_users (name) VALUES ('new')"]);
    assert_eq!(captured.rows, 2);
    shop.undo(&captured);
    assert_eq!(shop.dump(), before, "no trigger wrote `gone new`, and none kept the log's row");
}

#[test]
fn foreign_key_cascades_come_back() {
    let limits = DatabaseLimits { foreign_keys: true, ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    shop.elsewhere(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
         CREATE TABLE gone (p INTEGER REFERENCES parent(id) ON DELETE CASCADE ON UPDATE CASCADE, x);
         CREATE TABLE emptied (p TEXT REFERENCES parent(code) ON DELETE SET NULL ON UPDATE CASCADE);
         INSERT INTO parent VALUES (1, 'a'), (2, 'b');
         INSERT INTO gone VALUES (1, 'x'), (1, 'y'), (2, 'z');
         INSERT INTO emptied VALUES ('a'), ('b');",
    );
    for (statements, rows) in [
        (["DELETE FROM parent WHERE id = 1", "UPDATE parent SET id = 9, code = 'c' WHERE id = 2"], 8),
        (["UPDATE parent SET code = code || code", "DELETE FROM parent"], 7),
    ] {
        let before = shop.dump();
        let captured = shop.captured(&statements);
        assert_eq!((captured.rows, captured.irreversible.len()), (rows, 0));
        let (undone, _) = shop.undo(&captured);
        assert_eq!(undone.conflicts, []);
        assert_eq!(shop.dump(), before);
    }
}

#[test]
fn tables_without_a_primary_key_and_twin_rows_come_back() {
    let schema = "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (NULL, NULL);";
    comes_back(schema, &["DELETE FROM t WHERE rowid = 2"]);
    comes_back(schema, &["UPDATE t SET b = 'y' WHERE rowid = 3", "INSERT INTO t VALUES (1, 'x')"]);
    comes_back(schema, &["DELETE FROM t"]);
    comes_back(schema, &["UPDATE t SET rowid = rowid + 10"]);
}

#[test]
fn rows_with_null_in_a_key_come_back() {
    let schema = "CREATE TABLE t (a TEXT PRIMARY KEY, b); CREATE TABLE u (a, b, c, PRIMARY KEY (a, b));
        INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('x', 3); INSERT INTO u VALUES (NULL, 1, 1), (1, NULL, 2);";
    comes_back(schema, &["DELETE FROM t WHERE a IS NULL", "UPDATE u SET c = c + 1"]);
    comes_back(schema, &["UPDATE t SET a = NULL", "INSERT INTO u VALUES (NULL, NULL, 1), (NULL, NULL, 1)"]);
    comes_back(schema, &["UPDATE u SET a = 7 WHERE a IS NULL", "DELETE FROM t"]);
}

#[test]
fn hidden_rowids_come_back() {
    let schema = "CREATE TABLE t (a TEXT PRIMARY KEY, b); INSERT INTO t VALUES ('x', 1), ('y', 2), ('z', 3);
        DELETE FROM t WHERE a = 'y';";
    comes_back(schema, &["DELETE FROM t WHERE a = 'z'"]);
    comes_back(schema, &["DELETE FROM t WHERE a = 'x'", "INSERT INTO t VALUES ('x', 9)"]);
    comes_back(schema, &["UPDATE t SET a = a || '!'", "INSERT INTO t VALUES ('x', 0)"]);
}

#[test]
fn tables_without_rowid_come_back() {
    let schema = "CREATE TABLE t (b, a TEXT COLLATE NOCASE, c INTEGER, PRIMARY KEY (a, c)) WITHOUT ROWID;
        CREATE TABLE n (k INTEGER PRIMARY KEY, v REAL) WITHOUT ROWID;
        INSERT INTO t VALUES (1, 'x', 1), (2, 'X', 2), (3, 'y', 1); INSERT INTO n VALUES (1, 1), (2, 2);";
    comes_back(schema, &["UPDATE t SET a = upper(a)", "DELETE FROM n WHERE k = 1"]);
    comes_back(schema, &["UPDATE t SET c = c + 10", "UPDATE n SET k = '7' WHERE k = 2"]);
    comes_back(schema, &["REPLACE INTO t VALUES (9, 'X', 1)", "UPDATE n SET v = 5"]);
    comes_back(schema, &["DELETE FROM t", "INSERT INTO t VALUES (0, 'X', '1')"]);
}

#[test]
fn integer_primary_key_desc_is_no_rowid() {
    let schema =
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v); INSERT INTO t VALUES (5, 'a'), (NULL, 'b');";
    comes_back(schema, &["DELETE FROM t"]);
    comes_back(schema, &["UPDATE t SET id = 6 WHERE id = 5", "INSERT INTO t VALUES (5, 'c')"]);
}

#[test]
fn columns_named_like_the_rowid_come_back() {
    let schema = "CREATE TABLE t (rowid TEXT, v); CREATE TABLE u (rowid TEXT, _rowid_, v);
        INSERT INTO t VALUES ('a', 1), ('a', 2); INSERT INTO u VALUES ('a', 1, 1);
        CREATE TABLE w (rowid, _rowid_, oid, id INTEGER PRIMARY KEY); INSERT INTO w VALUES (1, 2, 3, 4);";
    comes_back(schema, &["DELETE FROM t WHERE v = 1", "UPDATE u SET v = 2", "UPDATE w SET oid = 9, id = 5"]);
}

#[test]
fn generated_columns_come_back() {
    let schema = "CREATE TABLE t (a, v AS (a * 2) VIRTUAL, s AS (a + 1) STORED, b);
        CREATE TABLE w (v AS (k || '!'), k TEXT PRIMARY KEY, s AS (length(k)) STORED, b) WITHOUT ROWID;
        INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'); INSERT INTO w (k, b) VALUES ('p', 1), ('q', 2);";
    comes_back(schema, &["UPDATE t SET a = 5, b = 'z' WHERE a = 1", "DELETE FROM w WHERE k = 'p'"]);
    comes_back(schema, &["DELETE FROM t", "UPDATE w SET k = k || k", "INSERT INTO t (a, b) VALUES (9, 9)"]);
}

#[test]
fn a_column_added_later_has_its_default_in_old_rows() {
    let schema = "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); ALTER TABLE t ADD COLUMN b DEFAULT 'd';
        ALTER TABLE t ADD COLUMN c REAL;";
    comes_back(schema, &["UPDATE t SET a = 7 WHERE a = 1", "DELETE FROM t WHERE a = 2"]);
}

#[test]
fn every_storage_class_keeps_its_bytes() {
    let schema = "CREATE TABLE t (x, i INTEGER, r REAL, n NUMERIC, s TEXT);
        INSERT INTO t VALUES (9007199254740993, 'text in an integer column', 5, '12.50', 3),
            (x'00ff00', 1e300, 'r', -0.0, 'a' || char(0) || 'b'),
            (CAST(x'fffe' AS TEXT), NULL, 9e999, -9223372036854775808, ''),
            (zeroblob(0), 0.1, 1e-320, 1.0, x'');";
    comes_back(schema, &["DELETE FROM t"]);
    comes_back(schema, &["UPDATE t SET x = NULL, i = 0, r = 0, n = 0, s = NULL"]);
    comes_back(schema, &["UPDATE t SET s = s || ''", "DELETE FROM t WHERE rowid % 2"]);
}

#[test]
fn a_utf16_database_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let other = rusqlite::Connection::open(folder.path().join("x.db")).unwrap();
    other
        .execute_batch(
            "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a TEXT PRIMARY KEY, b);
             INSERT INTO t VALUES ('häßlich 😀', 1), ('b', x'00');",
        )
        .unwrap();
    let database = tgp_database::Database::open("x.db", folder.path(), DatabaseLimits::default()).unwrap();
    let before = crate::fixture::dump(&other);
    let mut run = database.begin(tgp_database::Begin::Deferred, &tgp_model::CancelToken::new()).unwrap();
    execute(&mut run, "UPDATE t SET a = a || '!', b = 'ü'").unwrap();
    let captured = run.capture().unwrap();
    run.commit().unwrap();
    let mut undo = database.begin_undo(RunLimits::default(), 10).unwrap();
    assert_eq!(undo.undo(&captured.changeset).unwrap().applied, 2);
    undo.commit().unwrap();
    assert_eq!(crate::fixture::dump(&other), before);
}

#[test]
fn autoincrement_numbers_come_back() {
    let schema = "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
        CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO b VALUES (7, 'x');";
    comes_back(schema, &["INSERT INTO a (v) VALUES ('first')"]);
    comes_back(
        schema,
        &["INSERT INTO b (v) VALUES ('y')", "INSERT INTO b VALUES (100, 'z')", "DELETE FROM b"],
    );
    comes_back(schema, &["INSERT INTO orders (total) VALUES (1)", "UPDATE sqlite_sequence SET seq = 50"]);
    comes_back(schema, &["DELETE FROM sqlite_sequence", "INSERT INTO a (v) VALUES (1)"]);
}

#[test]
fn replace_upsert_and_conflict_clauses_come_back() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v);
        CREATE TABLE r (a TEXT UNIQUE ON CONFLICT REPLACE, b UNIQUE ON CONFLICT IGNORE);
        INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3); INSERT INTO r VALUES ('x', 1), ('y', 2);";
    comes_back(schema, &["REPLACE INTO t VALUES (1, 'b', 9)"]);
    comes_back(schema, &["INSERT INTO t VALUES (1, 'z', 5) ON CONFLICT (id) DO UPDATE SET v = 5, u = 'q'"]);
    comes_back(schema, &["UPDATE OR REPLACE t SET u = 'a' WHERE id = 3", "UPDATE OR IGNORE t SET u = 'a'"]);
    comes_back(schema, &["INSERT INTO r VALUES ('x', 7)", "INSERT INTO r VALUES ('q', 2)"]);
    comes_back(schema, &["INSERT OR FAIL INTO t VALUES (10, 'k', 1)", "REPLACE INTO r VALUES ('y', 1)"]);
}

#[test]
fn unique_values_that_were_swapped_come_back() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, u UNIQUE); INSERT INTO t VALUES (1, 'a'), (2, 'b');
        CREATE TABLE k (a TEXT PRIMARY KEY, b); INSERT INTO k VALUES ('a', 1), ('b', 2);";
    comes_back(
        schema,
        &[
            "UPDATE t SET u = 'x' WHERE id = 1",
            "UPDATE t SET u = 'a' WHERE id = 2",
            "UPDATE t SET u = 'b' WHERE id = 1",
            "UPDATE k SET a = 'x' WHERE a = 'a'",
            "UPDATE k SET a = 'a' WHERE a = 'b'",
            "UPDATE k SET a = 'b' WHERE a = 'x'",
        ],
    );
    comes_back(schema, &["UPDATE t SET id = id + 1 WHERE id = 2", "UPDATE t SET id = 2 WHERE id = 1"]);
}

#[test]
fn a_statement_that_failed_in_the_middle_leaves_no_trace_in_the_changeset() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "UPDATE users SET name = 'once' WHERE id = 2").unwrap();
    // The first row is written, and taken back by SQLite without a word, when the second one fails.
    execute(&mut run, "INSERT INTO users (id, name) VALUES (10, 'a'), (1, 'b')").unwrap_err();
    execute(&mut run, "UPDATE users SET id = id + 1, name = 'x'").unwrap_err();
    let captured = run.capture().unwrap();
    run.commit().unwrap();
    assert_eq!((captured.rows, captured.irreversible.len()), (1, 0));
}

#[test]
fn what_cancels_itself_out_is_no_change() {
    let shop = Shop::new();
    let captured = shop.captured(&[
        "UPDATE users SET name = name || '!'",
        "UPDATE users SET name = rtrim(name, '!')",
        "INSERT INTO log VALUES ('x')",
        "DELETE FROM log",
        "DELETE FROM users WHERE id = 999",
    ]);
    assert_eq!(captured, Captured::default());
}

#[test]
fn a_whole_table_deleted_at_once_comes_back() {
    // Without a condition SQLite drops the b-tree and tells nobody, unless somebody listened when it was prepared.
    let shop = Shop::new();
    shop.run("DELETE FROM log").unwrap();
    shop.run("INSERT INTO log VALUES ('a'), ('b')").unwrap();
    let before = shop.dump();
    let captured = shop.captured(&["DELETE FROM log"]);
    assert_eq!(captured.rows, 2);
    shop.undo(&captured);
    assert_eq!(shop.dump(), before);
}

#[test]
fn a_table_copied_into_an_empty_one_comes_back() {
    comes_back(
        "CREATE TABLE copy (id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT, active INTEGER DEFAULT 1);",
        &["INSERT INTO copy SELECT * FROM users"],
    );
    comes_back(
        "CREATE TABLE a (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO a VALUES ('x', 1), ('y', 2);
         CREATE TABLE b (k TEXT PRIMARY KEY, v) WITHOUT ROWID;",
        &["INSERT INTO b SELECT * FROM a"],
    );
}

#[test]
fn names_that_need_quotes_come_back() {
    let schema =
        "CREATE TABLE \"a \"\"quoted\"\" table\" (\"select\" INTEGER PRIMARY KEY, \"b \"\"c\", [d'e]);
        INSERT INTO \"a \"\"quoted\"\" table\" VALUES (1, 2, 3);";
    comes_back(schema, &["UPDATE \"a \"\"quoted\"\" table\" SET [d'e] = 4", "INSERT INTO log VALUES ('x')"]);
}

#[test]
fn a_session_undone_newest_first_is_the_beginning_and_redone_the_end() {
    let shop = Shop::new();
    let before = shop.dump();
    let runs: Vec<Captured> = [
        "INSERT INTO users (name) VALUES ('a')",
        "UPDATE users SET name = name || '1'",
        "DELETE FROM users WHERE id = 4",
        "INSERT INTO users (name) VALUES ('b')",
        "INSERT INTO orders (user_id, total) SELECT id, id FROM users",
    ]
    .into_iter()
    .map(|sql| shop.captured(&[sql]))
    .collect();
    let after = shop.dump();
    let mut undo = shop.database.begin_undo(RunLimits::default(), 0).unwrap();
    for captured in runs.iter().rev() {
        assert_eq!(undo.undo(&captured.changeset).unwrap().conflicts, []);
    }
    undo.commit().unwrap();
    assert_eq!(shop.dump(), before);
    let mut redo = shop.database.begin_undo(RunLimits::default(), 0).unwrap();
    for captured in &runs {
        assert_eq!(redo.redo(&captured.changeset).unwrap().conflicts, []);
    }
    redo.commit().unwrap();
    assert_eq!(shop.dump(), after);
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let shop = Shop::new();
    let captured =
        shop.captured(&["UPDATE users SET name = 'x' WHERE id = 1", "DELETE FROM users WHERE id = 2"]);
    let after = shop.dump();
    let mut dry = shop.database.begin_undo(RunLimits::default(), 1).unwrap();
    let would = dry.undo(&captured.changeset).unwrap();
    drop(dry);
    assert_eq!(shop.dump(), after);
    assert_eq!((would.applied, would.rows.len()), (2, 1));
    let shown = &would.rows[0];
    assert_eq!(shown.key, [("id".to_owned(), SqlValue::Integer(1))]);
    assert_eq!(shown.before.as_ref().unwrap()[1], SqlValue::Text("x".to_owned()));
    assert_eq!(shown.after.as_ref().unwrap()[1], SqlValue::Text("Ada".to_owned()));
    let (undone, _) = shop.undo(&captured);
    assert_eq!((undone.applied, undone.conflicts), (would.applied, would.conflicts));
}

#[test]
fn an_undo_killed_before_its_end_changes_nothing() {
    if let Some(path) = crate::child::handed() {
        let changeset = std::fs::read(path.with_extension("changeset")).unwrap();
        let database = tgp_database::Database::open(
            path.to_str().unwrap(),
            path.parent().unwrap(),
            DatabaseLimits::default(),
        )
        .unwrap();
        let mut undo = database.begin_undo(RunLimits::default(), 0).unwrap();
        assert_eq!(undo.undo(&changeset).unwrap().applied, 4);
        undo.note_action("undo", 1).unwrap();
        crate::child::ready_until_told();
    } else {
        for journal in ["WAL", "DELETE"] {
            let shop = Shop::with(journal, DatabaseLimits::default());
            let captured = shop.captured(&["DELETE FROM users", "INSERT INTO log VALUES ('x')"]);
            std::fs::write(shop.path().with_extension("changeset"), &captured.changeset).unwrap();
            let after = shop.dump();
            let mut child =
                crate::child::start("undo::an_undo_killed_before_its_end_changes_nothing", &shop.path());
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(shop.dump(), after, "{journal}");
            let (undone, _) = shop.undo(&captured);
            assert_eq!(undone.applied, 4, "{journal}");
        }
    }
}
