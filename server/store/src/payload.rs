//! What the audit chain keeps of intents, outcomes and reads: JSON whose keys stand in a fixed order.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::note::{Intent, Outcome, Reversibility};
use crate::tables::agent_actions::decision_name;
use crate::tables::undo_data;
use tgp_model::UndoPart;

/// What the chain keeps of an intent.
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

/// What the chain keeps of an action that was found again after the database was lost.
pub(crate) fn rebuilt_payload(intent: &Intent, outcome: &Outcome, source: &str) -> String {
    json!({ "source": source, "intent": intent_value(intent), "outcome": outcome_value(outcome) }).to_string()
}

/// What the chain keeps of undo data that came while an action ran.
pub(crate) fn undo_payload(parts: &[UndoPart]) -> String {
    json!({ "undo": parts.iter().map(undo_data::summary).collect::<Vec<_>>() }).to_string()
}

/// What the chain keeps of a reason.
pub(crate) fn reason_payload(why: &str) -> String {
    json!({ "why": why }).to_string()
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
        "lock": intent.lock_id,
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
    let trust = trust_value(intent);
    if let (Some(object), Value::Object(trust)) = (value.as_object_mut(), trust) {
        object.extend(trust);
    }
    value
}

/// What was approved, with which token, and what the undo of it rests on; nothing where there is none of it.
fn trust_value(intent: &Intent) -> Value {
    let mut value = json!({});
    let mut add = |key: &str, field: Value| value[key] = field;
    if let Some(branch) = &intent.branch {
        add("branch", json!(branch));
    }
    if let Reversibility::Irreversible { why } = &intent.reversibility {
        add("irreversible", json!(why));
    }
    if let Some(approval) = &intent.approval {
        add("approval", json!(approval.approval.to_string()));
    }
    if let Some(token) = &intent.consume {
        add("token", json!({ "id": token.token.to_string(), "nonce": token.nonce.to_string() }));
    }
    if !intent.undo_of.is_empty() {
        add("undo_of", json!(intent.undo_of.iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    if !intent.undo.is_empty() {
        add("undo", intent.undo.iter().map(undo_data::summary).collect());
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
        object.extend(outcome.description.iter().map(|words| ("description".to_owned(), json!(words))));
        if let Reversibility::Irreversible { why } = &outcome.reversibility {
            object.insert("irreversible".to_owned(), json!(why));
        }
        if !outcome.undo.is_empty() {
            object.insert("undo".to_owned(), outcome.undo.iter().map(undo_data::summary).collect());
        }
        for (key, actions) in [("undone", &outcome.undone), ("restored", &outcome.restored)] {
            if !actions.is_empty() {
                object.insert(key.to_owned(), actions.iter().map(ToString::to_string).collect());
            }
        }
    }
    value
}
