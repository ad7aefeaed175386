//! `check_tool`.

use tgp_protocol::client::tools::{CheckToolInput, CheckToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Compiles and lints a tool.
    pub fn check_tool(&self, call: &Call, input: CheckToolInput) -> Result<CheckToolOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
