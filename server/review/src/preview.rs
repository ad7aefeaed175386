//! What a person reads before an agent's branch is merged: what it is for, how much changes, and every line.

use std::fmt::Write as _;

use tgp_branches::Branches;
use tgp_branches::diff::FileDiff;
use tgp_gate::preview::plain;
use tgp_protocol::client::Refusal;
use tgp_store::BranchRow;

use crate::changed;
use crate::merge::Joined;
use crate::refusal::{from_fault, short};

/// The text of it. What is cut is said, with the hash of the whole.
pub(crate) fn merge(
    branches: &Branches,
    joined: &Joined,
    row: Option<&BranchRow>,
    diffs: &[FileDiff],
) -> Result<String, Refusal> {
    let mut text = format!("merge {} into {}\n", joined.branch.name, short(&joined.integration.target));
    if let Some(row) = row {
        let _ = writeln!(text, "task: {}", row.description);
        if let Some(summary) = &row.summary {
            let _ = writeln!(text, "the agent says: {summary}");
        }
        for check in &row.checks {
            let _ =
                writeln!(text, "check {}: {}", check.name, if check.passed { "passed" } else { "failed" });
        }
        if let Some(risk) = &row.risk {
            let _ = writeln!(text, "risk: {risk}");
        }
    }
    let files = changed::counted(branches, diffs)?;
    let (added, removed) = files.iter().fold((0, 0), |sum, file| (sum.0 + file.added, sum.1 + file.removed));
    let count = if files.len() == 1 { "1 file".to_owned() } else { format!("{} files", files.len()) };
    let lines = if added == 1 { "line" } else { "lines" };
    let _ = writeln!(text, "{count}, {added} {lines} added, {removed} removed\n");
    for file in &files {
        let lines =
            if file.binary { "binary".to_owned() } else { format!("+{} -{}", file.added, file.removed) };
        let from = file.renamed_from.as_ref().map(|from| format!(" (was {from})")).unwrap_or_default();
        let mode = file.mode.as_ref().map(|mode| format!(" mode {mode}")).unwrap_or_default();
        let _ = writeln!(text, "{} {}{from} {lines}{mode}", file.how, file.path);
    }
    let patch = branches.patch_of(diffs).map_err(|fault| from_fault(&fault))?;
    let _ = write!(text, "\n{}", String::from_utf8_lossy(&patch));
    Ok(plain(&text))
}
