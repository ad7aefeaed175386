//! What a tool does, where it is named.

use std::fmt::Write as _;

use serde_json::Value;

use crate::names::{default_export, mention_at};
use crate::place::{Position, Range};
use crate::tools::{LastRun, Tools};

/// A text over a piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub range: Range,
    /// Markdown.
    pub text: String,
}

/// What to say of the tool that is named at a place, or of the document's own at its default export.
pub fn hover(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Option<Hover> {
    if let Some((range, tool)) = mention_at(path, text, at, tools) {
        return Some(Hover { range, text: about(&tool, tools) });
    }
    let range = default_export(text);
    let here = Range { start: at, end: at };
    (range != Range::default() && range.touches(&here))
        .then(|| Hover { range, text: about_text(path, text, tools) })
}

/// A tool in a few lines: what it does, its arguments, how it ran.
pub(crate) fn about(tool: &str, tools: &dyn Tools) -> String {
    let known = tools.describe(tool).unwrap_or_default();
    written(tool, &known.description, &known.schema, tools)
}

/// The same for a text that may not be saved yet.
fn about_text(tool: &str, text: &str, tools: &dyn Tools) -> String {
    let report = tools.check(tool, text);
    written(tool, &report.description, &report.schema.unwrap_or_default(), tools)
}

fn written(tool: &str, description: &str, schema: &Value, tools: &dyn Tools) -> String {
    let mut text = format!("**{}**\n", as_code(&tools.shown(tool)));
    if !description.is_empty() {
        let _ = write!(text, "\n{}\n", as_text(description));
    }
    arguments(schema, &mut text);
    let _ = write!(text, "\n{}", ran(&tools.last_run(tool)));
    text
}

fn arguments(schema: &Value, text: &mut String) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())
    else {
        return;
    };
    let required = |name: &str| {
        let list = schema.get("required").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(name)))
    };
    text.push('\n');
    for (name, property) in properties {
        let optional = if required(name) { "" } else { "?" };
        let _ = write!(text, "- {}", as_code(&format!("{name}{optional}: {}", type_of(property))));
        if let Some(about) = property.get("description").and_then(Value::as_str) {
            let _ = write!(text, " {}", as_text(about));
        }
        text.push('\n');
    }
}

/// What somebody else wrote, as Markdown that shows it letter by letter: an agent's tool puts no link, image, heading
/// or HTML of its own into a person's editor.
fn as_text(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let line = one_line(written);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // An editor may make a link of an address that stands there bare.
            ':' => text.push_str("&#58;"),
            '@' => text.push_str("&#64;"),
            '.' if letters.peek().is_some_and(|next| !next.is_whitespace()) => text.push_str("\\."),
            _ => {
                if letter.is_ascii_punctuation() && !"'\",.;?/%".contains(letter) {
                    text.push('\\');
                }
                text.push(letter);
            }
        }
    }
    text
}

/// The same as code. A backtick would end it, so it is another letter that looks alike.
fn as_code(written: &str) -> String {
    format!("`{}`", one_line(written).replace('`', "\u{2cb}"))
}

/// Without line breaks and other letters that steer: a new line could begin a heading or a list.
fn one_line(written: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    written.split(steers).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A type in a word, as TypeScript writes it.
pub(crate) fn type_of(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => "number".to_owned(),
        Some("array") => {
            let item = schema.get("items").map_or_else(|| "unknown".to_owned(), type_of);
            if item.contains(' ') { format!("({item})[]") } else { format!("{item}[]") }
        }
        Some(name) => name.to_owned(),
        None => "unknown".to_owned(),
    }
}

/// How a tool ran, in a sentence.
pub(crate) fn ran(run: &LastRun) -> String {
    if run.runs == 0 {
        return "It has not run on this machine.".to_owned();
    }
    let mut text = format!("{} {}", run.runs, if run.runs == 1 { "run" } else { "runs" });
    if run.failures > 0 {
        let _ = write!(text, ", {} failed", run.failures);
    }
    if let Some(at) = &run.at {
        let _ = write!(text, "; the last at {}", at.get(..16).unwrap_or(at).replace('T', " "));
    }
    if let Some(cost) = cost(run) {
        let _ = write!(text, " took {cost}");
    }
    if let Some(code) = &run.error_code {
        let _ = write!(text, " and ended with `{code}`");
    }
    text.push('.');
    text
}

/// Time and fuel of the last run.
pub(crate) fn cost(run: &LastRun) -> Option<String> {
    let time =
        run.duration_ms.map(|ms| if ms < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") });
    let fuel = run.fuel.map(|fuel| format!("{} fuel", grouped(fuel)));
    match (time, fuel) {
        (Some(time), Some(fuel)) => Some(format!("{time}, {fuel}")),
        (one, other) => one.or(other),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = digits.get(..first).unwrap_or_default().to_owned();
    for group in digits.as_bytes()[first..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&String::from_utf8_lossy(group));
    }
    text
}
