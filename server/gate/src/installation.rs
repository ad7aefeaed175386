//! The number of this installation, in commit trailers.

use std::path::Path;

use crate::clock::{Clock, new_session_id};

/// The number of this installation, made once a user; it goes into commit trailers, so that a pulled commit is never
/// taken for one's own.
pub fn installation(cache: &Path, clock: &dyn Clock) -> String {
    let path = cache.join("installation");
    if let Ok(text) = std::fs::read_to_string(&path)
        && text.trim().len() == 26
    {
        return text.trim().to_owned();
    }
    let made = new_session_id(clock).to_string();
    let written = std::fs::create_dir_all(cache).and_then(|()| std::fs::write(&path, &made));
    if let Err(error) = written {
        tracing::warn!(%error, "the number of this installation could not be kept");
    }
    made
}
