//! The handlers: each hands its message on before its first await.

use std::sync::Arc;

use serde_json::Value;
use tgp_engine::Engine;
use tgp_protocol::client::editor::ClientOptions;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::{
    CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, CompletionParams, CompletionResponse,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, DocumentSymbolParams, DocumentSymbolResponse, ExecuteCommandParams,
    FoldingRange, FoldingRangeParams, GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverParams,
    InitializeParams, InitializeResult, InitializedParams, InlayHint, InlayHintParams, LSPAny, Location,
    PrepareRenameResponse, ReferenceParams, RenameFilesParams, RenameParams, TextDocumentItem,
    TextDocumentPositionParams, Uri, VersionedTextDocumentIdentifier, WorkDoneProgressCancelParams,
    WorkspaceEdit, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};
use tower_lsp_server::{ClientSocket, LanguageServer, LspService};

use crate::authors::{self, Text};
use crate::capabilities;
use crate::core::{Client, Core, Refreshes};
use crate::fault::Fault;
use crate::job::Job;
use crate::method::{self, Method};
use crate::renames;

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

impl Door {
    /// Looks at the project on a worker; nothing where there is none. A bug there is the request's, not the server's.
    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Core, &Engine) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let core = Arc::clone(&self.core);
        let worker = tokio::task::spawn_blocking(move || {
            let engine = core.project.open(core.kernel.as_ref()).ok()?;
            work(&core, &engine)
        });
        worker.await.map_err(|error| Fault::Bug(error.to_string()).into_error())
    }

    /// The same for an open text of ours.
    async fn of<T: Send + 'static>(
        &self,
        uri: Uri,
        work: impl FnOnce(&Text<'_>) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        self.look(move |core, engine| authors::with(core, engine, &uri, work)).await
    }
}

#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a type with a lifetime is not general enough to be handed in"
)]
impl LanguageServer for Door {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let _ = self.core.client.set(client_of(&params));
        let of_text = params.capabilities.text_document.as_ref();
        let rename = of_text.and_then(|text| text.rename.as_ref());
        let prepares_renames = rename.and_then(|rename| rename.prepare_support).unwrap_or_default();
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
        Ok(capabilities::hello(prepares_renames))
    }

    async fn initialized(&self, _: InitializedParams) {
        self.core.initialized.cancel();
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, version, text, .. } = params.text_document;
        self.core.documents.put(uri, version, text);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        if let Some(change) = params.content_changes.into_iter().next_back() {
            self.core.documents.put(uri, version, change.text);
        }
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        self.core.documents.forget();
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.core.documents.close(params.text_document.uri);
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.look(move |core, engine| Some(authors::fixes(core, engine, &params))).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = params.text_document_position_params;
        let told = self.of(place.text_document.uri, move |text| text.hover(place.position));
        Ok(told.await?.flatten())
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let uri = params.text_document.uri;
        self.of(uri.clone(), move |text| text.lenses(&uri)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.of(params.text_document.uri, |text| text.hints()).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = params.text_document_position;
        let found = self.of(place.text_document.uri, move |text| text.complete(place.position));
        Ok(found.await?.map(CompletionResponse::Array))
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let found = self.of(params.text_document.uri, |text| text.symbols());
        Ok(found.await?.map(DocumentSymbolResponse::Nested))
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.of(params.text_document.uri, |text| text.folds()).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        let found = self.of(place.text_document.uri, move |text| text.definition(place.position));
        Ok(found.await?.flatten().map(GotoDefinitionResponse::Scalar))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let place = params.text_document_position;
        self.of(place.text_document.uri, move |text| text.references(place.position)).await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let (place, name) = (params.text_document_position, params.new_name);
        let uri = place.text_document.uri;
        let renamed = self.of(uri, move |text| renames::rename(text, place.position, &name)).await?;
        renamed.transpose().map(Option::flatten).map_err(Error::invalid_params)
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let found = self.of(params.text_document.uri, move |text| renames::prepare(text, params.position));
        Ok(found.await?.flatten())
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        self.look(move |core, engine| renames::moved(core, engine, &params.files)).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        let found = self.look(move |core, engine| Some(renames::tools(core, engine, &params.query)));
        Ok(found.await?.map(WorkspaceSymbolResponse::Flat))
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
    let workspace = params.capabilities.workspace.as_ref();
    let lenses = workspace.and_then(|workspace| workspace.code_lens.as_ref()?.refresh_support);
    let hints = workspace.and_then(|workspace| workspace.inlay_hint.as_ref()?.refresh_support);
    Client {
        name: if name.trim().is_empty() { Client::default().name } else { name.trim().to_owned() },
        shows_approvals: options.approvals,
        refreshes: Refreshes { lenses: lenses.unwrap_or_default(), hints: hints.unwrap_or_default() },
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
