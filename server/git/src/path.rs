//! A path of a Git tree: bytes, as Git has them; checked before anything is written under it.

use std::fmt;

use gix::bstr::ByteSlice as _;
use tgp_model::RepoPath;
use tgp_model::path::{LONGEST_COMPONENT, LONGEST_PATH};

/// Characters a file system may drop when it compares names, so that `.tgp` can be spelled with them: those Unicode calls
/// ignorable by default, among them the sixteen of HFS+.
fn is_ignorable(character: char) -> bool {
    matches!(
        u32::from(character),
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x202a..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
            | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff
    )
}

/// A path inside the repository, `/` between its components; the root is the empty path. It may hold any byte but NUL,
/// because trees of people do.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitPath(Vec<u8>);

/// Why nothing may be written under a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` cannot be written in a branch: {why}")]
pub struct GitPathProblem {
    /// The path as it came in.
    pub path: GitPath,
    /// What is wrong with it.
    pub why: &'static str,
}

impl GitPath {
    /// The root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path as a tree or index holds it, unchecked: to read, list and compare.
    pub fn from_tree(bytes: &[u8]) -> Self {
        Self(bytes.to_owned())
    }

    /// A path under which something is to be written.
    ///
    /// Refused: what leads out, a component `.git` in any spelling a file system takes for it, anything in `.tgp`.
    pub fn to_write(bytes: &[u8]) -> Result<Self, GitPathProblem> {
        let path = Self(bytes.to_owned());
        match path.problem() {
            Some(why) => Err(GitPathProblem { path, why }),
            None => Ok(path),
        }
    }

    /// Why nothing may be written here; none where it may.
    pub fn problem(&self) -> Option<&'static str> {
        if self.0.is_empty() {
            return Some("it is the root itself");
        }
        if self.0.len() > LONGEST_PATH {
            return Some("it is longer than 4096 bytes");
        }
        if self.0.contains(&0) {
            return Some("it holds a NUL byte");
        }
        self.0.split(|byte| *byte == b'/').enumerate().find_map(|(at, part)| component_problem(at == 0, part))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The components, outermost first.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    /// The folder it lies in; the root for the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.rfind_byte(b'/') {
            Some(at) => Self(self.0.get(..at).unwrap_or_default().to_owned()),
            None => Self::root(),
        }
    }

    /// This folder's entry of a name.
    #[must_use]
    pub fn entry(&self, name: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        Self(bytes)
    }

    /// Whether it is `folder` or lies in it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self == folder
            || (self.0.starts_with(&folder.0) && self.0.get(folder.0.len()) == Some(&b'/'))
    }

    /// As the path of a file on this machine, below a folder.
    pub fn below(&self, folder: &std::path::Path) -> std::path::PathBuf {
        use std::os::unix::ffi::OsStrExt as _;
        folder.join(std::ffi::OsStr::from_bytes(&self.0))
    }
}

impl From<&RepoPath> for GitPath {
    fn from(path: &RepoPath) -> Self {
        Self(path.as_str().as_bytes().to_owned())
    }
}

impl fmt::Display for GitPath {
    /// Bytes that are no text appear as `\xNN`, so that two paths never look alike.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character.is_control() {
                    write!(f, "{}", character.escape_default())?;
                } else {
                    write!(f, "{character}")?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for GitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

fn component_problem(first: bool, part: &[u8]) -> Option<&'static str> {
    if part.is_empty() {
        return Some("it has an empty component (a `/` too much, or an absolute path)");
    }
    if part.len() > LONGEST_COMPONENT {
        return Some("a component is longer than 255 bytes");
    }
    if part == b"." || part == b".." {
        return Some("it holds `.` or `..`");
    }
    let options = gix::validate::path::component::Options {
        // Names Windows cannot have are a person's to choose; only what hides `.git` is refused.
        protect_windows: false,
        protect_hfs: true,
        protect_ntfs: true,
    };
    if gix::validate::path::component(part.as_bstr(), None, options).is_err() || is_dot(part, "git") {
        return Some("a component is read as `.git` on some file system");
    }
    if first && is_dot(part, "tgp") {
        return Some("`.tgp` is the tool library, which no branch carries");
    }
    None
}

/// Whether some file system takes this name for `.` and `word`: other case, characters that are ignored, trailing dots
/// and spaces, a stream behind a colon, a short name of eight characters, something behind a backslash.
fn is_dot(part: &[u8], word: &str) -> bool {
    let text = String::from_utf8_lossy(part);
    text.split('\\').any(|piece| {
        let piece = piece.split(':').next().unwrap_or_default();
        let plain: String = piece.chars().filter(|c| !is_ignorable(*c)).map(full_width).collect();
        let plain = plain.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).to_lowercase();
        let short = plain.strip_prefix(word).and_then(|rest| rest.strip_prefix('~'));
        plain.strip_prefix('.') == Some(word)
            || short.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// A full-width letter as the plain one it is folded to.
fn full_width(character: char) -> char {
    match u32::from(character) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(character),
        0x2024 => '.',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_and_tgp_are_refused_in_every_spelling() {
        for text in [
            ".git",
            ".GIT/config",
            "a/.git/hooks/x",
            "a/.Git",
            "git~1/x",
            "GIT~1",
            ".git.",
            ".git ",
            ".git. .",
            ".git::$INDEX_ALLOCATION",
            ".git:x",
            ".g\u{200c}it",
            ".git\u{3000}",
            "a/.git\u{a0}.\u{2003}/config",
            ".gi\u{200b}t/config",
            ".git\u{fe0f}",
            ".g\u{ad}it",
            ".tgp\u{3000}/x",
            ".tg\u{2060}p/x",
            "\u{feff}.git/x",
            "a\\.git\\x",
            "．git",
            ".tgp",
            ".TGP/x",
            ".tgp./x",
            ".tgp /x",
            ".tg\u{200d}p/x",
            "tgp~1/policy",
            ".tgp:stream",
            ".tgp::$DATA/x",
            "..",
            "a/../b",
            "/etc/x",
            "a//b",
            "a/",
            "",
            "a\0b",
            "./a",
        ] {
            assert!(GitPath::to_write(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_of_people_are_taken() {
        for text in [
            ".github/x",
            ".gitignore",
            "a/.tgp",
            "tgp/x",
            "git/x",
            "x.git",
            "caf\u{e9}",
            "a b",
            "-x",
            "aux.c",
        ] {
            assert!(GitPath::to_write(text.as_bytes()).is_ok(), "{text:?}");
        }
        assert!(GitPath::to_write(b"latin-\xe9.txt").is_ok());
        assert_eq!(GitPath::from_tree(b"latin-\xe9\n.txt").to_string(), "latin-\\xe9\\n.txt");
    }
}
