//! Where answers and messages go: answers to stdout, everything else to stderr.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::json;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::failure::Failure;
use crate::findings::put_details;
use crate::page::{Page, Style};

/// The two streams of the terminal.
pub struct Output {
    json: bool,
    answer_colour: bool,
    message_colour: bool,
    broken: Cell<bool>,
    problem: RefCell<Option<io::Error>>,
}

impl Output {
    /// The streams as they are now; colours only on a terminal.
    pub fn new(json: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            json,
            answer_colour: !unwanted && io::stdout().is_terminal(),
            message_colour: !unwanted && io::stderr().is_terminal(),
            broken: Cell::new(false),
            problem: RefCell::new(None),
        }
    }

    /// Whether the answer is wanted as JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The answer: one JSON value, or a page for a person.
    pub fn answer<T: Serialize>(&self, value: &T, human: impl FnOnce(&mut Page)) {
        if self.json {
            match serde_json::to_string_pretty(value) {
                Ok(text) => self.write(&(text + "\n")),
                Err(error) => *self.problem.borrow_mut() = Some(error.into()),
            }
            return;
        }
        let mut page = Page::new(self.answer_colour);
        human(&mut page);
        self.write(&page.into_text());
    }

    /// An answer that is a text of its own (a tool's result, completions): byte for byte into a file or pipe,
    /// harmless on a terminal.
    pub fn text(&self, text: &str) {
        if io::stdout().is_terminal() {
            let mut page = Page::new(false);
            page.plain(text);
            self.write(&page.into_text());
        } else {
            self.write(text);
        }
    }

    /// Part of an answer that is shown while it comes about; with JSON the whole comes at the end.
    pub fn show(&self, human: impl FnOnce(&mut Page)) {
        if !self.json {
            let mut page = Page::new(self.answer_colour);
            human(&mut page);
            self.write(&page.into_text());
        }
    }

    /// Says what takes so long.
    pub fn progress(&self, text: &str) {
        self.message(|page| page.put(Style::Dim, text).end());
    }

    /// A message beside the answer.
    pub fn message(&self, human: impl FnOnce(&mut Page)) {
        let mut page = Page::new(self.message_colour);
        human(&mut page);
        // Nobody listens on stderr: there is nobody to tell that either.
        let _ = io::stderr().lock().write_all(page.into_text().as_bytes());
    }

    /// What went wrong: `error: ...` and `hint: ...`, or `{"error": {...}}`.
    pub fn failed(&self, failure: &Failure) {
        let refusal = match failure {
            Failure::Said | Failure::SaidWith(_) | Failure::Ended(_) => return,
            Failure::Refused(refusal) => refusal.as_ref().clone(),
            Failure::Usage { message, hint } => {
                Refusal { hint: hint.clone(), ..Refusal::new(ErrorCode::ArgumentsInvalid, message.clone()) }
            }
            Failure::Output(error) => {
                Refusal::new(ErrorCode::FileIo, format!("the answer could not be written: {error}"))
            }
            Failure::Bug(message) => Refusal::new(ErrorCode::Internal, format!("a bug in tgp: {message}"))
                .with_hint("Run it again with `TGP_LOG=debug`, and please report what it says."),
        };
        if self.json {
            self.answer(&json!({ "error": refusal }), |_| {});
            return;
        }
        self.message(|page| put_refusal(page, &refusal));
    }

    /// What writing came to; a reader that went away is no problem of ours.
    pub fn finish(&self) -> Result<(), Failure> {
        self.problem.take().map_or(Ok(()), |error| Err(Failure::Output(error)))
    }

    fn write(&self, text: &str) {
        if self.broken.get() {
            return;
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.broken.set(true),
            Err(error) => *self.problem.borrow_mut() = Some(error),
        }
    }
}

fn put_refusal(page: &mut Page, refusal: &Refusal) {
    page.put(Style::Bad, "error").plain(": ").plain(&begin_small(&refusal.message));
    page.put(Style::Dim, &format!(" ({})", refusal.code.as_str())).end();
    put_details(page, refusal);
    if let Some(hint) = hint(refusal) {
        page.put(Style::Accent, "hint").plain(": ").plain(hint).end();
    }
}

/// What to do, in the words of the terminal where the general hint speaks to an agent.
fn hint(refusal: &Refusal) -> Option<&str> {
    let hint = refusal.hint.as_deref()?;
    if hint != refusal.code.hint() {
        return Some(hint);
    }
    Some(match refusal.code {
        ErrorCode::ToolNotFound => "`tgp tool list` shows what is there, `tgp tool find` looks for it",
        ErrorCode::ToolArguments => "`tgp tool show` lists the arguments of a tool",
        ErrorCode::ToolNotValid | ErrorCode::LintError => "`tgp tool check` names what has to be mended",
        ErrorCode::ToolThrew => "mend the tool, then `tgp tool check` it and run it again",
        ErrorCode::ConfigInvalid => "mend the place that is named, then run `tgp doctor`",
        _ => hint,
    })
}

/// The message with a small first letter, unless it begins with a name such as `SQLite`.
fn begin_small(message: &str) -> String {
    let mut letters = message.chars();
    let (first, second) = (letters.next(), letters.next());
    let word = message.split(' ').next().unwrap_or_default();
    let ordinary = second.is_some_and(char::is_lowercase) && !word.chars().skip(1).any(char::is_uppercase);
    match first {
        Some(first) if first.is_uppercase() && (ordinary || second == Some(' ')) && !word.ends_with(':') => {
            first.to_lowercase().chain(message.chars().skip(1)).collect()
        }
        _ => message.to_owned(),
    }
}
