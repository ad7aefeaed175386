//! A scan over the tokens of a source that never takes code for text.

use oxc::span::Span;

use tgp_standards::Finding;

/// What a token means for nesting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Open,
    Close,
    /// `;` or `,`.
    Separator,
    Less,
    /// `>`, `>>` or `>>>`.
    Greater(usize),
    Else,
    /// The first token of a new statement, where no expression can go on.
    Statement,
    Other,
}

pub(super) struct Token {
    pub(super) shape: Shape,
    pub(super) span: Span,
}

/// What the token before allows a `/` to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// An operand ended: `/` divides.
    Operand,
    /// An operand is wanted: `/` begins a regular expression.
    Operator,
    /// Both are possible; a `/` is refused.
    Either,
}

/// Words after which an operand follows.
const WANT_OPERAND: &[&str] = &[
    "return",
    "typeof",
    "case",
    "do",
    "else",
    "in",
    "instanceof",
    "new",
    "delete",
    "throw",
    "default",
    "extends",
    "await",
];
/// Words after which a `/` could be either.
const UNSURE: &[&str] = &[
    "void",
    "yield",
    "of",
    "break",
    "continue",
    "debugger",
    "async",
    "keyof",
    "infer",
    "is",
    "asserts",
    "unique",
    "readonly",
    "abstract",
    "declare",
    "static",
    "get",
    "set",
    "as",
    "satisfies",
];
/// Words that begin a statement and can stand nowhere inside an expression after an operand.
const BEGIN_STATEMENT: &[&str] = &[
    "const",
    "let",
    "var",
    "function",
    "class",
    "return",
    "throw",
    "if",
    "for",
    "while",
    "do",
    "switch",
    "try",
    "break",
    "continue",
    "import",
    "export",
    "case",
    "default",
    "interface",
    "enum",
    "debugger",
];
/// Words whose parentheses are followed by a statement.
const HEAD: &[&str] = &["if", "while", "for", "with"];

/// What an open bracket is, for the token after it closes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `(` of `if (...)` and its like.
    Head,
    Round,
    Square,
    Curly,
    /// `${` in a template.
    Template,
}

pub(super) struct Tokens<'s> {
    pub(super) source: &'s str,
    pub(super) bytes: &'s [u8],
    pub(super) at: usize,
    pub(super) brackets: Vec<Bracket>,
    before: Before,
    /// The word before, if the token before was a plain word (not a property name).
    word: &'s str,
    /// The word before that one: tells `for await (` from `await (`.
    word_before: &'s str,
    after_dot: bool,
    /// The statement before this token may have ended: a word on a new line begins another.
    may_end: bool,
    pub(super) newline: bool,
    /// Inside the text of a template that began at this byte.
    in_template: Option<usize>,
}

