//! Reading typed values out of a row's texts.

use rusqlite::Row;
use serde::de::DeserializeOwned;

use crate::error::WorkError;

pub(crate) fn parsed<T: std::str::FromStr>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
) -> Result<T, WorkError> {
    let value: String = row.get(index)?;
    value.parse().map_err(|_| WorkError::Malformed { what, value })
}

/// A list written as JSON; an empty one where nothing stands.
pub(crate) fn list<T: DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
) -> Result<Vec<T>, WorkError> {
    let Some(value) = row.get::<_, Option<String>>(index)? else { return Ok(Vec::new()) };
    serde_json::from_str(&value).map_err(|_| WorkError::Malformed { what, value })
}
