//! What a person does about the audit chain: goes on after damage, and moves old rows out of the database.

use std::path::Path;

use serde::Serialize;
use tgp_model::Timestamp;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{AcceptDamage, Store};

use crate::audit_record::{AuditRecord, hexadecimal, shown};
use crate::refusal::from_store;

/// Damage that a person accepted.
#[derive(Debug, Clone, Serialize)]
pub struct DamageAccepted {
    /// Its name, such as `truncated`.
    pub damage: String,
    /// The copy of the database as it was.
    pub evidence: String,
    /// The last row of the chain that goes on, as `NUMBER:HASH`.
    pub head: String,
}

/// Rows that were archived.
#[derive(Debug, Clone, Serialize)]
pub struct RowsArchived {
    /// How many.
    pub rows: u64,
    /// The last of them, as `NUMBER:HASH`.
    pub head: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl AuditRecord {
    /// The person at the terminal has seen the damage and goes on: the database as it is is copied to `evidence`, and a
    /// new chain begins after the last number that was ever anchored, with a row that says what was accepted by whom.
    pub fn accept(&self, evidence: &Path, by: &str) -> Result<DamageAccepted, Refusal> {
        let found = self.verify()?;
        let Some(damage) = found.damage else {
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, "the audit chain is not damaged"));
        };
        if let Some(problem) = found.anchor_problem {
            let hint = format!(
                "move `{}` away first; what it held can then not be compared with",
                self.anchor.path().display()
            );
            return Err(Refusal::new(ErrorCode::FileIo, problem).with_hint(hint));
        }
        let begun;
        let store = if let Some((store, _)) = &self.opened {
            store
        } else {
            // It was deleted: a new one is begun, and its first row says so.
            begun = Store::open(&self.path)
                .map_err(|error| Refusal::new(ErrorCode::FileIo, error.to_string()))?;
            &begun
        };
        let head = store.accept_damage(&AcceptDamage {
            damage: &damage,
            evidence,
            anchor: Some(&self.anchor),
            second: Some(&self.second),
            anchors: &[],
            by,
            door: "terminal",
            at: self.now,
        });
        let head = head.map_err(|error| from_store(&error))?;
        Ok(DamageAccepted {
            damage: damage.name().to_owned(),
            evidence: evidence.display().to_string(),
            head: shown(&head),
        })
    }

    /// Moves the rows noted before a time into a new file. The chain goes on from the last of them.
    pub fn archive(&self, before: Timestamp, file: &Path) -> Result<RowsArchived, Refusal> {
        let found = self.verify()?;
        if let Some(message) = found.message {
            let message = format!("a damaged chain is not archived: {message}");
            return Err(Refusal::new(ErrorCode::FileIo, message)
                .with_hint("look with `tgp audit verify`; `tgp audit accept` begins a new chain"));
        }
        let store = self.store()?;
        let through = store.audit_row_before(before).map_err(|error| from_store(&error))?;
        let Some(through) = through else {
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, "no row is older than that"));
        };
        let archived = store.archive_audit(through, file, self.now).map_err(|error| from_store(&error))?;
        Ok(RowsArchived {
            rows: archived.rows,
            head: shown(&archived.head),
            sha256: hexadecimal(&archived.sha256),
        })
    }
}