impl<'s> Tokens<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        let mut tokens = Self {
            source,
            bytes: source.as_bytes(),
            at: 0,
            brackets: Vec::new(),
            before: Before::Operator,
            word: "",
            word_before: "",
            after_dot: false,
            may_end: false,
            newline: true,
            in_template: None,
        };
        if source.starts_with("#!") {
            tokens.skip_line();
        }
        tokens
    }

    pub(super) fn next(&mut self) -> Result<Option<Token>, Finding> {
        if let Some(start) = self.in_template.take() {
            let begin = self.at;
            let shape = self.template(start)?;
            return Ok(Some(Token { shape, span: span(begin, self.at) }));
        }
        self.skip_space()?;
        let Some(&byte) = self.bytes.get(self.at) else { return Ok(None) };
        let start = self.at;
        let shape = match byte {
            b'(' | b'[' | b'{' => self.open(byte),
            b')' | b']' | b'}' => self.close(),
            b'\'' | b'"' => self.string(byte)?,
            b'`' => {
                self.at += 1;
                self.template(start)?
            }
            b'/' => self.slash()?,
            b'\\' => return Err(self.unsure("a backslash outside of text")),
            b'#' | b'$' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.take_word(),
            b'0'..=b'9' => self.number(),
            _ => self.punctuation(byte),
        };
        self.newline = false;
        Ok(Some(Token { shape, span: span(start, self.at) }))
    }

    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Notes what the token just read means for the next one.
    pub(super) fn settle(&mut self, before: Before, may_end: bool) {
        self.before = before;
        self.may_end = may_end;
        self.word_before = "";
        self.word = "";
        self.after_dot = false;
    }

    fn open(&mut self, byte: u8) -> Shape {
        let head = HEAD.contains(&self.word) || (self.word == "await" && self.word_before == "for");
        self.brackets.push(match byte {
            b'(' if head => Bracket::Head,
            b'(' => Bracket::Round,
            b'[' => Bracket::Square,
            _ => Bracket::Curly,
        });
        self.at += 1;
        self.settle(Before::Operator, false);
        Shape::Open
    }

    fn close(&mut self) -> Shape {
        self.at += 1;
        match self.brackets.pop() {
            Some(Bracket::Template) => self.in_template = Some(self.at),
            Some(Bracket::Head) => self.settle(Before::Operator, false),
            Some(Bracket::Curly) => self.settle(Before::Either, true),
            _ => self.settle(Before::Operand, true),
        }
        Shape::Close
    }

    /// A `/` that begins no comment.
    fn slash(&mut self) -> Result<Shape, Finding> {
        match self.before {
            Before::Operand => {
                self.at += 1;
                self.settle(Before::Operator, false);
                Ok(Shape::Other)
            }
            Before::Operator => self.regex(),
            Before::Either => Err(self.unsure("a `/` that could begin a regular expression or divide")),
        }
    }

    fn number(&mut self) -> Shape {
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        let new_line = self.may_end && self.newline;
        self.settle(Before::Operand, true);
        if new_line { Shape::Statement } else { Shape::Other }
    }

    fn take_word(&mut self) -> Shape {
        let start = self.at;
        let rest = self.source.get(start..).unwrap_or("");
        let length =
            rest.char_indices().skip(1).find(|(_, c)| !continues_word(*c)).map_or(rest.len(), |(at, _)| at);
        self.at += length;
        let word = self.source.get(start..self.at).unwrap_or("");
        let (before_word, may_end, property) =
            (self.word, self.may_end, self.after_dot || word.starts_with('#'));
        if property {
            self.settle(Before::Operand, true);
            return Shape::Other;
        }
        let begins = BEGIN_STATEMENT.contains(&word);
        if WANT_OPERAND.contains(&word) {
            self.settle(Before::Operator, false);
        } else if UNSURE.contains(&word) {
            self.settle(Before::Either, false);
        } else {
            let keyword = begins || HEAD.contains(&word);
            self.settle(Before::Operand, !keyword);
        }
        let plain = !begins && self.before == Before::Operand;
        (self.word, self.word_before) = (word, before_word);
        if word == "else" {
            return Shape::Else;
        }
        if may_end && (begins || (plain && self.newline)) { Shape::Statement } else { Shape::Other }
    }

    fn punctuation(&mut self, byte: u8) -> Shape {
        let (mut length, mut before, mut shape) = (1, Before::Operator, Shape::Other);
        match byte {
            b';' | b',' => shape = Shape::Separator,
            b'=' if self.peek(1) == b'>' => length = 2,
            b'<' => shape = Shape::Less,
            b'>' => {
                length = (0..3).take_while(|ahead| self.peek(*ahead) == b'>').count();
                // `>=` closes a type only where an `=` follows it, which the count may miss: it errs to deeper.
                (before, shape) = if self.peek(length) == b'=' {
                    length += 1;
                    (Before::Operator, Shape::Other)
                } else {
                    (Before::Either, Shape::Greater(length))
                };
            }
            b'+' | b'-' if self.peek(1) == byte => (length, before) = (2, Before::Either),
            b'!' if self.before == Before::Operand && !self.newline && self.peek(1) != b'=' => {
                before = Before::Operand;
            }
            b'!' if self.before == Before::Either && self.peek(1) != b'=' => before = Before::Either,
            b'.' if self.peek(1) == b'.' && self.peek(2) == b'.' => length = 3,
            b'.' | b'?' => return self.dot(byte),
            _ => {}
        }
        self.at += length;
        let may_end = before == Before::Operand;
        self.settle(before, may_end);
        shape
    }

    /// `.`, `?.` and `?`.
    fn dot(&mut self, byte: u8) -> Shape {
        let chain = byte == b'?' && self.peek(1) == b'.' && !self.peek(2).is_ascii_digit();
        self.at += if chain { 2 } else { 1 };
        self.settle(Before::Operator, false);
        self.after_dot = byte == b'.' || chain;
        Shape::Other
    }

    fn skip_space(&mut self) -> Result<(), Finding> {
        loop {
            if self.at_line_end() && self.at < self.bytes.len() {
                self.newline = true;
            }
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'/' if self.peek(1) == b'/' => self.skip_line(),
                b'/' if self.peek(1) == b'*' => self.skip_block()?,
                0x80.. if self.skip_wide_space() => {}
                _ => return Ok(()),
            }
        }
    }

    fn unsure(&self, what: &str) -> Finding {
        Finding::error(
            "compile.too_deep",
            format!("{what} cannot be bounded safely"),
            span(self.at, self.at + 1),
        )
        .hint("Put parentheses around the operand, or the regular expression into a constant.")
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// Whether a word goes on with this character; any that is no space counts, the parser knows better.
fn continues_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
    } else {
        !c.is_whitespace() && c != '\u{feff}'
    }
}

pub(super) fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

pub(super) fn unterminated(what: &str, start: usize) -> Finding {
    Finding::error("compile.syntax", format!("unterminated {what}"), span(start, start + 1))
}

pub(super) fn span(start: usize, end: usize) -> Span {
    let small = |byte| u32::try_from(byte).unwrap_or(u32::MAX);
    Span::new(small(start), small(end))
}
