//! Reading typed values out of a row's texts.

use rusqlite::Row;
use serde_json::Value;

use crate::error::ConsentError;

pub(crate) fn parsed<T: std::str::FromStr>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
) -> Result<T, ConsentError> {
    let value: String = row.get(index)?;
    value.parse().map_err(|_| ConsentError::Malformed { what, value })
}

pub(crate) fn parsed_or_none<T: std::str::FromStr>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
) -> Result<Option<T>, ConsentError> {
    match row.get::<_, Option<String>>(index)? {
        None => Ok(None),
        Some(_) => parsed(row, index, what).map(Some),
    }
}

pub(crate) fn json(row: &Row<'_>, index: usize, what: &'static str) -> Result<Value, ConsentError> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).map_err(|_| ConsentError::Malformed { what, value: text })
}
