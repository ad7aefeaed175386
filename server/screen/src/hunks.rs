//! Hunks of a difference; on a terminal with the words that changed within lines.

use similar::{ChangeTag, TextDiff};
use tgp_protocol::client::branches::ShownHunk;

use crate::page::{Page, Style};

/// Puts a hunk.
pub fn put(page: &mut Page, hunk: &ShownHunk) {
    let ShownHunk { old_start, old_lines, new_start, new_lines, .. } = hunk;
    page.put(Style::Dim, &format!("@@ -{old_start},{old_lines} +{new_start},{new_lines} @@")).end();
    let mut rest = hunk.lines.as_slice();
    while let Some(first) = rest.first() {
        let (removed, after) = run(rest, '-');
        let (added, after) = run(after, '+');
        if removed.is_empty() && added.is_empty() {
            page.plain(first).end();
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let in_pairs = page.is_coloured() && removed.len() == added.len();
        for (at, line) in removed.iter().enumerate() {
            put_line(page, line, added.get(at).filter(|_| in_pairs), ChangeTag::Delete);
        }
        for (at, line) in added.iter().enumerate() {
            put_line(page, line, removed.get(at).filter(|_| in_pairs), ChangeTag::Insert);
        }
        rest = after;
    }
}

/// Lines of one kind at the beginning, and what comes after them.
fn run(lines: &[String], sign: char) -> (&[String], &[String]) {
    let count = lines.iter().take_while(|line| line.starts_with(sign)).count();
    lines.split_at(count)
}

fn text(line: &str) -> &str {
    line.get(1..).unwrap_or_default()
}

/// A line that is on one side only; where its other side is known, only the words that differ stand out.
fn put_line(page: &mut Page, line: &str, other: Option<&String>, tag: ChangeTag) {
    let style = if tag == ChangeTag::Delete { Style::Bad } else { Style::Good };
    let Some(other) = other else {
        page.put(style, line).end();
        return;
    };
    let (old, new) = if tag == ChangeTag::Delete { (line, other.as_str()) } else { (other.as_str(), line) };
    let words = TextDiff::from_words(text(old), text(new));
    page.put(style, line.get(..1).unwrap_or_default());
    for change in words.iter_all_changes() {
        if change.tag() == tag {
            page.put(style, change.value());
        } else if change.tag() == ChangeTag::Equal {
            page.plain(change.value());
        }
    }
    page.end();
}
