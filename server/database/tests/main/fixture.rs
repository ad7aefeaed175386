//! A small shop in a real file, and short ways to ask it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tgp_database::{
    Begin, Captured, Database, DatabaseLimits, Page, RunLimits, SqlError, SqlParams, Transaction, Undone,
};
use tgp_model::{CancelToken, ResultSet, SqlValue};

pub(crate) const SHOP: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT, active INTEGER DEFAULT 1);
CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER REFERENCES users(id), total REAL CHECK (total >= 0));
CREATE INDEX orders_by_user ON orders (user_id);
CREATE TABLE log (what TEXT);
CREATE VIEW active_users AS SELECT id, name FROM users WHERE active = 1;
CREATE TRIGGER users_logged AFTER INSERT ON users BEGIN INSERT INTO log VALUES ('new ' || new.name); END;
CREATE TRIGGER view_insert INSTEAD OF INSERT ON active_users BEGIN INSERT INTO users (name) VALUES (new.name); END;
INSERT INTO users (name, state) VALUES ('Ada', 'Ohio'), ('Grace', 'Ohiio'), ('Edsger', 'Texas');
INSERT INTO orders (user_id, total) VALUES (1, 10.5), (1, 20), (2, 5);
DELETE FROM log;
";

/// A shop of its own for one test.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with("WAL", DatabaseLimits::default())
    }

    pub(crate) fn with(journal: &str, limits: DatabaseLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make(&folder.path().join("shop.db"), journal);
        let database = Database::open("sqlite:shop.db", folder.path(), limits).unwrap();
        Self { folder, database }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// Another program with the same database.
    pub(crate) fn other(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn begin(&self) -> Transaction {
        self.database.begin(Begin::Deferred, &CancelToken::new()).unwrap()
    }

    /// One statement in a run of its own, kept.
    pub(crate) fn run(&self, sql: &str) -> Result<ResultSet, SqlError> {
        let mut run = self.database.begin(Begin::Deferred, &CancelToken::new())?;
        let result = run.execute(sql, &SqlParams::none(), Page::default())?;
        run.commit()?;
        Ok(result)
    }

    /// Several statements in one run, kept; says what the run changed.
    pub(crate) fn captured(&self, statements: &[&str]) -> Captured {
        let mut run = self.begin();
        for sql in statements {
            execute(&mut run, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        let captured = run.capture().unwrap();
        run.commit().unwrap();
        captured
    }

    /// Another program's statements.
    pub(crate) fn elsewhere(&self, sql: &str) {
        self.other().execute_batch(sql).unwrap();
    }

    /// Takes a run back; says what that did, and what that changed.
    pub(crate) fn undo(&self, captured: &Captured) -> (Undone, Captured) {
        let mut run = self.database.begin_undo(RunLimits::default(), 100).unwrap();
        let undone = run.undo(&captured.changeset).unwrap();
        let own = run.capture().unwrap();
        run.commit().unwrap();
        let check: String = self.other().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        (undone, own)
    }

    /// The whole content, rowids and `sqlite_sequence` included, without tgp's own table.
    pub(crate) fn dump(&self) -> String {
        dump(&self.other())
    }

    /// The first value of a query, asked by another program.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.other().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn users(&self) -> i64 {
        self.number("SELECT count(*) FROM users")
    }
}

pub(crate) fn make(path: &Path, journal: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(&format!("PRAGMA journal_mode = {journal}; {SHOP}")).unwrap();
}

pub(crate) fn dump(connection: &Connection) -> String {
    let list = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut text =
        list("SELECT coalesce(sql, name) FROM sqlite_schema WHERE tbl_name <> 'tgp_actions' ORDER BY 1")
            .join(";\n");
    let tables = list(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')
         AND name NOT IN ('tgp_actions', 'sqlite_schema') ORDER BY 1",
    );
    for table in tables {
        let without: bool = connection
            .query_row("SELECT wr FROM pragma_table_list WHERE name = ?1", [&table], |row| row.get(0))
            .unwrap();
        let columns = list(&format!(
            "SELECT name FROM pragma_table_xinfo('{}') WHERE hidden <> 1",
            table.replace('\'', "''")
        ));
        let rowid = ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| !without && !columns.iter().any(|column| column.eq_ignore_ascii_case(name)));
        let cells: Vec<String> = rowid
            .map(str::to_owned)
            .into_iter()
            .chain(columns.iter().map(|column| {
                let name = column.replace('"', "\"\"");
                // As bytes, because stored text may be no UTF-8.
                format!("typeof(\"{name}\") || iif(typeof(\"{name}\") = 'text', hex(\"{name}\"), quote(\"{name}\"))")
            }))
            .collect();
        let rows = list(&format!(
            "SELECT {} FROM \"{}\" ORDER BY 1",
            cells.join(" || ',' || "),
            table.replace('"', "\"\"")
        ));
        text = format!("{text}\n== {table}\n{}", rows.join("\n"));
    }
    text
}

pub(crate) fn execute(run: &mut Transaction, sql: &str) -> Result<ResultSet, SqlError> {
    run.execute(sql, &SqlParams::none(), Page::default())
}

pub(crate) fn text(value: &str) -> SqlValue {
    SqlValue::Text(value.to_owned())
}
