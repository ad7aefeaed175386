//! A small shop in a real file, and short ways to ask it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use tgp_database::{Begin, Database, DatabaseLimits, Page, SqlError, SqlParams, Transaction};
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

pub(crate) fn execute(run: &mut Transaction, sql: &str) -> Result<ResultSet, SqlError> {
    run.execute(sql, &SqlParams::none(), Page::default())
}

pub(crate) fn text(value: &str) -> SqlValue {
    SqlValue::Text(value.to_owned())
}
