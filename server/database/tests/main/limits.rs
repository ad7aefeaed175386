//! Pages, sizes, time, and a caller who no longer wants the answer.

use std::time::{Duration, Instant};

use tgp_database::{Begin, DatabaseLimits, Page, RunLimits, SqlError, SqlParams};
use tgp_model::{CancelToken, SqlValue};

use crate::fixture::{Shop, execute};

const COUNT: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n";
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
const ENDLESS_WRITE: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO log SELECT i FROM n";

fn page(shop: &Shop, sql: &str, offset: u64, limit: u64) -> (Vec<i64>, bool) {
    let result = shop.begin().execute(sql, &SqlParams::none(), Page { offset, limit }).unwrap();
    let numbers = result.rows.iter().map(|row| match row[0] {
        SqlValue::Integer(number) => number,
        ref other => panic!("{other:?}"),
    });
    (numbers.collect(), result.more)
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let shop = Shop::new();
    let mut seen = Vec::new();
    loop {
        let (rows, more) = page(&shop, COUNT, seen.len() as u64, 300);
        seen.extend(rows);
        if !more {
            break;
        }
    }
    assert_eq!(seen, (1..=1000).collect::<Vec<_>>());
    assert_eq!(page(&shop, COUNT, 999, 1), (vec![1000], false));
    assert_eq!(page(&shop, COUNT, 1000, 1), (vec![], false));
    assert_eq!(page(&shop, COUNT, 5000, 1), (vec![], false));
    assert_eq!(page(&shop, COUNT, 0, 0), (vec![], true));
    assert_eq!(page(&shop, COUNT, 0, 1000), ((1..=1000).collect(), false));
}

#[test]
fn no_page_is_larger_than_the_database_allows() {
    let shop = Shop::with("WAL", DatabaseLimits { rows: 10, ..DatabaseLimits::default() });
    assert_eq!(page(&shop, COUNT, 0, u64::MAX), ((1..=10).collect(), true));
}

#[test]
fn a_page_ends_early_when_it_is_full_and_goes_on_where_it_ended() {
    let shop = Shop::with("WAL", DatabaseLimits { page_bytes: 10_000, ..DatabaseLimits::default() });
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT zeroblob(1000) FROM n";
    let first = shop.begin().execute(sql, &SqlParams::none(), Page::default()).unwrap();
    assert_eq!((first.rows.len(), first.more), (10, true));
}

#[test]
fn an_endless_result_is_read_only_as_far_as_its_page() {
    let shop = Shop::new();
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    assert_eq!(page(&shop, sql, 0, 3), (vec![1, 2, 3], true));
}

#[test]
fn a_value_over_the_limit_is_named_and_one_that_cannot_be_built_is_refused() {
    let limits = DatabaseLimits { cell_bytes: 1_000, value_bytes: 100_000, ..DatabaseLimits::default() };
    let shop = Shop::with("WAL", limits);
    let error = shop.run("SELECT 1 AS a, zeroblob(1001) AS big").unwrap_err();
    assert_eq!(error, SqlError::TooLarge { column: "big".to_owned(), size: 1_001, limit: 1_000 });
    assert!(shop.run("SELECT length(zeroblob(99000))").is_ok());
    let error = shop.run("SELECT length(zeroblob(1000000000))").unwrap_err();
    assert_eq!(error.to_string(), "string or blob too big");
    assert!(shop.run(&format!("SELECT 1 -- {}", "x".repeat(200_000))).is_err(), "a statement is a value too");
}

#[test]
fn a_write_whose_answer_is_too_large_is_not_kept() {
    let shop = Shop::with("WAL", DatabaseLimits { cell_bytes: 1_000, ..DatabaseLimits::default() });
    let mut run = shop.begin();
    let error = execute(&mut run, "DELETE FROM users RETURNING zeroblob(2000)").unwrap_err();
    assert!(matches!(error, SqlError::TooLarge { .. }));
    assert!(matches!(run.commit(), Err(SqlError::Ended { .. })));
    assert_eq!(shop.users(), 3);
}

#[test]
fn a_write_is_done_completely_however_small_the_page_of_its_answer() {
    let shop = Shop::new();
    let mut run = shop.begin();
    let result = run
        .execute("UPDATE users SET active = 0 RETURNING id", &SqlParams::none(), Page { offset: 0, limit: 1 })
        .unwrap();
    assert_eq!((result.rows.len(), result.more, result.rows_affected), (1, true, 3));
    run.commit().unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM users WHERE active = 0"), 3);
}

#[test]
fn an_endless_statement_ends_at_its_limit() {
    let limit = Duration::from_millis(100);
    let shop = Shop::with("WAL", DatabaseLimits { statement: limit, ..DatabaseLimits::default() });
    let begun = Instant::now();
    assert_eq!(shop.run(ENDLESS), Err(SqlError::Timeout { limit }));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(shop.run("SELECT 1").unwrap().rows.len(), 1, "the next run is not affected");
}

#[test]
fn an_endless_write_ends_at_its_limit_and_takes_the_run_with_it() {
    let limit = Duration::from_millis(100);
    let shop = Shop::with("WAL", DatabaseLimits { statement: limit, ..DatabaseLimits::default() });
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users WHERE id = 1").unwrap();
    assert_eq!(execute(&mut run, ENDLESS_WRITE), Err(SqlError::Timeout { limit }));
    assert!(matches!(execute(&mut run, "DELETE FROM orders"), Err(SqlError::Ended { .. })));
    assert!(matches!(run.commit(), Err(SqlError::Ended { .. })));
    assert_eq!((shop.users(), shop.number("SELECT count(*) FROM orders")), (3, 3));
}

#[test]
fn the_deadline_of_the_run_counts_for_all_its_statements() {
    let shop = Shop::new();
    let deadline = Some(Instant::now() + Duration::from_millis(80));
    let mut run = shop.database.begin_within(Begin::Deferred, RunLimits { deadline, cancel: None }).unwrap();
    execute(&mut run, "SELECT 1").unwrap();
    assert!(matches!(execute(&mut run, ENDLESS), Err(SqlError::Timeout { .. })));
    assert!(matches!(execute(&mut run, ENDLESS), Err(SqlError::Timeout { .. } | SqlError::Ended { .. })));
}

#[test]
fn a_cancelled_statement_stops_and_its_run_is_lost() {
    let shop = Shop::new();
    let cancel = CancelToken::new();
    let mut run = shop.database.begin(Begin::Deferred, &cancel).unwrap();
    execute(&mut run, "DELETE FROM users").unwrap();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| cancel.cancel());
        execute(&mut run, ENDLESS)
    });
    assert_eq!(result, Err(SqlError::Interrupted));
    assert!(run.commit().is_err());
    assert_eq!(shop.users(), 3);
}

#[test]
fn a_pattern_that_would_match_for_hours_is_refused() {
    let shop = Shop::new();
    let sql = format!("SELECT '{}' LIKE '{}'", "a".repeat(1000), "%a".repeat(600));
    assert!(shop.run(&sql).unwrap_err().to_string().contains("LIKE or GLOB pattern too complex"));
}
