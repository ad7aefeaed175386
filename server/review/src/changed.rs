//! Files that differ, as a person reads them: counted, with their lines, with their symbols.

use tgp_branches::Branches;
use tgp_branches::diff::FileDiff;
use tgp_git::Leaf;
use tgp_outline::{ChangeKind, SymbolChange};
use tgp_patch::{FileHunks, Hunk, LineKind};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::branches::{BranchShown, ChangedFile, ShownHunk, ShownSymbol};

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
            file.symbols = changes.unwrap_or_default().iter().map(symbol).collect();
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
    let (added, removed) = hunks.counts();
    let how = match (diff.before, diff.after, &diff.renamed_from) {
        (_, _, Some(_)) => "renamed",
        (None, _, _) => "added",
        (_, None, _) => "deleted",
        _ => "changed",
    };
    let mode = match (diff.before, diff.after) {
        (Some(before), Some(after)) if before.mode != after.mode => {
            Some(format!("{:o} -> {:o}", before.mode, after.mode))
        }
        _ => None,
    };
    ChangedFile {
        path: diff.path.to_string(),
        renamed_from: diff.renamed_from.as_ref().map(ToString::to_string),
        how: how.to_owned(),
        added,
        removed,
        binary: *hunks == FileHunks::Binary,
        mode,
        hunks: Vec::new(),
        symbols: Vec::new(),
    }
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

pub(crate) fn symbol(change: &SymbolChange) -> ShownSymbol {
    let (how, renamed_from) = match &change.change {
        ChangeKind::Added => ("added", None),
        ChangeKind::Removed => ("removed", None),
        ChangeKind::Changed => ("changed", None),
        ChangeKind::Renamed { from } => ("renamed", Some(from.clone())),
    };
    ShownSymbol {
        kind: change.kind.to_string(),
        name: change.name.clone(),
        change: how.to_owned(),
        renamed_from,
        lines: change.after.or(change.before).unwrap_or_default().into(),
    }
}
