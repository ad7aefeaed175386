//! Files that differ, as all who look at them see them: agents, editors and persons.

use tgp_branches::diff::FileDiff;
use tgp_outline::{ChangeKind, SymbolChange};
use tgp_protocol::client::branches::{ChangedFile, ShownSymbol};

/// A file that differs with its lines counted, without the lines themselves.
pub fn shown_file(diff: &FileDiff, (added, removed): (usize, usize), binary: bool) -> ChangedFile {
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
        binary,
        mode,
        hunks: Vec::new(),
        symbols: Vec::new(),
    }
}

/// A symbol that changed.
pub fn shown_symbol(change: &SymbolChange) -> ShownSymbol {
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
