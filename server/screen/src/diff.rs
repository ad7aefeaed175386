//! Two versions of a text, as a person compares them.

use similar::{ChangeTag, TextDiff};

use crate::page::{Page, Style};

/// Lines shown around each change.
const AROUND: usize = 3;

/// Puts the lines that differ, with those around them.
pub fn put(page: &mut Page, before: &str, after: &str) {
    let diff = TextDiff::from_lines(before, after);
    for (number, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if number > 0 {
            page.put(Style::Dim, "  ...").end();
        }
        for change in group.iter().flat_map(|part| diff.iter_changes(part)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (" ", Style::Dim),
                ChangeTag::Insert => ("+", Style::Good),
                ChangeTag::Delete => ("-", Style::Bad),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            page.put(style, &format!("  {sign} {line}")).end();
        }
    }
}
