//! Random schemas and statements: undone in reverse, everything is as it was.

use proptest::prelude::*;
use tgp_database::{Captured, DatabaseLimits, RunLimits};

use crate::fixture::{Shop, execute};

/// Tables of every kind that holds rows, with things on them that change other rows.
const TABLES: &[(&str, &str)] = &[
    ("ipk", "CREATE TABLE ipk (k INTEGER PRIMARY KEY, v, u UNIQUE)"),
    ("auto", "CREATE TABLE auto (k INTEGER PRIMARY KEY AUTOINCREMENT, v, u)"),
    ("textkey", "CREATE TABLE textkey (k TEXT PRIMARY KEY, v, u)"),
    ("nokey", "CREATE TABLE nokey (k, v, u)"),
    ("twokeys", "CREATE TABLE twokeys (k, v COLLATE NOCASE, u, PRIMARY KEY (v, k))"),
    ("without", "CREATE TABLE without (k TEXT COLLATE NOCASE PRIMARY KEY, v, u REAL) WITHOUT ROWID"),
    ("without2", "CREATE TABLE without2 (u, k INTEGER, v, PRIMARY KEY (k, u)) WITHOUT ROWID"),
    ("generated", "CREATE TABLE generated (g AS (u || v), k NUMERIC, v INTEGER, s AS (k) STORED, u TEXT)"),
    ("parent", "CREATE TABLE parent (k INTEGER PRIMARY KEY, v, u UNIQUE)"),
    (
        "child",
        "CREATE TABLE child (k, v INTEGER REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE,
            u REFERENCES parent(u) ON DELETE SET NULL ON UPDATE SET DEFAULT)",
    ),
];

const TRIGGERS: &str = "
CREATE TRIGGER t1 AFTER INSERT ON ipk BEGIN INSERT INTO nokey VALUES (new.k, new.v, 'trigger'); END;
CREATE TRIGGER t2 AFTER UPDATE ON textkey BEGIN UPDATE auto SET v = new.v WHERE k % 2; END;
CREATE TRIGGER t3 BEFORE DELETE ON nokey BEGIN DELETE FROM without WHERE k = old.k; END;
CREATE TRIGGER t4 AFTER DELETE ON auto BEGIN INSERT INTO auto (v) VALUES ('again'); END;
CREATE VIEW both AS SELECT k, v, u FROM ipk;
CREATE TRIGGER t5 INSTEAD OF DELETE ON both BEGIN DELETE FROM twokeys WHERE k = old.k; END;
";

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..6_i64).prop_map(|number| number.to_string()),
        2 => Just("NULL".to_owned()),
        2 => prop::sample::select(vec!["'a'", "'A'", "'b'", "'3'", "''"]).prop_map(str::to_owned),
        1 => Just("1.5".to_owned()),
        1 => Just("2.0".to_owned()),
        1 => Just("x'00ff'".to_owned()),
    ]
}

