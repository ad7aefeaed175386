//! `cargo xtask docs`: writes the documents that are generated from the code.

use crate::run::{Failure, cargo, openly};

/// True when all of them were written. The tests that guard them write instead of comparing.
pub(crate) fn docs() -> Result<bool, Failure> {
    let generated = openly(
        cargo(&["test", "--release", "--workspace", "--quiet", "--", "documents::"]).env("UPDATE_DOCS", "1"),
    )?;
    Ok(generated)
}
