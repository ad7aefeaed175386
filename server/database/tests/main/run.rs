//! A run is one transaction: all of it or nothing, whatever its statements try.

use tgp_database::{DatabaseLimits, SqlError};
use tgp_model::SqlValue;

use crate::child;
use crate::fixture::{Shop, execute, text};

#[test]
fn a_run_keeps_what_it_did_only_when_it_is_committed() {
    let shop = Shop::new();
    let mut run = shop.begin();
    let result = execute(&mut run, "UPDATE users SET state = 'Ohio' WHERE state = 'Ohiio'").unwrap();
    assert_eq!((result.rows_affected, result.rows.len(), result.columns.len()), (1, 0, 0));
    assert!(run.wrote());
    assert_eq!(
        execute(&mut run, "SELECT count(*) FROM users WHERE state = 'Ohio'").unwrap().rows,
        [[SqlValue::Integer(2)]]
    );
    assert_eq!(
        shop.number("SELECT count(*) FROM users WHERE state = 'Ohio'"),
        1,
        "nobody sees it before the commit"
    );
    run.commit().unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE state = 'Ohio'"), 2);
}

#[test]
fn a_run_that_is_dropped_or_rolled_back_leaves_nothing() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users").unwrap();
    drop(run);
    let mut run = shop.begin();
    execute(&mut run, "CREATE TABLE t AS SELECT * FROM users").unwrap();
    execute(&mut run, "DROP TABLE orders").unwrap();
    run.rollback();
    assert_eq!((shop.users(), shop.number("SELECT count(*) FROM orders")), (3, 3));
    assert_eq!(shop.number("SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 0);
}

#[test]
fn a_run_that_panics_leaves_nothing() {
    let shop = Shop::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut run = shop.begin();
        execute(&mut run, "DELETE FROM users").unwrap();
        panic!("a bug in the middle of a run");
    }));
    assert!(panicked.is_err());
    assert_eq!(shop.users(), 3);
    shop.run("DELETE FROM users WHERE id = 1").unwrap();
}

#[test]
fn a_run_without_a_statement_is_nothing() {
    let shop = Shop::new();
    shop.begin().commit().unwrap();
    shop.begin().rollback();
}

#[test]
fn a_statement_that_fails_is_undone_by_itself_and_the_run_goes_on() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "INSERT INTO users (name) VALUES ('Barbara')").unwrap();
    let error = execute(&mut run, "INSERT INTO users (id, name) VALUES (10, 'a'), (1, 'b')").unwrap_err();
    assert_eq!(error.to_string(), "UNIQUE constraint failed: users.id");
    let error = execute(&mut run, "INSERT INTO orders (user_id, total) VALUES (1, -5)").unwrap_err();
    assert_eq!(error.to_string(), "CHECK constraint failed: total >= 0");
    run.commit().unwrap();
    assert_eq!(shop.users(), 4);
}

#[test]
fn a_statement_that_ends_the_transaction_loses_the_whole_run() {
    let shop = Shop::new();
    shop.other()
        .execute_batch(
            "CREATE TABLE strict_users (name TEXT UNIQUE ON CONFLICT ROLLBACK);
             CREATE TRIGGER bomb BEFORE DELETE ON orders BEGIN SELECT RAISE(ROLLBACK, 'not like this'); END;
             INSERT INTO strict_users VALUES ('x');",
        )
        .unwrap();
    for sql in [
        "INSERT OR ROLLBACK INTO users (id, name) VALUES (1, 'again')",
        "UPDATE OR ROLLBACK users SET id = 1 WHERE id = 2",
        "DELETE FROM orders",
        "INSERT INTO strict_users VALUES ('x')",
    ] {
        let mut run = shop.begin();
        execute(&mut run, "INSERT INTO users (name) VALUES ('before')").unwrap();
        let error = execute(&mut run, sql).unwrap_err();
        assert!(matches!(error, SqlError::Failed { .. }), "{sql}: {error:?}");
        // The trap: outside a transaction this insert would survive.
        let after = execute(&mut run, "INSERT INTO users (name) VALUES ('after')");
        assert!(matches!(after, Err(SqlError::Ended { .. })), "{sql}: {after:?}");
        assert!(matches!(execute(&mut run, "SELECT 1"), Err(SqlError::Ended { .. })));
        assert!(matches!(run.look("SELECT 1"), Err(SqlError::Ended { .. })));
        assert!(matches!(run.commit(), Err(SqlError::Ended { .. })), "{sql}");
        assert_eq!(shop.users(), 3, "{sql}");
    }
    shop.run("INSERT INTO users (name) VALUES ('later')").unwrap();
    assert_eq!(shop.users(), 4, "the next run works");
}

