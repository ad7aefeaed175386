//! `find_tool`.

use tgp_protocol::client::tools::{FindToolInput, FindToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Finds tools by what they do.
    pub fn find_tool(&self, call: &Call, input: FindToolInput) -> Result<FindToolOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
