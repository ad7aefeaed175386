//! What a statement would change, found by running it and taking it back.

use crate::capture::Reason;
use crate::database::{Begin, Database};
use crate::error::SqlError;
use crate::limits::RunLimits;
use crate::look::SqlKind;
use crate::params::SqlParams;
use crate::rows::Page;
use crate::shown::{ChangedRows, changed_rows};

/// What a statement would change, what its triggers and foreign keys would do included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// The rows, counted for each table, and the first of them.
    pub changed: ChangedRows,
    /// All of them.
    pub rows: u64,
    /// What could not be taken back afterwards.
    pub irreversible: Vec<Reason>,
}

impl Database {
    /// Runs a statement inside a transaction that is rolled back, and says what it changed; of the rows, at most
    /// `most`. A statement that only reads is not run. Other writers wait while it runs.
    pub fn preview(
        &self,
        sql: &str,
        params: &SqlParams,
        most: usize,
        run: RunLimits,
    ) -> Result<Preview, SqlError> {
        let mut transaction = self.begin_within(Begin::Immediate, run)?;
        if transaction.look(sql)?.kind == SqlKind::Read {
            return Ok(Preview::default());
        }
        transaction.execute(sql, params, Page { offset: 0, limit: 0 })?;
        let captured = transaction.capture()?;
        transaction.rollback();
        let changed = changed_rows(&captured.changeset, most)
            .map_err(|error| SqlError::Unusable { message: error.to_string() })?;
        Ok(Preview { changed, rows: captured.rows, irreversible: captured.irreversible })
    }
}
