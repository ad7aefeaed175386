//! Places, edits and names of files, between the hall and the protocol.

use tgp_engine::Engine;
use tgp_engine::authoring::{Edit, Location as Place, Position as At, Range as Span};
use tower_lsp_server::ls_types::{Location, Position, Range, TextEdit, Uri};

pub(crate) fn at(position: Position) -> At {
    At { line: position.line, character: position.character }
}

pub(crate) fn position(at: At) -> Position {
    Position::new(at.line, at.character)
}

pub(crate) fn range(span: Span) -> Range {
    Range { start: position(span.start), end: position(span.end) }
}

pub(crate) fn edit(edit: &Edit) -> TextEdit {
    TextEdit { range: range(edit.range), new_text: edit.text.clone() }
}

/// The name of a file of the library.
pub(crate) fn uri(engine: &Engine, path: &str) -> Option<Uri> {
    Uri::from_file_path(engine.root().join(engine.library_folder().as_str()).join(path))
}

pub(crate) fn location(engine: &Engine, place: &Place) -> Option<Location> {
    Some(Location { uri: uri(engine, &place.path)?, range: range(place.range) })
}
