//! What is text and not code: strings, templates, regular expressions, comments.

use tgp_standards::Finding;

use super::DEEPEST;
use super::tokens::{Before, Bracket, Shape, Tokens, is_line_end, is_word, span, unterminated};

impl Tokens<'_> {
    /// Reads template text up to its end or the next `${`.
    pub(super) fn template(&mut self, start: usize) -> Result<Shape, Finding> {
        loop {
            match self.bytes.get(self.at) {
                None => return Err(unterminated("template", start)),
                Some(b'\\') => self.at += 2,
                Some(b'`') => {
                    self.at += 1;
                    self.settle(Before::Operand, true);
                    return Ok(Shape::Other);
                }
                Some(b'$') if self.peek(1) == b'{' => {
                    self.at += 2;
                    self.brackets.push(Bracket::Template);
                    self.settle(Before::Operator, false);
                    return Ok(Shape::Open);
                }
                Some(_) => self.at += 1,
            }
        }
    }

    pub(super) fn string(&mut self, quote: u8) -> Result<Shape, Finding> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None | Some(b'\n' | b'\r') => return Err(unterminated("string", start)),
                Some(b'\\') if self.peek(1) == b'\r' && self.peek(2) == b'\n' => self.at += 3,
                Some(b'\\') => self.at += 2,
                Some(byte) if *byte == quote => break,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        self.settle(Before::Operand, true);
        Ok(Shape::Other)
    }

    pub(super) fn regex(&mut self) -> Result<Shape, Finding> {
        let start = self.at;
        let (mut class, mut depth) = (false, 0_usize);
        self.at += 1;
        loop {
            if self.at_line_end() {
                return Err(unterminated("regular expression", start));
            }
            match self.bytes.get(self.at) {
                Some(b'\\')
                    if self.source.get(self.at + 1..).is_some_and(|rest| !rest.starts_with(is_line_end)) =>
                {
                    self.at += 1;
                }
                Some(b'[') => (class, depth) = (true, depth + 1),
                Some(b'(') => depth += 1,
                Some(b']') => class = false,
                Some(b'/') if !class => break,
                _ => {}
            }
            if depth > DEEPEST {
                return Err(Finding::error(
                    "compile.too_deep",
                    format!("a regular expression has more than {DEEPEST} groups and classes"),
                    span(start, self.at),
                ));
            }
            self.at += 1;
        }
        self.at += 1;
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        self.settle(Before::Operand, true);
        Ok(Shape::Other)
    }

    pub(super) fn skip_line(&mut self) {
        while !self.at_line_end() {
            self.at += 1;
        }
    }

    pub(super) fn skip_block(&mut self) -> Result<(), Finding> {
        let rest = self.source.get(self.at..).unwrap_or("");
        let Some(length) = rest.get(2..).and_then(|rest| rest.find("*/")) else {
            return Err(unterminated("comment", self.at));
        };
        self.newline |= rest.get(..length).is_some_and(|text| text.contains(is_line_end));
        self.at += length + 4;
        Ok(())
    }

    pub(super) fn skip_wide_space(&mut self) -> bool {
        let next = self.source.get(self.at..).and_then(|rest| rest.chars().next());
        let Some(space) = next.filter(|c| c.is_whitespace() || *c == '\u{feff}') else { return false };
        self.at += space.len_utf8();
        true
    }

    /// Whether a line ends here, or the source.
    pub(super) fn at_line_end(&self) -> bool {
        match self.bytes.get(self.at) {
            None | Some(b'\n' | b'\r') => true,
            Some(0xe2) => matches!((self.peek(1), self.peek(2)), (0x80, 0xa8 | 0xa9)),
            Some(_) => false,
        }
    }
}
