//! A row that is not as the action left it is reported and stays, whoever changed it.

use tgp_database::{ConflictKind, Dangling, DatabaseLimits, RunLimits};
use tgp_model::SqlValue;

use crate::fixture::{Shop, text};

#[test]
fn a_row_changed_since_is_reported_and_left() {
    let shop = Shop::new();
    let captured = shop.captured(&["UPDATE users SET state = 'OH'"]);
    shop.elsewhere("PRAGMA foreign_keys = OFF; UPDATE users SET name = 'Ada L.' WHERE id = 1; DELETE FROM users WHERE id = 2;");
    let (undone, _) = shop.undo(&captured);
    assert_eq!(undone.applied, 1);
    let kinds: Vec<&ConflictKind> = undone.conflicts.iter().map(|conflict| &conflict.kind).collect();
    assert_eq!(kinds, [&ConflictKind::Changed, &ConflictKind::Deleted]);
    let changed = &undone.conflicts[0];
    assert_eq!(
        (changed.table.as_str(), &changed.key),
        ("users", &vec![("id".to_owned(), SqlValue::Integer(1))])
    );
    assert_eq!(changed.expected.as_ref().unwrap()[1], text("Ada"));
    assert_eq!(changed.found.as_ref().unwrap()[1], text("Ada L."));
    assert_eq!(undone.conflicts[1].found, None);
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE state = 'OH' AND name = 'Ada L.'"), 1);
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE id = 3 AND state = 'Texas'"), 1);
    assert_eq!(shop.users(), 2);
}

#[test]
fn two_agents_interleaved_one_undone() {
    let shop = Shop::new();
    shop.elsewhere("CREATE TABLE notes (text); CREATE TABLE tags (name TEXT PRIMARY KEY);");
    let first = shop.captured(&[
        "INSERT INTO users (name) VALUES ('of one')",
        "INSERT INTO notes VALUES ('one')",
        "INSERT INTO tags VALUES ('one')",
    ]);
    shop.captured(&["INSERT INTO users (name) VALUES ('of two')", "INSERT INTO notes VALUES ('two')"]);
    let more =
        shop.captured(&["UPDATE users SET active = 0 WHERE id = 1", "DELETE FROM orders WHERE id = 3"]);
    shop.captured(&["UPDATE users SET active = 0 WHERE id = 2", "INSERT INTO orders (total) VALUES (7)"]);
    assert_eq!(shop.undo(&more).0.conflicts, []);
    assert_eq!(shop.undo(&first).0.conflicts, []);
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE name = 'of two'"), 1);
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE name = 'of one'"), 0);
    assert_eq!(shop.number("SELECT count(*) FROM notes WHERE text = 'two'"), 1);
    assert_eq!(shop.number("SELECT count(*) FROM notes"), 1);
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE active = 0"), 1);
    assert_eq!(shop.number("SELECT count(*) FROM orders"), 4);
    // The other agent's order has a number; it stays used.
    assert_eq!(shop.number("SELECT seq FROM sqlite_sequence WHERE name = 'orders'"), 4);
}

#[test]
fn a_row_of_a_table_without_key_comes_back_beside_one_that_took_its_place() {
    let shop = Shop::new();
    shop.elsewhere("INSERT INTO log VALUES ('first'), ('last');");
    let captured = shop.captured(&["DELETE FROM log WHERE what = 'last'"]);
    shop.elsewhere("INSERT INTO log VALUES ('in its place')");
    let (undone, own) = shop.undo(&captured);
    assert_eq!(undone.conflicts, []);
    assert_eq!(shop.number("SELECT count(*) FROM log WHERE what IN ('first', 'last', 'in its place')"), 3);
    shop.undo(&own);
    assert_eq!(shop.number("SELECT count(*) FROM log WHERE what = 'last'"), 0);
    assert_eq!(shop.number("SELECT count(*) FROM log"), 2);
}

