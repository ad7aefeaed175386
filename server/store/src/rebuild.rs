//! Makes timeline rows again from what the audit chain says about them.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tgp_audit::{ImportedRow, Imports};
use tgp_model::{ActionId, ActionStatus, Decision, Timestamp, UndoPart};

use crate::connection::Durability;
use crate::error::StoreError;
use crate::note::{Intent, Outcome, Reversibility};
use crate::store::Store;
use crate::tables::{action_files, agent_actions, undo_data};
use tgp_model::iso::timestamp;

impl Store {
    /// Makes the timeline again from an audit export, as far as the export is whole. A database without audit rows
    /// takes these over under their numbers, so that its anchors fit again. What the chain holds only as a hash stays
    /// lost: changesets, approvals that were not used, tokens (they are invalid from now on).
    pub fn rebuild_from_export(&self, input: &mut dyn BufRead) -> Result<Imports, StoreError> {
        self.flush()?;
        self.inner.write(Durability::Synced, |connection| {
            tgp_audit::import(connection, input, &mut |row| rebuild(connection, row))
        })
    }

    /// The same from a database that was set aside, as far as it can be read.
    pub fn rebuild_from_database(&self, aside: &Path) -> Result<Imports, StoreError> {
        let unreadable = |error: std::io::Error| StoreError::Disk { message: error.to_string() };
        let folder = self.path().parent().unwrap_or(Path::new("."));
        let mut export = nameless_file(folder).map_err(unreadable)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let damaged = Connection::open_with_flags(aside, flags)?;
        let exported = tgp_audit::export(&damaged, None, &mut BufWriter::new(&export));
        if let Err(error) = exported {
            // What came before the damage is in the file; the last line may be half.
            tracing::warn!(%error, "the damaged state database can be read only in part");
        }
        export.rewind().map_err(unreadable)?;
        self.rebuild_from_export(&mut BufReader::new(export))
    }
}

/// A file that is gone when it is closed.
fn nameless_file(folder: &Path) -> std::io::Result<File> {
    let path = folder.join(".rebuilding");
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn rebuild(connection: &Connection, row: &ImportedRow) -> Result<(), StoreError> {
    let Ok(payload) = serde_json::from_str::<Value>(&row.payload) else { return Ok(()) };
    let Ok(action) = row.action.parse::<ActionId>() else { return Ok(()) };
    let at = timestamp(&row.at).unwrap_or(Timestamp(0));
    match row.kind.as_str() {
        "intent" => insert(connection, &intent(action, at, &payload), None),
        "outcome" => {
            let outcome = outcome(action, at, &payload);
            let id = action.to_string();
            if agent_actions::close(connection, &outcome)? {
                undo_data::insert(connection, &id, &outcome.undo)?;
            }
            Ok(action_files::insert(connection, &id, outcome.files.as_deref().unwrap_or_default())?)
        }
        "sent" => {
            let request = text(&payload["request"]).unwrap_or_default();
            agent_actions::add_request(connection, &action.to_string(), &request)?;
            Ok(())
        }
        "read" | "rebuilt" => {
            let (before, after) = (&payload["intent"], &payload["outcome"]);
            insert(connection, &intent(action, at, before), Some(&outcome(action, at, after)))
        }
        _ => Ok(()),
    }
}

fn insert(connection: &Connection, intent: &Intent, outcome: Option<&Outcome>) -> Result<(), StoreError> {
    let id = intent.action.to_string();
    if let Some(known) = agent_actions::one(connection, intent.action)? {
        // What a commit told is less than what the chain says; what was done to it since stays.
        if known.rebuilt_from.as_deref() != Some("git trailers") || known.status != ActionStatus::Executed {
            return Ok(());
        }
        agent_actions::delete(connection, &id)?;
        undo_data::delete(connection, &id)?;
    }
    undo_data::insert(connection, &id, &intent.undo)?;
    agent_actions::insert(connection, intent, outcome, Some("audit"))?;
    Ok(action_files::insert(connection, &id, &intent.files)?)
}

fn intent(action: ActionId, at: Timestamp, payload: &Value) -> Intent {
    let usual = Intent::default();
    Intent {
        action,
        at,
        session: parsed(&payload["session"]).unwrap_or(usual.session),
        agent: parsed(&payload["agent"]).unwrap_or(usual.agent),
        client: text(&payload["client"]),
        project: text(&payload["project"]).unwrap_or_default(),
        kind: parsed(&payload["type"]).unwrap_or(usual.kind),
        status: parsed(&payload["status"]).unwrap_or(usual.status),
        description: text(&payload["description"]).unwrap_or_default(),
        files: texts(&payload["files"]),
        sql: text(&payload["sql"]),
        tool: text(&payload["tool"]),
        details: payload["details"].clone(),
        seed: parsed(&payload["seed"]),
        clock_ms: payload["clock_ms"].as_i64().unwrap_or_default(),
        decision: match payload["decision"].as_str() {
            Some("deny") => Decision::Deny,
            Some("require_approval") => Decision::RequireApproval,
            _ => Decision::Allow,
        },
        rule: text(&payload["rule"]).unwrap_or_default(),
        lock_id: text(&payload["lock"]).unwrap_or_default(),
        branch: text(&payload["branch"]),
        reversibility: reversibility(payload),
        undo_of: actions(&payload["undo_of"]),
        content: Vec::new(),
        undo: commits(&payload["undo"]),
        approval: None,
        more_approvals: Vec::new(),
        consume: None,
    }
}

fn outcome(action: ActionId, at: Timestamp, payload: &Value) -> Outcome {
    let files = texts(&payload["files"]);
    Outcome {
        action,
        at,
        status: parsed(&payload["status"]).unwrap_or(tgp_model::ActionStatus::Executed),
        error_code: text(&payload["error_code"]),
        duration_ms: payload["duration_ms"].as_f64().unwrap_or_default(),
        fuel: payload["fuel"].as_u64(),
        commit_id: text(&payload["commit_id"]),
        files: (!files.is_empty()).then_some(files),
        sql: text(&payload["sql"]),
        reversibility: reversibility(payload),
        undone: actions(&payload["undone"]),
        restored: actions(&payload["restored"]),
        undo: commits(&payload["undo"]),
        spent: None,
        description: text(&payload["description"]),
    }
}

/// The commits an action made: the chain holds them whole, and so they can be reverted. Of the other parts it holds
/// hashes.
fn commits(undo: &Value) -> Vec<UndoPart> {
    let commit = |part: &Value| {
        (part["kind"] == "commit").then(|| {
            Some(UndoPart::Commit { branch: text(&part["target"])?, id: text(&part["reference"])? })
        })?
    };
    undo.as_array().into_iter().flatten().filter_map(commit).collect()
}

fn reversibility(payload: &Value) -> Reversibility {
    match text(&payload["irreversible"]) {
        Some(why) => Reversibility::Irreversible { why },
        None if payload["undo"].to_string().contains("\"changeset\"") => Reversibility::Irreversible {
            why: "what is needed to take it back was lost with the state database".to_owned(),
        },
        None => Reversibility::Usual,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

fn actions(value: &Value) -> Vec<ActionId> {
    value.as_array().into_iter().flatten().filter_map(parsed).collect()
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str().and_then(|text| text.parse().ok())
}
