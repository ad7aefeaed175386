//! Text for a person: styled where that is wanted, and harmless to the terminal.

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// What the line is about.
    Bold,
    /// What is there for completeness.
    Dim,
    /// What went well.
    Good,
    /// What wants a second look.
    Careful,
    /// What went wrong.
    Bad,
    /// A name or number to be copied.
    Accent,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Good => "32",
            Style::Careful => "33",
            Style::Bad => "1;31",
            Style::Accent => "36",
        }
    }
}

/// Text being put together. What is put in may come from agents, tools and databases: control characters other
/// than line breaks and tabs are shown, never sent, so that nothing can move the cursor or forge a line.
#[derive(Debug)]
pub struct Page {
    text: String,
    colour: bool,
}

impl Page {
    /// An empty page, with or without colour.
    pub fn new(colour: bool) -> Self {
        Self { text: String::new(), colour }
    }

    /// Whether it is shown in colours.
    pub fn is_coloured(&self) -> bool {
        self.colour
    }

    /// Adds text.
    pub fn put(&mut self, style: Style, text: &str) -> &mut Self {
        let styled = self.colour && style != Style::Plain && !text.is_empty();
        if styled {
            self.text.push_str("\x1b[");
            self.text.push_str(style.code());
            self.text.push('m');
        }
        self.text.push_str(&harmless(text));
        if styled {
            self.text.push_str("\x1b[0m");
        }
        self
    }

    /// Adds plain text.
    pub fn plain(&mut self, text: &str) -> &mut Self {
        self.put(Style::Plain, text)
    }

    /// Ends the line.
    pub fn end(&mut self) {
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    /// Adds one plain line.
    pub fn line(&mut self, text: &str) {
        self.plain(text).end();
    }

    /// What was put together.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// The text with its control characters and direction overrides written out (`\u{1b}`).
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        if is_harmful(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// The same with line breaks and tabs written out as well, for what has to stay on its line.
pub fn one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n").replace('\t', "\\t")
}

fn is_harmful(c: char) -> bool {
    let turns_around = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns_around || (c.is_control() && c != '\n' && c != '\t')
}
