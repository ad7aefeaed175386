//! `exec_tool`.

use tgp_protocol::client::tools::{ExecToolInput, ExecToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Runs a tool.
    pub fn exec_tool(&self, call: &Call, input: ExecToolInput) -> Result<ExecToolOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
