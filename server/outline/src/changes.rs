//! Which symbols two versions of a file change.

use std::collections::HashMap;
use std::fmt;

use crate::outline::{OutlineError, outline};
use crate::symbol::{Symbol, SymbolKind};

/// What happened to a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// What it says changed.
    Changed,
    /// It has another name and says the same.
    Renamed {
        /// Its old name.
        from: String,
    },
}

/// A symbol that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolChange {
    /// What happened.
    pub change: ChangeKind,
    /// What it is.
    pub kind: SymbolKind,
    /// Its name with those around it, as in `Server.start`.
    pub name: String,
    /// Its lines before, first and last; none for a new one.
    pub before: Option<(usize, usize)>,
    /// Its lines now; none for one that is gone.
    pub after: Option<(usize, usize)>,
}

impl fmt::Display for SymbolChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` ", self.kind, self.name)?;
        match &self.change {
            ChangeKind::Added => f.write_str("added"),
            ChangeKind::Removed => f.write_str("removed"),
            ChangeKind::Changed => f.write_str("changed"),
            ChangeKind::Renamed { from } => write!(f, "renamed from `{from}`"),
        }
    }
}

/// A symbol with what tells it from others and what it says itself.
struct Known<'a> {
    symbol: &'a Symbol,
    name: String,
    /// Which of several of one name and kind.
    again: usize,
    /// Its text without the symbols in it and without its own name.
    says: Vec<u8>,
}

/// What changed from one version of a file to another, in the order of the new one; what is gone stands at the end. A
/// symbol that holds others counts as changed only where its own text changed.
pub fn changes(name: &str, old: &[u8], new: &[u8]) -> Result<Vec<SymbolChange>, OutlineError> {
    let (before, after) = (outline(name, old)?, outline(name, new)?);
    let (before, after) = (known(&before.symbols, old), known(&after.symbols, new));
    let key = |known: &Known<'_>| (known.symbol.kind, known.name.clone(), known.again);
    let olds: HashMap<_, &Known<'_>> = before.iter().map(|known| (key(known), known)).collect();
    let news: HashMap<_, &Known<'_>> = after.iter().map(|known| (key(known), known)).collect();
    let mut gone: Vec<&Known<'_>> = before.iter().filter(|known| !news.contains_key(&key(known))).collect();
    let mut found = Vec::new();
    for known in &after {
        let change = match olds.get(&key(known)) {
            Some(old) if old.says == known.says => continue,
            Some(old) => (ChangeKind::Changed, Some(lines(old.symbol))),
            None => {
                let same = gone.iter().position(|old| {
                    old.symbol.kind == known.symbol.kind && old.says == known.says && !old.says.is_empty()
                });
                match same {
                    Some(at) => {
                        let old = gone.remove(at);
                        (ChangeKind::Renamed { from: old.name.clone() }, Some(lines(old.symbol)))
                    }
                    None => (ChangeKind::Added, None),
                }
            }
        };
        let (change, before) = change;
        let after = Some(lines(known.symbol));
        found.push(SymbolChange { change, kind: known.symbol.kind, name: known.name.clone(), before, after });
    }
    found.extend(gone.into_iter().map(|known| SymbolChange {
        change: ChangeKind::Removed,
        kind: known.symbol.kind,
        name: known.name.clone(),
        before: Some(lines(known.symbol)),
        after: None,
    }));
    Ok(found)
}

fn lines(symbol: &Symbol) -> (usize, usize) {
    (symbol.first_line, symbol.last_line)
}

fn known<'a>(symbols: &'a [Symbol], content: &[u8]) -> Vec<Known<'a>> {
    let mut inner: Vec<Vec<std::ops::Range<usize>>> = vec![Vec::new(); symbols.len()];
    for symbol in symbols {
        if let Some(ranges) = symbol.parent.and_then(|parent| inner.get_mut(parent)) {
            ranges.push(symbol.bytes.clone());
        }
    }
    let mut names: Vec<String> = Vec::with_capacity(symbols.len());
    let mut times: HashMap<(SymbolKind, String), usize> = HashMap::new();
    let mut found = Vec::with_capacity(symbols.len());
    for (symbol, inner) in symbols.iter().zip(inner) {
        let name = match symbol.parent.and_then(|parent| names.get(parent)) {
            Some(parent) => format!("{parent}.{}", symbol.name),
            None => symbol.name.clone(),
        };
        names.push(name.clone());
        let time = times.entry((symbol.kind, name.clone())).or_default();
        let again = *time;
        *time += 1;
        found.push(Known { symbol, name, again, says: says(symbol, &inner, content) });
    }
    found
}

/// What a symbol says itself.
fn says(symbol: &Symbol, inner: &[std::ops::Range<usize>], content: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = symbol.bytes.start;
    for range in inner {
        text.extend_from_slice(content.get(at..range.start).unwrap_or_default().trim_ascii());
        at = at.max(range.end);
    }
    text.extend_from_slice(content.get(at..symbol.bytes.end).unwrap_or_default().trim_ascii());
    // The first place of the name is where it is declared.
    let name = symbol.name.as_bytes();
    let place = text.windows(name.len().max(1)).position(|window| window == name);
    if let Some(place) = place.filter(|_| !name.is_empty()) {
        text.drain(place..place + name.len());
    }
    text
}
