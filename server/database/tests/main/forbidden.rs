//! What no statement may do, each a way out that was used against products of this kind.

use tgp_database::SqlError;
use tgp_model::SqlValue;

use crate::fixture::{Shop, execute};

fn is_forbidden(shop: &Shop, sql: &str) {
    let looked = shop.database.look(sql);
    assert!(matches!(looked, Err(SqlError::Forbidden { .. })), "look {sql}: {looked:?}");
    let ran = shop.run(sql);
    assert!(matches!(ran, Err(SqlError::Forbidden { .. })), "run {sql}: {ran:?}");
}

#[test]
fn stacked_statements_are_refused_and_none_of_them_runs() {
    let shop = Shop::new();
    for sql in [
        "SELECT 1; DROP TABLE users",
        "SELECT 1;;; SELECT 2",
        "SELECT 1; -- harmless\n DELETE FROM users",
        "SELECT 1; /* a */ ; /* b */ DELETE FROM users",
        "COMMIT; DROP TABLE users",
        "DELETE FROM users; COMMIT",
        "INSERT INTO users (name) VALUES ('x'); INSERT INTO users (name) VALUES ('y')",
    ] {
        is_forbidden(&shop, sql);
    }
    assert_eq!(shop.users(), 3);
}

#[test]
fn what_follows_a_single_statement_harmlessly_is_fine() {
    let shop = Shop::new();
    for sql in [
        "SELECT 1;",
        "SELECT 1 ; ",
        "SELECT 1; -- done",
        "SELECT 1 /* done */",
        "-- first\nSELECT 1;;",
        ";SELECT 1",
    ] {
        assert_eq!(shop.run(sql).unwrap().rows, [[SqlValue::Integer(1)]], "{sql}");
    }
}

#[test]
fn text_after_a_nul_character_is_not_hidden() {
    let shop = Shop::new();
    assert!(matches!(shop.run("SELECT 1\0; DROP TABLE users"), Err(SqlError::Failed { .. })));
}

#[test]
fn other_files_cannot_be_attached_or_written() {
    let shop = Shop::new();
    let outside = shop.folder.path().join("outside.db");
    let name = outside.display();
    for sql in [
        format!("ATTACH '{name}' AS other"),
        format!("ATTACH DATABASE '{name}' AS other"),
        "ATTACH ':memory:' AS other".to_owned(),
        "DETACH main".to_owned(),
    ] {
        is_forbidden(&shop, &sql);
    }
    let vacuum = shop.run(&format!("VACUUM INTO '{name}'"));
    assert!(vacuum.is_err(), "{vacuum:?}");
    assert!(shop.run("VACUUM").is_err());
    assert!(!outside.exists());
}

#[test]
fn transactions_and_savepoints_cannot_be_steered() {
    let shop = Shop::new();
    for sql in [
        "BEGIN",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "END",
        "END TRANSACTION",
        "ROLLBACK",
        "SAVEPOINT s",
        "RELEASE s",
        "ROLLBACK TO s",
        "/* x */ COMMIT",
        "EXPLAIN COMMIT",
    ] {
        is_forbidden(&shop, sql);
    }
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users").unwrap();
    assert!(matches!(execute(&mut run, "COMMIT"), Err(SqlError::Forbidden { .. })));
    run.rollback();
    assert_eq!(shop.users(), 3);
}

#[test]
fn settings_cannot_be_changed() {
    let shop = Shop::new();
    for sql in [
        "PRAGMA writable_schema = ON",
        "PRAGMA writable_schema",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA journal_mode(MEMORY)",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA user_version = 7",
        "PRAGMA user_version(7)",
        "PRAGMA application_id = 1",
        "PRAGMA synchronous = OFF",
        "PRAGMA synchronous",
        "PRAGMA trusted_schema = ON",
        "PRAGMA temp_store_directory = '/tmp'",
        "PRAGMA data_store_directory = '/tmp'",
        "PRAGMA wal_checkpoint",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA optimize",
        "PRAGMA incremental_vacuum",
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA query_only = 0",
        "PRAGMA schema_version = 99",
        "PRAGMA encoding = 'UTF-16'",
        "PRAGMA page_size = 512",
        "PRAGMA busy_timeout = 100000",
        "PRAGMA case_sensitive_like = 1",
        "PRAGMA reverse_unordered_selects = 1",
        "PRAGMA main.writable_schema = 1",
        "PRAGMA database_list",
        "PRAGMA nonsense",
        "EXPLAIN PRAGMA writable_schema = 1",
    ] {
        is_forbidden(&shop, sql);
    }
}

