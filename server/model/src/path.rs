//! A path inside the project or the tool library, spelled in one way only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest path, in bytes; the usual limit of Linux.
pub const LONGEST_PATH: usize = 4096;
/// Longest component of a path, in bytes; the limit of nearly every file system.
pub const LONGEST_COMPONENT: usize = 255;

/// A relative path with `/` between its components; `.` and `..` are resolved and it never leads out.
/// The root itself is the empty path, written `.`.
///
/// Only the spelling is checked here. Where a symlink on the way leads is looked at by the room that opens it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(String);

/// Why a text is no path here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// It begins at the root of the machine (or of a drive).
    #[error("`{path}` is absolute; paths are relative to the project")]
    Absolute {
        /// The path as it came in.
        path: String,
    },
    /// Its `..` lead out of the root.
    #[error("`{path}` leads out of the project")]
    Escapes {
        /// The path as it came in.
        path: String,
    },
    /// It holds a character or component no portable file name has.
    #[error("`{path}` cannot be a path: {why}")]
    Malformed {
        /// The path as it came in.
        path: String,
        /// What is wrong with it, in a few words.
        why: &'static str,
    },
}

impl RepoPath {
    /// The root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path as text with `/`; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The components, outermost first; none for the root.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// The last component; none for the root.
    pub fn file_name(&self) -> Option<&str> {
        self.components().last()
    }

    /// The folder this lies in; none for the root.
    pub fn parent(&self) -> Option<RepoPath> {
        if self.is_root() {
            return None;
        }
        Some(self.0.rsplit_once('/').map_or_else(Self::root, |(parent, _)| Self(parent.to_owned())))
    }

    /// The path `text` as seen from this folder: `tools` joined with `../a` is `a`.
    pub fn join(&self, text: &str) -> Result<RepoPath, PathProblem> {
        check_spelling(text)?;
        let mut parts: Vec<&str> = self.components().collect();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(PathProblem::Escapes { path: text.to_owned() });
                    }
                }
                _ => parts.push(part),
            }
        }
        let joined = parts.join("/");
        if joined.len() > LONGEST_PATH {
            return Err(PathProblem::Malformed {
                path: text.to_owned(),
                why: "it is longer than 4096 bytes",
            });
        }
        Ok(Self(joined))
    }

    /// Whether this path is `folder` or lies in it, by whole components.
    pub fn is_within(&self, folder: &RepoPath) -> bool {
        folder.is_root()
            || self.0 == folder.0
            || (self.0.starts_with(&folder.0) && self.0.as_bytes().get(folder.0.len()) == Some(&b'/'))
    }

    /// What remains of this path below `folder`; the root when they are equal, none when it lies elsewhere.
    pub fn strip_prefix(&self, folder: &RepoPath) -> Option<RepoPath> {
        if !self.is_within(folder) {
            return None;
        }
        let rest = if folder.is_root() { &self.0 } else { self.0.get(folder.0.len() + 1..).unwrap_or("") };
        Some(Self(rest.to_owned()))
    }
}

fn check_spelling(text: &str) -> Result<(), PathProblem> {
    let malformed = |why| Err(PathProblem::Malformed { path: text.to_owned(), why });
    let drive = text.as_bytes().get(1) == Some(&b':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if text.starts_with('/') || text.starts_with('\\') || drive {
        return Err(PathProblem::Absolute { path: text.to_owned() });
    }
    if text.contains('\\') {
        return malformed("it holds a backslash; write `/`");
    }
    if text.chars().any(char::is_control) {
        return malformed("it holds a control character");
    }
    for part in text.split('/') {
        if part.len() > LONGEST_COMPONENT {
            return malformed("a component is longer than 255 bytes");
        }
        if part != "."
            && part != ".."
            && (part.ends_with('.') || part.ends_with(' ') || part.starts_with(' '))
        {
            return malformed("a component begins or ends with a space, or ends with a dot");
        }
    }
    Ok(())
}

impl FromStr for RepoPath {
    type Err = PathProblem;

    fn from_str(text: &str) -> Result<Self, PathProblem> {
        Self::root().join(text)
    }
}

impl TryFrom<String> for RepoPath {
    type Error = PathProblem;
    fn try_from(text: String) -> Result<Self, PathProblem> {
        text.parse()
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> String {
        path.to_string()
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Result<String, String> {
        text.parse::<RepoPath>().map(|p| p.to_string()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn one_file_has_one_spelling() {
        for text in ["a/b.ts", "./a/b.ts", "a//b.ts", "a/./b.ts", "a/x/../b.ts", "a/b.ts/"] {
            assert_eq!(path(text).as_deref(), Ok("a/b.ts"), "{text}");
        }
        assert_eq!(path("").as_deref(), Ok("."));
    }

    #[test]
    fn nothing_leads_out() {
        for text in [
            "..",
            "../a",
            "a/../../b",
            "/etc/passwd",
            "\\\\host\\share",
            "C:/x",
            "a\\b",
            "a\0b",
            "a./b",
            "b ",
        ] {
            assert!(path(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_folder_holds_only_whole_components() {
        let folder: RepoPath = "allowed".parse().unwrap();
        assert!("allowed/x".parse::<RepoPath>().unwrap().is_within(&folder));
        assert!(!"allowed_evil/x".parse::<RepoPath>().unwrap().is_within(&folder));
        assert_eq!("allowed/x".parse::<RepoPath>().unwrap().strip_prefix(&folder).unwrap().as_str(), "x");
    }
}
