//! The rules that are always there and take no exception.

use tgp_model::RepoPath;

use crate::request::{Operation, Request, Target};

/// A built-in rule that matched: its id and its reason.
pub(crate) struct BuiltIn {
    pub(crate) id: &'static str,
    pub(crate) reason: &'static str,
}

/// What the built-in rules say about one target.
///
/// Paths are compared without regard to case, because the disk may not regard it either.
pub(crate) fn denies(request: &Request, target: &Target, library: &RepoPath) -> Option<BuiltIn> {
    let (Target::Path(path) | Target::Tool(path)) = target else { return None };
    if path.components().any(is_git_component) {
        return Some(BuiltIn { id: "builtin.git", reason: "Git's own files are not for agents." });
    }
    let changes = matches!(request.operation, Operation::Write | Operation::Delete);
    if changes && path.components().any(is_read_by_git) {
        let reason = "Git reads this file and acts on it (filters, merges, what it ignores): only the person changes it.";
        return Some(BuiltIn { id: "builtin.git", reason });
    }
    let folded = fold(path.as_str());
    let library = fold(library.as_str());
    if folded == "tgp.config.ts" && changes {
        return Some(BuiltIn { id: "builtin.config", reason: "Only the person changes the configuration." });
    }
    let inside =
        folded.strip_prefix(library.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    let first = inside.trim_start_matches('/').split('/').next().unwrap_or("");
    Some(match first {
        "policy" | "scopes" => BuiltIn {
            id: "builtin.policy",
            reason: "Policy and scopes are the person's; no agent reads or writes them.",
        },
        "state" => BuiltIn { id: "builtin.state", reason: "tgp's own state is not for agents." },
        "bin" => BuiltIn { id: "builtin.binary", reason: "The program itself is not for agents." },
        _ => BuiltIn {
            id: "builtin.library",
            reason: "The library has one name: use `tools/...` instead of its folder.",
        },
    })
}

/// Lower-cases, so that `.TGP` is `.tgp`, and drops what some file systems ignore in names.
fn fold(text: &str) -> String {
    text.chars().filter(|c| !is_ignorable(*c)).flat_map(char::to_lowercase).collect()
}

/// Whether some file system takes `component` for `.git`: any case, ignorable characters of HFS+, the short names
/// of NTFS (the list of Git's own `verify_path`).
fn is_git_component(component: &str) -> bool {
    let folded = fold(component);
    let stream = folded.split(':').next().unwrap_or("");
    stream == ".git"
        || folded.strip_prefix("git~").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Files in a working tree that change what Git does, with the short names NTFS may give them: the first six
/// characters, and the hash where four files share those (Git's `is_ntfs_dotgitmodules` and its kin).
const READ_BY_GIT: [(&str, &str, &str); 4] = [
    (".gitattributes", "gitatt", "gi7d29"),
    (".gitignore", "gitign", "gi250a"),
    (".gitmodules", "gitmod", "gi7eba"),
    (".mailmap", "mailma", "maba30"),
];

/// Whether some file system takes `component` for one of them.
fn is_read_by_git(component: &str) -> bool {
    let folded = fold(component);
    let stream = folded.split(':').next().unwrap_or("");
    let short = stream.split_once('~').filter(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
    READ_BY_GIT.iter().any(|(name, start, hash)| {
        stream == *name || short.is_some_and(|(before, _)| before == *start || before == *hash)
    })
}

/// The code points HFS+ ignores when it compares names (Git's `next_hfs_char`).
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}
