//! The messages of the protocol, one method each; what they have in common is in `core` and `job`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, DiscoverResult,
    ElicitRequest, ErrorData, GetPromptRequestParams, GetPromptResponse, Implementation,
    InitializeRequestParams, InitializeResult, InputRequest, InputRequiredResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde_json::Value;
use tgp_model::iso::iso8601;
use tgp_protocol::client::approvals::ApprovalShown;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::core::Core;
use crate::elicitation::{Reply, Window, form};
use crate::era::is_newer_era;
use crate::job::Errand;
use crate::kernel::{Answer, PersonsAnswer};
use crate::request_state::RequestStates;
use crate::{job, prompts, request_state, resources, tools};

/// The name under which the client gives the person's answer back.
const QUESTION: &str = "approval";

/// How long a client may keep what does not change while this process lives.
const FIXED_FOR_MS: u64 = 3_600_000;
/// Longest text mirror of a result; some 8,000 tokens. The whole is in `structuredContent`.
const LONGEST_TEXT: usize = 30_000;

/// One session.
pub(crate) struct Door {
    core: Arc<Core>,
    states: RequestStates,
    initialized: AtomicBool,
}

impl Door {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, states: RequestStates::new(), initialized: AtomicBool::new(false) }
    }
}

impl ServerHandler for Door {
    fn get_info(&self) -> ServerConfig {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_resources().enable_prompts().build();
        let server = Implementation::new("tgp", env!("CARGO_PKG_VERSION"))
            .with_title("Tool Generation Protocol")
            .with_description("Forge, run and keep TypeScript tools in a sandbox.");
        ServerConfig::new(capabilities)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
            .with_server_info(server)
            .with_instructions(prompts::INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        if self.initialized.swap(true, Ordering::AcqRel) {
            return Err(ErrorData::invalid_request("this session is initialized already", None));
        }
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }

    async fn discover(&self, _context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, self.get_info())
            .with_ttl_ms(FIXED_FOR_MS)
            .with_cache_scope(CacheScope::Public))
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let list = ListToolsResult::with_all_items(tools::described().to_vec());
        if is_newer_era(&context) {
            return Ok(list.with_ttl_ms(FIXED_FOR_MS).with_cache_scope(CacheScope::Public));
        }
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::described().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::find(&request.name) else {
            return Err(ErrorData::invalid_params(format!("unknown tool: {}", request.name), None));
        };
        let accepted = job::accepted(&self.core, &context, tool.kind);
        let scope = request_state::scope(&accepted.call, tool.name, request.arguments.as_ref());
        let reply = match self.given_back(&scope, &request) {
            Ok(reply) => reply,
            Err(refusal) => return Ok(refused(&refusal).into()),
        };
        let command = tool.parse(request.arguments).map_err(|reason| {
            let message = format!("the arguments of `{}` do not fit: {reason}", tool.name);
            let data = serde_json::json!({ "code": "arguments.invalid", "message": reason });
            ErrorData::invalid_params(message, Some(data))
        })?;
        let shown = reply.as_ref().map(|reply| reply.ticket.clone());
        let window = Window::of(&context, &self.core.kernel.asking(), shown);
        let errand = Errand { kind: tool.kind, name: tool.name, window };
        let done = job::run(&self.core, &context, &accepted, errand, move |kernel, call| {
            if let Some(answer) = reply.and_then(|reply| reply.answer) {
                job::keep_first(kernel, answer);
            }
            kernel.perform(call, command)
        });
        let done = done.await?;
        if let Some(required) = done.asks.and_then(|question| self.input_required(&scope, &question)) {
            return Ok(required.into());
        }
        Ok(match done.result {
            Ok(answer) => answered(tool.name, answer).into(),
            Err(refusal) => refused(&refusal).into(),
        })
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list(&self.core, request.and_then(|page| page.cursor), &context).await
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let list = ListResourceTemplatesResult::with_all_items(vec![resources::template()]);
        if is_newer_era(&context) {
            return Ok(list.with_ttl_ms(FIXED_FOR_MS).with_cache_scope(CacheScope::Public));
        }
        Ok(list)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&self.core, request.uri, &context).await.map(Into::into)
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let list = ListPromptsResult::with_all_items(vec![prompts::forge()]);
        if is_newer_era(&context) {
            return Ok(list.with_ttl_ms(FIXED_FOR_MS).with_cache_scope(CacheScope::Public));
        }
        Ok(list)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&request.name, request.arguments.as_ref()).map(Into::into)
    }
}

