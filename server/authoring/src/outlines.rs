//! The symbols of a document and of the library, and what can be folded.

use serde_json::Value;
use tgp_outline::{SymbolKind, outline};

use crate::document::DocumentKind;
use crate::names::default_export;
use crate::place::{Lines, Location, Range};
use crate::tools::Tools;

/// Most tools that one search of the workspace gives.
const MOST_TOOLS: usize = 200;

/// A symbol of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// Its name.
    pub name: String,
    /// More about it.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub range: Range,
    /// Its name's place.
    pub chosen: Range,
    /// What lies in it.
    pub children: Vec<Outlined>,
}

/// Lines that can be folded into their first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// The line that stays, from 0.
    pub first: u32,
    /// The last line that goes.
    pub last: u32,
}

/// The symbols of a document: a tool with its arguments, the rules of a rule file. What TypeScript declares is for its
/// own server to say.
pub fn document_symbols(kind: DocumentKind, path: &str, text: &str, tools: &dyn Tools) -> Vec<Outlined> {
    match kind {
        DocumentKind::Tool => tool_symbol(path, text, tools).into_iter().collect(),
        DocumentKind::Policy | DocumentKind::Scope => rule_symbols(text),
        DocumentKind::Config => Vec::new(),
    }
}

fn tool_symbol(path: &str, text: &str, tools: &dyn Tools) -> Option<Outlined> {
    let report = tools.check(path, text);
    let schema = report.schema?;
    let chosen = default_export(text);
    let properties = schema.get("properties").and_then(Value::as_object);
    let argument = |(name, property): (&String, &Value)| Outlined {
        name: name.clone(),
        detail: crate::hover::type_of(property),
        kind: SymbolKind::Field,
        range: chosen,
        chosen,
        children: Vec::new(),
    };
    let lines = Lines::new(text);
    Some(Outlined {
        name: tools.shown(path),
        detail: report.description,
        kind: SymbolKind::Function,
        range: Range { start: chosen.start, end: lines.position(text.len()) },
        chosen,
        children: properties.map(|all| all.iter().map(argument).collect()).unwrap_or_default(),
    })
}

/// The keys of a rule file; an entry of a list of rules goes by its id.
fn rule_symbols(text: &str) -> Vec<Outlined> {
    let lines = Lines::new(text);
    let mut symbols: Vec<Outlined> = top_keys(text, &lines);
    let rules = crate::yaml::rules(text);
    for rule in rules {
        let range = Range { start: lines.whole(rule.first).start, end: lines.whole(rule.last).end };
        let symbol = Outlined {
            name: rule.id,
            detail: rule.effect,
            kind: SymbolKind::Type,
            range,
            chosen: lines.whole(rule.first),
            children: Vec::new(),
        };
        let parent =
            symbols.iter_mut().find(|key| key.range.start <= range.start && range.end <= key.range.end);
        match parent {
            Some(parent) => parent.children.push(symbol),
            None => symbols.push(symbol),
        }
    }
    symbols
}

fn top_keys(text: &str, lines: &Lines<'_>) -> Vec<Outlined> {
    let Ok(read) = outline("rules.yaml", text.as_bytes()) else { return Vec::new() };
    let top = read.symbols.into_iter().filter(|symbol| symbol.parent.is_none());
    top.map(|symbol| {
        let range = lines.range(symbol.bytes.start, symbol.bytes.end);
        let chosen = Range { start: range.start, end: range.end.min(lines.whole(range.start.line).end) };
        Outlined {
            name: symbol.name,
            detail: String::new(),
            kind: symbol.kind,
            range,
            chosen,
            children: Vec::new(),
        }
    })
    .collect()
}

/// What can be folded: each rule of a rule file.
pub fn folds(kind: DocumentKind, text: &str) -> Vec<Fold> {
    if !matches!(kind, DocumentKind::Policy | DocumentKind::Scope) {
        return Vec::new();
    }
    let rules = crate::yaml::rules(text).into_iter().filter(|rule| rule.last > rule.first);
    rules.map(|rule| Fold { first: rule.first, last: rule.last }).collect()
}

/// Tools whose path has all of the query's letters in their order, the nearest first.
pub fn workspace_symbols(query: &str, tools: &dyn Tools) -> Vec<(String, Location)> {
    let wanted: Vec<char> = query.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let mut found: Vec<(usize, String)> = tools
        .paths()
        .into_iter()
        .filter_map(|path| Some((spread(&path.to_lowercase(), &wanted)?, path)))
        .collect();
    found.sort();
    found.truncate(MOST_TOOLS);
    let symbol = |(_, path): (usize, String)| {
        let range = tools.tool(&path).map(|text| default_export(&text)).unwrap_or_default();
        (tools.shown(&path), Location { path, range })
    };
    found.into_iter().map(symbol).collect()
}

/// Over how many letters the wanted ones are spread; none where they do not stand there in their order.
fn spread(text: &str, wanted: &[char]) -> Option<usize> {
    let mut letters = text.char_indices();
    let mut ends = None;
    for letter in wanted {
        let (at, _) = letters.find(|(_, other)| other == letter)?;
        ends = Some(match ends {
            None => (at, at),
            Some((first, _)) => (first, at),
        });
    }
    Some(ends.map_or(0, |(first, last)| last - first))
}
