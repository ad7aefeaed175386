//! What a person is shown of an action before it happens: a diff for a file, the rows for SQL.

use std::fmt::Write as _;

use serde_json::Value;
use tgp_database::{Preview, RowChange, RunLimits, SqlLook, SqlParams};
use tgp_files::Place;
use tgp_gate::preview::{file_diff, plain};
use tgp_gate::{Shown, fingerprint};
use tgp_model::RepoPath;
use tgp_model::mount::Location;
use tgp_model::sql_json::to_json;
use tgp_protocol::client::Refusal;

use crate::engine::Engine;
use crate::refusal::{from_files, from_sql};

/// Largest file whose earlier content is shown.
const LARGEST: u64 = 16 << 20;
/// Rows of SQL shown one by one; all are counted.
const ROWS: usize = 20;
/// Rows whose earlier values an approval is bound to, one by one; beyond, their number is.
const BOUND_ROWS: usize = 100_000;

impl Engine {
    /// What a write would change in a file, as the agent names it.
    pub(crate) fn shown_write(&self, path: &RepoPath, content: &str) -> Result<Shown, Refusal> {
        let before = match self.mount().locate(path) {
            Location::Library(stored) => self.library().read(&stored)?,
            Location::Project(path) => self.content_before(&Place::from(&path))?,
        };
        Ok(shown_file(&path.to_string(), before.as_deref(), content))
    }

    /// What stands at a place now; none where nothing does.
    pub(crate) fn content_before(&self, place: &Place) -> Result<Option<Vec<u8>>, Refusal> {
        let looked = self.files().look(place).map_err(|error| from_files(&error))?;
        if !looked.exists() {
            return Ok(None);
        }
        self.files().read_direct(&looked.leads_to, LARGEST).map(Some).map_err(|error| from_files(&error))
    }

    /// What a statement would change, counted inside a transaction that is rolled back.
    pub(crate) fn shown_sql(
        &self,
        sql: &str,
        params: &SqlParams,
        shown_params: &Value,
        look: &SqlLook,
        limits: RunLimits,
    ) -> Result<Shown, Refusal> {
        let preview =
            self.database()?.preview(sql, params, BOUND_ROWS, limits).map_err(|error| from_sql(&error))?;
        let mut text = statement(sql, shown_params);
        if look.kind == tgp_database::SqlKind::Read {
            let _ = writeln!(text, "reads {}", look.reads.join(", "));
        }
        text.push_str(&shown_rows(&preview));
        for why in &preview.irreversible {
            let _ = writeln!(text, "cannot be undone: {why}");
        }
        Ok(Shown { preview: plain(&text), pre_images: rows_before(&preview) })
    }
}

/// A file as it would be written.
pub(crate) fn shown_file(path: &str, before: Option<&[u8]>, content: &str) -> Shown {
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

/// A statement with its parameters, secrets left out.
pub(crate) fn statement(sql: &str, params: &Value) -> String {
    let is_empty = params.is_null()
        || params.as_array().is_some_and(Vec::is_empty)
        || params.as_object().is_some_and(serde_json::Map::is_empty);
    let sql = tgp_store::redact_sql(sql);
    if is_empty { format!("{sql}\n") } else { format!("{sql}\nwith {params}\n") }
}

/// The rows a statement would change: how many in each table, and the first of them.
fn shown_rows(preview: &Preview) -> String {
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
            let named: Vec<String> =
                named.map(|(name, value)| format!("{name}={}", to_json(value.clone()))).collect();
            named.join(" ")
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
fn rows_before(preview: &Preview) -> String {
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
pub(crate) fn captured_before(changeset: &[u8], rows: u64) -> Result<String, Refusal> {
    let changed = tgp_database::changed_rows(changeset, BOUND_ROWS).map_err(|error| {
        Refusal::new(tgp_protocol::client::ErrorCode::DatabaseUnusable, error.to_string())
    })?;
    Ok(rows_before(&Preview { changed, rows, irreversible: Vec::new() }))
}
