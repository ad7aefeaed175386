//! Keeping the library out of the project's own Git repository.

use std::path::Path;

/// Whether `folder` lies in a Git repository: itself or a folder above holds `.git`.
pub(super) fn is_in_git(folder: &Path) -> bool {
    folder.ancestors().any(|ancestor| ancestor.join(".git").exists())
}

/// `text` of a `.gitignore` with these lines; none when all of them are there already, with or without slashes.
pub(super) fn with_lines(text: &str, lines: &[&str]) -> Option<String> {
    let bare = |line: &str| line.trim().trim_matches('/').to_owned();
    let missing: Vec<&str> =
        lines.iter().copied().filter(|line| !text.lines().any(|there| bare(there) == bare(line))).collect();
    if missing.is_empty() {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    Some(format!("{text}{gap}{}{end}", missing.join(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_once() {
        assert_eq!(with_lines("", &[".tgp/"]).as_deref(), Some(".tgp/\n"));
        assert_eq!(with_lines("a", &[".tgp/"]).as_deref(), Some("a\n.tgp/\n"));
        assert_eq!(with_lines("a\r\nb\r\n", &[".tgp/"]).as_deref(), Some("a\r\nb\r\n.tgp/\r\n"));
        assert_eq!(with_lines("b\n", &["a", "/b/", "c"]).as_deref(), Some("b\na\nc\n"));
        for there in [".tgp", ".tgp/", "/.tgp/", "x\n /.tgp \ny"] {
            assert_eq!(with_lines(there, &[".tgp/"]), None, "{there}");
        }
    }
}
