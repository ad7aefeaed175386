//! `list_files`.

use tgp_protocol::client::tools::{ListFilesInput, ListFilesOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Lists files of the library and the project.
    pub fn list_files(&self, call: &Call, input: ListFilesInput) -> Result<ListFilesOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
