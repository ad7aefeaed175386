//! Questions to the person at the terminal.

use std::io::{IsTerminal as _, Write as _};

use tgp_protocol::client::{ErrorCode, Refusal};

use crate::failure::Failure;

/// Asks a question that only a person can answer; anything but a clear yes is a no. Without a terminal nobody can be
/// asked, and nobody else may answer.
pub fn asks(question: &str) -> Result<bool, Failure> {
    needs_terminal(question)?;
    let mut screen = std::io::stderr().lock();
    let _ = write!(screen, "{question} [y/N] ").and_then(|()| screen.flush());
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Refusal::new(ErrorCode::FileIo, format!("the answer could not be read: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Refuses where nobody sits at a terminal.
pub fn needs_terminal(question: &str) -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    let message = format!("only a person at a terminal can answer this: {question}");
    Err(Refusal::new(ErrorCode::TerminalRequired, message).into())
}
