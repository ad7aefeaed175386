//! Whether an action's transaction landed is known exactly, and tgp's own table stays out of sight.

use tgp_database::{DatabaseLimits, Landed, RunLimits, SqlError};

use crate::child;
use crate::fixture::{Shop, execute};

fn without_table() -> Shop {
    Shop::with("WAL", DatabaseLimits { actions_table: false, ..DatabaseLimits::default() })
}

#[test]
fn an_action_has_landed_when_its_transaction_was_committed() {
    let shop = Shop::new();
    assert_eq!(shop.database.landed("A", None).unwrap(), Landed::No);
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users").unwrap();
    run.note_action("A", 1).unwrap();
    run.rollback();
    assert_eq!(shop.database.landed("A", None).unwrap(), Landed::No);
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users").unwrap();
    let captured = run.capture().unwrap();
    run.note_action("A", 1).unwrap();
    assert_eq!(run.capture().unwrap(), captured, "the note is no change of the action's");
    run.commit().unwrap();
    assert_eq!(shop.database.landed("A", None).unwrap(), Landed::Yes);
    assert_eq!(shop.database.landed("B", None).unwrap(), Landed::No);
    let mut undo = shop.database.begin_undo(RunLimits::default(), 0).unwrap();
    undo.undo(&captured.changeset).unwrap();
    undo.note_action("U", 2).unwrap();
    undo.commit().unwrap();
    assert_eq!(shop.database.landed("U", None).unwrap(), Landed::Yes);
}

#[test]
fn a_run_that_only_reads_notes_nothing() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "SELECT 1").unwrap();
    run.note_action("A", 1).unwrap();
    run.commit().unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM sqlite_schema WHERE name = 'tgp_actions'"), 0);
}

#[test]
fn an_action_killed_before_its_commit_has_not_landed_and_one_killed_after_has() {
    if let Some(path) = child::handed() {
        let database = tgp_database::Database::open(
            path.to_str().unwrap(),
            path.parent().unwrap(),
            DatabaseLimits::default(),
        )
        .unwrap();
        for (action, commit) in [("committed", true), ("open", false)] {
            let mut run =
                database.begin(tgp_database::Begin::Deferred, &tgp_model::CancelToken::new()).unwrap();
            execute(&mut run, "INSERT INTO log VALUES ('x')").unwrap();
            run.note_action(action, 1).unwrap();
            if commit {
                run.commit().unwrap();
            } else {
                child::ready_until_told();
            }
        }
    } else {
        let shop = Shop::new();
        let name = "actions::an_action_killed_before_its_commit_has_not_landed_and_one_killed_after_has";
        let mut child = child::start(name, &shop.path());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(shop.database.landed("committed", None).unwrap(), Landed::Yes);
        assert_eq!(shop.database.landed("open", None).unwrap(), Landed::No);
    }
}

#[test]
fn the_table_stays_small_and_what_it_forgot_is_looked_up_in_the_rows() {
    let shop = Shop::new();
    let mut first = Vec::new();
    for number in 0..300_i64 {
        let mut run = shop.begin();
        execute(&mut run, &format!("INSERT INTO log VALUES ({number})")).unwrap();
        if number == 0 {
            first = run.capture().unwrap().changeset;
        }
        run.note_action(&format!("A{number:03}"), number).unwrap();
        run.commit().unwrap();
    }
    assert_eq!(shop.number("SELECT count(*) FROM tgp_actions"), 256);
    assert_eq!(shop.database.landed("A299", None).unwrap(), Landed::Yes);
    assert_eq!(shop.database.landed("A000", Some(&first)).unwrap(), Landed::Yes);
    assert!(matches!(shop.database.landed("A000", None).unwrap(), Landed::Ambiguous { .. }));
}

