//! What the host and the sandboxed engine say to each other: JSON in linear memory.
//!
//! Values carry the same two tags as in `client::tools`: `{"$bigint": "..."}` and `{"$bytes": "<base64>"}`.

use serde::{Deserialize, Serialize};

/// What a tool asks of the host. The guest waits for the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum HostCall {
    /// `tgp.read_file(path)`: the text of a file of the library or the project.
    ReadFile {
        /// The file.
        path: String,
    },
    /// `tgp.list_files(dir)`: paths below a folder.
    ListFiles {
        /// The folder.
        dir: String,
    },
    /// `tgp.write_file(path, content)`: into one of `fs.allowedDirs`.
    WriteFile {
        /// The file.
        path: String,
        /// The whole content.
        content: String,
    },
    /// `tgp.exec_tool(path, args)`: runs another tool inside this run's budget and transaction.
    ExecTool {
        /// The tool.
        path: String,
        /// Its arguments.
        args: serde_json::Value,
    },
    /// `tgp.exec_sql(sql, params)`: one statement in this run's transaction.
    ExecSql {
        /// The statement.
        sql: String,
        /// Array or object.
        #[serde(default)]
        params: serde_json::Value,
    },
    /// `fetch(url, options)`.
    Fetch {
        /// Where.
        url: String,
        /// How; `GET` where nothing is said.
        method: String,
        /// Header names and values.
        headers: Vec<(String, String)>,
        /// The body as base64, where there is one.
        #[serde(default)]
        body: Option<String>,
    },
}

/// What the host answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HostReply {
    /// It was done.
    Done {
        /// The value the function returns.
        value: serde_json::Value,
    },
    /// It was not; the function throws an error with these fields.
    Refused {
        /// The reason.
        error: HostError,
    },
}

/// An error a host function throws inside the tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostError {
    /// Stable code, as in `client::ErrorCode`.
    pub code: String,
    /// Name of the error, such as `SecurityViolation`.
    pub name: String,
    /// The facts.
    pub message: String,
}
