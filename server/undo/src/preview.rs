//! What a person is shown of an action before it happens, as far as no room is asked: a file, a statement, rows.

use std::fmt::Write as _;

use serde_json::Value;
use tgp_database::{Preview, RowChange};
use tgp_gate::preview::{file_diff, plain};
use tgp_gate::{Shown, fingerprint};
use tgp_model::sql_json::to_json;
use tgp_protocol::client::Refusal;

/// Rows of SQL shown one by one; all are counted.
const ROWS: usize = 20;
/// Rows whose earlier values an approval is bound to, one by one; beyond, their number is.
pub const BOUND_ROWS: usize = 100_000;

/// A file as it would be written.
pub fn shown_file(path: &str, before: Option<&[u8]>, content: &str) -> Shown {
    let pre_images = before.map_or_else(|| "absent".to_owned(), fingerprint);
    let preview = match before.map(std::str::from_utf8) {
        None => file_diff(path, None, content),
        Some(Ok(text)) => file_diff(path, Some(text), content),
        Some(Err(_)) => {
            let size = before.map_or(0, <[u8]>::len);
            format!(
                "{}{}",
                plain(&format!("{path}: {size} bytes that are no text are replaced by\n")),
                file_diff(path, None, content)
            )
        }
    };
    Shown { preview, pre_images }
}

/// A file too large to be shown, as it would be replaced.
pub fn shown_large(path: &str, size: u64, hash: String, content: &str) -> Shown {
    let replaced = plain(&format!("{path}: {size} bytes, too many to be shown, are replaced by\n"));
    Shown { preview: format!("{replaced}{}", file_diff(path, None, content)), pre_images: hash }
}

/// A statement with its parameters, secrets left out.
pub fn statement(sql: &str, params: &Value) -> String {
    let is_empty = params.is_null()
        || params.as_array().is_some_and(Vec::is_empty)
        || params.as_object().is_some_and(serde_json::Map::is_empty);
    let sql = tgp_store::redact_sql(sql);
    if is_empty { format!("{sql}\n") } else { format!("{sql}\nwith {params}\n") }
}

/// The rows a statement would change: how many in each table, and the first of them.
pub fn shown_rows(preview: &Preview) -> String {
    let mut text = String::new();
    for table in &preview.changed.tables {
        let _ = writeln!(
            text,
            "{}: {} inserted, {} updated, {} deleted",
            table.table, table.inserted, table.updated, table.deleted
        );
    }
    for row in preview.changed.rows.iter().take(ROWS) {
        let values = |values: &[tgp_model::SqlValue]| {
            let named = row.columns.iter().zip(values);
            let named: serde_json::Map<String, Value> =
                named.map(|(name, value)| (name.clone(), to_json(value.clone()))).collect();
            let named = tgp_store::redact(&Value::Object(named));
            let named = named.as_object().into_iter().flatten();
            named.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        if let Some(before) = &row.before {
            let _ = writeln!(text, "- {}: {}", row.table, values(before));
        }
        if let Some(after) = &row.after {
            let _ = writeln!(text, "+ {}: {}", row.table, values(after));
        }
    }
    let more = preview.rows.saturating_sub(u64::try_from(ROWS).unwrap_or(u64::MAX));
    if more > 0 {
        let _ = writeln!(text, "and {more} more rows");
    }
    text
}

/// What the rows were: the part of a change that an approval is bound to. New values are not in it: they may hold the
/// time of the change.
pub fn rows_before(preview: &Preview) -> String {
    let mut rows: Vec<String> = preview.changed.rows.iter().map(row_before).collect();
    rows.sort();
    fingerprint(format!("{} {}", preview.rows, rows.join("\n")).as_bytes())
}

fn row_before(row: &RowChange) -> String {
    let how = match (&row.before, &row.after) {
        (None, _) => return format!("insert {}", row.table),
        (_, None) => "delete",
        _ => "update",
    };
    format!("{how} {} {:?} {:?}", row.table, row.key, row.before)
}

/// The same of what a transaction changed.
pub fn captured_before(changeset: &[u8], rows: u64) -> Result<String, Refusal> {
    let changed = tgp_database::changed_rows(changeset, BOUND_ROWS).map_err(|error| {
        Refusal::new(tgp_protocol::client::ErrorCode::DatabaseUnusable, error.to_string())
    })?;
    Ok(rows_before(&Preview { changed, rows, irreversible: Vec::new() }))
}
