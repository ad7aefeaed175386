//! `patch_file`.

use tgp_protocol::client::tools::{PatchFileInput, WriteFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Replaces a text that occurs exactly once.
    pub fn patch_file(&self, call: &Call, input: PatchFileInput) -> Result<WriteFileOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
