//! `tgp timeline`: the timeline and its filters.

use crate::place::Place;

#[test]
fn what_was_done_is_listed_with_the_newest_last() {
    let place = Place::with_database();
    place.tgp(&["sql", "CREATE TABLE t (n INTEGER)"]).done();
    place.tgp(&["sql", "INSERT INTO t VALUES (1)"]).done();
    place.tgp(&["sql", "INSERT INTO nothing VALUES (1)"]);
    let log = place.json(&["log"]);
    let actions = log["actions"].as_array().unwrap();
    let last: Vec<(&str, &str)> = actions
        .iter()
        .rev()
        .take(2)
        .map(|action| (action["status"].as_str().unwrap(), action["sql"].as_str().unwrap()))
        .collect();
    assert_eq!(
        last,
        [("failed", "INSERT INTO nothing VALUES (1)"), ("executed", "INSERT INTO t VALUES (1)")]
    );
    assert_eq!(log["more"], false);
    let said = place.tgp(&["log"]).done();
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert!(lines[0].starts_with("when (UTC)           agent   type"), "{}", said.stdout);
    assert!(lines.last().unwrap().contains("sql.failed"), "{}", said.stdout);
    // What `tgp undo` wants to be told stands in the table.
    let number = actions[1]["id"].as_str().unwrap();
    assert!(lines.iter().any(|line| line.contains(number)), "{}", said.stdout);
    place.tgp(&["undo", number, "--dry-run"]).done();
}

#[test]
fn filters_narrow_it() {
    let place = Place::with_database();
    place.tgp(&["sql", "CREATE TABLE t (n INTEGER)"]).done();
    place.tgp(&["sql", "INSERT INTO t VALUES (1)", "--agent", "coder"]).done();
    place.tgp(&["sql", "SELECT n FROM t"]).done();
    place.tgp(&["sql", "SELECT wrong FROM t"]);
    let count = |arguments: &[&str]| {
        let all: Vec<&str> = ["log"].iter().chain(arguments).copied().collect();
        place.json(&all)["actions"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--agent", "coder"]), 1);
    assert_eq!(count(&["--type", "sql_write"]), 2);
    assert_eq!(count(&["--status", "failed"]), 1);
    assert_eq!(count(&["--type", "sql_read", "--status", "executed"]), 1);
    assert_eq!(count(&["--since", "1h"]), count(&[]));
    assert_eq!(count(&["--since", "2999-01-01"]), 0);
    let log = place.json(&["log", "--limit", "1"]);
    assert_eq!((log["actions"].as_array().unwrap().len(), &log["more"]), (1, &true.into()));
}

#[test]
fn a_new_project_has_nothing_to_show() {
    let place = Place::project();
    assert_eq!(place.tgp(&["log"]).done().stdout, "Nothing was done yet.\n");
}
