//! The audit chain, as a person asks about it: verify, export, archive, prove, accept damage.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use serde_json::{Value, json};
use tgp_audit::{Archived, AuditError, AuditHead, AuditReport, Damage, Exported, FileAnchor, KeepHead};
use tgp_model::{ActionId, Timestamp};

use super::{Heads, Inner, Store};
use crate::connection::{self, Durability};
use crate::error::StoreError;
use crate::open::with_ending;
use crate::tables::facts;
use tgp_model::iso::iso8601;

/// Archived rows that are deleted in one transaction.
const SWEEP: u32 = 5_000;
/// Rows since the last verified one after which the thread verifies them, so that a start need not.
const VERIFY_AFTER: u64 = 10_000;
/// Rows that may be in the log only, before they are synced so that they can be anchored.
const SYNC_AFTER: u64 = 1_000;

/// Bytes of state from which on a person is told that history can be archived: some million rows.
pub const STORAGE_WARNING: u64 = 2 << 30;

/// How much the state takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageUse {
    /// Bytes of the database.
    pub database: u64,
    /// Bytes of its log.
    pub log: u64,
    /// Rows of the audit chain that are kept.
    pub audit_rows: u64,
}

impl StorageUse {
    /// What to tell the person where it takes more than `threshold` bytes.
    pub fn warning(&self, threshold: u64) -> Option<String> {
        let total = self.database.saturating_add(self.log);
        (total > threshold).then(|| {
            format!(
                "the state takes {} MB; {} rows of the audit chain are kept, and `tgp audit archive` moves the oldest \
                 into a file",
                total / 1_000_000,
                self.audit_rows
            )
        })
    }
}

impl Store {
    /// The end of the audit chain.
    pub fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.flush()?;
        Ok(tgp_audit::head(&self.inner.reader())?)
    }

    /// The last row that a power loss cannot take: the one to anchor. None before the first synced note.
    pub fn durable_head(&self) -> Option<AuditHead> {
        self.inner.heads().durable
    }

    /// Walks the audit chain from where its kept rows begin, and says what is damaged first.
    pub fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.flush()?;
        self.inner.verify_from(None)
    }

    /// Walks the audit chain from a head that was found whole before.
    pub fn verify_audit_from(&self, head: AuditHead) -> Result<AuditReport, StoreError> {
        self.flush()?;
        self.inner.verify_from(Some(head))
    }

    /// Writes the kept rows as lines of JSON, one a row.
    pub fn export_audit(&self, out: &mut dyn Write) -> Result<Exported, StoreError> {
        self.flush()?;
        Ok(tgp_audit::export(&self.inner.connect()?, None, out)?)
    }

    /// A proof that an action stands in the chain of now; see the guide for its format and how to check it.
    pub fn prove_action(&self, action: ActionId) -> Result<Value, StoreError> {
        self.flush()?;
        Ok(tgp_audit::prove(&self.inner.connect()?, &action.to_string())?)
    }

    /// The last row noted before `before`, as far as rows may be archived.
    pub fn audit_row_before(&self, before: Timestamp) -> Result<Option<u64>, StoreError> {
        self.flush()?;
        let connection = self.inner.connect()?;
        let sql = "SELECT max(seq) FROM audit WHERE at < ?1";
        let seq: Option<i64> = connection.query_row(sql, [iso8601(before)], |row| row.get(0))?;
        Ok(seq.map(i64::cast_unsigned))
    }

    /// Moves the rows up to and with `through` into a new file; the chain goes on from there.
    pub fn archive_audit(&self, through: u64, file: &Path, at: Timestamp) -> Result<Archived, StoreError> {
        self.flush()?;
        let connect = || self.inner.connect();
        let archived = tgp_audit::archive(&connect, through, file, &iso8601(at), |work| {
            let written = self.inner.write(Durability::Synced, |connection| Ok(work(connection)?));
            written.map_err(|error| AuditError::Io {
                what: "the archive cannot be noted".to_owned(),
                source: std::io::Error::other(error),
            })
        })?;
        self.inner.anchor()?;
        self.sweep_archived()?;
        Ok(archived)
    }

    /// Deletes rows that are in an archive already; a process that was killed may have left some.
    pub fn sweep_archived(&self) -> Result<(), StoreError> {
        while self.inner.write(Durability::Lazy, |connection| Ok(tgp_audit::sweep(connection, SWEEP)?))? > 0 {
        }
        Ok(())
    }

    /// How much the state takes.
    pub fn storage(&self) -> Result<StorageUse, StoreError> {
        let size = |ending: &str| {
            std::fs::metadata(with_ending(&self.inner.path, ending)).map_or(0, |file| file.len())
        };
        // Rows are numbered without a gap; counting them would take as long as they are many.
        let count: i64 = self.inner.reader().query_row(
            "SELECT COALESCE((SELECT max(seq) FROM audit) - (SELECT min(seq) FROM audit) + 1, 0)",
            [],
            |row| row.get(0),
        )?;
        Ok(StorageUse { database: size(""), log: size("-wal"), audit_rows: count.cast_unsigned() })
    }

    /// A person has seen the damage and goes on: the database as it is is copied to `evidence` (a new file), the chain
    /// ends, and a new one is begun after the last number that was ever anchored. Returns its head, to be anchored.
    pub fn accept_damage(&self, accepted: &AcceptDamage<'_>) -> Result<AuditHead, StoreError> {
        self.flush()?;
        let evidence = accepted.evidence.to_string_lossy().into_owned();
        self.inner.connect()?.execute("VACUUM INTO ?1", [&evidence])?;
        let anchored_file = accepted.anchor.map(FileAnchor::read).transpose()?.flatten().unwrap_or_default();
        let known = anchored_file.heads.iter().chain(&anchored_file.verified).map(|head| head.seq);
        let elsewhere = accepted.second.and_then(|second| second.read().ok().flatten()).map(|head| head.seq);
        let anchored = known.chain(accepted.anchors.iter().copied()).chain(elsewhere).max().unwrap_or(0);
        let note = json!({
            "damage": accepted.damage, "by": accepted.by, "door": accepted.door,
            "evidence": accepted.evidence.file_name().map(|name| name.to_string_lossy()),
        });
        let at = iso8601(accepted.at);
        let head = self.inner.write(Durability::Synced, |connection| {
            tgp_audit::close_damaged(connection, anchored, &at, note)?;
            Ok(tgp_audit::head(connection)?)
        })?;
        if let Some(anchor) = accepted.anchor {
            anchor.update(|held| {
                held.found = None;
                held.add(head);
                (held.verified, held.looked_again) = (Some(head), 0);
            })?;
            let heads = Heads { durable: Some(head), verified: Some(head), looked_again: 0 };
            self.inner.begin_anchoring(anchor.clone(), accepted.second.cloned(), heads);
            self.inner.anchor_second(head);
        }
        self.sweep_archived()?;
        Ok(head)
    }
}

