//! Globs as the policy defines them: anchored, `*` and `?` stay in their folder, `dir/**` covers `dir`.
//!
//! A text is cut into segments where its kind says so: paths, tools and branches at `/`, hosts at `.` (from the right,
//! so that the top comes first). Everything else is one segment, and `*` covers all of it: in `sudo *` the star has
//! to cover the slashes of an argument.

mod braces;

use std::borrow::Cow;

use crate::segment::{self, SegmentGlob};
use crate::spelling;

/// Longest pattern, in bytes.
const LONGEST: usize = 1_024;

/// What a pattern is about; decides where it is cut and which spellings are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextKind {
    /// Paths, tools, branches: segments between `/`.
    Folders,
    /// Host names: labels between `.`; `*.example.com` covers every name below it.
    Host,
    /// A simple command: words with one space between them.
    Command,
    /// Anything else: one segment.
    Plain,
}

/// How exactly a text has to be spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// As written: what permits means this file and no other.
    Exact,
    /// In any spelling some file system takes for the same: what restricts means the file, not the text.
    Any,
}

/// Why a text is no glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GlobProblem {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// Too long to be meant.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// A `[` without `]`, or with nothing in it.
    #[error("a `[` has no matching `]`, or nothing between them")]
    Class,
    /// A range such as `z-a`.
    #[error("a range in `[...]` runs backwards")]
    Range,
    /// A `{` without `}`, or the other way round.
    #[error("a `{{` or `}}` has no partner")]
    Brace,
    /// Braces that stand for too many patterns.
    #[error("its braces stand for more than 64 patterns")]
    TooManyBraces,
    /// A `\` at the end.
    #[error("it ends with a backslash")]
    Backslash,
    /// `a**b`.
    #[error("`**` stands alone between slashes, as in `src/**/a.rs`")]
    Stars,
    /// A leading slash.
    #[error("it begins with `/`; paths are relative to the project")]
    Absolute,
    /// `a//b`, `a/`.
    #[error("it has an empty part; write one `/` between names and none at the end")]
    EmptyPart,
    /// `.` or `..`.
    #[error("it has `.` or `..` as a part; a path is judged after they are resolved")]
    Dots,
    /// A host with a character no host name has.
    #[error(
        "a host is lower-case letters, digits, `-`, `.` and stars, in punycode where it needs to be, without scheme, port and path"
    )]
    Host,
}

/// One pattern, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    kind: TextKind,
    /// What its braces stand for; each a list of segments.
    alternatives: Vec<Vec<Segment>>,
}

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Exactly this.
    Literal(String),
    /// Something in one segment.
    Glob(SegmentGlob),
    /// Any number of segments, none as well.
    AnyDepth,
}

impl Pattern {
    /// Compiles a glob. With `Spelling::Any` its letters are folded, and so must be what it is matched with.
    pub fn parse(text: &str, kind: TextKind, spelling: Spelling) -> Result<Self, GlobProblem> {
        if text.is_empty() {
            return Err(GlobProblem::Empty);
        }
        if text.len() > LONGEST {
            return Err(GlobProblem::TooLong);
        }
        let mut alternatives = Vec::new();
        for one in braces::expand(text, kind)? {
            let one = match (kind, spelling) {
                (TextKind::Host, _) => Cow::Owned(one.to_ascii_lowercase()),
                (_, Spelling::Exact) => Cow::Borrowed(one.as_str()),
                (_, Spelling::Any) => spelling::fold(&one),
            };
            for words in covered(&one, kind, spelling) {
                let segments = segments(&words, kind)?;
                if !alternatives.contains(&segments) {
                    alternatives.push(segments);
                }
            }
        }
        Ok(Self { source: text.to_owned(), kind, alternatives })
    }

    /// A folder and everything in it, literally; an absolute path is a folder of the host.
    pub fn folder(path: &str, spelling: Spelling) -> Self {
        let folded = if spelling == Spelling::Any { spelling::fold_path(path) } else { Cow::Borrowed(path) };
        let mut segments: Vec<Segment> = cut(&folded, TextKind::Folders)
            .into_iter()
            .map(|part| Segment::Literal(part.to_owned()))
            .collect();
        segments.push(Segment::AnyDepth);
        Self { source: format!("{path}/**"), kind: TextKind::Folders, alternatives: vec![segments] }
    }

