//! What is made once for all projects of a user: the compiled engine.

use std::path::Path;

pub use tgp_forge::prepare::{cache_folder, is_prepared, std_sources, tool_types};
use tgp_protocol::client::Refusal;

use crate::open_error::OpenEngineError;

/// Prepares the engine, so that the first session finds it ready.
pub fn prepare(cache: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), Refusal> {
    tgp_forge::prepare::open_sandbox(cache, progress)
        .map(drop)
        .map_err(|error| OpenEngineError::from(error).refusal())
}
