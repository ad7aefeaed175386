//! Prints what a statement in a run costs: `cargo run --release -p tgp-database --example measure_database`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for whoever wants the figures")]

use std::time::{Duration, Instant};

use tgp_database::{Begin, Database, DatabaseLimits, Page, RunLimits, SqlParams, Transaction};
use tgp_model::{CancelToken, SqlValue};

fn main() {
    let folder = tempfile::tempdir_in(".").unwrap();
    for journal in ["WAL", "DELETE"] {
        let path = folder.path().join(format!("{journal}.db"));
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = {journal}; CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                 INSERT INTO users SELECT i, 'user ' || i FROM n;"
            ))
            .unwrap();
        drop(connection);
        let opened = Instant::now();
        let database =
            Database::open(path.to_str().unwrap(), folder.path(), DatabaseLimits::default()).unwrap();
        println!("{journal}: open {:?}", opened.elapsed());
        let run = || database.begin(Begin::Deferred, &CancelToken::new()).unwrap();
        measure("  a run without SQL", 2_000, || run().commit().unwrap());
        measure("  a run with one small SELECT (look, execute, commit)", 2_000, || {
            let mut run = run();
            select(&mut run, 1);
            run.commit().unwrap();
        });
        measure("  a run with twenty small SELECTs", 500, || {
            let mut run = run();
            (1..=20).for_each(|id| select(&mut run, id));
            run.commit().unwrap();
        });
        measure("  look alone, kept", 2_000, || {
            drop(database.look("SELECT name FROM users WHERE id = ?").unwrap());
        });
        let mut number = 0;
        measure("  look alone, new statement", 2_000, || {
            number += 1;
            drop(database.look(&format!("SELECT name, {number} FROM users WHERE id = ?")).unwrap());
        });
        measure("  a run with one UPDATE, committed (synced)", 300, || {
            let mut run = run();
            // A row that stays the same is not written at all.
            run.execute(
                "UPDATE users SET name = hex(randomblob(4)) WHERE id = 5",
                &SqlParams::none(),
                Page::default(),
            )
            .unwrap();
            run.commit().unwrap();
        });
        measure("  a run with one UPDATE, rolled back", 300, || {
            let mut run = run();
            run.execute(
                "UPDATE users SET name = hex(randomblob(4)) WHERE id = 5",
                &SqlParams::none(),
                Page::default(),
            )
            .unwrap();
        });
        measure_undo(&database);
        measure("  a page of 10,000 rows", 20, || {
            let result = run().execute("SELECT * FROM users", &SqlParams::none(), Page::default()).unwrap();
            assert_eq!(result.rows.len(), 10_000);
        });
    }
}

fn measure_undo(database: &Database) {
    let update = |rows: u32| {
        let mut run = database.begin(Begin::Deferred, &CancelToken::new()).unwrap();
        let sql = format!("UPDATE users SET name = hex(randomblob(4)) WHERE id <= {rows}");
        run.execute(&sql, &SqlParams::none(), Page::default()).unwrap();
        run
    };
    measure("  a run with one UPDATE, captured and rolled back", 300, || drop(update(1).capture().unwrap()));
    measure("  a run with one UPDATE, captured, noted, committed (synced)", 300, || {
        let mut run = update(1);
        drop(run.capture().unwrap());
        run.note_action("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1).unwrap();
        run.commit().unwrap();
    });
    for rows in [1, 10_000] {
        measure(&format!("  UPDATE of {rows} rows, rolled back"), 20, || drop(update(rows)));
        measure("  the same, captured", 20, || drop(update(rows).capture().unwrap()));
        let mut run = update(rows);
        let captured = run.capture().unwrap();
        run.commit().unwrap();
        measure(&format!("  undo of {rows} rows, dry"), 20, || {
            let mut undo = database.begin_undo(RunLimits::default(), 0).unwrap();
            assert_eq!(undo.undo(&captured.changeset).unwrap().conflicts.len(), 0);
        });
    }
}

fn select(run: &mut Transaction, id: i64) {
    let sql = "SELECT name FROM users WHERE id = ?";
    run.look(sql).unwrap();
    let result =
        run.execute(sql, &SqlParams::Positional(vec![SqlValue::Integer(id)]), Page::default()).unwrap();
    assert_eq!(result.rows.len(), 1);
}

fn measure(what: &str, times: usize, mut work: impl FnMut()) {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    taken.sort();
    println!("{what}: p50 {:?}, p99 {:?}", taken[times / 2], taken[times * 99 / 100]);
}