#[test]
fn where_the_table_is_forbidden_the_rows_tell() {
    let shop = without_table();
    let mut run = shop.begin();
    execute(&mut run, "UPDATE users SET state = 'OH' WHERE id < 3").unwrap();
    let captured = run.capture().unwrap();
    run.note_action("A", 1).unwrap();
    let landed = || shop.database.landed("A", Some(&captured.changeset)).unwrap();
    assert_eq!(landed(), Landed::No);
    run.commit().unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM sqlite_schema WHERE name = 'tgp_actions'"), 0);
    assert_eq!(landed(), Landed::Yes);
    shop.elsewhere("UPDATE users SET state = 'Ohio' WHERE id = 1");
    assert_eq!(landed(), Landed::Ambiguous { as_after: 1, as_before: 1, other: 0 });
    shop.elsewhere("UPDATE users SET state = 'x' WHERE id = 1");
    assert_eq!(landed(), Landed::Ambiguous { as_after: 1, as_before: 0, other: 1 });
    assert_eq!(
        shop.database.landed("A", None).unwrap(),
        Landed::Ambiguous { as_after: 0, as_before: 0, other: 0 }
    );
}

#[test]
fn agents_cannot_reach_the_table() {
    let shop = Shop::new();
    let mut run = shop.begin();
    execute(&mut run, "INSERT INTO log VALUES (1)").unwrap();
    run.note_action("A", 1).unwrap();
    run.commit().unwrap();
    for sql in [
        "SELECT * FROM tgp_actions",
        "SELECT count(*) FROM TGP_ACTIONS",
        "INSERT INTO tgp_actions VALUES ('B', 1)",
        "UPDATE tgp_actions SET at = 2",
        "DELETE FROM tgp_actions",
        "DROP TABLE tgp_actions",
        "ALTER TABLE tgp_actions RENAME TO mine",
        "ALTER TABLE tgp_actions ADD COLUMN x",
        "CREATE TABLE tgp_actions (x)",
        "CREATE INDEX i ON tgp_actions (at)",
        "CREATE TRIGGER t AFTER INSERT ON tgp_actions BEGIN DELETE FROM users; END",
        "CREATE VIEW tgp_actions AS SELECT 1",
        "CREATE TABLE mine AS SELECT * FROM tgp_actions",
        "PRAGMA table_info(tgp_actions)",
        "SELECT * FROM pragma_table_info('tgp_actions')",
    ] {
        let refused = shop.run(sql);
        let hidden = refused.as_ref().is_ok_and(|result| result.rows.is_empty() && sql.contains("pragma_"));
        assert!(
            matches!(refused, Err(SqlError::Forbidden { .. } | SqlError::Failed { .. })) || hidden,
            "{sql}: {refused:?}"
        );
    }
    for listing in [
        "SELECT name FROM sqlite_schema",
        "SELECT sql FROM sqlite_master",
        "SELECT * FROM sqlite_schema",
        "SELECT name FROM pragma_table_list",
        "PRAGMA table_list",
    ] {
        let rows = shop.run(listing).unwrap().rows;
        assert!(!format!("{rows:?}").contains("tgp_actions"), "{listing}: {rows:?}");
        assert!(rows.len() > 4, "{listing}");
    }
    shop.run("ANALYZE").unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM tgp_actions"), 1);
}

#[test]
fn the_table_can_be_taken_out_again() {
    let shop = Shop::new();
    let before = shop.dump();
    let mut run = shop.begin();
    execute(&mut run, "INSERT INTO log VALUES (1)").unwrap();
    let captured = run.capture().unwrap();
    run.note_action("A", 1).unwrap();
    run.commit().unwrap();
    shop.undo(&captured);
    assert!(shop.database.remove_actions_table().unwrap());
    assert!(!shop.database.remove_actions_table().unwrap());
    assert_eq!(shop.dump(), before);
    assert_eq!(shop.number("SELECT count(*) FROM sqlite_schema WHERE name = 'tgp_actions'"), 0);
}

#[test]
fn a_table_of_that_name_that_is_somebody_elses_is_left_and_the_rows_tell() {
    let shop = Shop::new();
    shop.run("CREATE TABLE mine (x)").unwrap();
    // The authorizer is told the old name only.
    shop.run("ALTER TABLE mine RENAME TO tgp_actions").unwrap();
    let mut run = shop.begin();
    execute(&mut run, "DELETE FROM users").unwrap();
    let captured = run.capture().unwrap();
    run.note_action("A", 1).unwrap();
    run.commit().unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM tgp_actions"), 0);
    assert_eq!(shop.database.landed("A", Some(&captured.changeset)).unwrap(), Landed::Yes);
    assert!(!shop.database.remove_actions_table().unwrap());
}
