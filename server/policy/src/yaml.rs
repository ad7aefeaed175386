//! YAML as a tree of values with their places; bounded before and while it is parsed.
//!
//! Anchors, aliases, tags and several documents are refused: rules have no use for them, and an alias of an alias of
//! an alias is how a small file becomes a large one.

mod read;

use std::collections::HashSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use crate::file_error::{FileProblem, Located, Place};
pub(crate) use read::Fields;

/// Longest file, in bytes.
pub(crate) const LONGEST_FILE: usize = 1 << 20;
/// Deepest nesting; a rule in a list of cases needs nine.
const DEEPEST: usize = 24;
/// Most values in one file.
const MOST_VALUES: usize = 200_000;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A scalar; `plain` where it stood without quotes.
    Scalar { text: String, plain: bool },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in its order.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Reads one document.
pub(crate) fn parse(text: &str) -> Result<Node, Located> {
    check_bounds(text)?;
    let mut builder = Builder { events: Parser::new_from_str(text), values: 0 };
    let root = loop {
        match builder.next()? {
            (Event::StreamEnd, place) => {
                break Node { place, content: Content::Scalar { text: String::new(), plain: true } };
            }
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (event, place) => break builder.node(event, place, 0)?,
        }
    };
    loop {
        match builder.next()? {
            (Event::StreamEnd, _) => return Ok(root),
            (Event::DocumentStart(_), place) => return Err(forbidden("several documents", "").at(place)),
            _ => {}
        }
    }
}

/// What can be seen without a parser: size and how deep brackets nest.
fn check_bounds(text: &str) -> Result<(), Located> {
    let start = Place { line: 1, column: 1 };
    if text.len() > LONGEST_FILE {
        return Err(FileProblem::TooMuch { most: LONGEST_FILE, what: "bytes" }.at(start));
    }
    let mut depth = 0_usize;
    for (number, line) in text.lines().enumerate() {
        for (column, c) in line.chars().enumerate() {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            // Brackets in quoted texts count as well, so the bound is generous here and exact below.
            if depth > 4 * DEEPEST {
                let place = Place { line: number + 1, column: column + 1 };
                return Err(too_deep().at(place));
            }
        }
    }
    Ok(())
}

struct Builder<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    values: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Place), Located> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, place(&span.start))),
            Some(Err(error)) => {
                let why = error.info().to_owned();
                Err(FileProblem::Syntax { why }.at(place(error.marker())))
            }
            None => Ok((Event::StreamEnd, Place { line: 1, column: 1 })),
        }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, Located> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(FileProblem::TooMuch { most: MOST_VALUES, what: "values" }.at(place));
        }
        if depth > DEEPEST {
            return Err(too_deep().at(place));
        }
        let plain_node = |anchor: usize, tagged: bool| {
            if anchor != 0 {
                return Err(forbidden("anchors (`&name`)", "; quote a text that begins with `&`").at(place));
            }
            if tagged {
                return Err(forbidden("tags (`!name`)", "; quote a text that begins with `!`").at(place));
            }
            Ok(())
        };
        let content = match event {
            Event::Scalar(text, style, anchor, tag) => {
                plain_node(anchor, tag.is_some())?;
                Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(anchor, tag) => {
                plain_node(anchor, tag.is_some())?;
                self.list(depth)?
            }
            Event::MappingStart(anchor, tag) => {
                plain_node(anchor, tag.is_some())?;
                self.map(depth)?
            }
            Event::Alias(_) => return Err(alias().at(place)),
            _ => return Err(FileProblem::Syntax { why: "a value is missing here".to_owned() }.at(place)),
        };
        Ok(Node { place, content })
    }

    fn list(&mut self, depth: usize) -> Result<Content, Located> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::List(items)),
                (event, place) => items.push(self.node(event, place, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Content, Located> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        loop {
            let (event, place) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Content::Map(entries));
            }
            let key = self.node(event, place, depth + 1)?;
            let Content::Scalar { text: name, .. } = key.content else {
                return Err(FileProblem::WrongType { expected: "a field name", found: key.kind() }.at(place));
            };
            if !known.insert(name.clone()) {
                return Err(FileProblem::DuplicateKey { key: name }.at(place));
            }
            let (event, value_place) = self.next()?;
            let value = self.node(event, value_place, depth + 1)?;
            entries.push((Key { name, place }, value));
        }
    }
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

fn too_deep() -> FileProblem {
    FileProblem::TooMuch { most: DEEPEST, what: "levels of nesting" }
}

fn forbidden(what: &'static str, hint: &'static str) -> FileProblem {
    FileProblem::Forbidden { what, hint }
}

fn alias() -> FileProblem {
    forbidden("aliases (`*name`)", "; put a glob that begins with `*` in quotes")
}
