//! Parameters of a statement, fitted by position or by name.

use rusqlite::{Statement, ToSql, types::ToSqlOutput, types::ValueRef};
use tgp_model::SqlValue;

use crate::error::SqlError;

/// The values of a statement's parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlParams {
    /// Values for `?` and `?3`, the first one for `?1`.
    Positional(Vec<SqlValue>),
    /// Values for `:name`, `@name` and `$name`; the name may be written with or without its sign.
    Named(Vec<(String, SqlValue)>),
}

impl SqlParams {
    /// No parameters.
    pub fn none() -> Self {
        Self::Positional(Vec::new())
    }
}

/// Lends a value to `SQLite` with its exact type. A double that is not a number becomes NULL, as `SQLite` has none.
struct Lent<'a>(&'a SqlValue);

impl ToSql for Lent<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Integer(value) => ValueRef::Integer(*value),
            SqlValue::Real(value) => ValueRef::Real(*value),
            SqlValue::Text(value) => ValueRef::Text(value.as_bytes()),
            SqlValue::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

/// Why values could not be bound: they do not fit, or `SQLite` refuses one (too large).
pub(crate) enum BindProblem {
    Fit(SqlError),
    Sqlite(rusqlite::Error),
}

/// Gives each parameter of the statement its value.
pub(crate) fn bind(statement: &mut Statement<'_>, params: &SqlParams) -> Result<(), BindProblem> {
    let fitted = fit(&names(statement), params).map_err(BindProblem::Fit)?;
    for (index, value) in fitted {
        statement.raw_bind_parameter(index, Lent(value)).map_err(BindProblem::Sqlite)?;
    }
    Ok(())
}

/// The parameters of a statement in the order of their numbers; those without a name as `?1`.
pub(crate) fn names(statement: &Statement<'_>) -> Vec<String> {
    (1..=statement.parameter_count())
        .map(|index| statement.parameter_name(index).map_or_else(|| format!("?{index}"), str::to_owned))
        .collect()
}

fn fit<'a>(names: &[String], params: &'a SqlParams) -> Result<Vec<(usize, &'a SqlValue)>, SqlError> {
    match params {
        SqlParams::Positional(values) => fit_positions(names, values),
        SqlParams::Named(values) => fit_names(names, values),
    }
}

fn fit_positions<'a>(
    names: &[String],
    values: &'a [SqlValue],
) -> Result<Vec<(usize, &'a SqlValue)>, SqlError> {
    let has_names = names.iter().any(|name| !name.starts_with('?'));
    let missing: Vec<String> = names.get(values.len()..).unwrap_or_default().to_vec();
    let extra: Vec<String> = (names.len()..values.len()).map(|index| format!("?{}", index + 1)).collect();
    let hint = (has_names && !values.is_empty())
        .then(|| "the statement's parameters have names; pass an object".to_owned());
    if missing.is_empty() && extra.is_empty() && hint.is_none() {
        Ok(values.iter().enumerate().map(|(index, value)| (index + 1, value)).collect())
    } else {
        Err(SqlError::Parameters { missing, extra, hint })
    }
}

fn fit_names<'a>(
    names: &[String],
    values: &'a [(String, SqlValue)],
) -> Result<Vec<(usize, &'a SqlValue)>, SqlError> {
    let mut used = vec![false; values.len()];
    let mut fitted = Vec::with_capacity(names.len());
    let mut missing = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let bare = name.get(1..).unwrap_or("");
        let found = values
            .iter()
            .enumerate()
            .filter(|(_, (key, _))| key == name || (key == bare && !name.starts_with('?')));
        let mut any = false;
        for (position, (_, value)) in found {
            if let Some(mark) = used.get_mut(position) {
                *mark = true;
            }
            if any {
                return Err(SqlError::Parameters {
                    missing: Vec::new(),
                    extra: Vec::new(),
                    hint: Some(format!("`{name}` was given twice")),
                });
            }
            any = true;
            fitted.push((index + 1, value));
        }
        if !any {
            missing.push(name.clone());
        }
    }
    let extra: Vec<String> =
        values.iter().zip(&used).filter(|(_, used)| !**used).map(|((key, _), _)| key.clone()).collect();
    let hint = missing
        .iter()
        .any(|name| name.starts_with('?'))
        .then(|| "`?` takes its values from an array, not from an object".to_owned());
    if missing.is_empty() && extra.is_empty() {
        Ok(fitted)
    } else {
        Err(SqlError::Parameters { missing, extra, hint })
    }
}
