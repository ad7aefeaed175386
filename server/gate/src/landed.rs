//! Whether what a dead process was about to change about agents' rights landed: trust, tokens, delegations.
//!
//! Each leaves something that says so by itself: the trusted version its hash, a token its row. So a start needs no
//! guess, and doing this twice changes nothing more.

use serde_json::Value;
use tgp_model::{ActionType, TokenId};
use tgp_protocol::client::Refusal;
use tgp_store::{ActionFilter, ActionRow};

use crate::gate::Gate;
use crate::refusal::from_store;
use crate::tokens::unusable;

/// What is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightsLanded {
    /// It is in force, or was until something later replaced it.
    Yes,
    /// It is not, and never was.
    No,
    /// Another version is trusted since, and which of the two came between cannot be told.
    Unknown,
}

impl Gate {
    /// Whether the change of rights that `row` noted landed; none where the action is no such change.
    pub fn rights_landed(&self, row: &ActionRow) -> Result<Option<RightsLanded>, Refusal> {
        if !matches!(row.kind, ActionType::PolicyChange | ActionType::Delegate) {
            return Ok(None);
        }
        let named = |name: &str| row.details.get(name).and_then(Value::as_str);
        let token = |name: &str| named(name).and_then(|text| text.parse::<TokenId>().ok());
        if let Some(minted) = token("minted").or_else(|| token("delegated")) {
            return self.minted(minted).map(Some);
        }
        if let Some(revoked) = token("revoked") {
            return self.revoked(revoked).map(Some);
        }
        match named("after") {
            Some(after) => self.trusted(row, after).map(Some),
            None => Ok(None),
        }
    }

    /// A token counts once its row is there. The text of one without a row is worth nothing and is not kept.
    fn minted(&self, token: TokenId) -> Result<RightsLanded, Refusal> {
        let row = self.store().token(token, self.clock().now()).map_err(|error| from_store(&error))?;
        if row.is_some() {
            return Ok(RightsLanded::Yes);
        }
        self.forget(token)?;
        Ok(RightsLanded::No)
    }

    fn revoked(&self, token: TokenId) -> Result<RightsLanded, Refusal> {
        let row = self.store().token(token, self.clock().now()).map_err(|error| from_store(&error))?;
        if row.is_none_or(|row| row.revoked_at.is_none()) {
            return Ok(RightsLanded::No);
        }
        self.forget(token)?;
        Ok(RightsLanded::Yes)
    }

    fn forget(&self, token: TokenId) -> Result<(), Refusal> {
        self.tokens().map_or(Ok(()), |tokens| tokens.vault().forget(token).map_err(unusable))
    }

    /// The trusted version says it, or the next change of it, which names what it began from.
    fn trusted(&self, row: &ActionRow, after: &str) -> Result<RightsLanded, Refusal> {
        let Some(tokens) = self.tokens() else { return Ok(RightsLanded::Unknown) };
        let now = tokens.vault().trusted().map_err(unusable)?;
        if now.as_deref() == Some(after) {
            return Ok(RightsLanded::Yes);
        }
        let before = row.details.get("before").and_then(Value::as_str);
        let filter = ActionFilter { kind: Some(ActionType::PolicyChange), ..ActionFilter::default() };
        let changes = self.store().actions(&filter).map_err(|error| from_store(&error))?;
        let mut later = changes.iter().rev().filter(|other| other.id > row.id);
        let next = later.find(|other| other.details.get("after").is_some());
        let began = match next {
            Some(next) => next.details.get("before").and_then(Value::as_str).map(str::to_owned),
            None => now,
        };
        Ok(match began {
            Some(hash) if hash == after => RightsLanded::Yes,
            hash if hash.as_deref() == before => RightsLanded::No,
            _ => RightsLanded::Unknown,
        })
    }
}