#[test]
fn what_only_tells_something_may_be_asked() {
    let shop = Shop::new();
    for sql in [
        "PRAGMA table_info(users)",
        "PRAGMA table_xinfo('users')",
        "PRAGMA table_list",
        "PRAGMA index_list(users)",
        "PRAGMA foreign_key_list(orders)",
        "PRAGMA foreign_key_check",
        "PRAGMA integrity_check",
        "PRAGMA user_version",
        "PRAGMA encoding",
        "PRAGMA page_count",
        "PRAGMA journal_mode",
        "PRAGMA compile_options",
        "PRAGMA FOREIGN_KEYS",
        "SELECT name FROM pragma_table_info('users')",
        "SELECT * FROM pragma_foreign_key_list('orders')",
    ] {
        assert!(shop.run(sql).is_ok(), "{sql}: {:?}", shop.run(sql));
    }
}

#[test]
fn settings_stay_out_of_reach_through_table_valued_functions_too() {
    let shop = Shop::new();
    for sql in [
        "SELECT * FROM pragma_database_list",
        "SELECT file FROM pragma_database_list()",
        "SELECT * FROM pragma_wal_checkpoint",
    ] {
        let result = shop.run(sql);
        assert!(result.is_err(), "{sql}: {result:?}");
    }
}

#[test]
fn functions_that_reach_outside_are_refused() {
    let shop = Shop::new();
    for sql in [
        "SELECT load_extension('/tmp/evil.so')",
        "SELECT load_extension('/tmp/evil.so', 'entry')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    ] {
        is_forbidden(&shop, sql);
    }
    for sql in ["SELECT readfile('/etc/passwd')", "SELECT writefile('/tmp/x', 'y')", "SELECT edit('x')"] {
        assert!(shop.run(sql).is_err(), "{sql}");
    }
}

#[test]
fn the_schema_table_and_shadow_tables_cannot_be_written() {
    let shop = Shop::new();
    shop.run("CREATE VIRTUAL TABLE words USING fts5(text)").unwrap();
    shop.run("INSERT INTO words VALUES ('hello world')").unwrap();
    for sql in [
        "UPDATE sqlite_schema SET sql = 'x'",
        "DELETE FROM sqlite_master",
        "INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 2, '')",
        "DELETE FROM words_data",
        "UPDATE words_content SET c0 = 'x'",
        "DROP TABLE words_data",
    ] {
        assert!(shop.run(sql).is_err(), "{sql}");
    }
    assert_eq!(shop.run("SELECT * FROM words WHERE words MATCH 'hello'").unwrap().rows.len(), 1);
}

#[test]
fn nothing_temporary_outlives_a_run_because_nothing_temporary_is_made() {
    let shop = Shop::new();
    for sql in [
        "CREATE TEMP TABLE t (a)",
        "CREATE TABLE temp.t (a)",
        "CREATE TEMP VIEW users AS SELECT 1",
        "CREATE TEMP TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM orders; END",
        "CREATE TEMP TABLE t AS SELECT * FROM users",
    ] {
        is_forbidden(&shop, sql);
    }
}

#[test]
fn only_virtual_tables_that_live_in_the_database_can_be_made() {
    let shop = Shop::new();
    for sql in ["CREATE VIRTUAL TABLE t USING fts5(a)", "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)"] {
        assert!(shop.run(sql).is_ok(), "{sql}");
    }
    for sql in [
        "CREATE VIRTUAL TABLE t2 USING dbstat(main)",
        "CREATE VIRTUAL TABLE t3 USING csv(filename = '/etc/passwd')",
        "CREATE VIRTUAL TABLE t4 USING unknown(a)",
    ] {
        is_forbidden(&shop, sql);
    }
}

#[test]
fn a_writable_common_table_expression_counts_as_writing() {
    let shop = Shop::new();
    let sql = "WITH doomed AS (SELECT id FROM users) DELETE FROM orders WHERE user_id IN (SELECT id FROM doomed) RETURNING id";
    let look = shop.database.look(sql).unwrap();
    assert_eq!((look.kind, look.writes), (tgp_database::SqlKind::Write, vec!["orders".to_owned()]));
    let result = shop.run(sql).unwrap();
    assert_eq!((result.rows.len(), result.rows_affected), (3, 3));
}
