//! What happens inside, for those who ask with `TGP_LOG`: to stderr only, because stdout carries answers.

use std::io::{self, IsTerminal, Write};

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
        .with_writer(|| Discreet(io::stderr()))
        .with_ansi(
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        )
        .init();
    if let Some(error) = problem {
        tracing::warn!("TGP_LOG is not a filter: {error}");
    }
}

/// What the text of a token begins with.
const TOKEN: &str = "tgp1.";

/// Writes lines without the tokens in them: whoever reads a log must not be able to present one.
struct Discreet<W>(W);

impl<W: Write> Write for Discreet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        if text.contains(TOKEN) {
            self.0.write_all(without_tokens(&text).as_bytes())?;
        } else {
            self.0.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn without_tokens(text: &str) -> String {
    let mut parts = text.split(TOKEN);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        shown.push_str("[token]");
        shown.push_str(part.trim_start_matches(is_of_token));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_loses_every_token_and_nothing_else() {
        let mut written = Vec::new();
        Discreet(&mut written).write_all(b"a \"tgp1.YWJj-_.c2ln\" b tgp1.x, c\n").unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "a \"[token]\" b [token], c\n");
    }
}