    /// A text in one segment that is no glob.
    pub fn literal(text: &str) -> Self {
        let alternatives = vec![vec![Segment::Literal(text.to_owned())]];
        Self { source: text.to_owned(), kind: TextKind::Plain, alternatives }
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn alternatives(&self) -> &[Vec<Segment>] {
        &self.alternatives
    }

    /// Whether it matches a text that was cut by [`cut`].
    pub fn matches(&self, parts: &[&str]) -> bool {
        self.alternatives.iter().any(|segments| matches_from(segments, parts, &Segment::covers))
    }

    /// Whether it may mean the same file as a path with NTFS short names in it.
    pub fn may_be_short_for(&self, parts: &[&str]) -> bool {
        let covers = |alternative: &Vec<Segment>| spelling::covers_short(alternative, parts);
        self.kind == TextKind::Folders && self.alternatives.iter().any(covers)
    }
}

/// Cuts a text into segments; the root of a tree has none.
pub fn cut(text: &str, kind: TextKind) -> Vec<&str> {
    match kind {
        TextKind::Folders if text.is_empty() => Vec::new(),
        TextKind::Folders => text.split('/').collect(),
        TextKind::Host => text.rsplit('.').collect(),
        TextKind::Command | TextKind::Plain => vec![text],
    }
}

/// What a command pattern covers besides itself: `npm *` covers `npm`, and where it restricts, `git push` covers
/// `git push --force`; otherwise one more word would lead around the rule.
fn covered(text: &str, kind: TextKind, spelling: Spelling) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    if kind == TextKind::Command {
        if let Some(bare) = text.strip_suffix(" *").filter(|bare| !bare.is_empty()) {
            all.push(bare.to_owned());
        } else if spelling == Spelling::Any && !text.ends_with('*') {
            all.push(format!("{text} *"));
        }
    }
    all
}

fn segments(text: &str, kind: TextKind) -> Result<Vec<Segment>, GlobProblem> {
    match kind {
        TextKind::Folders => folders(text),
        TextKind::Host => host(text),
        TextKind::Command | TextKind::Plain => Ok(vec![one_segment(text)?]),
    }
}

fn one_segment(text: &str) -> Result<Segment, GlobProblem> {
    let glob = SegmentGlob::parse(text)?;
    Ok(glob.literal().map_or(Segment::Glob(glob), Segment::Literal))
}

fn folders(text: &str) -> Result<Vec<Segment>, GlobProblem> {
    if text.starts_with('/') {
        return Err(GlobProblem::Absolute);
    }
    let mut segments = Vec::new();
    for part in segment::split(text)? {
        let segment = match part {
            "" => return Err(GlobProblem::EmptyPart),
            "." | ".." => return Err(GlobProblem::Dots),
            "**" => Segment::AnyDepth,
            other if segment::has_double_star(other) => return Err(GlobProblem::Stars),
            other => one_segment(other)?,
        };
        // Two in a row mean what one means.
        if segment != Segment::AnyDepth || segments.last() != Some(&Segment::AnyDepth) {
            segments.push(segment);
        }
    }
    Ok(segments)
}

fn host(text: &str) -> Result<Vec<Segment>, GlobProblem> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '?');
    // An IPv6 address stands in brackets, literally.
    if text.starts_with('[') && text.ends_with(']') {
        return Ok(text.rsplit('.').map(|label| Segment::Literal(label.to_owned())).collect());
    }
    if text.is_empty() || !text.chars().all(plain) || text.contains("**") {
        return Err(GlobProblem::Host);
    }
    if text == "*" {
        return Ok(vec![Segment::AnyDepth]);
    }
    let labels: Vec<&str> = text.rsplit('.').collect();
    let mut segments = Vec::new();
    for (number, label) in labels.iter().enumerate() {
        if label.is_empty() {
            return Err(GlobProblem::Host);
        }
        segments.push(one_segment(label)?);
        // The leading star covers names at any depth below, and at least one label.
        if *label == "*" && number + 1 == labels.len() {
            segments.push(Segment::AnyDepth);
        }
    }
    Ok(segments)
}

impl Segment {
    /// Whether it covers one part of a text.
    pub(crate) fn covers(&self, part: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == part,
            Self::Glob(glob) => glob.matches(part),
            Self::AnyDepth => true,
        }
    }
}

/// Matches segments against parts; `covers` says whether a segment other than `**` covers a part.
pub(crate) fn matches_from(
    segments: &[Segment],
    parts: &[&str],
    covers: &dyn Fn(&Segment, &str) -> bool,
) -> bool {
    // The usual way for stars: remember the last `**` and where it began, and let it take one more part on failure.
    let (mut at, mut part) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let fits = match (segments.get(at), parts.get(part)) {
            (Some(Segment::AnyDepth), _) => {
                retry = Some((at + 1, part));
                at += 1;
                continue;
            }
            (None, None) => return true,
            (Some(segment), Some(text)) => covers(segment, text),
            _ => false,
        };
        if fits {
            at += 1;
            part += 1;
        } else {
            match &mut retry {
                Some((after, taken)) if *taken < parts.len() => {
                    *taken += 1;
                    (at, part) = (*after, *taken);
                }
                _ => return false,
            }
        }
    }
}
