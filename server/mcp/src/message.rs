//! One line of text to one message of the protocol, or to the error that answers it.

use rmcp::model::{
    CallToolRequest, CancelledNotification, ClientNotification, ClientRequest, CompleteRequest, CustomRequest,
    DiscoverRequest, ErrorData, GetPromptRequest, InitializeRequest, InitializedNotification, ListPromptsRequest,
    ListResourceTemplatesRequest, ListResourcesRequest, ListToolsRequest, PingRequest, ProgressNotification,
    ReadResourceRequest, RequestId, RootsListChangedNotification,
    SubscriptionsListenRequest,
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::id_scan::IdScan;

/// What a line holds.
pub(crate) enum Message {
    /// A request; it gets one answer.
    Request(RequestId, Box<ClientRequest>),
    /// A notification; it gets none.
    Notification(ClientNotification),
    /// A notification we do not know, or an answer to nothing: this server asks its client nothing.
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

/// The parts of a message, each still as text, so that the id is known whatever is wrong with the rest.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// Keeps `null` apart from absent: a request with the id `null` is wrong, not a notification.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads one line.
pub(crate) fn read(line: &[u8]) -> Message {
    let Ok(text) = std::str::from_utf8(line) else {
        let error = ErrorData::parse_error("the message is not UTF-8", None);
        return Message::Wrong(Wrong { id: IdScan::of(line), error });
    };
    match text.as_bytes().first() {
        Some(b'{') => {}
        Some(b'[') => return wrong(Value::Null, "batches are not part of this protocol; send one message a line"),
        _ => return broken(text),
    }
    let envelope = match serde_json::from_str::<Envelope<'_>>(text) {
        Ok(envelope) => envelope,
        Err(error) if error.classify() == Category::Data => {
            return wrong(IdScan::of(line), format!("this is no JSON-RPC message: {error}"));
        }
        Err(_) => return broken(text),
    };
    read_envelope(text, &envelope)
}

fn read_envelope(text: &str, envelope: &Envelope<'_>) -> Message {
    let id = envelope.id.map(|raw| serde_json::from_str::<Value>(raw.get()).unwrap_or(Value::Null));
    let echo = match &id {
        Some(id @ (Value::String(_) | Value::Number(_))) => id.clone(),
        _ => Value::Null,
    };
    if envelope.jsonrpc.map(RawValue::get) != Some(r#""2.0""#) {
        return wrong(echo, r#"`jsonrpc` is not "2.0""#);
    }
    let answers = envelope.result.is_some() || envelope.error.is_some();
    let Some(method) = envelope.method else {
        return if answers { Message::Ignored("answer") } else { wrong(echo, "there is no `method`") };
    };
    if answers {
        return wrong(echo, "a message is a request or an answer, not both");
    }
    let Ok(method) = serde_json::from_str::<String>(method.get()) else {
        return wrong(echo, "`method` is not a string");
    };
    let Some(raw_id) = envelope.id else {
        return read_notification(&method, text);
    };
    let Ok(id) = serde_json::from_str::<RequestId>(raw_id.get()) else {
        return wrong(echo, "`id` is neither a string nor a whole number");
    };
    match read_request(&method, text) {
        Ok(request) => Message::Request(id, Box::new(request)),
        Err(error) => Message::Wrong(Wrong { id: echo, error: unfitting(&method, &error) }),
    }
}

fn read_request(method: &str, text: &str) -> Result<ClientRequest, serde_json::Error> {
    match method {
        "ping" => typed::<PingRequest>(text),
        "initialize" => typed::<InitializeRequest>(text),
        "server/discover" => typed::<DiscoverRequest>(text),
        "tools/call" => typed::<CallToolRequest>(text),
        "tools/list" => typed::<ListToolsRequest>(text),
        "resources/list" => typed::<ListResourcesRequest>(text),
        "resources/templates/list" => typed::<ListResourceTemplatesRequest>(text),
        "resources/read" => typed::<ReadResourceRequest>(text),
        "subscriptions/listen" => typed::<SubscriptionsListenRequest>(text),
        "prompts/list" => typed::<ListPromptsRequest>(text),
        "prompts/get" => typed::<GetPromptRequest>(text),
        "completion/complete" => typed::<CompleteRequest>(text),
        _ => typed::<CustomRequest>(text),
    }
}

fn read_notification(method: &str, text: &str) -> Message {
    let read = match method {
        "notifications/cancelled" => noted::<CancelledNotification>(text),
        "notifications/initialized" => noted::<InitializedNotification>(text),
        "notifications/progress" => noted::<ProgressNotification>(text),
        "notifications/roots/list_changed" => noted::<RootsListChangedNotification>(text),
        _ => return Message::Ignored("unknown notification"),
    };
    read.map_or(Message::Ignored("malformed notification"), Message::Notification)
}

fn typed<R: DeserializeOwned + Into<ClientRequest>>(text: &str) -> Result<ClientRequest, serde_json::Error> {
    serde_json::from_str::<R>(text).map(Into::into)
}

fn noted<N: DeserializeOwned + Into<ClientNotification>>(text: &str) -> Option<ClientNotification> {
    serde_json::from_str::<N>(text).map(Into::into).ok()
}

/// The parameters do not fit the method, or are nested beyond what the parser follows.
fn unfitting(method: &str, error: &serde_json::Error) -> ErrorData {
    if error.classify() == Category::Data {
        ErrorData::invalid_params(format!("the parameters of `{method}` do not fit: {error}"), None)
    } else {
        ErrorData::invalid_request(format!("the message cannot be read: {error}"), None)
    }
}

fn broken(text: &str) -> Message {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => wrong(Value::Null, "this is no JSON-RPC message: it is not an object"),
        Err(error) => {
            let error = ErrorData::parse_error(format!("the message is not JSON: {error}"), None);
            Message::Wrong(Wrong { id: Value::Null, error })
        }
    }
}

fn wrong(id: Value, why: impl Into<std::borrow::Cow<'static, str>>) -> Message {
    Message::Wrong(Wrong { id, error: ErrorData::invalid_request(why, None) })
}
