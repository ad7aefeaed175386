//! A file system that fails at the call it is told: `SQLite`'s own, with its writes, syncs and truncations counted.
#![allow(unsafe_code, reason = "SQLite takes a file system only as C functions")]

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use rusqlite::ffi::{
    SQLITE_FULL, SQLITE_OK, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

/// What happens at the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process dies before it.
    Die,
    /// The process dies when half of it is written.
    DieTorn,
    /// The disk is full, and stays so.
    Full,
}

static FAULT: AtomicU8 = AtomicU8::new(0);
/// Calls until it happens; 0 is never.
static LEFT: AtomicU32 = AtomicU32::new(0);

/// From now on, the `nth` call fails.
pub(crate) fn fail(fault: Fault, nth: u32) {
    FAULT.store(fault as u8, Ordering::SeqCst);
    LEFT.store(nth, Ordering::SeqCst);
}

/// The disk works again.
pub(crate) fn heal() {
    LEFT.store(0, Ordering::SeqCst);
}

type Write = unsafe extern "C" fn(*mut sqlite3_file, *const c_void, c_int, sqlite3_int64) -> c_int;
type Sync = unsafe extern "C" fn(*mut sqlite3_file, c_int) -> c_int;
type Truncate = unsafe extern "C" fn(*mut sqlite3_file, sqlite3_int64) -> c_int;
type Open = unsafe extern "C" fn(
    *mut sqlite3_vfs,
    *const std::ffi::c_char,
    *mut sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;

static WRITE: OnceLock<Write> = OnceLock::new();
static SYNC: OnceLock<Sync> = OnceLock::new();
static TRUNCATE: OnceLock<Truncate> = OnceLock::new();
static OPEN: OnceLock<Open> = OnceLock::new();
/// Method tables of the real file system, and ours made of them.
static TABLES: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Makes it the file system of this process. Call before the first database is opened.
pub(crate) fn install() {
    // SAFETY: the default file system lives as long as the process, and the copy is leaked; `pAppData` of the copy
    // points to the same static data, which is what its functions expect.
    unsafe {
        let usual = sqlite3_vfs_find(std::ptr::null());
        assert!(!usual.is_null());
        let ours = Box::leak(Box::new(*usual));
        OPEN.get_or_init(|| (*usual).xOpen.unwrap());
        ours.zName = c"failing".as_ptr();
        ours.xOpen = Some(open);
        assert_eq!(sqlite3_vfs_register(ours, 1), SQLITE_OK);
    }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const std::ffi::c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: the arguments are passed on as they came; after a successful open `pMethods` is a valid table.
    unsafe {
        let code = OPEN.get().unwrap()(vfs, name, file, flags, out);
        if code == SQLITE_OK && !(*file).pMethods.is_null() {
            (*file).pMethods = counted((*file).pMethods);
        }
        code
    }
}

/// Our copy of a table of methods.
unsafe fn counted(methods: *const sqlite3_io_methods) -> *const sqlite3_io_methods {
    let mut tables = TABLES.lock().unwrap();
    if let Some((_, ours)) = tables.iter().find(|(theirs, _)| *theirs == methods as usize) {
        return *ours as *const sqlite3_io_methods;
    }
    // SAFETY: the table is valid (see `open`), and all tables of the real file system share these three functions.
    let mut copy = unsafe { *methods };
    WRITE.get_or_init(|| copy.xWrite.unwrap());
    SYNC.get_or_init(|| copy.xSync.unwrap());
    TRUNCATE.get_or_init(|| copy.xTruncate.unwrap());
    copy.xWrite = Some(write);
    copy.xSync = Some(sync);
    copy.xTruncate = Some(truncate);
    let ours: *const sqlite3_io_methods = Box::leak(Box::new(copy));
    tables.push((methods as usize, ours as usize));
    ours
}

/// Whether this call fails, and how.
fn fault() -> Option<Fault> {
    let is_full = || FAULT.load(Ordering::SeqCst) == Fault::Full as u8;
    // A full disk stays full: the count stops at one.
    let next = |left| if left == 1 && is_full() { Some(1) } else { u32::checked_sub(left, 1) };
    match LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) {
        Ok(1) if is_full() => Some(Fault::Full),
        Ok(1) if FAULT.load(Ordering::SeqCst) == Fault::DieTorn as u8 => Some(Fault::DieTorn),
        Ok(1) => Some(Fault::Die),
        _ => None,
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    let real = *WRITE.get().unwrap();
    // SAFETY: the arguments are passed on as they came; half of the bytes are as valid as all of them.
    unsafe {
        match fault() {
            None => real(file, bytes, amount, offset),
            Some(Fault::Full) => SQLITE_FULL,
            Some(Fault::Die) => std::process::abort(),
            Some(Fault::DieTorn) => {
                real(file, bytes, amount / 2, offset);
                std::process::abort()
            }
        }
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let real = *SYNC.get().unwrap();
    match fault() {
        Some(Fault::Die | Fault::DieTorn) => std::process::abort(),
        // SAFETY: the arguments are passed on as they came. A full disk is no reason for a sync to fail.
        None | Some(Fault::Full) => unsafe { real(file, flags) },
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let real = *TRUNCATE.get().unwrap();
    match fault() {
        Some(Fault::Die | Fault::DieTorn) => std::process::abort(),
        // SAFETY: the arguments are passed on as they came. Making a file shorter needs no room.
        None | Some(Fault::Full) => unsafe { real(file, size) },
    }
}