#[test]
fn a_key_that_was_taken_is_not_overwritten() {
    let shop = Shop::new();
    shop.elsewhere(
        "CREATE TABLE k (a TEXT PRIMARY KEY, b); CREATE TABLE w (a PRIMARY KEY, b) WITHOUT ROWID;
         CREATE TABLE u (id INTEGER PRIMARY KEY, mail UNIQUE ON CONFLICT REPLACE);
         INSERT INTO k VALUES ('x', 1); INSERT INTO w VALUES ('x', 1); INSERT INTO u VALUES (1, 'm');",
    );
    let captured =
        shop.captured(&["DELETE FROM k", "DELETE FROM w", "DELETE FROM u", "DELETE FROM users WHERE id = 3"]);
    shop.elsewhere(
        "INSERT INTO k VALUES ('y', 0), ('x', 2); INSERT INTO w VALUES ('x', 2);
         INSERT INTO u VALUES (2, 'm'); INSERT INTO users (id, name) VALUES (3, 'new');",
    );
    let after = shop.dump();
    let (undone, own) = shop.undo(&captured);
    assert_eq!((undone.applied, own.rows), (0, 0));
    let mut kinds: Vec<(&str, &str)> = undone
        .conflicts
        .iter()
        .map(|conflict| {
            let kind = match conflict.kind {
                ConflictKind::Taken => "taken",
                ConflictKind::Constraint { .. } => "constraint",
                _ => "other",
            };
            (conflict.table.as_str(), kind)
        })
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [("k", "taken"), ("u", "constraint"), ("users", "taken"), ("w", "taken")]);
    assert_eq!(shop.dump(), after);
}

#[test]
fn rows_that_need_each_other_come_back_together_or_not_at_all() {
    let shop = Shop::new();
    shop.elsewhere(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY, guest TEXT UNIQUE);
         INSERT INTO seats VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd');",
    );
    // Everybody moves one seat further; the last one leaves.
    let captured = shop.captured(&[
        "UPDATE seats SET guest = NULL WHERE id = 4",
        "UPDATE seats SET guest = 'c' || '' WHERE id = 99",
        "UPDATE seats SET guest = 'x' WHERE id = 3",
        "UPDATE seats SET guest = 'c' WHERE id = 4",
        "UPDATE seats SET guest = 'b2' WHERE id = 2",
        "UPDATE seats SET guest = 'b' WHERE id = 3",
    ]);
    let after = shop.dump();
    // Somebody else is called `d` now, so seat 4 cannot go back, so `c` cannot, so seat 3 keeps `b`, so seat 2 its own.
    shop.elsewhere("INSERT INTO seats VALUES (5, 'd')");
    let (undone, _) = shop.undo(&captured);
    assert_eq!((undone.applied, undone.conflicts.len()), (0, 3));
    shop.elsewhere("DELETE FROM seats WHERE id = 5");
    assert_eq!(shop.dump(), after);
    assert_eq!(shop.undo(&captured).0.applied, 3);
}

#[test]
fn undoing_twice_does_nothing_the_second_time() {
    let shop = Shop::new();
    let captured = shop.captured(&[
        "INSERT INTO users (name) VALUES ('x')",
        "UPDATE users SET state = 'OH' WHERE id = 1",
        "DELETE FROM users WHERE id = 2",
    ]);
    shop.undo(&captured);
    let before = shop.dump();
    let (undone, own) = shop.undo(&captured);
    assert_eq!((undone.applied, undone.already, undone.conflicts.len()), (0, 4, 0));
    assert_eq!(own.rows, 0);
    assert_eq!(shop.dump(), before);
}

#[test]
fn a_table_dropped_or_altered_since_is_left() {
    let shop = Shop::new();
    let captured = shop.captured(&["UPDATE users SET state = 'OH'", "DELETE FROM orders WHERE id = 1"]);
    shop.elsewhere("DROP TABLE orders; ALTER TABLE users ADD COLUMN age;");
    let (undone, _) = shop.undo(&captured);
    assert_eq!((undone.applied, undone.conflicts.len()), (0, 4));
    assert!(undone.conflicts.iter().all(|conflict| conflict.kind == ConflictKind::SchemaChanged));
}

#[test]
fn rows_that_were_moved_are_found_by_their_key() {
    let shop = Shop::new();
    shop.elsewhere(
        "CREATE TABLE k (a TEXT PRIMARY KEY, b); INSERT INTO k VALUES ('x', 1), ('y', 2), ('z', 3);",
    );
    let captured = shop.captured(&["UPDATE k SET b = b + 10 WHERE a <> 'z'", "DELETE FROM k WHERE a = 'z'"]);
    // As a dump does that is read back in another order.
    shop.elsewhere("UPDATE k SET rowid = 10 - rowid; INSERT INTO k VALUES ('new', 100);");
    let (undone, _) = shop.undo(&captured);
    assert_eq!((undone.applied, undone.conflicts.len()), (3, 0));
    assert_eq!(shop.number("SELECT sum(b) FROM k"), 106);
    assert_eq!(shop.number("SELECT count(*) FROM k WHERE (a, b) IN (('x', 1), ('y', 2), ('z', 3))"), 3);
}

