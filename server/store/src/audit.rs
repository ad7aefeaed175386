//! The audit chain: what a link is made of, and the walk that finds the first broken one.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::note::{Intent, Outcome};
use crate::tables::agent_actions::decision_name;

/// The hash before the first row.
pub(crate) const GENESIS: [u8; 32] = [0; 32];
/// Which encoding the hashes are made over; part of every hash.
const ENCODING: &[u8] = b"tgp audit 1";

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the last row; 0 where there is none.
    pub seq: u64,
    /// Its hash; zeros where there is none.
    pub hash: [u8; 32],
}

/// Where the chain is broken first, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBreak {
    /// Number of the row.
    pub seq: u64,
    /// What is wrong with it.
    pub what: String,
}

/// What a walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows that were looked at and are whole.
    pub rows: u64,
    /// The last whole row.
    pub head: AuditHead,
    /// The first broken row; none where the chain is whole.
    pub broken: Option<AuditBreak>,
}

/// The hash of one row: over the hash before it and every column, each with its length in front, so that no
/// two different rows are the same bytes.
pub(crate) fn link(
    before: &[u8; 32],
    seq: u64,
    at: &str,
    kind: &str,
    action: &str,
    payload: &str,
) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(ENCODING);
    hasher.update(before);
    hasher.update(seq.to_le_bytes());
    for field in [at, kind, action, payload] {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
    hasher.finalize().into()
}

/// What the chain keeps of an intent. The keys stand in a fixed order.
pub(crate) fn intent_payload(intent: &Intent) -> String {
    intent_value(intent).to_string()
}

/// What the chain keeps of an outcome.
pub(crate) fn outcome_payload(outcome: &Outcome) -> String {
    outcome_value(outcome).to_string()
}

/// What the chain keeps of a read: both at once.
pub(crate) fn read_payload(intent: &Intent, outcome: &Outcome) -> String {
    json!({ "intent": intent_value(intent), "outcome": outcome_value(outcome) }).to_string()
}

fn intent_value(intent: &Intent) -> Value {
    let mut value = json!({
        "session": intent.session.to_string(),
        "agent": intent.agent.as_str(),
        "project": intent.project,
        "type": intent.kind.as_str(),
        "status": intent.status.as_str(),
        "description": intent.description,
        "decision": decision_name(intent.decision),
        "rule": intent.rule,
        "clock_ms": intent.clock_ms,
    });
    let mut add = |key: &str, field: Value| {
        if let Some(object) = value.as_object_mut() {
            object.insert(key.to_owned(), field);
        }
    };
    if !intent.files.is_empty() {
        add("files", json!(intent.files));
    }
    if let Some(sql) = &intent.sql {
        add("sql", json!(sql));
    }
    if let Some(tool) = &intent.tool {
        add("tool", json!(tool));
    }
    if !intent.details.is_null() {
        add("details", intent.details.clone());
    }
    if let Some(seed) = intent.seed {
        // As text: not every reader of JSON keeps 64 bits.
        add("seed", json!(seed.to_string()));
    }
    if let Some(client) = &intent.client {
        add("client", json!(client));
    }
    if !intent.content.is_empty() {
        let content: Vec<Value> = intent
            .content
            .iter()
            .map(|(path, bytes)| json!({ "path": path, "sha256": hex::encode(Sha256::digest(bytes)) }))
            .collect();
        add("content", json!(content));
    }
    value
}

fn outcome_value(outcome: &Outcome) -> Value {
    let mut value = json!({
        "status": outcome.status.as_str(),
        "error_code": outcome.error_code,
        "duration_ms": outcome.duration_ms,
        "fuel": outcome.fuel,
        "commit_id": outcome.commit_id,
    });
    if let Some(object) = value.as_object_mut() {
        object.extend(outcome.files.iter().map(|files| ("files".to_owned(), json!(files))));
        object.extend(outcome.sql.iter().map(|sql| ("sql".to_owned(), json!(sql))));
    }
    value
}

/// Walks the chain from after `from` (a head that was verified before, or the beginning) to its end.
pub(crate) fn verify(connection: &Connection, from: AuditHead) -> Result<AuditReport, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, at, kind, action_id, payload, prev_hash, hash FROM audit WHERE seq >= ?1 ORDER BY seq",
    )?;
    let mut rows = statement.query([from.seq.cast_signed()])?;
    let mut report = AuditReport { rows: 0, head: from, broken: None };
    let mut seen_from = from.seq == 0;
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        if !seen_from {
            seen_from = true;
            if seq == from.seq {
                let hash = row.get_ref(6)?;
                if hash != ValueRef::Blob(&from.hash) {
                    report.broken =
                        Some(AuditBreak { seq, what: "its hash is not the one noted before".to_owned() });
                    return Ok(report);
                }
                continue;
            }
            report.broken = Some(AuditBreak { seq: from.seq, what: "it is gone".to_owned() });
            return Ok(report);
        }
        let text = |index: usize| match row.get_ref(index) {
            Ok(ValueRef::Text(bytes)) => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        let expected = report.head.seq + 1;
        let what = if seq != expected {
            Some((expected, "it is gone".to_owned()))
        } else if row.get_ref(5)? != ValueRef::Blob(&report.head.hash) {
            Some((seq, "it does not name the hash of the row before".to_owned()))
        } else if let (Some(at), Some(kind), Some(action), Some(payload)) =
            (text(1), text(2), text(3), text(4))
        {
            let hash = link(&report.head.hash, seq, at, kind, action, payload);
            if row.get_ref(6)? == ValueRef::Blob(&hash) {
                report.head = AuditHead { seq, hash };
                report.rows += 1;
                None
            } else {
                Some((seq, "its hash does not fit its content".to_owned()))
            }
        } else {
            Some((seq, "a column holds another type".to_owned()))
        };
        if let Some((seq, what)) = what {
            report.broken = Some(AuditBreak { seq, what });
            return Ok(report);
        }
    }
    if !seen_from {
        report.broken = Some(AuditBreak { seq: from.seq, what: "it is gone".to_owned() });
    }
    Ok(report)
}
