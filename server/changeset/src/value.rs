//! One stored value, exactly as it lies in the file: a changeset must bring back the same bytes.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tgp_model::SqlValue;

/// Longest text or blob that is shown to a person, in bytes.
const LONGEST_SHOWN: usize = 1 << 10;

/// A value with its storage class. Text keeps its bytes, also where they are no UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// Nothing.
    Null,
    /// A number without a fraction.
    Integer(i64),
    /// The bits of a double, so that equal means the same in the file.
    Real(u64),
    /// A text.
    Text(Vec<u8>),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The values of one row, in the order of the table's stored columns.
pub type Row = Vec<Stored>;

impl Stored {
    /// A copy of a value of a row.
    pub fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value.to_bits()),
            ValueRef::Text(bytes) => Self::Text(bytes.to_owned()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_owned()),
        }
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Roughly what it takes in memory.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) | Self::Real(_) => 16,
            Self::Text(bytes) | Self::Blob(bytes) => 16 + bytes.len(),
        }
    }

    /// The value for a person: what is long is cut.
    pub fn shown(&self) -> SqlValue {
        match self {
            Self::Null => SqlValue::Null,
            Self::Integer(value) => SqlValue::Integer(*value),
            Self::Real(bits) => SqlValue::Real(f64::from_bits(*bits)),
            Self::Text(bytes) => {
                let text = String::from_utf8_lossy(bytes.get(..LONGEST_SHOWN).unwrap_or(bytes));
                let more = if bytes.len() > LONGEST_SHOWN { "…" } else { "" };
                SqlValue::Text(format!("{text}{more}"))
            }
            Self::Blob(bytes) => SqlValue::Blob(bytes.get(..LONGEST_SHOWN).unwrap_or(bytes).to_owned()),
        }
    }
}

impl ToSql for Stored {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
