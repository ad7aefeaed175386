//! `read_file`: a page of a text file.

use tgp_model::{ActionType, RepoPath};
use tgp_protocol::client::tools::{ReadFileInput, ReadFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_task::{PAGE_BYTES, page, page_of_bytes};

/// Largest file read at all; pages are cut out of it.
const LARGEST: u64 = 64 << 20;

impl Engine {
    /// Reads lines of a file; a long file comes in pages.
    pub fn read_file(&self, call: &Call, input: ReadFileInput) -> Result<ReadFileOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileRead, format!("Read `{}`", input.path));
        let result = action.carry_out(&mut |action| self.read_page(call, action, &input));
        action.end(result)
    }

    /// Content of a file as the caller sees it: through its branch in a Git project, plain otherwise.
    pub(crate) fn read_as(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Vec<u8>, Refusal> {
        match self.rooms_of(path)? {
            Some(rooms) => rooms.read(call, action, path, limit),
            None => self.read_bytes(action, path, limit),
        }
    }

    fn read_page(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &ReadFileInput,
    ) -> Result<ReadFileOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        action.facts.files = vec![path.clone()];
        let bytes = self.read_as(call, action, &path, LARGEST)?;
        if let Some(from) = input.byte_offset {
            return Ok(page_of_bytes(&bytes, from));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text (byte {at})"))
                .with_hint("`byte_offset: 0` gives its bytes as base64.")
        })?;
        page(&text, input.offset.unwrap_or(1), input.limit).ok_or_else(|| {
            let message = format!("`{path}`: one line is longer than {PAGE_BYTES} bytes");
            Refusal::new(ErrorCode::FileTooLarge, message)
                .with_hint("`byte_offset` gives it in pages of bytes.")
        })
    }
}
