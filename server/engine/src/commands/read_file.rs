//! `read_file`.

use tgp_protocol::client::tools::{ReadFileInput, ReadFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Reads a page of a file.
    pub fn read_file(&self, call: &Call, input: ReadFileInput) -> Result<ReadFileOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
