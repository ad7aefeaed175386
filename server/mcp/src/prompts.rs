//! What the agent is taught: the instructions of the server, and the prompt `forge`.

use rmcp::model::{ErrorData, GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

/// Reuse or forge, the eight standards, the feedback loop; under 800 tokens.
pub(crate) const INSTRUCTIONS: &str = include_str!("instructions.md");

const FORGE: &str = "forge";

/// What `prompts/list` says of the one prompt.
pub(crate) fn forge() -> Prompt {
    let task = PromptArgument::new("task").with_description("What should be done").with_required(false);
    let description = "Solve a task by reusing a tool of the library, or by forging a new one.";
    Prompt::new(FORGE, Some(description), Some(vec![task])).with_title("Reuse or forge")
}

/// The text of a prompt.
pub(crate) fn get(name: &str, arguments: Option<&JsonObject>) -> Result<GetPromptResult, ErrorData> {
    if name != FORGE {
        return Err(ErrorData::invalid_params(format!("unknown prompt: {name}"), None));
    }
    let text = match arguments.and_then(|arguments| arguments.get("task")) {
        None | Some(Value::Null) => INSTRUCTIONS.to_owned(),
        Some(Value::String(task)) => format!("{INSTRUCTIONS}\n# Your task\n{task}\n"),
        Some(_) => return Err(ErrorData::invalid_params("the argument `task` is not a string", None)),
    };
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description("Reuse or forge"))
}
