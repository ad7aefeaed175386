//! Several writers on one database: who waits, who loses, and that nobody holds a lock after the run.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tgp_database::{Begin, Database, DatabaseLimits, Page, SqlError, SqlParams};
use tgp_model::{CancelToken, SqlValue};

use crate::child;
use crate::fixture::{Shop, execute};

fn quick() -> DatabaseLimits {
    DatabaseLimits { lock_wait: Duration::from_millis(60), ..DatabaseLimits::default() }
}

#[test]
fn a_run_that_read_and_then_writes_after_another_writer_is_stale_and_wins_when_run_again() {
    for journal in ["WAL", "DELETE"] {
        let shop = Shop::with(journal, quick());
        let mut run = shop.begin();
        execute(&mut run, "SELECT count(*) FROM users").unwrap();
        let rival = shop.other();
        rival.busy_timeout(Duration::ZERO).unwrap();
        let rival_wrote = rival.execute_batch("INSERT INTO users (name) VALUES ('rival')").is_ok();
        if journal == "WAL" {
            assert!(rival_wrote);
            assert_eq!(execute(&mut run, "UPDATE users SET active = 0"), Err(SqlError::Stale));
            assert!(matches!(run.commit(), Err(SqlError::Ended { .. })));
            let mut again = shop.database.begin(Begin::Immediate, &CancelToken::new()).unwrap();
            let seen = execute(&mut again, "SELECT count(*) FROM users").unwrap();
            assert_eq!(seen.rows, [[SqlValue::Integer(4)]]);
            execute(&mut again, "UPDATE users SET active = 0").unwrap();
            again.commit().unwrap();
            assert_eq!(shop.number("SELECT count(*) FROM users WHERE active = 0"), 4);
        } else {
            assert!(!rival_wrote, "with a rollback journal a reader keeps the writer from committing");
            execute(&mut run, "UPDATE users SET active = 0").unwrap();
            run.commit().unwrap();
        }
    }
}

#[test]
fn a_run_that_read_does_not_wait_for_a_writer_that_is_under_way() {
    let shop =
        Shop::with("WAL", DatabaseLimits { lock_wait: Duration::from_secs(30), ..DatabaseLimits::default() });
    let rival = shop.other();
    rival.execute_batch("BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('rival')").unwrap();
    let mut run = shop.begin();
    execute(&mut run, "SELECT count(*) FROM users").unwrap();
    // Waiting could never help: what was read will be old when the lock comes free.
    assert_eq!(execute(&mut run, "DELETE FROM users"), Err(SqlError::Stale));
    rival.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn a_writer_waits_for_the_lock_and_gives_up_at_its_limit() {
    for journal in ["WAL", "DELETE"] {
        let shop = Shop::with(journal, quick());
        let rival = shop.other();
        rival.execute_batch("BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('rival')").unwrap();
        let begun = Instant::now();
        let error = shop.run("INSERT INTO users (name) VALUES ('x')").unwrap_err();
        assert_eq!(error, SqlError::Busy { waited: Duration::from_millis(60) }, "{journal}");
        assert!(begun.elapsed() >= Duration::from_millis(55), "{:?}", begun.elapsed());
        rival.execute_batch("COMMIT").unwrap();
        shop.run("INSERT INTO users (name) VALUES ('x')").unwrap();
        assert_eq!(shop.users(), 5);
    }
}

#[test]
fn a_writer_gets_the_lock_as_soon_as_it_is_free() {
    let shop =
        Shop::with("WAL", DatabaseLimits { lock_wait: Duration::from_secs(30), ..DatabaseLimits::default() });
    let rival = shop.other();
    rival.execute_batch("BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('rival')").unwrap();
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            barrier.wait();
            shop.run("INSERT INTO users (name) VALUES ('x')")
        });
        barrier.wait();
        rival.execute_batch("COMMIT").unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().rows_affected, 1);
    });
    assert_eq!(shop.users(), 5);
}

#[test]
fn waiting_for_a_lock_can_be_cancelled() {
    let shop =
        Shop::with("WAL", DatabaseLimits { lock_wait: Duration::from_mins(1), ..DatabaseLimits::default() });
    let rival = shop.other();
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let cancel = CancelToken::new();
    let mut run = shop.database.begin(Begin::Deferred, &cancel).unwrap();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| cancel.cancel());
        execute(&mut run, "DELETE FROM users")
    });
    assert_eq!(result, Err(SqlError::Interrupted));
}