fn statement() -> impl Strategy<Value = String> {
    let table = || prop::sample::select(TABLES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let column = || prop::sample::select(vec!["k", "v", "u"]);
    let or = || prop::sample::select(vec!["", "OR REPLACE", "OR IGNORE", "OR FAIL"]);
    prop_oneof![
        6 => (or(), table(), value(), value(), value())
            .prop_map(|(or, table, k, v, u)| format!("INSERT {or} INTO {table} (k, v, u) VALUES ({k}, {v}, {u})")),
        2 => (table(), table(), value()).prop_map(|(to, from, limit)| format!(
            "INSERT OR IGNORE INTO {to} (k, v, u) SELECT k, u, v FROM {from} WHERE k <> {limit} LIMIT 3"
        )),
        4 => (or(), table(), column(), value(), column(), value()).prop_map(|(or, table, set, to, at, is)| format!(
            "UPDATE {or} {table} SET {set} = {to} WHERE {at} = {is} OR {at} IS NULL"
        )),
        2 => (or(), table(), column()).prop_map(|(or, table, set)| format!("UPDATE {or} {table} SET {set} = {set} + 1")),
        1 => table().prop_map(|table| format!("UPDATE OR REPLACE {table} SET k = v, v = k, u = upper(u)")),
        3 => (table(), column(), value()).prop_map(|(table, at, is)| format!("DELETE FROM {table} WHERE {at} = {is}")),
        1 => table().prop_map(|table| format!("DELETE FROM {table}")),
        1 => value().prop_map(|is| format!("DELETE FROM both WHERE k = {is}")),
        1 => value().prop_map(|to| format!("UPDATE nokey SET rowid = rowid + {to}")),
        1 => value().prop_map(|to| format!("UPDATE sqlite_sequence SET seq = {to}")),
    ]
}

fn made(foreign_keys: bool) -> Shop {
    let shop = Shop::with("WAL", DatabaseLimits { foreign_keys, ..DatabaseLimits::default() });
    for (_, sql) in TABLES {
        shop.elsewhere(sql);
    }
    shop.elsewhere(TRIGGERS);
    shop
}

/// The statements as one run; those SQLite refuses are part of the story. None where the run could not be kept.
fn run(shop: &Shop, statements: &[String]) -> Option<Captured> {
    let mut run = shop.begin();
    for sql in statements {
        drop(execute(&mut run, sql));
    }
    let captured = run.capture().ok()?;
    assert_eq!(captured.irreversible, [], "{statements:?}");
    run.commit().ok().map(|()| captured)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_session_undone_in_reverse_is_where_it_began(
        foreign_keys: bool,
        first in prop::collection::vec(statement(), 0..25),
        runs in prop::collection::vec(prop::collection::vec(statement(), 1..8), 1..6),
    ) {
        let shop = made(foreign_keys);
        run(&shop, &first);
        let mut dumps = vec![shop.dump()];
        let mut changesets = Vec::new();
        for statements in &runs {
            if let Some(captured) = run(&shop, statements) {
                changesets.push(captured);
                dumps.push(shop.dump());
            }
        }
        let mut undos = Vec::new();
        for (captured, before) in changesets.iter().zip(&dumps).rev() {
            let (undone, own) = shop.undo(captured);
            prop_assert_eq!(&undone.conflicts, &[]);
            prop_assert_eq!(&shop.dump(), before);
            undos.push(own);
        }
        for (own, after) in undos.iter().rev().zip(dumps.iter().skip(1)) {
            let (undone, _) = shop.undo(own);
            prop_assert_eq!(&undone.conflicts, &[]);
            prop_assert_eq!(&shop.dump(), after);
        }
    }

    #[test]
    fn undo_never_changes_a_row_somebody_else_changed_since(
        first in prop::collection::vec(statement(), 0..25),
        agent in prop::collection::vec(statement(), 1..8),
        person in prop::collection::vec(statement(), 1..8),
    ) {
        let shop = made(false);
        run(&shop, &first);
        let Some(agents) = run(&shop, &agent) else { return Ok(()) };
        let Some(persons) = run(&shop, &person) else { return Ok(()) };
        let theirs = shop.dump();
        let (undone, own) = shop.undo(&agents);
        let counted = u64::try_from(undone.conflicts.len()).unwrap() + undone.applied + undone.already;
        prop_assert_eq!(counted, agents.rows);
        // What the person did is still what is there: everything of it that the agent had not touched can be taken
        // back, and taking the undo back gives exactly what was there before it.
        let (again, _) = shop.undo(&own);
        prop_assert_eq!(&again.conflicts, &[]);
        prop_assert_eq!(shop.dump(), theirs);
        let mut dry = shop.database.begin_undo(RunLimits::default(), 0).unwrap();
        prop_assert_eq!(dry.undo(&persons.changeset).unwrap().conflicts, vec![]);
    }
}
