//! Noting: intents before, outcomes after, reads in groups.

use rusqlite::{Connection, ErrorCode};
use tgp_audit::{AuditHead, Entry};
use tgp_consent::{approvals, tokens};
use tgp_model::{ActionId, ActionStatus, Timestamp};

use super::Store;
use crate::connection::Durability;
use crate::error::StoreError;
use crate::group::Note;
use crate::joint::Joined;
use crate::note::{Intent, Outcome};
use crate::payload;
use crate::tables::undo_data;
use crate::tables::{action_files, agent_actions, intent_content};
use tgp_model::UndoPart;
use tgp_model::iso::iso8601;

impl Store {
    /// Notes what is about to happen, or what was denied. On the disk when it returns, also against power loss. Uses
    /// up the approval and spends from the token it names, in the same transaction: where one of them does not hold,
    /// nothing is noted. Intents that come at the same time share one sync.
    pub fn note_intent(&self, intent: &Intent) -> Result<(), StoreError> {
        self.join(Joined::Intent(Box::new(intent.clone())))
    }

    /// Notes how it ended. Survives the death of the process; the next intent carries it to the disk.
    pub fn note_outcome(&self, outcome: &Outcome) -> Result<(), StoreError> {
        self.join(Joined::Outcome(Box::new(outcome.clone())))
    }

    fn join(&self, note: Joined) -> Result<(), StoreError> {
        self.inner.joint.note(note, &self.inner, apply)
    }

    /// Notes an action that is over and changed nothing. Written with others of its kind within a tenth of a second.
    /// What was denied is written at once, and so is what uses up an approval or spends from a token.
    pub fn note_read(&self, intent: &Intent, outcome: &Outcome) -> Result<(), StoreError> {
        if intent.approval.is_some() || !intent.more_approvals.is_empty() || intent.consume.is_some() {
            self.note_intent(&Intent { status: ActionStatus::Pending, ..intent.clone() })?;
            return self.note_outcome(outcome);
        }
        let note = Note::Read(Box::new((intent.clone(), outcome.clone())));
        if outcome.status == ActionStatus::Denied {
            self.inner.group.add(note);
            return self.inner.flush_to_disk();
        }
        self.add_to_group(note)
    }

    /// Adds what is needed to take an open action back, before it does what makes it necessary. Synced.
    pub fn note_undo(&self, action: ActionId, parts: &[UndoPart], at: Timestamp) -> Result<(), StoreError> {
        let id = action.to_string();
        self.inner.write(Durability::Synced, |connection| {
            if !agent_actions::is_open(connection, &id)? {
                return Err(StoreError::NotOpen { action: id.clone() });
            }
            undo_data::insert(connection, &id, parts)?;
            append_one(connection, "undo_data", &id, at, &payload::undo_payload(parts))
        })
    }

    /// Adds a request of an open action, before it leaves. Synced: what may have left is known after a power loss too.
    pub fn note_sent(&self, action: ActionId, request: &str, at: Timestamp) -> Result<(), StoreError> {
        let id = action.to_string();
        self.inner.write(Durability::Synced, |connection| {
            if !agent_actions::add_request(connection, &id, request)? {
                return Err(StoreError::NotOpen { action: id.clone() });
            }
            append_one(connection, "sent", &id, at, &payload::sent_payload(request))
        })
    }

    /// Counts a run of a tool. Written like a read.
    pub fn count_run(&self, path: &str, ok: bool, at: Timestamp) -> Result<(), StoreError> {
        self.add_to_group(Note::Run { path: path.to_owned(), ok, at })
    }
}

/// Notes one thing inside a transaction.
fn apply(connection: &Connection, head: &mut AuditHead, note: &Joined) -> Result<(), StoreError> {
    match note {
        Joined::Intent(intent) => apply_intent(connection, head, intent),
        Joined::Outcome(outcome) => apply_outcome(connection, head, outcome),
    }
}

fn apply_intent(connection: &Connection, head: &mut AuditHead, intent: &Intent) -> Result<(), StoreError> {
    let id = intent.action.to_string();
    if let Some(used) = &intent.approval {
        approvals::consume(connection, used, intent.action, &intent.agent, intent.at)?;
    }
    if let Some(used) = &intent.consume {
        tokens::consume(connection, used, &intent.agent, intent.session, intent.at)?;
    }
    agent_actions::insert(connection, intent, None, None).map_err(|error| duplicate(error, &id))?;
    action_files::insert(connection, &id, &intent.files)?;
    intent_content::insert(connection, &id, &intent.content)?;
    undo_data::insert(connection, &id, &intent.undo)?;
    append(connection, head, "intent", &id, intent.at, &payload::intent_payload(intent))?;
    for used in &intent.more_approvals {
        approvals::consume(connection, used, intent.action, &intent.agent, intent.at)?;
        append(connection, head, "approval", &id, intent.at, &payload::used_payload(used))?;
    }
    Ok(())
}

fn apply_outcome(connection: &Connection, head: &mut AuditHead, outcome: &Outcome) -> Result<(), StoreError> {
    let id = outcome.action.to_string();
    if !agent_actions::close(connection, outcome)? {
        return Err(StoreError::NotOpen { action: id });
    }
    action_files::insert(connection, &id, outcome.files.as_deref().unwrap_or_default())?;
    undo_data::insert(connection, &id, &outcome.undo)?;
    if let Some(spent) = &outcome.spent {
        tokens::settle(connection, spent)?;
    }
    append(connection, head, "outcome", &id, outcome.at, &payload::outcome_payload(outcome))
}

/// Writes reads and counts.
pub(super) fn write_notes(connection: &Connection, notes: &[Note]) -> Result<(), StoreError> {
    let mut head = tgp_audit::head(connection)?;
    for note in notes {
        let (intent, outcome) = match note {
            Note::Read(read) => (&read.0, &read.1),
            Note::Run { path, ok, at } => {
                tgp_search::count(connection, path, *ok, *at)?;
                continue;
            }
        };
        let id = intent.action.to_string();
        let inserted = agent_actions::insert(connection, intent, Some(outcome), None);
        inserted.map_err(|error| duplicate(error, &id))?;
        action_files::insert(connection, &id, &intent.files)?;
        let payload = payload::read_payload(intent, outcome);
        append(connection, &mut head, "read", &id, intent.at, &payload)?;
    }
    Ok(())
}

fn append(
    connection: &Connection,
    head: &mut AuditHead,
    kind: &str,
    action: &str,
    at: Timestamp,
    payload: &str,
) -> Result<(), StoreError> {
    let at = iso8601(at);
    Ok(tgp_audit::append(connection, head, Entry { at: &at, kind, action, payload })?)
}

/// Appends a single row to the chain.
pub(super) fn append_one(
    connection: &Connection,
    kind: &str,
    action: &str,
    at: Timestamp,
    payload: &str,
) -> Result<(), StoreError> {
    let mut head = tgp_audit::head(connection)?;
    append(connection, &mut head, kind, action, at, payload)
}

/// A number that is there already is a mistake with a name.
pub(super) fn duplicate(error: rusqlite::Error, action: &str) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StoreError::Duplicate { action: action.to_owned() },
        _ => error.into(),
    }
}