#[test]
fn vacuum_moves_rows_without_a_key_and_undo_leaves_them() {
    let shop = Shop::new();
    shop.elsewhere("INSERT INTO log VALUES ('a'), ('b'), ('c'); DELETE FROM log WHERE what = 'a';");
    let captured = shop.captured(&["UPDATE log SET what = 'agent' WHERE what = 'b'"]);
    shop.elsewhere("VACUUM");
    assert_eq!(shop.number("SELECT rowid FROM log WHERE what = 'agent'"), 1, "it was the second");
    let after = shop.dump();
    let (undone, _) = shop.undo(&captured);
    assert_eq!((undone.applied, undone.conflicts.len()), (0, 1));
    assert_eq!(shop.dump(), after);
}

#[test]
fn where_foreign_keys_are_enforced_no_reference_is_broken_and_no_row_of_others_goes() {
    let limits = DatabaseLimits { foreign_keys: true, ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    shop.elsewhere("CREATE TABLE pets (owner INTEGER REFERENCES users(id) ON DELETE CASCADE);");
    let made = shop.captured(&["INSERT INTO users (id, name) VALUES (10, 'x'), (11, 'y')"]);
    shop.elsewhere("INSERT INTO pets VALUES (10)");
    let (undone, _) = shop.undo(&made);
    assert_eq!(undone.applied, 3, "one user and both rows the trigger wrote");
    assert_eq!(undone.conflicts[0].kind, ConflictKind::Referenced { by: "pets".to_owned() });
    assert_eq!(shop.number("SELECT count(*) FROM pets"), 1, "no cascade took it");
    let gone = shop.captured(&["DELETE FROM orders WHERE id = 3"]);
    shop.elsewhere("DELETE FROM users WHERE id = 2");
    let (undone, _) = shop.undo(&gone);
    assert_eq!(undone.conflicts[0].kind, ConflictKind::ParentMissing { parent: "users".to_owned() });
    assert_eq!(shop.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

#[test]
fn where_foreign_keys_are_not_enforced_a_broken_reference_is_named() {
    let shop = Shop::new();
    let made = shop.captured(&["INSERT INTO users (id, name) VALUES (10, 'x')"]);
    shop.elsewhere("INSERT INTO orders (user_id, total) VALUES (10, 1)");
    let (undone, _) = shop.undo(&made);
    assert_eq!((undone.applied, undone.conflicts.len()), (2, 0));
    assert_eq!(undone.dangling, [Dangling { table: "orders".to_owned(), parent: "users".to_owned() }]);
}

#[test]
fn rows_that_refer_to_themselves_and_each_other_come_back() {
    let limits = DatabaseLimits { foreign_keys: true, ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    shop.elsewhere(
        "CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree ON DELETE CASCADE);
         CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b(id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO tree VALUES (1, 1), (2, 1), (3, 2);
         BEGIN; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); COMMIT;",
    );
    let before = shop.dump();
    let captured = shop.captured(&["DELETE FROM tree WHERE id = 1", "DELETE FROM a", "DELETE FROM b"]);
    assert_eq!(captured.rows, 5);
    assert_eq!(shop.undo(&captured).0.conflicts, []);
    assert_eq!(shop.dump(), before);
}

#[test]
fn a_damaged_changeset_is_refused_and_nothing_changes() {
    let shop = Shop::new();
    let captured = shop.captured(&["DELETE FROM users"]);
    let after = shop.dump();
    let mut undo = shop.database.begin_undo(RunLimits::default(), 0).unwrap();
    let cut = &captured.changeset[..captured.changeset.len() - 1];
    assert!(undo.undo(cut).unwrap_err().to_string().contains("damaged"));
    assert!(undo.undo(b"something else").is_err());
    drop(undo);
    assert_eq!(shop.dump(), after);
}

#[test]
fn the_database_is_left_as_the_next_run_expects_it() {
    let shop = Shop::new();
    let captured = shop.captured(&["DELETE FROM users WHERE id = 1"]);
    shop.undo(&captured);
    shop.run("INSERT INTO users (name) VALUES ('x')").unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM log"), 1, "triggers work again");
}
