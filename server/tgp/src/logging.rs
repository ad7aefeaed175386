//! What happens inside, for those who ask with `TGP_LOG`: to stderr only, because stdout carries answers.

use std::io::{self, IsTerminal};

use tgp_screen::Discreet;
use tracing_subscriber::EnvFilter;

/// Starts logging. A filter nobody can read is no reason to do nothing: it is said, and the default is used.
pub(crate) fn start() {
    let wanted = std::env::var("TGP_LOG").unwrap_or_default();
    let parsed = if wanted.is_empty() { Ok(EnvFilter::new("warn")) } else { EnvFilter::try_new(&wanted) };
    let (filter, problem) = match parsed {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("warn"), Some(error)),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Discreet::new(io::stderr()))
        .with_ansi(
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        )
        .init();
    if let Some(error) = problem {
        tracing::warn!("TGP_LOG is not a filter: {error}");
    }
}
