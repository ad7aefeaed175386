//! `tgp audit`: the audit chain, looked at without opening the rest of the project.
//!
//! Opening a project notes things and puts others right; somebody who asks whether the record is whole wants it as it
//! is.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tgp_model::Timestamp;
use tgp_model::iso::iso8601;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{
    Anchored, AuditStart, Damage, Exported, FileAnchor, Finding, KeepHead, OpenStoreError, StartStore, Store,
};

use crate::refusal::from_store;

/// The audit chain of a project and its anchor.
pub struct AuditRecord {
    /// None where the database is gone.
    pub(crate) opened: Option<(Store, AuditStart)>,
    pub(crate) path: PathBuf,
    pub(crate) anchor: FileAnchor,
    pub(crate) second: Arc<dyn KeepHead>,
    pub(crate) now: Timestamp,
}

/// What verifying the whole chain found.
#[derive(Debug, Clone, Serialize)]
pub struct AuditVerified {
    /// Whether every row there ever was is there as it was noted.
    pub whole: bool,
    /// Rows that were looked at.
    pub rows: u64,
    /// The last whole row as `NUMBER:HASH`: what a proof is checked against.
    pub head: String,
    /// Whether there was an anchor outside the database to compare with.
    pub anchored: bool,
    /// What is damaged.
    pub damage: Option<Damage>,
    /// The same in a sentence.
    pub message: Option<String>,
    /// When it was found first, ISO 8601.
    pub found_at: Option<String>,
    /// Why the anchor could not be read.
    pub anchor_problem: Option<String>,
}

impl AuditRecord {
    /// The chain of the database at `path`, with the two places of its head. One that is gone is not begun anew here.
    pub fn open(
        path: PathBuf,
        anchor: FileAnchor,
        second: Arc<dyn KeepHead>,
        now: Timestamp,
    ) -> Result<Self, OpenStoreError> {
        if !path.exists() {
            return Ok(Self { opened: None, path, anchor, second, now });
        }
        let mut start = StartStore::new(&path, now);
        start.anchor = Some(anchor.clone());
        start.second = Some(Arc::clone(&second));
        start.check_pages = true;
        let opened = Store::start(&start)?;
        Ok(Self { opened: Some((opened.store, opened.audit)), path, anchor, second, now })
    }

    /// Walks the whole chain and compares it with its anchor. What is found stays named until a person accepts it.
    pub fn verify(&self) -> Result<AuditVerified, Refusal> {
        let Some((store, start)) = &self.opened else { return self.verify_none() };
        let report = store.verify_audit().map_err(|error| from_store(&error))?;
        let found_now = report.damage.filter(|_| start.damage.is_none());
        let mut found_at = start.found_at.clone();
        if let Some(damage) = &found_now {
            found_at = Some(self.keep(damage.clone())?);
        }
        let damage = start.damage.clone().or(found_now);
        Ok(AuditVerified {
            whole: damage.is_none() && start.anchor_problem.is_none(),
            rows: report.rows,
            head: shown(&report.head),
            anchored: start.is_anchored,
            message: damage.as_ref().map(ToString::to_string),
            damage,
            found_at,
            anchor_problem: start.anchor_problem.clone(),
        })
    }

    /// Writes the rows as lines of JSON.
    pub fn export(&self, out: &mut dyn Write) -> Result<Exported, Refusal> {
        self.store()?.export_audit(out).map_err(|error| from_store(&error))
    }

    /// A proof that an action stands in the chain.
    pub fn prove(&self, action: &str) -> Result<Value, Refusal> {
        let unknown = || {
            Refusal::new(ErrorCode::ArgumentsInvalid, format!("the audit chain has no action `{action}`"))
                .with_hint("`tgp timeline --json` shows the numbers")
        };
        let id = action.parse().map_err(|_| unknown())?;
        let store = self.store()?;
        if store.action(id).map_err(|error| from_store(&error))?.is_none() {
            return Err(unknown());
        }
        store.prove_action(id).map_err(|error| from_store(&error))
    }

    pub(crate) fn store(&self) -> Result<&Store, Refusal> {
        self.opened.as_ref().map(|(store, _)| store).ok_or_else(|| {
            let message = format!("there is no state database `{}`", self.path.display());
            Refusal::new(ErrorCode::FileNotFound, message).with_hint("`tgp audit verify` says what is known")
        })
    }

    /// There is no database: either nothing was ever noted, or it was deleted.
    fn verify_none(&self) -> Result<AuditVerified, Refusal> {
        let unreadable = |error: &dyn std::fmt::Display| error.to_string();
        let (held, anchor_problem) = match self.anchor.read() {
            Ok(held) => (held.unwrap_or_default(), None),
            Err(error) => (Anchored::default(), Some(unreadable(&error))),
        };
        let elsewhere = self.second.read().ok().flatten();
        let heads = held.heads.iter().chain(&held.verified).chain(&elsewhere);
        let newest = heads.map(|head| head.seq).filter(|seq| *seq > 0).max();
        let (mut damage, mut found_at) = (None, None);
        if let Some(found) = held.found {
            (damage, found_at) = (Some(found.damage), Some(found.at));
        } else if let Some(anchored) = newest {
            let deleted = Damage::Deleted { anchored };
            found_at = Some(self.keep(deleted.clone())?);
            damage = Some(deleted);
        }
        Ok(AuditVerified {
            whole: damage.is_none() && anchor_problem.is_none(),
            rows: 0,
            head: shown(&tgp_store::AuditHead::EMPTY),
            anchored: newest.is_some(),
            message: damage.as_ref().map(ToString::to_string),
            damage,
            found_at,
            anchor_problem,
        })
    }

    /// Keeps a finding in the anchor; gives when it was found first.
    fn keep(&self, damage: Damage) -> Result<String, Refusal> {
        let finding = Finding { damage, at: iso8601(self.now) };
        let held = self
            .anchor
            .update(|held| held.found = held.found.take().or(Some(finding)))
            .map_err(|error| Refusal::new(ErrorCode::FileIo, error.to_string()))?;
        Ok(held.found.map(|found| found.at).unwrap_or_default())
    }
}

pub(crate) fn shown(head: &tgp_store::AuditHead) -> String {
    format!("{}:{}", head.seq, hexadecimal(&head.hash))
}

/// Bytes as text, two digits each.
pub fn hexadecimal(hash: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