#[test]
fn a_commit_that_fails_leaves_nothing() {
    let limits = DatabaseLimits { foreign_keys: true, ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    shop.other()
        .execute_batch(
            "CREATE TABLE notes (user_id INTEGER REFERENCES users(id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
    let mut run = shop.begin();
    execute(&mut run, "INSERT INTO users (name) VALUES ('Barbara')").unwrap();
    execute(&mut run, "INSERT INTO notes VALUES (999)").unwrap();
    assert_eq!(run.commit().unwrap_err().to_string(), "FOREIGN KEY constraint failed");
    assert_eq!((shop.users(), shop.number("SELECT count(*) FROM notes")), (3, 0));
    shop.run("INSERT INTO notes VALUES (1)").unwrap();
}

#[test]
fn foreign_keys_are_enforced_only_where_the_person_says_so() {
    let orphan = "INSERT INTO orders (user_id, total) VALUES (999, 1)";
    assert!(Shop::new().run(orphan).is_ok());
    let strict = Shop::with("WAL", DatabaseLimits { foreign_keys: true, ..DatabaseLimits::default() });
    assert_eq!(strict.run(orphan).unwrap_err().to_string(), "FOREIGN KEY constraint failed");
}

#[test]
fn only_statements_that_change_rows_count_them() {
    let shop = Shop::new();
    let mut run = shop.begin();
    assert_eq!(execute(&mut run, "INSERT INTO users (name) VALUES ('a'), ('b')").unwrap().rows_affected, 2);
    assert_eq!(execute(&mut run, "SELECT * FROM users").unwrap().rows_affected, 0);
    assert_eq!(execute(&mut run, "CREATE TABLE t (a)").unwrap().rows_affected, 0);
    assert_eq!(execute(&mut run, "DELETE FROM users WHERE id > 100").unwrap().rows_affected, 0);
    assert_eq!(
        execute(&mut run, "INSERT INTO users (name) VALUES ('c') RETURNING name").unwrap().rows,
        [[text("c")]]
    );
}

#[test]
fn a_run_may_change_the_schema_and_use_it_at_once() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "CREATE TABLE Tags (name TEXT)").unwrap();
    execute(&mut run, "INSERT INTO tags VALUES ('a')").unwrap();
    assert_eq!(run.look("SELECT count(*) FROM TAGS").unwrap().reads, ["Tags"]);
    execute(&mut run, "ALTER TABLE tags ADD COLUMN colour TEXT DEFAULT 'red'").unwrap();
    assert_eq!(execute(&mut run, "SELECT * FROM tags").unwrap().rows, [[text("a"), text("red")]]);
    run.commit().unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM tags"), 1);
}

#[test]
fn quotes_mean_what_they_mean_in_stock_sqlite() {
    let shop = Shop::new();
    assert_eq!(shop.run("SELECT \"no such column\"").unwrap().rows, [[text("no such column")]]);
}

#[test]
fn nothing_is_left_of_a_run_whose_process_is_killed() {
    if let Some(path) = child::handed() {
        let database = tgp_database::Database::open(
            path.to_str().unwrap(),
            path.parent().unwrap(),
            DatabaseLimits::default(),
        )
        .unwrap();
        let mut run = database.begin(tgp_database::Begin::Deferred, &tgp_model::CancelToken::new()).unwrap();
        execute(&mut run, "DELETE FROM users").unwrap();
        execute(&mut run, "INSERT INTO log VALUES ('half done')").unwrap();
        child::ready_until_told();
    } else {
        for journal in ["WAL", "DELETE"] {
            let shop = Shop::with(journal, DatabaseLimits::default());
            let mut child =
                child::start("run::nothing_is_left_of_a_run_whose_process_is_killed", &shop.path());
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!((shop.users(), shop.number("SELECT count(*) FROM log")), (3, 0), "{journal}");
            shop.run("DELETE FROM users WHERE id = 1").unwrap();
        }
    }
}

#[test]
fn hundreds_of_different_statements_leave_the_kept_ones_correct() {
    let shop = Shop::new();
    for round in 0..3 {
        let mut run = shop.begin();
        for number in 0..200 {
            let sql = format!("SELECT {number}, name FROM users WHERE id = 1");
            let look = run.look(&sql).unwrap();
            assert_eq!(look.reads, ["users"], "round {round}");
            assert_eq!(execute(&mut run, &sql).unwrap().rows, [[SqlValue::Integer(number), text("Ada")]]);
        }
        run.commit().unwrap();
    }
}
