//! What the server says it can do.

use tower_lsp_server::ls_types::{ExecuteCommandOptions, InitializeResult, ServerCapabilities, ServerInfo};

use crate::method;

/// The answer to `initialize`.
pub(crate) fn hello() -> InitializeResult {
    InitializeResult {
        server_info: Some(ServerInfo {
            name: "tgp".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        capabilities: ServerCapabilities {
            execute_command_provider: Some(ExecuteCommandOptions {
                commands: method::all().iter().map(|method| method.command.clone()).collect(),
                ..ExecuteCommandOptions::default()
            }),
            ..ServerCapabilities::default()
        },
        ..InitializeResult::default()
    }
}
