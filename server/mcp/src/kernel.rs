//! What this door asks of the hall, and how the hall's engine answers.

use serde::Serialize;
use serde_json::Value;
use tgp_engine::{Call, Engine};
use tgp_model::Timestamp;
use tgp_model::config::ApprovalsConfig;
use tgp_protocol::client::approvals::{AnswerInput, ApprovalShown};
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

    /// How a person is asked in this project.
    fn asking(&self) -> ApprovalsConfig;

    /// A question as a person is shown it.
    fn question(&self, ticket: &str) -> Result<ApprovalShown, Refusal>;

    /// Keeps what the person said in the client's window. It counts where nobody answered before.
    fn answer(&self, answer: PersonsAnswer) -> Result<(), Refusal>;

    /// Now.
    fn now(&self) -> Timestamp;
}

/// What a person said in the client's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonsAnswer {
    /// The question.
    pub ticket: String,
    /// What they were shown of it.
    pub shown_hash: String,
    /// Yes or no.
    pub approve: bool,
    /// Why.
    pub reason: Option<String>,
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

    fn asking(&self) -> ApprovalsConfig {
        self.config().approvals.clone()
    }

    fn question(&self, ticket: &str) -> Result<ApprovalShown, Refusal> {
        self.question_shown(ticket)
    }

    fn answer(&self, answer: PersonsAnswer) -> Result<(), Refusal> {
        let PersonsAnswer { ticket, shown_hash, approve, reason } = answer;
        let (by, door) = (self.person(), "elicitation".to_owned());
        self.answer_question(&AnswerInput { ticket, approve, by, door, reason, shown_hash }).map(drop)
    }

    fn now(&self) -> Timestamp {
        self.now()
    }
}

/// Lines asked for at once when a whole file is read.
const LINES_AT_ONCE: u32 = 2_000;

/// The whole text of a file, page by page.
pub(crate) fn read_whole(kernel: &dyn Kernel, call: &Call, path: &str) -> Result<String, Refusal> {
    let mut text = String::new();
    let mut offset = None;
    loop {
        let input =
            ReadFileInput { path: path.to_owned(), offset, limit: Some(LINES_AT_ONCE), byte_offset: None };
        let page = kernel.perform(call, Command::ReadFile(input))?.structured;
        text.push_str(page.get("content").and_then(Value::as_str).unwrap_or_default());
        match page.get("next_offset").and_then(Value::as_u64).and_then(|next| u32::try_from(next).ok()) {
            Some(next) if Some(next) > offset => offset = Some(next),
            _ => return Ok(text),
        }
    }
}
