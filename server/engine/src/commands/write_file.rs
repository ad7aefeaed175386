//! `write_file`: creates or replaces a file.

use tgp_model::ActionType;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::{WriteFileInput, WriteFileOutput};

use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_gate::Place;

impl Engine {
    /// Creates or replaces a file: a commit in the library, or a file in an allowed folder.
    pub fn write_file(&self, call: &Call, input: WriteFileInput) -> Result<WriteFileOutput, Refusal> {
        let turn = call.take_place().map(Place::wait);
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileModify, format!("Wrote `{}`", input.path));
        let result = Engine::parse_path(&input.path)
            .and_then(|path| self.write(call, &mut action, &path, input.content, None));
        let result = action.end(result);
        drop(turn);
        result.map(|output| self.push_for_review(output))
    }
}
