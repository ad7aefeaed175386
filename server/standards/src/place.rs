//! Byte offsets of a source as line and column, and the code frame around a place.

use std::fmt::Write as _;

/// Lines shown before and after the one that is meant.
const AROUND: usize = 2;
/// Longest piece of a line that is shown; a minified line would fill a screen.
const WIDEST: usize = 160;

/// The lines of one source.
pub struct Places<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Places<'s> {
    /// Finds the lines of a source.
    pub fn new(source: &'s str) -> Self {
        let mut starts = vec![0];
        starts.extend(source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        Self { source, starts }
    }

    /// Line and column of a byte, both from 1, the column in UTF-16 units.
    pub fn at(&self, byte: u32) -> (u32, u32) {
        let byte = self.boundary(byte);
        let line = self.line_of(byte);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let units = self.source.get(start..byte).map_or(0, |text| text.encode_utf16().count());
        (count(line + 1), count(units + 1))
    }

    /// The lines around `start..end` with numbers, and a marker under the first of them.
    pub fn frame(&self, start: u32, end: u32) -> String {
        let (start, end) = (self.boundary(start), self.boundary(end.max(start)));
        let line = self.line_of(start);
        let first = line.saturating_sub(AROUND);
        let last = (line + AROUND).min(self.starts.len() - 1);
        let width = (last + 1).to_string().len();
        let mut frame = String::new();
        for number in first..=last {
            let text = self.line(number);
            let begin = self.starts.get(number).copied().unwrap_or(0);
            let from = if number == line { window(text, start - begin) } else { 0 };
            let mark = if number == line { '>' } else { ' ' };
            let _ = writeln!(frame, "{mark} {:>width$} | {}", number + 1, cut(text, from));
            if number == line {
                let shown = text.get(from..start - begin).unwrap_or("");
                let pad: String = shown.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
                let length =
                    self.source.get(start..end.min(begin + text.len())).map_or(1, |t| t.chars().count());
                let _ = writeln!(frame, "  {:>width$} | {pad}{}", "", "^".repeat(length.clamp(1, WIDEST)));
            }
        }
        frame.truncate(frame.trim_end().len());
        frame
    }

    fn line(&self, number: usize) -> &'s str {
        let start = self.starts.get(number).copied().unwrap_or(self.source.len());
        let end = self.starts.get(number + 1).copied().unwrap_or(self.source.len());
        self.source.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// The character boundary at or before a byte, so that a span of a parser can never make slicing fail.
    fn boundary(&self, byte: u32) -> usize {
        let mut byte = (byte as usize).min(self.source.len());
        while !self.source.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }
}

/// Where the shown part of a long line begins, so that the marked place is in it.
fn window(text: &str, at: usize) -> usize {
    if text.len() <= WIDEST || at < WIDEST / 2 {
        return 0;
    }
    let mut from = at - WIDEST / 2;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    from
}

fn cut(text: &str, from: usize) -> String {
    text.get(from..).unwrap_or("").chars().take(WIDEST).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
