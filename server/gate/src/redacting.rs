//! Secrets are taken out of what an action notes; a salted commitment stands in the place of each.

use serde_json::Value;
use tgp_store::{CommitmentKey, Redactor};

use crate::action::Action;
use crate::gate::Gate;

/// The fields of an action that secrets are taken out of, as `tgp audit salt` names them.
pub const REDACTED_FIELDS: [&str; 3] = ["details", "sql", "params"];

impl Gate {
    /// The same gate, leaving commitments made with this key where secrets were; without it nothing can be proven of
    /// them later.
    #[must_use]
    pub fn with_commitments(mut self, key: CommitmentKey) -> Self {
        self.commitments = Some(key);
        self
    }
}

impl Action<'_> {
    fn redactor(&self, field: &'static str) -> Option<Redactor<'_>> {
        self.gate.commitments.as_ref().map(|key| Redactor::new(key, &self.id, field))
    }

    /// The parameters of a statement as they may be noted.
    pub fn redacted_parameters(&self, sql: &str, parameters: &Value) -> Value {
        match self.redactor("params") {
            Some(mut redactor) => redactor.parameters(sql, parameters),
            None => tgp_store::redact_parameters(sql, parameters),
        }
    }

    pub(crate) fn redacted_details(&self, details: &Value) -> Value {
        match self.redactor("details") {
            Some(mut redactor) => redactor.value(details),
            None => tgp_store::redact(details),
        }
    }

    pub(crate) fn redacted_sql(&self, sql: &str) -> String {
        match self.redactor("sql") {
            Some(mut redactor) => redactor.sql(sql),
            None => tgp_store::redact_sql(sql),
        }
    }
}
