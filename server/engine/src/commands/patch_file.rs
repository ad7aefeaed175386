//! `patch_file`: replaces a text that occurs exactly once.

use tgp_model::{ActionType, RepoPath};
use tgp_protocol::client::tools::{PatchFileInput, WriteFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};
use tgp_gate::Action;

/// Largest file that is patched.
const LARGEST: u64 = 4 << 20;

impl Engine {
    /// Replaces `search`, which must occur exactly once, by `replace`. Nobody else writes in between.
    pub fn patch_file(&self, call: &Call, input: PatchFileInput) -> Result<WriteFileOutput, Refusal> {
        let mut action = Action::begin_in_turn(
            self.gate(),
            call,
            ActionType::FileModify,
            format!("Patched `{}`", input.path),
        );
        let result = action.carry_out(&mut |action| self.patch(call, action, &input));
        let result = action.end(result);
        result.map(|output| self.push_for_review(output))
    }

    fn patch(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &PatchFileInput,
    ) -> Result<WriteFileOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        action.facts.files = vec![path.clone()];
        let seen = self.library().seen(&self.mount().locate(&path))?;
        let bytes = self.read_bytes(action, &path, LARGEST)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text")))?;
        let patched = replace_once(&path, &text, &input.search, &input.replace)?;
        self.write(call, action, ("fs.patch", &path), &patched, seen)
    }
}

fn replace_once(path: &RepoPath, text: &str, search: &str, replace: &str) -> Result<String, Refusal> {
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
