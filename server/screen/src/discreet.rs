//! Lines for a log, without the tokens that may be in them.

use std::io::{self, Write};

/// What the text of a token begins with.
const TOKEN: &str = "tgp1.";

/// Writes lines without the tokens in them: whoever reads a log must not be able to present one.
#[derive(Debug)]
pub struct Discreet<W>(W);

impl<W: Write> Discreet<W> {
    /// Lines go on to `inner`.
    pub fn new(inner: W) -> Self {
        Self(inner)
    }
}

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
