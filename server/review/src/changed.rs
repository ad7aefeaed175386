//! Files that differ, as a person reads them: counted, with their lines, with their symbols.

use tgp_branches::Branches;
use tgp_branches::diff::FileDiff;
use tgp_git::Leaf;
use tgp_patch::{FileHunks, Hunk, LineKind};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::branches::{BranchShown, ChangedFile, ShownHunk};
use tgp_task::{shown_file, shown_symbol};

use crate::refusal::from_fault;

/// Lines around each change.
const AROUND: u32 = 3;
/// Lines that are shown of one difference; beyond, files are only counted.
const MOST_LINES: usize = 50_000;
/// Longest line that is shown, in bytes.
const LONGEST_LINE: usize = 16 << 10;

/// Files with counts of lines.
pub(crate) fn counted(branches: &Branches, diffs: &[FileDiff]) -> Result<Vec<ChangedFile>, Refusal> {
    diffs.iter().map(|diff| Ok(plain(diff, &hunks_of(branches, diff, 0)?))).collect()
}

/// Files with their lines, and whether some were left out.
pub(crate) fn with_lines(
    branches: &Branches,
    diffs: &[FileDiff],
) -> Result<(Vec<ChangedFile>, bool), Refusal> {
    let (mut shown, mut lines, mut cut) = (Vec::new(), 0, false);
    for diff in diffs {
        let hunks = hunks_of(branches, diff, AROUND)?;
        let mut file = plain(diff, &hunks);
        if let FileHunks::Text(hunks) = hunks {
            lines += hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>();
            if lines <= MOST_LINES {
                file.hunks = hunks.iter().map(hunk).collect();
            } else {
                cut = true;
            }
        }
        shown.push(file);
    }
    Ok((shown, cut))
}

/// Files with the symbols that changed; a file whose language is not known has none.
pub(crate) fn with_symbols(branches: &Branches, diffs: &[FileDiff]) -> Result<Vec<ChangedFile>, Refusal> {
    let mut shown = Vec::new();
    for diff in diffs {
        let mut file = plain(diff, &hunks_of(branches, diff, 0)?);
        if !file.binary {
            let side = |leaf: Option<Leaf>| match leaf.filter(Leaf::is_file) {
                None => Ok(Vec::new()),
                Some(leaf) => branches.project().blob(leaf.id).map_err(|fault| from_fault(&fault)),
            };
            let changes = tgp_outline::changes(&file.path, &side(diff.before)?, &side(diff.after)?);
            file.symbols = changes.unwrap_or_default().iter().map(shown_symbol).collect();
        }
        shown.push(file);
    }
    Ok(shown)
}

/// Adds up what a branch changes.
pub(crate) fn count_into(shown: &mut BranchShown, files: &[ChangedFile]) {
    shown.files_changed = files.len();
    shown.added = files.iter().map(|file| file.added).sum();
    shown.removed = files.iter().map(|file| file.removed).sum();
}

fn hunks_of(branches: &Branches, diff: &FileDiff, around: u32) -> Result<FileHunks, Refusal> {
    // A submodule is shown by the commits it names; its objects are another repository's.
    branches.hunks(diff, around).map_err(|fault| from_fault(&fault))
}

fn plain(diff: &FileDiff, hunks: &FileHunks) -> ChangedFile {
    shown_file(diff, hunks.counts(), hunks.is_binary())
}

/// Lines as text: bytes that are none become U+FFFD.
pub(crate) fn hunk(hunk: &Hunk) -> ShownHunk {
    let line = |line: &tgp_patch::Line| {
        let sign = match line.kind {
            LineKind::Context => ' ',
            LineKind::Removed => '-',
            LineKind::Added => '+',
        };
        let text = line.text.strip_suffix(b"\n").unwrap_or(&line.text);
        let text = String::from_utf8_lossy(text.get(..LONGEST_LINE).unwrap_or(text)).into_owned();
        format!("{sign}{text}")
    };
    ShownHunk {
        old_start: hunk.old_start,
        old_lines: hunk.old_lines,
        new_start: hunk.new_start,
        new_lines: hunk.new_lines,
        lines: hunk.lines.iter().map(line).collect(),
    }
}
