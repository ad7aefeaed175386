//! A glob inside one segment: `*.rs`, `test_?`, `[a-z]*`.

use crate::glob::GlobProblem;

/// A glob inside one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentGlob {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    One(char),
    Any,
    Star,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl SegmentGlob {
    pub(crate) fn parse(text: &str) -> Result<Self, GlobProblem> {
        let mut tokens = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let token = match c {
                '*' => Token::Star,
                '?' => Token::Any,
                '[' => class(&mut characters)?,
                '\\' => Token::One(characters.next().ok_or(GlobProblem::Backslash)?),
                other => Token::One(other),
            };
            if token != Token::Star || tokens.last() != Some(&Token::Star) {
                tokens.push(token);
            }
        }
        Ok(Self { tokens })
    }

    /// The text it stands for, where it is no glob.
    pub(crate) fn literal(&self) -> Option<String> {
        self.tokens.iter().map(|token| if let Token::One(c) = token { Some(*c) } else { None }).collect()
    }

    /// What everything it matches begins with.
    pub(crate) fn prefix(&self) -> String {
        self.tokens
            .iter()
            .map_while(|token| if let Token::One(c) = token { Some(*c) } else { None })
            .collect()
    }

    /// What everything it matches ends with.
    pub(crate) fn suffix(&self) -> String {
        let last = self.tokens.iter().rev();
        let reversed: Vec<char> =
            last.map_while(|token| if let Token::One(c) = token { Some(*c) } else { None }).collect();
        reversed.into_iter().rev().collect()
    }

    /// Whether it is `*`.
    pub(crate) fn is_star(&self) -> bool {
        self.tokens == [Token::Star]
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let mut at = 0;
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            let fits = match (self.tokens.get(at), rest.next()) {
                (Some(Token::Star), _) => {
                    rest = before;
                    at += 1;
                    retry = Some((at, rest.clone()));
                    continue;
                }
                (None, None) => return true,
                (Some(token), Some(c)) => token.covers(c),
                _ => false,
            };
            if fits {
                at += 1;
                continue;
            }
            let Some((after, from)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            at = *after;
            rest = from.clone();
        }
    }
}

impl Token {
    fn covers(&self, c: char) -> bool {
        match self {
            Self::One(one) => *one == c,
            Self::Any | Self::Star => true,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
        }
    }
}

/// Reads a class after its `[`. A `]` directly after the beginning belongs to it, as in every shell.
fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, GlobProblem> {
    let negated = characters.next_if(|c| matches!(c, '!' | '^')).is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let mut c = characters.next().ok_or(GlobProblem::Class)?;
        if c == ']' && !ranges.is_empty() {
            return Ok(Token::Class { negated, ranges });
        }
        if c == '\\' {
            c = characters.next().ok_or(GlobProblem::Class)?;
        }
        let mut ahead = characters.clone();
        let end = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(end)) if end != ']' => Some(end),
            _ => None,
        };
        match end {
            Some(end) if end < c => return Err(GlobProblem::Range),
            Some(end) => {
                ranges.push((c, end));
                characters.next();
                characters.next();
            }
            None => ranges.push((c, c)),
        }
    }
}

/// Cuts a pattern at its slashes. A slash inside `[...]` is an error: no name has one.
pub(crate) fn split(text: &str) -> Result<Vec<&str>, GlobProblem> {
    let mut parts = Vec::new();
    let mut begun = 0;
    let mut escaped = false;
    let mut class_at: Option<usize> = None;
    for (at, c) in text.char_indices() {
        match (escaped, class_at, c) {
            (true, _, _) => escaped = false,
            (false, _, '\\') => escaped = true,
            (false, None, '[') => class_at = Some(at),
            (false, Some(from), ']')
                if at > from + 1 && !matches!(text.get(from + 1..at), Some("!" | "^")) =>
            {
                class_at = None;
            }
            (false, Some(_), '/') => return Err(GlobProblem::Class),
            (false, None, '/') => {
                parts.push(text.get(begun..at).unwrap_or_default());
                begun = at + 1;
            }
            _ => {}
        }
    }
    if class_at.is_some() {
        return Err(GlobProblem::Class);
    }
    parts.push(text.get(begun..).unwrap_or_default());
    Ok(parts)
}

/// Whether two unescaped stars stand together.
pub(crate) fn has_double_star(text: &str) -> bool {
    let mut before = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c == '\\' {
            characters.next();
        } else if c == '*' && before == Some('*') {
            return true;
        }
        before = Some(c);
    }
    false
}
