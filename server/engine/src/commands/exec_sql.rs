//! `exec_sql`.

use tgp_protocol::client::tools::{ExecSqlInput, ExecSqlOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

impl Engine {
    /// Runs one statement.
    pub fn exec_sql(&self, call: &Call, input: ExecSqlInput) -> Result<ExecSqlOutput, Refusal> {
        let _ = (call, input);
        Err(Refusal::new(ErrorCode::Internal, "not built yet"))
    }
}
