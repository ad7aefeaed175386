//! What the audit chain keeps of intents, outcomes and reads: JSON whose keys stand in a fixed order.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tgp_model::UndoPart;

use crate::note::{Intent, Outcome, Reversibility};
use crate::tables::agent_actions::decision_name;
use crate::tables::undo_data;

/// What the chain keeps of an intent.
pub(crate) fn intent_payload(intent: &Intent) -> String {
    text(&IntentRow(intent))
}

/// What the chain keeps of an outcome.
pub(crate) fn outcome_payload(outcome: &Outcome) -> String {
    text(&OutcomeRow(outcome))
}

/// What the chain keeps of a read: both at once.
pub(crate) fn read_payload(intent: &Intent, outcome: &Outcome) -> String {
    text(&Both { source: None, intent, outcome })
}

/// What the chain keeps of an action that was found again after the database was lost.
pub(crate) fn rebuilt_payload(intent: &Intent, outcome: &Outcome, source: &str) -> String {
    text(&Both { source: Some(source), intent, outcome })
}

/// What the chain keeps of undo data that came while an action ran.
pub(crate) fn undo_payload(parts: &[UndoPart]) -> String {
    json!({ "undo": parts.iter().map(undo_data::summary).collect::<Vec<_>>() }).to_string()
}

/// What the chain keeps of a request that is about to leave.
pub(crate) fn sent_payload(request: &str) -> String {
    json!({ "request": request }).to_string()
}

/// What the chain keeps of a yes that is used up beside the first one.
pub(crate) fn used_payload(used: &tgp_consent::ApprovalUse) -> String {
    json!({ "approval": used.approval.to_string(), "state": "used" }).to_string()
}

/// What the chain keeps of a reason.
pub(crate) fn reason_payload(why: &str) -> String {
    json!({ "why": why }).to_string()
}

/// Written straight into the text: a tree of values costs more than the row in the database.
fn text(row: &impl Serialize) -> String {
    // Nothing in a row can fail to be JSON: keys are texts, and numbers that are none become null.
    serde_json::to_string(row).unwrap_or_default()
}

/// An object under construction: fields that are not there are left out.
struct Fields<S: Serializer>(S::SerializeMap);

impl<S: Serializer> Fields<S> {
    fn add(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), S::Error> {
        self.0.serialize_entry(key, value)
    }

    fn add_if(
        &mut self,
        key: &'static str,
        value: Option<&(impl Serialize + ?Sized)>,
    ) -> Result<(), S::Error> {
        value.map_or(Ok(()), |value| self.add(key, value))
    }

    fn add_list<T>(
        &mut self,
        key: &'static str,
        list: &[T],
        shown: impl Fn(&T) -> Value,
    ) -> Result<(), S::Error> {
        if list.is_empty() {
            return Ok(());
        }
        self.add(key, &list.iter().map(shown).collect::<Vec<_>>())
    }
}

/// Shown by its `Display`, without a text in between.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Both<'a> {
    source: Option<&'a str>,
    intent: &'a Intent,
    outcome: &'a Outcome,
}

impl Serialize for Both<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::<S>(serializer.serialize_map(None)?);
        fields.add_if("source", self.source)?;
        fields.add("intent", &IntentRow(self.intent))?;
        fields.add("outcome", &OutcomeRow(self.outcome))?;
        fields.0.end()
    }
}

struct IntentRow<'a>(&'a Intent);

impl Serialize for IntentRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let intent = self.0;
        let mut fields = Fields::<S>(serializer.serialize_map(None)?);
        fields.add("session", &Shown(intent.session))?;
        fields.add("agent", intent.agent.as_str())?;
        fields.add("project", &intent.project)?;
        fields.add("type", intent.kind.as_str())?;
        fields.add("status", intent.status.as_str())?;
        fields.add("description", &intent.description)?;
        fields.add("decision", decision_name(intent.decision))?;
        fields.add("rule", &intent.rule)?;
        fields.add("clock_ms", &intent.clock_ms)?;
        fields.add("lock", &intent.lock_id)?;
        fields.add_if("files", Some(&intent.files).filter(|files| !files.is_empty()))?;
        fields.add_if("sql", intent.sql.as_ref())?;
        fields.add_if("tool", intent.tool.as_ref())?;
        fields.add_if("details", Some(&intent.details).filter(|details| !details.is_null()))?;
        // As text: not every reader of JSON keeps 64 bits.
        fields.add_if("seed", intent.seed.map(Shown).as_ref())?;
        fields.add_if("client", intent.client.as_ref())?;
        fields.add_list(
            "content",
            &intent.content,
            |(path, bytes)| json!({ "path": path, "sha256": hex::encode(Sha256::digest(bytes)) }),
        )?;
        add_trust(&mut fields, intent)?;
        fields.0.end()
    }
}