/// What a repeated call brought back from the person.
struct GivenBack {
    ticket: String,
    /// Yes or no; none where they said neither.
    answer: Option<PersonsAnswer>,
}

impl Door {
    /// Reads what a client of the newer era gives back with a repeated call. Whatever stands in the arguments of a tool
    /// is not looked at: only a state this process sealed for this call makes an answer of what comes with it.
    fn given_back(
        &self,
        scope: &[u8],
        request: &CallToolRequestParams,
    ) -> Result<Option<GivenBack>, Refusal> {
        let Some(state) = &request.request_state else {
            return match &request.input_responses {
                Some(_) => Err(state_refused("there is no `requestState` with the answer", "missing")),
                None => Ok(None),
            };
        };
        let now = iso8601(self.core.kernel.now());
        let asked = self.states.open(scope, state, &now).map_err(|problem| {
            state_refused(&format!("the `requestState` does not count: {problem}"), problem.as_str())
        })?;
        let result = request.input_responses.as_ref().and_then(|responses| responses.get(QUESTION));
        let ticket = asked.ticket.clone();
        let answer = match result.cloned().map_or(Reply::Nothing, Reply::read) {
            Reply::Said { approve, reason } => {
                let (ticket, shown_hash) = (asked.ticket, asked.shown_hash);
                Some(PersonsAnswer { ticket, shown_hash, approve, reason })
            }
            Reply::Nothing => None,
        };
        Ok(Some(GivenBack { ticket, answer }))
    }

    /// The answer of a call that has the client ask the person; none where it cannot be sealed or written.
    fn input_required(&self, scope: &[u8], question: &ApprovalShown) -> Option<InputRequiredResult> {
        let state = self.states.seal(scope, question)?;
        let request = InputRequest::Elicitation(ElicitRequest::new(form(question)?));
        Some(InputRequiredResult::new(Some(BTreeMap::from([(QUESTION.to_owned(), request)])), Some(state)))
    }
}

fn state_refused(message: &str, why: &str) -> Refusal {
    Refusal::new(ErrorCode::ApprovalState, message).with_details(serde_json::json!({ "why": why }))
}

fn answered(tool: &str, answer: Answer) -> CallToolResult {
    let next = answer.structured.get("next_offset").and_then(Value::as_u64);
    let mut content = match answer.structured.get("content").and_then(Value::as_str) {
        Some(file) if tool == "read_file" => vec![ContentBlock::text(file)],
        _ => vec![ContentBlock::text(short(answer.text))],
    };
    if let (Some(next), "read_file") = (next, tool) {
        content.push(ContentBlock::text(format!("There is more: read on with `offset` {next}.")));
    }
    let mut result = CallToolResult::success(content);
    result.structured_content = Some(answer.structured);
    result
}

fn refused(refusal: &Refusal) -> CallToolResult {
    let refusal = serde_json::to_value(refusal).unwrap_or_default();
    let mut result = CallToolResult::error(vec![ContentBlock::text(short(refusal.to_string()))]);
    result.structured_content = Some(refusal);
    result
}

/// Cuts what no model should have to read twice.
fn short(text: String) -> String {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    let cut = text.floor_char_boundary(LONGEST_TEXT);
    let rest = text.len() - cut;
    let kept: Cow<'_, str> = text.get(..cut).unwrap_or_default().into();
    format!("{kept}\n[cut: {rest} more bytes are in structuredContent; ask for less, or for a page]")
}
