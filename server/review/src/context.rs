//! What a snapshot keeps beside files and rows: open tasks, scopes, the version of the policy, notes of sessions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tgp_gate::{Gate, from_store};
use tgp_model::BranchStatus;
use tgp_protocol::client::Refusal;
use tgp_store::BranchFilter;

/// Notes that are kept, the newest.
const MOST_NOTES: u32 = 200;
/// Largest scope that is kept, in bytes.
const LARGEST_SCOPE: u64 = 64 << 10;

/// How things stand between persons and agents.
pub(crate) fn context(gate: &Gate, library_folder: &Path) -> Result<Value, Refusal> {
    let store = gate.store();
    let mut tasks = Vec::new();
    for status in [BranchStatus::Active, BranchStatus::Ready] {
        let filter = BranchFilter { status: Some(status), ..BranchFilter::default() };
        tasks.extend(store.branches(&filter).map_err(|error| from_store(&error))?);
    }
    let notes = store.session_notes(None, MOST_NOTES).map_err(|error| from_store(&error))?;
    Ok(json!({
        "tasks": tasks,
        "notes": notes,
        "policy_version": gate.judge().version().to_string(),
        "scopes": scopes(&library_folder.join("scopes")),
    }))
}

/// Scopes as they lie there, by the names of their files.
fn scopes(folder: &Path) -> BTreeMap<String, String> {
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = items.filter_map(|item| {
        let name = item.file_name().into_string().ok()?;
        let small = item.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST_SCOPE);
        let is_scope = item.path().extension().is_some_and(|end| end == "yaml");
        (small && is_scope).then(|| Some((name, fs::read_to_string(item.path()).ok()?)))?
    });
    texts.collect()
}