/// What a person accepts, and where the evidence goes.
#[derive(Debug, Clone, Copy)]
pub struct AcceptDamage<'a> {
    /// What was found.
    pub damage: &'a Damage,
    /// A new file for a copy of the database as it is.
    pub evidence: &'a Path,
    /// The anchor that found it.
    pub anchor: Option<&'a FileAnchor>,
    /// The second place of the head.
    pub second: Option<&'a Arc<dyn KeepHead>>,
    /// The numbers that other anchors hold.
    pub anchors: &'a [u64],
    /// Who accepts it.
    pub by: &'a str,
    /// Where.
    pub door: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Inner {
    pub(crate) fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        connection::open(&self.path, false)
    }

    // A connection of its own: a walk over a million rows must not hold up those who read the timeline.
    fn verify_from(&self, head: Option<AuditHead>) -> Result<AuditReport, StoreError> {
        Ok(tgp_audit::verify(&|| self.connect(), head)?)
    }

    pub(crate) fn begin_anchoring(
        &self,
        anchor: FileAnchor,
        second: Option<Arc<dyn KeepHead>>,
        heads: Heads,
    ) {
        self.anchoring.begin(anchor, second, heads);
        if self.heads().durable.is_some() {
            self.group.ask_for_anchor(); // Who asked while it was verified was put off.
        }
    }

    /// Writes the durable head into the anchor, and how far the chain was verified.
    pub(crate) fn anchor(&self) -> Result<(), StoreError> {
        self.anchor_after(SYNC_AFTER)
    }

    /// Anchors every row there is: after a clean end none can be taken away unseen.
    pub(crate) fn anchor_all(&self) -> Result<(), StoreError> {
        self.anchor_after(0)
    }

    fn anchor_after(&self, rows: u64) -> Result<(), StoreError> {
        let file = self.anchoring.file.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(anchor) = file else { return Ok(()) };
        self.make_durable(rows)?;
        let Heads { durable: Some(durable), mut verified, looked_again } = *self.heads() else {
            return Ok(());
        };
        let trails = verified.is_none_or(|verified| durable.seq.saturating_sub(verified.seq) > VERIFY_AFTER);
        if trails {
            let report = self.verify_from(verified)?;
            if report.damage.is_some() {
                return Ok(()); // The next start says what; an anchor must not cover it.
            }
            verified = Some(report.head);
            self.heads().verified = verified;
        }
        let held = anchor.update(|held| {
            if held.found.is_some() {
                return;
            }
            held.add(durable);
            if let Some(verified) = verified.filter(|verified| verified.seq <= durable.seq) {
                held.verified = held.verified.filter(|held| held.seq >= verified.seq).or(Some(verified));
            }
            held.looked_again = looked_again;
        })?;
        if held.found.is_some() {
            return Ok(());
        }
        if rows == 0 || durable.seq.saturating_sub(self.anchoring.second_has.load(Ordering::Relaxed)) > rows {
            self.anchor_second(durable);
        }
        Ok(())
    }

    /// Tells the second place; it may trail, so a failure is told and nothing else.
    fn anchor_second(&self, head: AuditHead) {
        let second = self.anchoring.second.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(second) = second else { return };
        if self.anchoring.second_has.load(Ordering::Relaxed) == head.seq {
            return;
        }
        match second.keep(head) {
            Ok(()) => self.anchoring.second_has.store(head.seq, Ordering::Relaxed),
            Err(message) => {
                tracing::warn!(message, "the second anchor of the audit chain could not be written");
            }
        }
    }

    /// Rows that only reads made are synced once there are more than `rows` of them, so that anchor and verified head
    /// can follow.
    fn make_durable(&self, rows: u64) -> Result<(), StoreError> {
        let head = tgp_audit::head(&self.reader())?;
        let durable = self.heads().durable.map_or(0, |durable| durable.seq);
        let known = self.heads().verified.map_or(0, |verified| verified.seq).max(durable);
        if head.seq.saturating_sub(known) > rows || (durable == 0 && head.seq > known) {
            self.write(Durability::Synced, |connection| {
                Ok(facts::write(connection, facts::SYNCED_UP_TO, &head.seq.to_string())?)
            })?;
        }
        Ok(())
    }
}