#[test]
fn a_run_that_only_reads_keeps_no_writer_away() {
    let shop = Shop::new();
    let rival = shop.other();
    rival.busy_timeout(Duration::ZERO).unwrap();
    let mut run = shop.begin();
    let count = |run: &mut tgp_database::Transaction| {
        execute(run, "SELECT count(*) FROM users").unwrap().rows[0][0].clone()
    };
    assert_eq!(count(&mut run), SqlValue::Integer(3));
    rival.execute_batch("INSERT INTO users (name) VALUES ('rival')").unwrap();
    assert_eq!(count(&mut run), SqlValue::Integer(3), "one run sees one state");
    assert!(!run.wrote());
    run.commit().unwrap();
    assert_eq!(shop.run("SELECT count(*) FROM users").unwrap().rows, [[SqlValue::Integer(4)]]);
}

#[test]
fn no_lock_is_held_after_any_end_of_a_run() {
    for journal in ["WAL", "DELETE"] {
        let shop = Shop::with(journal, DatabaseLimits::default());
        let free = |what: &str| {
            let rival = shop.other();
            rival.busy_timeout(Duration::ZERO).unwrap();
            rival
                .execute_batch("BEGIN EXCLUSIVE; ROLLBACK")
                .unwrap_or_else(|error| panic!("{journal}, {what}: {error}"));
        };
        let mut run = shop.begin();
        execute(&mut run, "SELECT * FROM users").unwrap();
        run.commit().unwrap();
        free("read and committed");
        let mut run = shop.begin();
        execute(&mut run, "DELETE FROM users WHERE id = 99").unwrap();
        run.commit().unwrap();
        free("written and committed");
        let mut run = shop.begin();
        execute(&mut run, "DELETE FROM users").unwrap();
        drop(run);
        free("written and dropped");
        let mut run = shop.begin();
        execute(&mut run, "INSERT OR ROLLBACK INTO users (id, name) VALUES (1, 'x')").unwrap_err();
        free("ended by its statement, before it is dropped");
        drop(run);
        let mut run = shop.begin();
        run.execute("SELECT * FROM users", &SqlParams::none(), Page { offset: 0, limit: 1 }).unwrap();
        run.rollback();
        free("read in part and rolled back");
        shop.database.look("DELETE FROM users").unwrap();
        free("looked at");
    }
}

#[test]
fn many_threads_count_to_the_same_number() {
    let shop =
        Shop::with("WAL", DatabaseLimits { lock_wait: Duration::from_secs(30), ..DatabaseLimits::default() });
    shop.run("CREATE TABLE counter (n INTEGER)").unwrap();
    shop.run("INSERT INTO counter VALUES (0)").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| increment(&shop.database)));
        }
    });
    assert_eq!(shop.number("SELECT n FROM counter"), 200);
}

/// What the engine does: a run that turns out stale is run again as a writer.
fn increment(database: &Database) {
    for mode in [Begin::Deferred, Begin::Immediate] {
        let mut run = database.begin(mode, &CancelToken::new()).unwrap();
        let read = execute(&mut run, "SELECT n FROM counter").unwrap();
        let SqlValue::Integer(n) = read.rows[0][0] else { panic!("{read:?}") };
        let next = SqlParams::Positional(vec![SqlValue::Integer(n + 1)]);
        match run.execute("UPDATE counter SET n = ?", &next, Page::default()) {
            Ok(_) => return run.commit().unwrap(),
            Err(SqlError::Stale) if mode == Begin::Deferred => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn two_processes_count_to_the_same_number() {
    if let Some(path) = child::handed() {
        let limits = DatabaseLimits { lock_wait: Duration::from_secs(30), ..DatabaseLimits::default() };
        let database = Database::open(path.to_str().unwrap(), path.parent().unwrap(), limits).unwrap();
        (0..100).for_each(|_| increment(&database));
    } else {
        let shop = Shop::new();
        shop.run("CREATE TABLE counter (n INTEGER)").unwrap();
        shop.run("INSERT INTO counter VALUES (0)").unwrap();
        let children: Vec<_> = (0..2)
            .map(|_| {
                child::command("rivals::two_processes_count_to_the_same_number", &shop.path())
                    .stdout(std::process::Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(shop.number("SELECT n FROM counter"), 200);
    }
}

#[test]
fn a_database_locked_while_it_is_opened_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    crate::fixture::make(&path, "DELETE");
    let rival = Connection::open(&path).unwrap();
    rival.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = Database::open("shop.db", folder.path(), quick()).err().unwrap();
    assert!(matches!(error, tgp_database::OpenDatabaseError::Busy { .. }), "{error:?}");
}
