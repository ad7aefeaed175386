//! Places in a text, as the Language Server Protocol counts them.

/// A place between two characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 0.
    pub line: u32,
    /// UTF-16 units before it in its line.
    pub character: u32,
}

/// From one place to another, which is not part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Range {
    /// The first place.
    pub start: Position,
    /// The place after the last.
    pub end: Position,
}

impl Range {
    /// Whether the two share a place; touching counts.
    pub fn touches(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// A piece of a file of the library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the library's folder.
    pub path: String,
    /// Where in it.
    pub range: Range,
}

impl PartialOrd for Range {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Range {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.start, self.end).cmp(&(other.start, other.end))
    }
}

/// Puts a text where another was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where.
    pub range: Range,
    /// What stands there afterwards.
    pub text: String,
}

/// A text and where its lines begin.
pub struct Lines<'t> {
    text: &'t str,
    begins: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Looks at the line breaks of a text: `\n`, `\r\n` and `\r`, as the protocol has them.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends =
            |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        let begins =
            std::iter::once(0).chain((0..bytes.len()).filter(|at| ends(*at)).map(|at| at + 1)).collect();
        Self { text, begins }
    }

    /// How many lines there are; an empty text has one.
    pub fn count(&self) -> u32 {
        u32::try_from(self.begins.len()).unwrap_or(u32::MAX)
    }

    /// A line without its break; empty behind the last.
    pub fn line(&self, line: u32) -> &'t str {
        let from = self.begins.get(line as usize).copied().unwrap_or(self.text.len());
        let to = self.begins.get(line as usize + 1).copied().unwrap_or(self.text.len());
        self.text.get(from..to).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// The place before a byte; one inside of a character counts as before it, one behind the text as its end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte.min(self.text.len()));
        let line = self.begins.partition_point(|begin| *begin <= byte).saturating_sub(1);
        let before = self.text.get(self.begins[line]..byte).unwrap_or_default();
        Position { line: small(line), character: small(before.encode_utf16().count()) }
    }

    /// The byte a place stands before; a place behind a line's end is the end.
    pub fn byte(&self, at: Position) -> usize {
        let Some(begin) = self.begins.get(at.line as usize) else { return self.text.len() };
        let (mut units, mut bytes) = (0, *begin);
        for character in self.line(at.line).chars() {
            if units >= at.character as usize {
                break;
            }
            units += character.len_utf16();
            bytes += character.len_utf8();
        }
        bytes
    }

    /// Bytes as a range.
    pub fn range(&self, start: usize, end: usize) -> Range {
        Range { start: self.position(start), end: self.position(end) }
    }

    /// A whole line, without its break.
    pub fn whole(&self, line: u32) -> Range {
        let end = small(self.line(line).encode_utf16().count());
        Range { start: Position { line, character: 0 }, end: Position { line, character: end } }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
