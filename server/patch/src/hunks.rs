//! Hunks between two contents, as `git diff` groups them.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, sources};

/// A NUL byte this near the beginning means that lines mean nothing, as Git decides it.
const LOOK_FOR_NUL: usize = 8_000;
/// Contents larger than this are told apart and not compared line by line.
const LARGEST: usize = 64 << 20;

/// What a line is in a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// On both sides.
    Context,
    /// On the old side only.
    Removed,
    /// On the new side only.
    Added,
}

/// A line of a hunk, with its line ending where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which sides it is on.
    pub kind: LineKind,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// Changes that lie near each other, with lines around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// First line on the old side, counted from 1; 0 where the old side has none.
    pub old_start: u32,
    /// How many lines of the old side.
    pub old_lines: u32,
    /// First line on the new side, counted from 1; 0 where the new side has none.
    pub new_start: u32,
    /// How many lines of the new side.
    pub new_lines: u32,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// What differs between two contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileHunks {
    /// Lines.
    Text(Vec<Hunk>),
    /// One side is no text, or too large to compare.
    Binary,
}

impl FileHunks {
    /// Whether there are no lines to tell.
    pub fn is_binary(&self) -> bool {
        *self == Self::Binary
    }

    /// Lines added and removed.
    pub fn counts(&self) -> (usize, usize) {
        let Self::Text(hunks) = self else { return (0, 0) };
        let of = |kind| hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count();
        (of(LineKind::Added), of(LineKind::Removed))
    }
}

/// Whether a content is no text.
pub fn is_binary(content: &[u8]) -> bool {
    content.iter().take(LOOK_FOR_NUL).any(|byte| *byte == 0)
}

/// Hunks that lead from one content to the other, each with `context` lines around it.
pub fn hunks(old: &[u8], new: &[u8], context: u32) -> FileHunks {
    if is_binary(old) || is_binary(new) || old.len() > LARGEST || new.len() > LARGEST {
        return FileHunks::Binary;
    }
    let input = InternedInput::new(sources::byte_lines(old), sources::byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let changes: Vec<(Range<u32>, Range<u32>)> = diff.hunks().map(|hunk| (hunk.before, hunk.after)).collect();
    let sides = Sides {
        old: old.split_inclusive(|byte| *byte == b'\n').collect(),
        new: new.split_inclusive(|byte| *byte == b'\n').collect(),
    };
    let mut found = Vec::new();
    let mut group: Vec<(Range<u32>, Range<u32>)> = Vec::new();
    for change in changes {
        let near = group.last().is_some_and(|last| change.0.start - last.0.end <= context * 2);
        if !near && !group.is_empty() {
            found.push(sides.hunk(&group, context));
            group.clear();
        }
        group.push(change);
    }
    if !group.is_empty() {
        found.push(sides.hunk(&group, context));
    }
    FileHunks::Text(found)
}

struct Sides<'a> {
    old: Vec<&'a [u8]>,
    new: Vec<&'a [u8]>,
}

impl Sides<'_> {
    fn take(side: &[&[u8]], range: Range<u32>, kind: LineKind, into: &mut Vec<Line>) {
        let range = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
        into.extend(
            side.get(range).unwrap_or_default().iter().map(|text| Line { kind, text: text.to_vec() }),
        );
    }

    fn hunk(&self, group: &[(Range<u32>, Range<u32>)], context: u32) -> Hunk {
        let count = u32::try_from(self.old.len()).unwrap_or(u32::MAX);
        let first = group.first().cloned().unwrap_or_default();
        let last = group.last().cloned().unwrap_or_default();
        let begin = first.0.start.saturating_sub(context);
        let end = last.0.end.saturating_add(context).min(count);
        let mut lines = Vec::new();
        let mut at = begin;
        for (before, after) in group {
            Self::take(&self.old, at..before.start, LineKind::Context, &mut lines);
            Self::take(&self.old, before.clone(), LineKind::Removed, &mut lines);
            Self::take(&self.new, after.clone(), LineKind::Added, &mut lines);
            at = before.end;
        }
        Self::take(&self.old, at..end, LineKind::Context, &mut lines);
        let old_lines = end - begin;
        let new_begin = first.1.start - (first.0.start - begin);
        let new_lines = last.1.end + (end - last.0.end) - new_begin;
        // Git names the line before where a side has none of its own.
        let start = |begin: u32, lines: u32| if lines == 0 { begin } else { begin + 1 };
        Hunk {
            old_start: start(begin, old_lines),
            old_lines,
            new_start: start(new_begin, new_lines),
            new_lines,
            lines,
        }
    }
}
