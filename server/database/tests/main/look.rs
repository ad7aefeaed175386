//! What a statement would do is told by `SQLite`, with the tables behind views and triggers.

use tgp_database::{SqlError, SqlKind, SqlLook};

use crate::fixture::{Shop, execute};

fn look(shop: &Shop, sql: &str) -> SqlLook {
    shop.database.look(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn names(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

#[test]
fn reading_and_writing_are_told_apart() {
    let shop = Shop::new();
    for (sql, kind) in [
        ("SELECT * FROM users", SqlKind::Read),
        ("VALUES (1), (2)", SqlKind::Read),
        ("WITH x AS (SELECT 1) SELECT * FROM x", SqlKind::Read),
        ("EXPLAIN DELETE FROM users", SqlKind::Read),
        ("EXPLAIN QUERY PLAN UPDATE users SET name = 'x'", SqlKind::Read),
        ("PRAGMA table_info(users)", SqlKind::Read),
        ("SELECT * FROM pragma_table_info('users')", SqlKind::Read),
        ("INSERT INTO users (name) VALUES ('x')", SqlKind::Write),
        ("REPLACE INTO users (id, name) VALUES (1, 'x')", SqlKind::Write),
        ("UPDATE users SET name = 'x'", SqlKind::Write),
        ("DELETE FROM users", SqlKind::Write),
        ("WITH x AS (SELECT 1 AS id) DELETE FROM users WHERE id IN x", SqlKind::Write),
        (
            "WITH x AS (SELECT 1 AS id) UPDATE users SET active = 0 WHERE id IN (SELECT id FROM x)",
            SqlKind::Write,
        ),
        ("DELETE FROM users RETURNING *", SqlKind::Write),
        ("CREATE TABLE t (a)", SqlKind::Schema),
        ("CREATE TABLE IF NOT EXISTS users (a)", SqlKind::Schema),
        ("DROP TABLE IF EXISTS nothing_of_that_name", SqlKind::Schema),
        ("CREATE TABLE copy AS SELECT * FROM users", SqlKind::Schema),
        ("CREATE INDEX i ON users (name)", SqlKind::Schema),
        ("ALTER TABLE users ADD COLUMN age", SqlKind::Schema),
        ("ALTER TABLE users RENAME TO people", SqlKind::Schema),
        ("DROP TABLE orders", SqlKind::Schema),
        ("DROP VIEW active_users", SqlKind::Schema),
        ("CREATE TRIGGER t AFTER DELETE ON users BEGIN DELETE FROM orders; END", SqlKind::Schema),
        ("ANALYZE", SqlKind::Schema),
        ("REINDEX orders", SqlKind::Schema),
        ("CREATE VIRTUAL TABLE words USING fts5(text)", SqlKind::Schema),
    ] {
        assert_eq!(look(&shop, sql).kind, kind, "{sql}");
    }
    assert_eq!(shop.users(), 3, "looking changes nothing");
}

#[test]
fn the_tables_behind_views_and_triggers_are_named() {
    let shop = Shop::new();
    assert_eq!(names(&look(&shop, "SELECT name FROM active_users").reads), ["active_users", "users"]);
    assert_eq!(names(&look(&shop, "INSERT INTO users (name) VALUES ('x')").writes), ["log", "users"]);
    assert_eq!(
        names(&look(&shop, "INSERT INTO active_users (name) VALUES ('x')").writes),
        ["active_users", "log", "users"]
    );
    let look = look(&shop, "INSERT INTO log SELECT name FROM users JOIN orders ON user_id = users.id");
    assert_eq!((names(&look.reads), names(&look.writes)), (vec!["orders", "users"], vec!["log"]));
}

#[test]
fn columns_are_named_with_their_table() {
    let shop = Shop::new();
    let read = look(&shop, "SELECT name FROM users WHERE state = 'Ohio'");
    assert_eq!(read.columns_read["users"].iter().map(String::as_str).collect::<Vec<_>>(), ["name", "state"]);
    assert_eq!(names(&read.columns), ["name"]);
    let write = look(&shop, "UPDATE users SET state = 'Ohio', active = 1 WHERE name = :who");
    assert_eq!(
        write.columns_written["users"].iter().map(String::as_str).collect::<Vec<_>>(),
        ["active", "state"]
    );
    assert_eq!(names(&write.parameters), [":who"]);
    assert_eq!(names(&look(&shop, "SELECT ?, ?3, @b").parameters), ["?1", "?2", "?3", "@b"]);
}

#[test]
fn a_table_has_one_spelling_however_it_is_written() {
    let shop = Shop::new();
    for sql in [
        "SELECT count(*) FROM USERS",
        "SELECT 1 FROM Users",
        "SELECT \"NAME\" FROM [uSeRs]",
        "SELECT 1 FROM main.USERS",
    ] {
        assert_eq!(names(&look(&shop, sql).reads), ["users"], "{sql}");
    }
    assert_eq!(names(&look(&shop, "DELETE FROM USERS").writes), ["users"]);
    assert_eq!(names(&look(&shop, "SELECT count(*) FROM sqlite_master").reads), ["sqlite_schema"]);
    assert_eq!(names(&look(&shop, "SELECT sql FROM sqlite_schema").reads), ["sqlite_schema"]);
}

#[test]
fn what_is_made_changed_or_dropped_is_named() {
    let shop = Shop::new();
    for (sql, writes) in [
        ("CREATE TABLE tags (name)", vec!["tags"]),
        ("CREATE VIEW old AS SELECT * FROM users", vec!["old"]),
        ("CREATE INDEX by_name ON users (name)", vec!["users"]),
        ("CREATE TRIGGER t AFTER DELETE ON users BEGIN DELETE FROM orders; END", vec!["users"]),
        ("ALTER TABLE USERS RENAME COLUMN state TO region", vec!["users"]),
        ("DROP TABLE Orders", vec!["orders"]),
        ("DROP VIEW active_users", vec!["active_users"]),
    ] {
        let look = look(&shop, sql);
        for table in writes {
            assert!(names(&look.writes).contains(&table), "{sql}: {:?}", look.writes);
        }
    }
}

#[test]
fn a_common_table_expression_is_no_table() {
    let shop = Shop::new();
    let look = look(&shop, "WITH small AS (SELECT id FROM orders) SELECT count(*) FROM small");
    assert_eq!(names(&look.reads), ["orders"]);
}

#[test]
fn an_explained_delete_only_reads() {
    let shop = Shop::new();
    let look = look(&shop, "EXPLAIN DELETE FROM users");
    assert!(look.writes.is_empty() && names(&look.reads).contains(&"users"));
    shop.run("EXPLAIN DELETE FROM users").unwrap();
    assert_eq!(shop.users(), 3);
}

#[test]
fn a_mistake_is_named_with_its_line_and_column() {
    let shop = Shop::new();
    let error = shop.database.look("SELECT name,\n       nme\nFROM users").unwrap_err();
    let SqlError::Failed { message, place: Some(place) } = &error else { panic!("{error:?}") };
    assert_eq!((message.as_str(), place.line, place.column), ("no such column: nme", 2, 8));
    assert_eq!(error.to_string(), "no such column: nme (line 2, column 8)");
    let error = shop.database.look("  SELEC 1").unwrap_err();
    assert!(error.to_string().starts_with("near \"SELEC\": syntax error"), "{error}");
    for sql in ["", "  ", ";", "-- nothing", "/* nothing */ ;"] {
        assert_eq!(shop.database.look(sql).unwrap_err().to_string(), "there is no statement", "{sql:?}");
    }
}

#[test]
fn what_was_looked_at_in_a_run_is_what_runs_there() {
    let shop = Shop::new();
    let mut run = shop.begin();
    let told = run.look("SELECT * FROM active_users").unwrap();
    assert_eq!(names(&told.reads), ["active_users", "users"]);
    // Between the judgement and the statement another program makes the view read something else.
    shop.other()
        .execute_batch(
            "DROP VIEW active_users; CREATE VIEW active_users AS SELECT id, total AS name FROM orders",
        )
        .unwrap();
    assert_eq!(execute(&mut run, "SELECT * FROM active_users"), Err(SqlError::Stale));
    drop(run);
    let mut run = shop.begin();
    assert_eq!(names(&run.look("SELECT * FROM active_users").unwrap().reads), ["active_users", "orders"]);
    assert_eq!(execute(&mut run, "SELECT * FROM active_users").unwrap().rows.len(), 3);
}

#[test]
fn a_kept_look_is_forgotten_when_the_schema_changes() {
    let shop = Shop::new();
    assert_eq!(names(&look(&shop, "SELECT name FROM active_users").reads), ["active_users", "users"]);
    shop.other()
        .execute_batch(
            "DROP VIEW active_users; CREATE VIEW active_users AS SELECT id, total AS name FROM orders",
        )
        .unwrap();
    assert_eq!(names(&look(&shop, "SELECT name FROM active_users").reads), ["active_users", "orders"]);
    // A change of the run's own that is taken back, and another one from outside with the same version number.
    let mut run = shop.begin();
    execute(&mut run, "CREATE VIEW mine AS SELECT * FROM users").unwrap();
    assert_eq!(names(&run.look("SELECT * FROM mine").unwrap().reads), ["mine", "users"]);
    run.rollback();
    shop.other().execute_batch("CREATE VIEW mine AS SELECT * FROM orders").unwrap();
    assert_eq!(names(&look(&shop, "SELECT * FROM mine").reads), ["mine", "orders"]);
}
