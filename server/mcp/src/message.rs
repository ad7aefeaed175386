//! One line of text to one message of the protocol, or to the error that answers it.

use rmcp::model::{
    CallToolRequest, CancelledNotification, ClientNotification, ClientRequest, ClientResult, CompleteRequest,
    CustomRequest, CustomResult, DiscoverRequest, ElicitResult, ErrorData, GetPromptRequest,
    InitializeRequest, InitializedNotification, JsonObject, ListPromptsRequest, ListResourceTemplatesRequest,
    ListResourcesRequest, ListToolsRequest, PingRequest, ProgressNotification, ReadResourceRequest,
    RequestId, RootsListChangedNotification, SubscriptionsListenRequest,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::id_scan::IdScan;

/// What a line holds.
pub(crate) enum Message {
    /// A request; it gets one answer.
    Request(RequestId, Box<ClientRequest>),
    /// A notification; it gets none.
    Notification(ClientNotification),
    /// An answer to a question of this server, or to nothing.
    Answer(RequestId, Result<ClientResult, ErrorData>),
    /// A notification we do not know, or an answer without a number.
    Ignored(&'static str),
    /// No message of the protocol; the error is the answer.
    Wrong(Wrong),
}

/// Why a line is no message, and whom to tell.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The id as the client wrote it; null where there is none.
    pub(crate) id: Value,
    /// What is wrong.
    pub(crate) error: ErrorData,
}

/// Messages longer than this are counted before they are parsed.
const COUNTED_FROM: usize = 1 << 20;
/// Values in one message. A parsed value takes up to 80 bytes where its text takes 2, so length alone bounds little.
const MOST_VALUES: usize = 1_000_000;

/// Reads one line.
pub(crate) fn read(line: &[u8]) -> Message {
    let Ok(text) = std::str::from_utf8(line) else {
        let error = ErrorData::parse_error("the message is not UTF-8", None);
        return Message::Wrong(Wrong { id: IdScan::of(line), error });
    };
    if text.starts_with('[') {
        return wrong(Value::Null, "batches are not part of this protocol; send one message a line");
    }
    if line.len() > COUNTED_FROM && has_too_many_values(line) {
        return wrong(IdScan::of(line), format!("the message holds more than {MOST_VALUES} values"));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(message)) => read_object(message),
        Ok(_) => wrong(Value::Null, "this is no JSON-RPC message: it is not an object"),
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => {
            wrong(IdScan::of(line), format!("the message is nested too deeply: {error}"))
        }
        Err(error) => {
            let error = ErrorData::parse_error(format!("the message is not JSON: {error}"), None);
            Message::Wrong(Wrong { id: Value::Null, error })
        }
    }
}

fn has_too_many_values(line: &[u8]) -> bool {
    let (mut in_string, mut escaped, mut values) = (false, false, 0_usize);
    for &byte in line {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            in_string = byte == b'"';
            values += usize::from(matches!(byte, b',' | b'[' | b'{'));
        }
    }
    values > MOST_VALUES
}

fn read_object(mut message: JsonObject) -> Message {
    let id = message.shift_remove("id");
    let echo = match &id {
        Some(id @ (Value::String(_) | Value::Number(_))) => id.clone(),
        _ => Value::Null,
    };
    if message.shift_remove("jsonrpc").is_none_or(|version| version != "2.0") {
        return wrong(echo, r#"`jsonrpc` is not "2.0""#);
    }
    let answers = message.contains_key("result") || message.contains_key("error");
    let method = match message.get("method") {
        None if answers => return read_answer(id, &mut message),
        None => return wrong(echo, "there is no `method`"),
        Some(_) if answers => return wrong(echo, "a message is a request or an answer, not both"),
        Some(Value::String(method)) => method.clone(),
        Some(_) => return wrong(echo, "`method` is not a string"),
    };
    // `null` is not absent: a request with the id `null` is wrong, not a notification.
    let Some(id) = id else { return read_notification(&method, Value::Object(message)) };
    let Ok(id) = serde_json::from_value::<RequestId>(id) else {
        return wrong(echo, "`id` is neither a string nor a whole number");
    };
    match read_request(&method, Value::Object(message)) {
        Ok(request) => Message::Request(id, Box::new(request)),
        Err(error) => {
            let error = format!("the parameters of `{method}` do not fit: {error}");
            Message::Wrong(Wrong { id: echo, error: ErrorData::invalid_params(error, None) })
        }
    }
}

/// Of all that a client may answer, this server asks for one thing: what the person said.
fn read_answer(id: Option<Value>, message: &mut JsonObject) -> Message {
    let id = id.and_then(|id| serde_json::from_value::<RequestId>(id).ok());
    let Some(id) = id else { return Message::Ignored("answer") };
    match (message.shift_remove("result"), message.shift_remove("error")) {
        (Some(result), None) => {
            let said = serde_json::from_value::<ElicitResult>(result.clone());
            let result = said.map_or_else(
                |_| ClientResult::CustomResult(CustomResult::new(result)),
                ClientResult::ElicitResult,
            );
            Message::Answer(id, Ok(result))
        }
        (None, Some(error)) => {
            let error = serde_json::from_value::<ErrorData>(error);
            let unreadable =
                |_| ErrorData::internal_error("the client answered with a malformed error", None);
            Message::Answer(id, Err(error.unwrap_or_else(unreadable)))
        }
        _ => Message::Ignored("answer"),
    }
}

fn read_request(method: &str, message: Value) -> Result<ClientRequest, serde_json::Error> {
    match method {
        "ping" => typed::<PingRequest>(message),
        "initialize" => typed::<InitializeRequest>(message),
        "server/discover" => typed::<DiscoverRequest>(message),
        "tools/call" => typed::<CallToolRequest>(message),
        "tools/list" => typed::<ListToolsRequest>(message),
        "resources/list" => typed::<ListResourcesRequest>(message),
        "resources/templates/list" => typed::<ListResourceTemplatesRequest>(message),
        "resources/read" => typed::<ReadResourceRequest>(message),
        "subscriptions/listen" => typed::<SubscriptionsListenRequest>(message),
        "prompts/list" => typed::<ListPromptsRequest>(message),
        "prompts/get" => typed::<GetPromptRequest>(message),
        "completion/complete" => typed::<CompleteRequest>(message),
        _ => typed::<CustomRequest>(message),
    }
}

fn read_notification(method: &str, message: Value) -> Message {
    let read = match method {
        "notifications/cancelled" => noted::<CancelledNotification>(message),
        "notifications/initialized" => noted::<InitializedNotification>(message),
        "notifications/progress" => noted::<ProgressNotification>(message),
        "notifications/roots/list_changed" => noted::<RootsListChangedNotification>(message),
        _ => return Message::Ignored("unknown notification"),
    };
    read.map_or(Message::Ignored("malformed notification"), Message::Notification)
}

fn typed<R: DeserializeOwned + Into<ClientRequest>>(
    message: Value,
) -> Result<ClientRequest, serde_json::Error> {
    serde_json::from_value::<R>(message).map(Into::into)
}

fn noted<N: DeserializeOwned + Into<ClientNotification>>(message: Value) -> Option<ClientNotification> {
    serde_json::from_value::<N>(message).map(Into::into).ok()
}

fn wrong(id: Value, why: impl Into<std::borrow::Cow<'static, str>>) -> Message {
    Message::Wrong(Wrong { id, error: ErrorData::invalid_request(why, None) })
}
