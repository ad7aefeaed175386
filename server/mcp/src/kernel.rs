//! What this door asks of the hall, and how the hall's engine answers.

use serde::Serialize;
use serde_json::Value;
use tgp_engine::{Call, Engine};
use tgp_protocol::client::tools::ReadFileInput;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::tools::Command;

/// The hall as this door sees it. [`Engine`] is one; a test wraps it to see what the door does when it fails.
pub trait Kernel: Send + Sync + 'static {
    /// Begins a call, in the order the messages came in.
    fn begin(&self, client: Option<String>) -> Call;

    /// Does what a kernel tool does. Blocks; the door calls it on a worker.
    fn perform(&self, call: &Call, command: Command) -> Result<Answer, Refusal>;

    /// The registry of the tool library as JSON.
    fn registry(&self, call: &Call) -> Result<String, Refusal>;
}

/// What a kernel tool answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The output as the tool's output schema has it.
    pub structured: Value,
    /// The same for clients that show text only.
    pub text: String,
}

impl Answer {
    /// The answer for an output of `tgp_protocol::client::tools`.
    pub fn of(output: &impl Serialize) -> Result<Self, Refusal> {
        let structured = serde_json::to_value(output)
            .map_err(|error| Refusal::new(ErrorCode::Internal, format!("the output is no JSON: {error}")))?;
        let text = structured.to_string();
        Ok(Self { structured, text })
    }
}

impl Kernel for Engine {
    fn begin(&self, client: Option<String>) -> Call {
        self.call(client)
    }

    fn perform(&self, call: &Call, command: Command) -> Result<Answer, Refusal> {
        command.perform(self, call)
    }

    fn registry(&self, call: &Call) -> Result<String, Refusal> {
        Ok(self.registry(call)?.to_string())
    }
}

/// Lines asked for at once when a whole file is read.
const LINES_AT_ONCE: u32 = 2_000;

/// The whole text of a file, page by page.
pub(crate) fn read_whole(kernel: &dyn Kernel, call: &Call, path: &str) -> Result<String, Refusal> {
    let mut text = String::new();
    let mut offset = None;
    loop {
        let input = ReadFileInput { path: path.to_owned(), offset, limit: Some(LINES_AT_ONCE) };
        let page = kernel.perform(call, Command::ReadFile(input))?.structured;
        text.push_str(page.get("content").and_then(Value::as_str).unwrap_or_default());
        match page.get("next_offset").and_then(Value::as_u64).and_then(|next| u32::try_from(next).ok()) {
            Some(next) if Some(next) > offset => offset = Some(next),
            _ => return Ok(text),
        }
    }
}
