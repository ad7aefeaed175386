//! SQL values and results with the types SQLite has.

/// One value: SQLite's five storage classes.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// A 64-bit integer, exact.
    Integer(i64),
    /// A double.
    Real(f64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// What one statement gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// Names of the columns; empty for a statement that returns none.
    pub columns: Vec<String>,
    /// The rows of this page.
    pub rows: Vec<Vec<SqlValue>>,
    /// Rows inserted, updated or deleted by this statement.
    pub rows_affected: u64,
    /// Whether there are rows after this page.
    pub more: bool,
}
