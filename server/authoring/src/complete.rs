//! What may come next: tools where one is named, what `tgp` has, fields and values of rules.

use tgp_policy::{fields_below, values_of};

use crate::document::DocumentKind;
use crate::place::{Edit, Lines, Position, Range};
use crate::rename::relative_path;
use crate::tools::{RuleSettings, Tools};
use crate::yaml;

/// Most completions at once; what is typed next makes them fewer.
const MOST: usize = 500;

/// What may be put at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// More about it, short.
    pub detail: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What it puts where.
    pub edit: Edit,
}

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A tool.
    Tool,
    /// A function of `tgp`.
    Function,
    /// A field of a rule.
    Field,
    /// A value of a field.
    Value,
}

/// What may come at a place of a document.
pub fn complete(
    kind: DocumentKind,
    path: &str,
    text: &str,
    at: Position,
    tools: &dyn Tools,
    rules: RuleSettings<'_>,
) -> Vec<Completion> {
    let lines = Lines::new(text);
    let line = lines.line(at.line);
    let begin = lines.byte(Position { line: at.line, character: 0 });
    let before = line.get(..lines.byte(at) - begin).unwrap_or(line);
    match kind {
        DocumentKind::Tool => of_tool(path, before, at, tools),
        DocumentKind::Policy | DocumentKind::Scope => of_rules(kind, &lines, before, at, rules),
        DocumentKind::Config => Vec::new(),
    }
}

/// The part of a line that is replaced, up to the place.
fn replaced(at: Position, begun: &str) -> Range {
    let units = u32::try_from(begun.encode_utf16().count()).unwrap_or(0);
    Range { start: Position { character: at.character.saturating_sub(units), ..at }, end: at }
}

fn of_tool(path: &str, before: &str, at: Position, tools: &dyn Tools) -> Vec<Completion> {
    if let Some(begun) = after(before, &["from ", "import ", "import(", "require("]) {
        return named_tools(path, begun, at, tools, &|tool| spelled(path, begun, tool));
    }
    if let Some(begun) = after(before, &["tgp.exec_tool("]) {
        return named_tools(path, begun, at, tools, &|tool| tools.shown(tool));
    }
    let word = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).next().unwrap_or("");
    match word.strip_prefix("tgp.") {
        Some(begun) if !begun.contains('.') => functions(begun, at),
        _ => Vec::new(),
    }
}

/// What is written in a string that is still open and follows one of these.
fn after<'b>(before: &'b str, openers: &[&str]) -> Option<&'b str> {
    let quote = before.rfind(['\'', '"', '`'])?;
    let (ahead, begun) = (before.get(..quote)?, before.get(quote + 1..)?);
    let opened = openers.iter().any(|opener| ahead.ends_with(opener) || ahead.ends_with(opener.trim_end()));
    opened.then_some(begun)
}

/// An import of a tool in the manner that was begun: below `/lib/`, or relative.
fn spelled(from: &str, begun: &str, tool: &str) -> String {
    if begun.starts_with('/') {
        return format!("/lib/{}", tool.split_once('/').map_or(tool, |(_, below)| below));
    }
    relative_path(from, tool, true)
}

fn named_tools(
    path: &str,
    begun: &str,
    at: Position,
    tools: &dyn Tools,
    name: &dyn Fn(&str) -> String,
) -> Vec<Completion> {
    let range = replaced(at, begun);
    let typed = begun.trim_start_matches("./");
    let fits = |label: &String| label.contains(typed) || typed.chars().all(|c| c == '.' || c == '/');
    let all = tools.paths().into_iter().filter(|tool| tool != path);
    let named = all.map(|tool| (name(&tool), tool)).filter(|(label, _)| fits(label)).take(MOST);
    named
        .map(|(label, tool)| Completion {
            detail: tools.describe(&tool).map(|known| known.description).unwrap_or_default(),
            kind: CompletionKind::Tool,
            edit: Edit { range, text: label.clone() },
            label,
        })
        .collect()
}

/// The functions of `tgp`, as the declarations that come with it have them.
fn functions(begun: &str, at: Position) -> Vec<Completion> {
    let declared = tgp_compiler::tgp_d_ts();
    let body =
        declared.split("interface Tgp {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or("");
    let signature = |line: &str| {
        let line = line.trim();
        let name = line.split(['(', ':', '<']).next().unwrap_or("").to_owned();
        let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        named.then(|| (name, line.trim_end_matches(';').to_owned()))
    };
    let all = body.lines().filter_map(signature).filter(|(name, _)| name.starts_with(begun));
    all.map(|(name, detail)| Completion {
        detail,
        kind: CompletionKind::Function,
        edit: Edit { range: replaced(at, begun), text: name.clone() },
        label: name,
    })
    .collect()
}

fn of_rules(
    kind: DocumentKind,
    lines: &Lines<'_>,
    before: &str,
    at: Position,
    rules: RuleSettings<'_>,
) -> Vec<Completion> {
    // A client may name a line far beyond the end.
    let here = at.line.min(lines.count());
    let above: Vec<&str> = (0..here).map(|line| lines.line(line)).collect();
    let below: Vec<&str> = (here + 1..lines.count()).map(|line| lines.line(line)).collect();
    let place = yaml::place(&above, before, &below);
    let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
    let in_scope = kind == DocumentKind::Scope;
    if let Some(field) = &place.value_of {
        let begun = place.begun.rsplit(['[', ',', ' ', '"', '\'']).next().unwrap_or("");
        return values(field, begun, at, in_scope, rules);
    }
    let fields = fields_below(&keys, in_scope).iter();
    let fresh = fields
        .filter(|field| field.starts_with(&place.begun) && !place.beside.iter().any(|key| key == *field));
    let field = |field: &&str| Completion {
        label: (*field).to_owned(),
        detail: String::new(),
        kind: CompletionKind::Field,
        edit: Edit { range: replaced(at, &place.begun), text: format!("{field}: ") },
    };
    fresh.map(field).collect()
}

fn values(
    field: &str,
    begun: &str,
    at: Position,
    in_scope: bool,
    rules: RuleSettings<'_>,
) -> Vec<Completion> {
    let value = |label: &str, detail: &str| Completion {
        label: label.to_owned(),
        detail: detail.to_owned(),
        kind: CompletionKind::Value,
        edit: Edit { range: replaced(at, begun), text: label.to_owned() },
    };
    if field == "capability" {
        let all = rules.registry.iter().filter(|known| known.id.starts_with(begun));
        return all.map(|known| value(&known.id, &known.side_effects.description)).collect();
    }
    let words = values_of(field, in_scope).iter().filter(|word| word.starts_with(begun));
    words.map(|word| value(word, "")).collect()
}
