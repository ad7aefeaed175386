//! `patch_file`: replaces a text that occurs exactly once, or applies a unified diff.

use tgp_gate::Action;
use tgp_model::ActionType;
use tgp_protocol::client::tools::{PatchFileInput, WriteFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_task::replace_once;

use crate::{Call, Engine};

/// Largest file that is patched.
const LARGEST: u64 = 4 << 20;

impl Engine {
    /// Replaces `search`, which must occur exactly once, by `replace`; or applies `patch`. Nobody else writes in between.
    pub fn patch_file(&self, call: &Call, input: PatchFileInput) -> Result<WriteFileOutput, Refusal> {
        let described = if input.patch.is_some() {
            "Applied a patch".to_owned()
        } else {
            format!("Patched `{}`", input.path)
        };
        let mut action = Action::begin_in_turn(self.gate(), call, ActionType::FileModify, described);
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
        let whole = [&input.path, &input.search, &input.replace].iter().all(|text| text.is_empty());
        if let Some(patch) = &input.patch {
            if whole {
                return self.repository_rooms()?.apply_patch(call, action, patch);
            }
            let message = "`patch` names its files itself: leave `path`, `search` and `replace` away";
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        }
        if input.path.is_empty() {
            let message = "`path` with `search` and `replace`, or `patch`, is needed";
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        }
        let path = Engine::parse_path(&input.path)?;
        action.facts.files = vec![path.clone()];
        if let Some(rooms) = self.rooms_of(&path)? {
            return rooms.replace_in_file(call, action, &path, (&input.search, &input.replace));
        }
        let seen = self.library().seen(&self.mount().locate(&path))?;
        let bytes = self.read_bytes(action, &path, LARGEST)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text")))?;
        let patched = replace_once(&path, &text, &input.search, &input.replace)?;
        self.write(call, action, ("fs.patch", &path), &patched, seen)
    }
}
