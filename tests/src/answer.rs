//! The answer to a tool call: what was done, or why not.

use serde_json::Value;

/// The result of `tools/call`.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The whole `result`.
    pub raw: Value,
}

/// A refusal, taken apart.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// The seed's name for it; empty where it has none.
    pub name: String,
    /// The facts.
    pub message: String,
    /// The whole `structuredContent`.
    pub raw: Value,
}

impl Answer {
    /// Whether the call was refused or failed.
    pub fn is_error(&self) -> bool {
        self.raw["isError"].as_bool().unwrap_or(false)
    }

    /// The structured content of a call that did what was asked.
    pub fn done(&self) -> &Value {
        assert!(!self.is_error(), "refused: {:#}", self.raw);
        &self.raw["structuredContent"]
    }

    /// The `result` of `exec_tool`.
    pub fn result(&self) -> &Value {
        &self.done()["result"]
    }

    /// The refusal of a call that did not do what was asked; its shape is checked.
    pub fn refused(&self) -> Refused {
        assert!(self.is_error(), "not refused: {:#}", self.raw);
        let content = &self.raw["structuredContent"];
        let text = |name: &str| content[name].as_str().unwrap_or_default().to_owned();
        let refused = Refused {
            code: text("code"),
            name: text("name"),
            message: text("message"),
            raw: content.clone(),
        };
        assert!(
            !refused.code.is_empty() && !refused.message.is_empty(),
            "no code or message: {:#}",
            self.raw
        );
        refused
    }

    /// The text mirror.
    pub fn text(&self) -> String {
        let blocks = self.raw["content"].as_array().cloned().unwrap_or_default();
        blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
    }
}
