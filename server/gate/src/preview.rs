//! What a person is shown before something happens, as plain text that cannot play tricks on a terminal.

use similar::TextDiff;

/// Longest preview, in bytes. What is cut is said, with the hash of the whole.
const LONGEST: usize = 1 << 20;

/// A unified diff of a file; `before` is none for a new one.
pub fn file_diff(path: &str, before: Option<&str>, after: &str) -> String {
    let old = before.unwrap_or_default();
    let from = if before.is_some() { path } else { "/dev/null" };
    let diff = TextDiff::from_lines(old, after);
    let diff = diff.unified_diff().context_radius(3).header(from, path).to_string();
    if diff.is_empty() {
        let what = if before.is_some() { "no change" } else { "an empty file" };
        return format!("{path}: {what}\n");
    }
    plain(&diff)
}

/// The same text without what a terminal would obey: control characters and marks that turn the direction of writing
/// are written out.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for found in text.chars() {
        match found {
            '\n' | '\t' => shown.push(found),
            _ if found.is_control() || is_deceptive(found) => shown.extend(found.escape_unicode()),
            _ => shown.push(found),
        }
    }
    if shown.len() <= LONGEST {
        return shown;
    }
    let cut = shown.floor_char_boundary(LONGEST);
    let rest = shown.len() - cut;
    let hash = crate::question::fingerprint(text.as_bytes());
    format!(
        "{}\n[cut: {rest} more bytes are not shown; SHA-256 of the whole {hash}]\n",
        &shown.get(..cut).unwrap_or_default()
    )
}

/// Characters that take no room, look like room, begin a line, or turn the direction of writing: Unicode's classes Cf, Zl
/// and Zp, the variation selectors and the fillers.
fn is_deceptive(found: char) -> bool {
    matches!(found,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_shows_what_a_terminal_would_obey_or_hide() {
        let shown = file_diff("a\u{1b}[2K", Some("one\n"), "\u{202e}two\u{200b}\r\n");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !shown.contains('\r'), "{shown}");
        assert!(shown.contains("\\u{1b}[2K") && shown.contains("\\u{202e}two\\u{200b}"), "{shown}");
    }

    #[test]
    fn no_mark_begins_a_line_or_hides() {
        for mark in
            ['\u{2028}', '\u{2029}', '\u{61c}', '\u{206a}', '\u{180e}', '\u{fe0f}', '\u{3164}', '\u{e0041}']
        {
            let shown = plain(&format!("a{mark}b"));
            assert!(!shown.contains(mark) && shown.contains("\\u{"), "{shown}");
        }
    }

    #[test]
    fn what_is_cut_is_said() {
        let shown = plain(&"x".repeat(LONGEST + 7));
        assert!(shown.contains("7 more bytes are not shown"), "{}", &shown[LONGEST..]);
    }
}
