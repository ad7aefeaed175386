//! The handlers: each hands its message on before its first await.

use std::sync::Arc;

use serde_json::Value;
use tgp_protocol::client::editor::ClientOptions;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::{
    ExecuteCommandParams, InitializeParams, InitializeResult, InitializedParams, LSPAny,
    WorkDoneProgressCancelParams,
};
use tower_lsp_server::{ClientSocket, LanguageServer, LspService};

use crate::capabilities;
use crate::core::{Client, Core};
use crate::job::Job;
use crate::method::{self, Method};

/// A name is for people to read; more than this is no name.
const LONGEST_NAME: usize = 120;

/// The handlers of one session.
pub(crate) struct Door {
    core: Arc<Core>,
}

/// The service with all its methods, and the way to the client.
pub(crate) fn service(core: &Arc<Core>) -> (LspService<Door>, ClientSocket) {
    let mut service = LspService::build(|wire| {
        let _ = core.wire.set(wire);
        Door { core: Arc::clone(core) }
    });
    let cancel = |door: &Door, params: WorkDoneProgressCancelParams| {
        door.core.shown.cancel(&params.token);
        std::future::ready(())
    };
    service = service.custom_method("window/workDoneProgress/cancel", cancel);
    for one in method::all() {
        service = service.custom_method(one.name, move |door: &Door, params: Value| door.start(one, params));
    }
    service.finish()
}

impl Door {
    /// Takes the request's place in the line now; the rest is done by whoever waits for it.
    fn start(
        &self,
        method: &'static Method,
        params: Value,
    ) -> impl Future<Output = Result<Value>> + Send + use<> {
        let job = Job::accept(&self.core, method, params);
        job.run(Arc::clone(&self.core))
    }
}

impl LanguageServer for Door {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let _ = self.core.client.set(client_of(&params));
        if let Some(folder) = folder_of(&params) {
            self.core.project.stands_in(folder);
        }
        let core = Arc::clone(&self.core);
        // Requests that follow have their places in the order they come. Where the project cannot be opened, each
        // of them is told why.
        let opening = tokio::task::spawn_blocking(move || core.project.open(core.kernel.as_ref()).map(drop));
        if let Ok(Err(refusal)) = opening.await {
            tracing::info!(message = refusal.message, "served without a project");
        }
        Ok(capabilities::hello())
    }

    async fn initialized(&self, _: InitializedParams) {
        self.core.initialized.cancel();
    }

    async fn shutdown(&self) -> Result<()> {
        self.core.shut_down.cancel();
        Ok(())
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let Some(method) = method::all().iter().find(|method| method.command == params.command) else {
            let message = format!("there is no command `{}`", params.command);
            return Err(Error::invalid_params(message));
        };
        let argument = params.arguments.into_iter().next().unwrap_or_default();
        self.start(method, argument).await.map(Some)
    }
}

/// What the client says of itself.
fn client_of(params: &InitializeParams) -> Client {
    let options = params.initialization_options.as_ref().and_then(|options| options.get("tgp"));
    let options: ClientOptions =
        options.and_then(|options| serde_json::from_value(options.clone()).ok()).unwrap_or_default();
    let said = params.client_info.as_ref();
    let name = match said {
        Some(said) => format!("{} {}", said.name, said.version.as_deref().unwrap_or_default()),
        None => options.client.unwrap_or_default(),
    };
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let window = params.capabilities.window.as_ref();
    Client {
        name: if name.trim().is_empty() { Client::default().name } else { name.trim().to_owned() },
        shows_approvals: options.approvals,
        shows_progress: window.and_then(|window| window.work_done_progress).unwrap_or_default(),
    }
}

/// Where the client stands: its first folder.
fn folder_of(params: &InitializeParams) -> Option<std::path::PathBuf> {
    let first = params.workspace_folders.as_ref().and_then(|folders| folders.first());
    #[allow(deprecated, reason = "clients without workspace folders say it this way")]
    let uri = first.map(|folder| &folder.uri).or(params.root_uri.as_ref());
    if let Some(folder) = uri.and_then(|uri| uri.to_file_path().map(std::borrow::Cow::into_owned)) {
        return Some(folder);
    }
    #[allow(deprecated, reason = "older clients have a path only")]
    params.root_path.as_ref().map(std::path::PathBuf::from)
}
