//! `patch_file`: a text that occurs exactly once is replaced, or a unified diff is applied, all of it or nothing.

use tgp_branches::patch::PatchedFile;
use tgp_branches::{Branches, Change, GitPath};
use tgp_gate::{Action, Call};
use tgp_model::{ActionType, RepoPath};
use tgp_policy::Target;
use tgp_protocol::client::tools::WriteFileOutput;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::changing::{Judged, Plan, named};
use crate::files::{LARGEST, check_size};
use crate::refusal::from_patch;
use crate::rooms::Rooms;
use crate::view::View;

impl Rooms<'_> {
    /// Replaces a text that occurs exactly once.
    pub fn replace_in_file(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &RepoPath,
        (search, replace): (&str, &str),
    ) -> Result<WriteFileOutput, Refusal> {
        action.judge("fs.read", vec![Target::path(path)])?;
        let view = self.view(call)?;
        let bytes = self.content(&view, path, u64::try_from(LARGEST).unwrap_or(u64::MAX))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text")))?;
        let patched = replace_once(path, &text, search, replace)?;
        check_size(patched.as_bytes())?;
        self.write_as(call, action, view, ("fs.patch", path, patched.as_bytes()))
    }

    /// Applies a unified diff over one or several files.
    pub fn apply_patch(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        patch: &str,
    ) -> Result<WriteFileOutput, Refusal> {
        let named_files = Branches::files_of_patch(patch.as_bytes()).map_err(|error| from_patch(&error))?;
        let (mut judged, mut files) = self.judged(&named_files)?;
        action.facts.files.clone_from(&files);
        // A hunk that does not fit says what is there, so what the patch names has to be the agent's to read.
        for (capability, targets) in judged.extract_if(.., |(capability, _)| *capability == "fs.read") {
            action.judge(capability, targets)?;
        }
        let view = self.view(call)?;
        let changes = self.changes(&view, patch)?;
        for change in &changes {
            if let Change::Write { content, .. } = change {
                check_size(content)?;
            }
        }
        files.dedup();
        let description = match files.as_slice() {
            [one] => format!("Patched `{one}`"),
            many => format!("Patched {} files", many.len()),
        };
        let bytes: usize = changes.iter().map(written).sum();
        let plan = Plan { judged, changes, files: files.clone(), kind: ActionType::FileModify, description };
        let done = self.change(call, action, view, plan)?;
        Ok(WriteFileOutput {
            path: files.first().map(ToString::to_string).unwrap_or_default(),
            created: named_files.iter().all(|file| file.old.is_none()),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            commit: Some(done.commit.to_string()),
            branch: Some(done.branch.to_string()),
            files: files.iter().map(ToString::to_string).collect(),
            notes: done.notes,
            action: action.id.to_string(),
        })
    }

    fn changes(&self, view: &View, patch: &str) -> Result<Vec<Change>, Refusal> {
        let Some(at) = view.at else {
            let message = "the project has no commit a patch could apply to";
            return Err(Refusal::new(ErrorCode::FileNotFound, message)
                .with_hint("Write the files with `write_file`."));
        };
        self.branches.changes_of_patch(at, patch.as_bytes()).map_err(|error| from_patch(&error))
    }

    /// What a patch needs, file by file, and the files.
    fn judged(&self, patched: &[PatchedFile]) -> Result<(Vec<Judged>, Vec<RepoPath>), Refusal> {
        let (mut judged, mut files) = (Vec::new(), Vec::new());
        for file in patched {
            let path = |path: &GitPath| {
                let text = named(path);
                let hint = if text.is_some() {
                    "Tools of the library are patched one by one, with `search` and `replace`."
                } else {
                    "Its name is no text that could be judged; ask the person to change or rename it."
                };
                text.filter(|_| self.seen(path).is_some()).ok_or_else(|| {
                    let message = format!("`{path}` cannot be patched with a diff");
                    Refusal::new(ErrorCode::PathInvalid, message).with_hint(hint)
                })
            };
            let old = file.old.as_ref().map(path).transpose()?;
            let new = file.new.as_ref().map(path).transpose()?;
            let target = |path: &RepoPath| vec![Target::path(path)];
            if let Some(old) = &old {
                judged.push(("fs.read", target(old)));
            }
            match (&old, &new) {
                (Some(old), None) => judged.push(("fs.delete", target(old))),
                (None, Some(new)) => judged.push(("fs.write", target(new))),
                (Some(old), Some(new)) if old != new => {
                    judged.push(("fs.move", vec![Target::path(old), Target::path(new)]));
                    judged.push(("fs.patch", target(new)));
                }
                (Some(old), Some(_)) => judged.push(("fs.patch", target(old))),
                (None, None) => {}
            }
            files.extend(old.into_iter().chain(new));
            files.dedup();
        }
        Ok((judged, files))
    }
}

fn written(change: &Change) -> usize {
    match change {
        Change::Write { content, .. } => content.len(),
        Change::Delete { .. } | Change::Move { .. } => 0,
    }
}

/// A text with one part of it replaced, which must occur exactly once.
pub fn replace_once(path: &RepoPath, text: &str, search: &str, replace: &str) -> Result<String, Refusal> {
    if search.is_empty() {
        return Err(Refusal::new(ErrorCode::ArgumentsInvalid, "`search` is empty"));
    }
    let places = places(text, search);
    match places.as_slice() {
        [] => {
            Err(Refusal::new(ErrorCode::PatchMissing, format!("the search text does not occur in `{path}`")))
        }
        [at] => {
            let (before, rest) = text.split_at(*at);
            let after = rest.get(search.len()..).unwrap_or_default();
            Ok([before, replace, after].concat())
        }
        many => {
            let lines: Vec<String> = many.iter().take(10).map(|at| line_of(text, *at).to_string()).collect();
            let message = format!(
                "the search text occurs {} times in `{path}` (lines {})",
                many.len(),
                lines.join(", ")
            );
            Err(Refusal::new(ErrorCode::PatchAmbiguous, message)
                .with_details(serde_json::json!({ "matches": many.len() })))
        }
    }
}

/// Where the text occurs; occurrences that overlap count each, because each could be meant.
fn places(text: &str, search: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(search)) {
        found.push(from + at);
        let step = text.get(from + at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        from += at + step;
    }
    found
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_needs_exactly_one_match() {
        let path: RepoPath = "tools/a.ts".parse().unwrap();
        assert_eq!(replace_once(&path, "a b c", "b", "x").unwrap(), "a x c");
        assert_eq!(replace_once(&path, "a b c", "d", "x").unwrap_err().code, ErrorCode::PatchMissing);
        let twice = replace_once(&path, "b\nb", "b", "x").unwrap_err();
        assert_eq!(twice.code, ErrorCode::PatchAmbiguous);
        assert!(
            twice.message.contains("2 times") && twice.message.contains("lines 1, 2"),
            "{}",
            twice.message
        );
        assert_eq!(replace_once(&path, "ééé", "éé", "x").unwrap_err().code, ErrorCode::PatchAmbiguous);
        assert_eq!(replace_once(&path, "a", "", "x").unwrap_err().code, ErrorCode::ArgumentsInvalid);
    }
}
