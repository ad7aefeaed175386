//! The state a client of the newer era carries from a question to its answer: sealed, for one call, used once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rmcp::model::{RequestStateCodec, SealOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tgp_engine::Call;
use tgp_protocol::client::approvals::ApprovalShown;

/// The states of this process. Their key is never written down: another process's states are foreign here.
pub(crate) struct RequestStates {
    codec: Option<RequestStateCodec>,
    /// What was given back, with when it would have been too late; after that it is too late anyway.
    used: Mutex<HashMap<String, String>>,
}

/// What a state says. Signed and not encrypted; the client was told all of it anyway.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    nonce: String,
    /// The question.
    pub(crate) ticket: String,
    /// What the person was shown of it.
    pub(crate) shown_hash: String,
    expires: String,
}

/// Why a state does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StateError {
    /// Its signature is not ours for this agent, session, tool and these arguments.
    #[error("it was altered, is another call's, or another session's")]
    Foreign,
    /// It was given back before.
    #[error("it was used before")]
    Used,
    /// Its question is closed by now.
    #[error("it is too old")]
    Late,
}

impl StateError {
    /// One word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Used => "used",
            Self::Late => "late",
        }
    }
}

impl RequestStates {
    /// With a fresh key. Without randomness there is none, and nothing is asked this way.
    pub(crate) fn new() -> Self {
        let mut key = [0_u8; 32];
        let codec = match getrandom::fill(&mut key) {
            Ok(()) => RequestStateCodec::try_new(key).ok(),
            Err(error) => {
                tracing::error!(%error, "there is no randomness; questions are for the terminal");
                None
            }
        };
        Self { codec, used: Mutex::default() }
    }

    /// A state for the question this call met.
    pub(crate) fn seal(&self, scope: &[u8], question: &ApprovalShown) -> Option<String> {
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).ok()?;
        let asked = Asked {
            nonce: u128::from_le_bytes(nonce).to_string(),
            ticket: question.ticket.clone(),
            shown_hash: question.shown_hash.clone(),
            expires: question.expires.clone(),
        };
        let text = serde_json::to_vec(&asked).ok()?;
        Some(self.codec.as_ref()?.seal_with(&text, &SealOptions::new().associated_data(scope)))
    }

    /// Opens what a client gave back at the time `now` (ISO 8601), and uses it up.
    pub(crate) fn open(&self, scope: &[u8], state: &str, now: &str) -> Result<Asked, StateError> {
        let codec = self.codec.as_ref().ok_or(StateError::Foreign)?;
        let text = codec.open_with(state, scope).map_err(|_| StateError::Foreign)?;
        let asked: Asked = serde_json::from_slice(&text).map_err(|_| StateError::Foreign)?;
        if asked.expires.as_str() <= now {
            return Err(StateError::Late);
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, expires| expires.as_str() > now);
        match used.insert(asked.nonce.clone(), asked.expires.clone()) {
            Some(_) => Err(StateError::Used),
            None => Ok(asked),
        }
    }
}

/// What a state is bound to: who calls what, with which arguments, in whatever order they are written.
pub(crate) fn scope(call: &Call, tool: &str, arguments: Option<&Map<String, Value>>) -> Vec<u8> {
    let arguments = arguments.map_or_else(|| json!({}), |fields| sorted(&Value::Object(fields.clone())));
    json!([call.agent, call.session.to_string(), tool, arguments]).to_string().into_bytes()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<(&String, &Value)> = fields.iter().collect();
            pairs.sort_by_key(|(name, _)| *name);
            Value::Object(pairs.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: &str = "2026-01-01T00:00:00.000Z";
    const LATER: &str = "2026-01-01T00:15:00.000Z";

    fn question() -> ApprovalShown {
        serde_json::from_value(json!({
            "ticket": "T", "state": "pending", "agent": "coder", "session": "S", "action": "A",
            "capability": "fs.write", "risk": "low", "rule": "ask", "why": "because", "preview": "+x",
            "shown_hash": "h", "asked": THEN, "expires": LATER,
        }))
        .unwrap()
    }

    #[test]
    fn a_state_counts_once_for_its_call_and_in_its_time() {
        let states = RequestStates::new();
        let state = states.seal(b"this call", &question()).unwrap();
        assert_eq!(states.open(b"that call", &state, THEN).unwrap_err(), StateError::Foreign);
        assert_eq!(states.open(b"this call", &state, LATER).unwrap_err(), StateError::Late);
        let asked = states.open(b"this call", &state, THEN).unwrap();
        assert_eq!((asked.ticket.as_str(), asked.shown_hash.as_str()), ("T", "h"));
        assert_eq!(states.open(b"this call", &state, THEN).unwrap_err(), StateError::Used);
        let again = states.seal(b"this call", &question()).unwrap();
        assert!(
            states.open(b"this call", &again, THEN).is_ok(),
            "each time it is asked has a state of its own"
        );
    }

    #[test]
    fn every_changed_byte_and_every_other_process_is_foreign() {
        let states = RequestStates::new();
        let state = states.seal(b"", &question()).unwrap();
        for at in 0..state.len() {
            let mut bytes = state.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert_eq!(states.open(b"", &altered, THEN).unwrap_err(), StateError::Foreign, "byte {at}");
        }
        for broken in ["", ".", "rs1", &state[1..], &format!("{state}="), &format!("{state}{state}")] {
            assert_eq!(states.open(b"", broken, THEN).unwrap_err(), StateError::Foreign, "{broken}");
        }
        assert_eq!(RequestStates::new().open(b"", &state, THEN).unwrap_err(), StateError::Foreign);
        assert!(states.open(b"", &state, THEN).is_ok(), "what failed used nothing up");
    }

    #[test]
    fn the_order_of_fields_makes_no_other_call() {
        let value = |text: &str| sorted(&serde_json::from_str::<Value>(text).unwrap()).to_string();
        assert_eq!(value(r#"{"b":[{"d":1,"c":2}],"a":null}"#), value(r#"{"a":null,"b":[{"c":2,"d":1}]}"#));
        assert_ne!(value(r#"{"a":[1,2]}"#), value(r#"{"a":[2,1]}"#));
    }
}