/// What was approved, with which token, and what the undo of it rests on.
fn add_trust<S: Serializer>(fields: &mut Fields<S>, intent: &Intent) -> Result<(), S::Error> {
    fields.add_if("branch", intent.branch.as_ref())?;
    if let Reversibility::Irreversible { why } = &intent.reversibility {
        fields.add("irreversible", why)?;
    }
    fields.add_if("approval", intent.approval.as_ref().map(|used| Shown(used.approval)).as_ref())?;
    if let Some(token) = &intent.consume {
        fields.add("token", &json!({ "id": token.token.to_string(), "nonce": token.nonce.to_string() }))?;
    }
    fields.add_list("undo_of", &intent.undo_of, |action| json!(action.to_string()))?;
    fields.add_list("undo", &intent.undo, undo_data::summary)
}

struct OutcomeRow<'a>(&'a Outcome);

impl Serialize for OutcomeRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcome = self.0;
        let mut fields = Fields::<S>(serializer.serialize_map(None)?);
        fields.add("status", outcome.status.as_str())?;
        fields.add("error_code", &outcome.error_code)?;
        fields.add("duration_ms", &outcome.duration_ms)?;
        fields.add("fuel", &outcome.fuel)?;
        fields.add("commit_id", &outcome.commit_id)?;
        fields.add_if("files", outcome.files.as_ref())?;
        fields.add_if("sql", outcome.sql.as_ref())?;
        fields.add_if("description", outcome.description.as_ref())?;
        if let Reversibility::Irreversible { why } = &outcome.reversibility {
            fields.add("irreversible", why)?;
        }
        fields.add_list("undo", &outcome.undo, undo_data::summary)?;
        fields.add_list("undone", &outcome.undone, |action| json!(action.to_string()))?;
        fields.add_list("restored", &outcome.restored, |action| json!(action.to_string()))?;
        fields.0.end()
    }
}

#[cfg(test)]
mod tests {
    use tgp_model::{ActionId, ActionStatus};

    use super::*;

    #[test]
    fn a_row_says_what_is_there_in_a_fixed_order_and_nothing_else() {
        let intent = Intent {
            description: "Wrote \"a\"".to_owned(),
            files: vec!["tools/a.ts".to_owned()],
            details: json!({ "b": 1, "a": [null] }),
            seed: Some(u64::MAX),
            content: vec![("a".to_owned(), b"x".to_vec())],
            branch: Some("feat/a".to_owned()),
            undo_of: vec![ActionId::from_parts(0, 1)],
            ..Intent::default()
        };
        let hash = hex::encode(Sha256::digest(b"x"));
        let text = format!(
            "{{\"session\":\"00000000000000000000000000\",\"agent\":\"coder\",\"project\":\"\",\"type\":\"file_read\",\
             \"status\":\"pending\",\"description\":\"Wrote \\\"a\\\"\",\"decision\":\"allow\",\"rule\":\"\",\"clock_ms\":0,\
             \"lock\":\"\",\"files\":[\"tools/a.ts\"],\"details\":{{\"b\":1,\"a\":[null]}},\
             \"seed\":\"18446744073709551615\",\"content\":[{{\"path\":\"a\",\"sha256\":\"{hash}\"}}],\
             \"branch\":\"feat/a\",\"undo_of\":[\"00000000000000000000000001\"]}}"
        );
        assert_eq!(intent_payload(&intent), text);
        let outcome = Outcome { duration_ms: f64::NAN, status: ActionStatus::Failed, ..Outcome::default() };
        let ended = "{\"status\":\"failed\",\"error_code\":null,\"duration_ms\":null,\"fuel\":null,\"commit_id\":null}";
        assert_eq!(outcome_payload(&outcome), ended);
        assert_eq!(read_payload(&intent, &outcome), format!("{{\"intent\":{text},\"outcome\":{ended}}}"));
    }
}
