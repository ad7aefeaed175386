//! `write_file`: creates or replaces a file.

use tgp_model::ActionType;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::{WriteFileInput, WriteFileOutput};

use crate::{Call, Engine};
use tgp_gate::Action;

impl Engine {
    /// Creates or replaces a file: a commit in the library or on the agent's branch, or a file in an allowed folder.
    pub fn write_file(&self, call: &Call, input: WriteFileInput) -> Result<WriteFileOutput, Refusal> {
        let mut action = Action::begin_in_turn(
            self.gate(),
            call,
            ActionType::FileModify,
            format!("Wrote `{}`", input.path),
        );
        let result = Engine::parse_path(&input.path).and_then(|path| {
            action.carry_out(&mut |action| match self.rooms_of(&path)? {
                Some(rooms) => rooms.write_file(call, action, &path, input.content.as_bytes()),
                None => self.write(call, action, ("fs.write", &path), &input.content, None),
            })
        });
        let result = action.end(result);
        result.map(|output| self.push_for_review(output))
    }
}
