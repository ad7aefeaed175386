//! Retention: the oldest rows go into a file, and their last hash stays as the beginning of the rows that are kept.
//!
//! First the file is whole and on the disk. Then one transaction appends a row that says what was archived, and moves
//! the beginning. Only then rows are deleted, a few at a time. Killed anywhere, nothing is lost and the next call goes
//! on: rows before the beginning are leftovers.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::{AuditError, io_error};
use crate::export::export;
use crate::link::{AuditHead, Hash, Levels};
use crate::table::{Begin, Entry, append, begin, hash_of, head};
use crate::verify::{Connect, verify_up_to};

/// The kind of the row that says what was archived.
pub(crate) const KIND: &str = "archive";

/// What was archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// How many rows.
    pub rows: u64,
    /// The last of them.
    pub head: AuditHead,
    /// SHA-256 of the file.
    pub sha256: Hash,
}

/// Writes the rows up to and with `through` into a new file at `path`, which appears whole or not at all. Refuses
/// damaged rows. Nothing in the database changes until `archive`.
pub(crate) fn write_archive(connect: Connect<'_>, through: u64, path: &Path) -> Result<Archived, AuditError> {
    let connection = connect()?;
    let begun = begin(&connection)?;
    let end = head(&connection)?;
    if through <= begun.archived.seq || through > end.seq {
        let first = begun.archived.seq + 1;
        return Err(AuditError::Range { first, last: end.seq, asked: through });
    }
    let report = verify_up_to(connect, &connection, begun, None, through)?;
    if report.damage.is_some() {
        return Err(AuditError::Damaged { seq: report.head.seq + 1 });
    }
    let temporary = path.with_extension("new");
    let write = || -> Result<Archived, AuditError> {
        let cannot = "the archive cannot be written";
        let file = File::create(&temporary).map_err(io_error(cannot))?;
        let mut out = Digesting { out: BufWriter::new(file), digest: Sha256::new() };
        let exported = export(&connection, Some(through), &mut out)?;
        let file = out.out.into_inner().map_err(|error| io_error(cannot)(error.into_error()))?;
        file.sync_all().map_err(io_error(cannot))?;
        fs::hard_link(&temporary, path).map_err(io_error(cannot))?; // Never over a file that is there.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let synced = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
        synced.map_err(io_error(cannot))?;
        Ok(Archived { rows: exported.rows, head: exported.head, sha256: out.digest.finalize().into() })
    };
    let written = write();
    let removed = fs::remove_file(&temporary);
    match (written, removed) {
        (Ok(_), Err(error)) => Err(io_error("the archive's temporary file cannot be removed")(error)),
        (written, _) => written,
    }
}

/// Writes the archive, and makes the rows after it the beginning of the chain. `transact` runs its work in one synced
/// transaction that holds the write lock.
pub fn archive(
    connect: Connect<'_>,
    through: u64,
    path: &Path,
    at: &str,
    transact: impl FnOnce(&dyn Fn(&Connection) -> Result<(), AuditError>) -> Result<(), AuditError>,
) -> Result<Archived, AuditError> {
    let archived = write_archive(connect, through, path)?;
    let note = json!({
        "rows": archived.rows, "file": path.file_name().map(|name| name.to_string_lossy()),
        "sha256": hex::encode(archived.sha256),
    });
    transact(&|connection| {
        if begin(connection)?.archived.seq >= archived.head.seq {
            let first = archived.head.seq + 1;
            return Err(AuditError::Range { first, last: first, asked: through });
        }
        let second_from = begin(connection)?.second_from;
        begin_after(connection, archived.head, second_from, at, note.clone())
    })?;
    Ok(archived)
}

/// Ends a damaged chain and begins a new one after row `anchored`, so that no number is given twice. The caller has
/// kept the evidence, and says in `note` what it was.
pub fn close_damaged(
    connection: &Connection,
    anchored: u64,
    at: &str,
    note: Value,
) -> Result<(), AuditError> {
    let end = head(connection)?;
    let seq = end.seq.max(anchored);
    begin_after(connection, AuditHead { seq, hash: end.hash }, seq + 1, at, note)
}

/// Rows after `last` are the chain now; a row at its end says so.
fn begin_after(
    connection: &Connection,
    last: AuditHead,
    second_from: u64,
    at: &str,
    note: Value,
) -> Result<(), AuditError> {
    let keep = |seq: u64, hash: Hash| {
        connection.execute(
            "INSERT OR REPLACE INTO audit_kept (seq, hash) VALUES (?1, ?2)",
            params![seq.cast_signed(), hash],
        )
    };
    for seq in Levels::needed(last.seq) {
        if let Some(hash) = hash_of(connection, seq)? {
            keep(seq, hash)?;
        }
    }
    keep(last.seq, last.hash)?;
    let mut end = head(connection)?;
    if end.seq < last.seq {
        end = last;
    }
    let payload = json!({ "after": last, "note": note }).to_string();
    append(connection, &mut end, Entry { at, kind: KIND, action: "", payload: &payload })?;
    connection.execute(
        "UPDATE audit_begin SET seq = ?1, hash = ?2, second_from = ?3, noted = ?4",
        params![last.seq.cast_signed(), last.hash, second_from.cast_signed(), end.seq.cast_signed()],
    )?;
    Ok(())
}

/// Whether a row of the chain itself says that it begins where it does. Otherwise someone cut its beginning by hand.
pub(crate) fn is_attested(connection: &Connection, begun: Begin) -> Result<bool, AuditError> {
    if begun.archived == AuditHead::EMPTY {
        return Ok(true);
    }
    let mut statement =
        connection.prepare_cached("SELECT payload FROM audit WHERE seq = ?1 AND kind = ?2")?;
    let mut rows = statement.query(params![begun.noted.cast_signed(), KIND])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let payload: Value = serde_json::from_str(&row.get::<_, String>(0)?).unwrap_or_default();
    Ok(payload.get("after") == serde_json::to_value(begun.archived).ok().as_ref())
}

/// Deletes up to `most` archived rows. Says how many there were.
pub fn sweep(connection: &Connection, most: u32) -> Result<usize, AuditError> {
    let sql = "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE seq <= (SELECT seq FROM audit_begin) LIMIT ?1)";
    Ok(connection.execute(sql, [most])?)
}

/// Hashes what is written.
struct Digesting {
    out: BufWriter<File>,
    digest: Sha256,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
