//! Hears of every row before it changes: `SQLite`'s preupdate hook, which its session extension is built on.
#![allow(
    unsafe_code,
    reason = "the hook is only offered as a C function; the safe wrapper of it needs a C parser at build time"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ffi};

use crate::capture::Capture;
use tgp_changeset::Stored;

/// What is about to happen to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Insert,
    Update,
    Delete,
}

/// One row that is about to change. Lives only during the call of the hook.
pub(crate) struct Event<'a> {
    database: *mut ffi::sqlite3,
    pub(crate) operation: Operation,
    pub(crate) table: &'a str,
    /// The rowid before (of an insert: the new one); 0 for a table without rowids.
    pub(crate) old_rowid: i64,
    /// The rowid after; 0 for a table without rowids.
    pub(crate) new_rowid: i64,
}

type Read = unsafe extern "C" fn(*mut ffi::sqlite3, c_int, *mut *mut ffi::sqlite3_value) -> c_int;

impl Event<'_> {
    /// The value a column has before; none for an insert, and where memory runs out.
    pub(crate) fn before(&self, column: i32) -> Option<Stored> {
        self.read(ffi::sqlite3_preupdate_old, column)
    }

    /// The value a column will have; none for a delete, and where memory runs out.
    pub(crate) fn after(&self, column: i32) -> Option<Stored> {
        self.read(ffi::sqlite3_preupdate_new, column)
    }

    fn read(&self, read: Read, column: i32) -> Option<Stored> {
        let mut value: *mut ffi::sqlite3_value = std::ptr::null_mut();
        // SAFETY: an `Event` exists only while the hook runs, so the connection is inside a preupdate call; a wrong
        // column or operation is answered with an error code and no value.
        let code = unsafe { read(self.database, column, &raw mut value) };
        if code != ffi::SQLITE_OK || value.is_null() {
            return None;
        }
        // SAFETY: the value is SQLite's, valid until the hook returns; it is copied before that. The length is asked
        // after the pointer, as SQLite demands.
        unsafe {
            Some(match ffi::sqlite3_value_type(value) {
                ffi::SQLITE_INTEGER => Stored::Integer(ffi::sqlite3_value_int64(value)),
                ffi::SQLITE_FLOAT => Stored::Real(ffi::sqlite3_value_double(value).to_bits()),
                ffi::SQLITE_TEXT => {
                    let text = ffi::sqlite3_value_text(value);
                    Stored::Text(copied(text.cast(), ffi::sqlite3_value_bytes(value))?)
                }
                ffi::SQLITE_BLOB => {
                    let blob = ffi::sqlite3_value_blob(value);
                    Stored::Blob(copied(blob.cast(), ffi::sqlite3_value_bytes(value))?)
                }
                _ => Stored::Null,
            })
        }
    }
}

/// SAFETY: `bytes` is null or points to at least `length` bytes.
unsafe fn copied(bytes: *const u8, length: c_int) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok()?;
    if length == 0 {
        return Some(Vec::new());
    }
    if bytes.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    Some(unsafe { std::slice::from_raw_parts(bytes, length) }.to_owned())
}

/// Tells `capture` of every change on this connection. The connection must be closed before `capture` is let go.
///
/// It has to be there before the first statement is prepared: a `DELETE` without a condition that was prepared before
/// drops the whole b-tree and tells nobody.
pub(crate) fn listen(connection: &Connection, capture: &Arc<Mutex<Capture>>) {
    let context: *mut c_void = Arc::as_ptr(capture).cast_mut().cast();
    // SAFETY: the session that owns the connection also owns an `Arc` of the capture, in a field that is dropped after
    // the connection, so the context outlives every call of the hook. Nobody else sets this hook.
    unsafe {
        ffi::sqlite3_preupdate_hook(connection.handle(), Some(before_change), context);
    }
}

unsafe extern "C" fn before_change(
    context: *mut c_void,
    database: *mut ffi::sqlite3,
    operation: c_int,
    _schema: *const c_char,
    table: *const c_char,
    old_rowid: i64,
    new_rowid: i64,
) {
    let operation = match operation {
        ffi::SQLITE_INSERT => Operation::Insert,
        ffi::SQLITE_UPDATE => Operation::Update,
        _ => Operation::Delete,
    };
    // SAFETY: `listen` gave this pointer and keeps what it points to alive.
    let capture = unsafe { &*context.cast_const().cast::<Mutex<Capture>>() };
    // SAFETY: SQLite gives the table's name, ended by a NUL, for as long as the call lasts.
    let table = unsafe { CStr::from_ptr(table) };
    // A panic must not cross into C.
    let heard = catch_unwind(AssertUnwindSafe(|| {
        let mut capture = capture.lock().unwrap_or_else(PoisonError::into_inner);
        match table.to_str() {
            Ok(table) => capture.hear(&Event { database, operation, table, old_rowid, new_rowid }),
            Err(_) => capture.lose(),
        }
    }));
    if heard.is_err() {
        capture.lock().unwrap_or_else(PoisonError::into_inner).lose();
    }
}
