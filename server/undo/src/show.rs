//! What an undo would do, as a person reads it.

use serde_json::{Map, Value};
use tgp_database::{Conflict, ConflictKind, Undone};
use tgp_files::{FileChange, StagedUndo};
use tgp_model::sql_json::to_json;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::undo::{LeftRow, UndoneFile, UndoneRow};
use tgp_repo::Prepared;

use crate::prepare::values;
use crate::refusal::from_read;
use crate::rooms::Rooms;

/// Largest text shown of a file.
const LARGEST: u64 = 256 << 10;

/// A file of the project.
pub(crate) fn file(rooms: Rooms<'_>, staged: &StagedUndo) -> UndoneFile {
    let change = staged.change();
    let text = |image: Option<&tgp_files::Image>| {
        let bytes = rooms.images.read(image.filter(|image| image.kept)?, LARGEST).ok()?;
        String::from_utf8(bytes).ok()
    };
    let how = match (&change.after, staged.is_merged()) {
        (None, _) => "deleted",
        (Some(_), true) => "merged",
        (Some(_), false) => "restored",
    };
    UndoneFile {
        path: shown_path(change),
        how: how.to_owned(),
        before: text(change.before.as_ref()),
        after: text(change.after.as_ref()),
    }
}

/// A path of the project, or an absolute one in an allowed folder outside.
pub(crate) fn shown_path(change: &FileChange) -> String {
    match &change.root {
        Some(root) => format!("{}/{}", root.trim_end_matches('/'), change.path),
        None => change.path.to_string(),
    }
}

/// The files of the library that one commit brings back.
pub(crate) fn library(rooms: Rooms<'_>, prepared: &Prepared) -> Result<Vec<UndoneFile>, Refusal> {
    let library = rooms.library;
    let text = |blob: Option<tgp_repo::BlobId>| -> Result<Option<String>, Refusal> {
        let Some(blob) = blob else { return Ok(None) };
        let bytes = library.content(blob).map_err(|error| from_read(&error))?;
        Ok(String::from_utf8(bytes).ok())
    };
    prepared
        .changes()
        .map(|(path, before, after)| {
            Ok(UndoneFile {
                path: rooms.mount.show(path).unwrap_or_else(|| path.clone()).to_string(),
                how: if after.is_some() { "restored" } else { "deleted" }.to_owned(),
                before: text(before)?,
                after: text(after)?,
            })
        })
        .collect()
}

/// The rows that come back.
pub(crate) fn rows(undone: &[Undone]) -> Vec<UndoneRow> {
    undone
        .iter()
        .flat_map(|undone| &undone.rows)
        .map(|row| UndoneRow {
            table: row.table.clone(),
            columns: row.columns.clone(),
            before: values(row.before.as_ref()),
            after: values(row.after.as_ref()),
        })
        .collect()
}

/// The rows that stay.
pub(crate) fn rows_left(undone: &[Undone]) -> Vec<LeftRow> {
    undone.iter().flat_map(|undone| &undone.conflicts).map(left).collect()
}

fn left(conflict: &Conflict) -> LeftRow {
    let key: Map<String, Value> =
        conflict.key.iter().map(|(name, value)| (name.clone(), to_json(value.clone()))).collect();
    let why = match &conflict.kind {
        ConflictKind::Changed => "it was changed since".to_owned(),
        ConflictKind::Deleted => "it was deleted since".to_owned(),
        ConflictKind::Taken => "another row has its place now".to_owned(),
        ConflictKind::Constraint { message } => message.clone(),
        ConflictKind::Referenced { by } => format!("rows of `{by}` refer to it now"),
        ConflictKind::ParentMissing { parent } => format!("what it refers to in `{parent}` is gone"),
        ConflictKind::SchemaChanged => "the table was changed since".to_owned(),
    };
    LeftRow { table: conflict.table.clone(), key: Value::Object(key), why }
}
