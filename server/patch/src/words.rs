//! Words within changed lines, for a person's eyes.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::hunks::LineKind;

/// A run of text on one side or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Which sides it is on.
    pub kind: LineKind,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// Words, runs of white space, and single other characters.
fn tokens(text: &[u8]) -> Vec<&[u8]> {
    let class = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => 0_u8,
        b'\n' => 1,
        b' ' | b'\t' | b'\r' => 2,
        _ => 3,
    };
    let mut found = Vec::new();
    let mut begin = 0;
    for at in 1..=text.len() {
        let ends = match (text.get(at - 1), text.get(at)) {
            (Some(a), Some(b)) => class(*a) != class(*b) || matches!(class(*a), 1 | 3),
            _ => true,
        };
        if ends {
            found.extend(text.get(begin..at).filter(|token| !token.is_empty()));
            begin = at;
        }
    }
    found
}

/// What changed within a few lines, word by word. Joined, context and removed are the old text, context and added the
/// new one.
pub fn words(old: &[u8], new: &[u8]) -> Vec<Word> {
    let (before, after) = (tokens(old), tokens(new));
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let mut found: Vec<Word> = Vec::new();
    let mut add = |kind: LineKind, tokens: &[&[u8]]| {
        let text: Vec<u8> = tokens.concat();
        if text.is_empty() {
            return;
        }
        match found.last_mut() {
            Some(last) if last.kind == kind => last.text.extend_from_slice(&text),
            _ => found.push(Word { kind, text }),
        }
    };
    let place = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut at = 0;
    for hunk in diff.hunks() {
        add(LineKind::Context, before.get(at..place(hunk.before.start)).unwrap_or_default());
        add(
            LineKind::Removed,
            before.get(place(hunk.before.start)..place(hunk.before.end)).unwrap_or_default(),
        );
        add(LineKind::Added, after.get(place(hunk.after.start)..place(hunk.after.end)).unwrap_or_default());
        at = place(hunk.before.end);
    }
    add(LineKind::Context, before.get(at..).unwrap_or_default());
    found
}
