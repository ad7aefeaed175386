//! `write_file`.

use tgp_protocol::client::tools::{WriteFileInput, WriteFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Creates or replaces a file.
    pub fn write_file(&self, call: &Call, input: WriteFileInput) -> Result<WriteFileOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
