//! Which run of the machine this is, so that a power loss is told from the death of a process.

use tgp_model::SessionId;

/// Name of this process's lock: the session, and the machine's present run where the system tells it.
pub(crate) fn lock_name(session: SessionId) -> String {
    let boot: String = boot_id().chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{session}-{boot}")
}

/// The part of a lock's name that says in which run of the machine it was taken.
pub(crate) fn boot_of(lock: &str) -> &str {
    lock.split_once('-').map_or("", |(_, boot)| boot)
}

#[cfg(target_os = "linux")]
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// Elsewhere a power loss is not told from the death of a process: Git's own caution has to do.
#[cfg(not(target_os = "linux"))]
fn boot_id() -> String {
    String::new()
}
