//! What a snapshot says of itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tgp_git::{GitPath, LeftOut, LeftOutWhy};

/// Longest name of a snapshot.
const LONGEST_NAME: usize = 64;
/// What a path that is no text is written with.
const HEX: &str = "hex:";

/// Name of a snapshot: letters, digits, `-` and `_`; in practice a ULID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotId(String);

/// A text that is no snapshot's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of a snapshot: 1 to {LONGEST_NAME} letters, digits, `-` or `_`")]
pub struct SnapshotIdProblem {
    /// The text as it came in.
    pub text: String,
}

impl SnapshotId {
    /// The private ref that names it.
    pub(crate) fn name(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }
}

/// Where the refs of snapshots lie.
pub(crate) const PREFIX: &str = "refs/tgp/snapshots/";

impl FromStr for SnapshotId {
    type Err = SnapshotIdProblem;

    fn from_str(text: &str) -> Result<Self, SnapshotIdProblem> {
        let fits = (1..=LONGEST_NAME).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if fits { Ok(Self(text.to_owned())) } else { Err(SnapshotIdProblem { text: text.to_owned() }) }
    }
}

impl TryFrom<String> for SnapshotId {
    type Error = SnapshotIdProblem;
    fn try_from(text: String) -> Result<Self, SnapshotIdProblem> {
        text.parse()
    }
}

impl From<SnapshotId> for String {
    fn from(id: SnapshotId) -> String {
        id.0
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub id: SnapshotId,
    /// When it was taken, in milliseconds since 1970.
    pub when: i64,
    /// Why, in a few words.
    pub reason: String,
    /// The branch HEAD was on.
    pub branch: Option<String>,
    /// The commit HEAD named; none before the first.
    pub commit: Option<String>,
    /// Files it does not hold.
    pub left_out: Vec<LeftOut>,
    /// Folders with nothing in them.
    pub empty_folders: Vec<GitPath>,
}

/// The same as JSON: a new field gets a default, so that older snapshots stay readable.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    id: SnapshotId,
    when: i64,
    reason: String,
    branch: Option<String>,
    commit: Option<String>,
    left_out: Vec<(String, String)>,
    empty_folders: Vec<String>,
}

/// The present form of the JSON.
const VERSION: u32 = 1;

const WHYS: [(LeftOutWhy, &str); 8] = [
    (LeftOutWhy::TooLarge, "too large"),
    (LeftOutWhy::Filtered, "filtered"),
    (LeftOutWhy::Nested, "nested repository"),
    (LeftOutWhy::TooMuch, "too much"),
    (LeftOutWhy::Unsteady, "changed while read"),
    (LeftOutWhy::Reserved, "reserved"),
    (LeftOutWhy::Submodule, "submodule"),
    (LeftOutWhy::Begun, "begun"),
];

fn path_text(path: &GitPath) -> String {
    use std::fmt::Write as _;
    match std::str::from_utf8(path.as_bytes()) {
        Ok(text) if !text.starts_with(HEX) => text.to_owned(),
        _ => path.as_bytes().iter().fold(HEX.to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}

fn path_of(text: &str) -> GitPath {
    let Some(digits) = text.strip_prefix(HEX) else { return GitPath::from_tree(text.as_bytes()) };
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    GitPath::from_tree(&pairs.filter_map(byte).collect::<Vec<u8>>())
}

impl About {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let why = |why: LeftOutWhy| WHYS.iter().find(|(known, _)| *known == why).map_or("", |(_, text)| text);
        let stored = Stored {
            version: VERSION,
            id: self.id.clone(),
            when: self.when,
            reason: self.reason.clone(),
            branch: self.branch.clone(),
            commit: self.commit.clone(),
            left_out: self
                .left_out
                .iter()
                .map(|left| (path_text(&left.path), why(left.why).to_owned()))
                .collect(),
            empty_folders: self.empty_folders.iter().map(path_text).collect(),
        };
        // Plain data with string keys always becomes JSON.
        serde_json::to_vec_pretty(&stored).unwrap_or_default()
    }

    pub(crate) fn from_json(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        let why = |text: &str| {
            WHYS.iter().find(|(_, known)| *known == text).map_or(LeftOutWhy::Unsteady, |(why, _)| *why)
        };
        let left = |(path, text): (String, String)| LeftOut { path: path_of(&path), why: why(&text) };
        Some(Self {
            id: stored.id,
            when: stored.when,
            reason: stored.reason,
            branch: stored.branch,
            commit: stored.commit,
            left_out: stored.left_out.into_iter().map(left).collect(),
            empty_folders: stored.empty_folders.iter().map(|text| path_of(text)).collect(),
        })
    }
}
