//! Verifying at the start: at once, or in the background while the database is used already.
//!
//! What came since the chain was verified last, and the next turn of older rows, says nothing that the first write has
//! to know: a row is appended after the head, and the head fits its anchors. Nothing is anchored before it is verified.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tgp_audit::{AnchorError, Anchored, Damage, FileAnchor, Finding, KeepHead};
use tgp_model::iso::iso8601;

use crate::error::OpenStoreError;
use crate::start::{AuditStart, StartStore, unreachable_store, unusable_chain};
use crate::store::{Anchoring, Heads, Inner, Store};

/// A verification that goes on while the database is used; it gives what it found.
#[derive(Default)]
pub(crate) struct Verifying {
    thread: Mutex<Option<JoinHandle<()>>>,
    found: Mutex<Option<Damage>>,
}

impl Verifying {
    /// Waits until it is over.
    pub(crate) fn wait(&self) -> Option<Damage> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread that verifies the audit chain panicked");
        }
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Store {
    /// What is damaged in the audit chain as far as the start looked. Waits for a verification in the background.
    pub fn audit_damage(&self) -> Option<Damage> {
        self.inner.verifying.wait()
    }

    /// Verifies what a start verifies. Damage that is known already is looked into at once: it may be gone.
    pub(crate) fn verify_at_start(
        &self,
        start: &StartStore,
        held: Option<Anchored>,
        audit: AuditStart,
    ) -> Result<AuditStart, OpenStoreError> {
        let is_suspect = audit.damage.is_some() || held.as_ref().is_some_and(|held| held.found.is_some());
        if !start.in_background || is_suspect {
            return self.inner.verify_and_settle(start, held, audit);
        }
        let (inner, plan, first) = (Arc::clone(&self.inner), start.clone(), audit.clone());
        let again = held.clone();
        let work = move || {
            if let Err(error) = inner.verify_and_settle(&plan, held, first) {
                tracing::warn!(%error, "the audit chain could not be verified; nothing is anchored in this session");
            }
        };
        match std::thread::Builder::new().name("tgp-verify".to_owned()).spawn(work) {
            Ok(thread) => {
                *self.inner.verifying.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
                Ok(audit)
            }
            Err(_) => self.inner.verify_and_settle(start, again, audit),
        }
    }
}

impl Inner {
    fn verify_and_settle(
        &self,
        start: &StartStore,
        held: Option<Anchored>,
        mut audit: AuditStart,
    ) -> Result<AuditStart, OpenStoreError> {
        let mut heads = Heads::default();
        if audit.damage.is_none() {
            let found = tgp_audit::verify_since(&|| self.connect(), held.as_ref(), start.look_again)
                .map_err(|error| unusable_chain(&start.path, error))?;
            heads.verified = Some(found.report.head);
            heads.looked_again = found.looked_again;
            audit.rows = found.report.rows;
            audit.damage = found.report.damage;
        }
        if let Some(anchor) = start.anchor.as_ref().filter(|_| audit.anchor_problem.is_none()) {
            let unusable = |error: AnchorError| unreachable_store(&start.path, &error.to_string());
            let was_found = held.is_some_and(|held| held.found.is_some());
            settle(anchor, start, was_found, &mut audit).map_err(unusable)?;
            if audit.damage.is_none() {
                self.begin_anchoring(anchor.clone(), start.second.clone(), heads);
            }
        }
        if let Some(damage) = &audit.damage {
            tracing::error!(
                "the audit chain is damaged ({}): {damage}; see `tgp audit verify`",
                damage.name()
            );
            *self.verifying.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(damage.clone());
        }
        Ok(audit)
    }
}

/// Keeps in the anchor what was found, or takes away what was found before this start and fits again.
fn settle(
    anchor: &FileAnchor,
    start: &StartStore,
    was_found: bool,
    audit: &mut AuditStart,
) -> Result<(), AnchorError> {
    let Some(damage) = audit.damage.take() else {
        if was_found {
            anchor.update(|held| held.found = None)?;
        }
        return Ok(());
    };
    let finding = Finding { damage, at: iso8601(start.now) };
    // What was found first is what happened; a later look sees only its traces.
    let held = anchor.update(|held| held.found = held.found.take().or(Some(finding)))?;
    audit.found_at = held.found.as_ref().map(|found| found.at.clone());
    audit.damage = held.found.map(|found| found.damage);
    Ok(())
}

impl Anchoring {
    pub(crate) fn begin(&self, anchor: FileAnchor, second: Option<Arc<dyn KeepHead>>, heads: Heads) {
        *self.second.lock().unwrap_or_else(PoisonError::into_inner) = second;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(anchor);
        let mut known = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Heads { durable: known.durable, ..heads };
    }
}
