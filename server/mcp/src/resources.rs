//! The library as resources: the registry, and the source of each tool.

use rmcp::RoleServer;
use rmcp::model::{
    ErrorData, ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
};
use rmcp::service::RequestContext;
use serde_json::{Value, json};
use tgp_protocol::client::tools::ListFilesInput;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::bench::Kind;
use crate::core::Core;
use crate::elicitation::Window;
use crate::job::{self, Errand};
use crate::kernel::read_whole;
use crate::tools::Command;

const REGISTRY: &str = "tgp://registry";
const TOOLS: &str = "tgp://tools/";
/// Resources on one page.
const PAGE: u32 = 100;

/// The one template: any tool by its path.
pub(crate) fn template() -> ResourceTemplate {
    ResourceTemplate::new("tgp://tools/{+path}", "tool")
        .with_title("Source of a tool")
        .with_description("TypeScript of the tool at this path below `tools/`")
        .with_mime_type("text/typescript")
}

/// One page of resources; the cursor is how many tools came before it.
pub(crate) async fn list(
    core: &Core,
    cursor: Option<String>,
    context: &RequestContext<RoleServer>,
) -> Result<ListResourcesResult, ErrorData> {
    let offset = match cursor {
        None => 0,
        Some(text) => text.parse::<u32>().map_err(|_| ErrorData::invalid_params("unknown cursor", None))?,
    };
    let input = ListFilesInput { dir: "tools".to_owned(), offset: Some(offset), limit: Some(PAGE) };
    let accepted = job::accepted(core, context, Kind::Look);
    let done = job::run(core, context, &accepted, look("resources/list"), move |kernel, call| {
        kernel.perform(call, Command::ListFiles(input)).map(|answer| answer.structured)
    });
    let page = match done.await?.result {
        Ok(page) => page,
        Err(refusal) if refusal.code == ErrorCode::FileNotFound => Value::Null,
        Err(refusal) => return Err(failed(&refusal, "tgp://tools")),
    };
    let files = page.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
    let first = (offset == 0).then(|| {
        Resource::new(REGISTRY, "registry")
            .with_title("Registry of tools")
            .with_description("Each tool's path, description, argument schema and imports")
            .with_mime_type("application/json")
    });
    let tools = files.iter().filter_map(Value::as_str).map(|path| {
        let name = path.strip_prefix("tools/").unwrap_or(path);
        Resource::new(format!("{TOOLS}{}", encode(name)), name).with_mime_type("text/typescript")
    });
    let mut list = ListResourcesResult::with_all_items(first.into_iter().chain(tools).collect());
    list.next_cursor = page.get("next_offset").and_then(Value::as_u64).map(|next| next.to_string());
    Ok(list)
}

/// The text of one resource.
pub(crate) async fn read(
    core: &Core,
    uri: String,
    context: &RequestContext<RoleServer>,
) -> Result<ReadResourceResult, ErrorData> {
    let (path, mime) = match uri.strip_prefix(TOOLS) {
        Some(path) => (decode(path), "text/typescript"),
        None if uri == REGISTRY => (None, "application/json"),
        None => return Err(not_found(&uri)),
    };
    if mime == "text/typescript" && path.is_none() {
        return Err(not_found(&uri));
    }
    let accepted = job::accepted(core, context, Kind::Look);
    let done = job::run(core, context, &accepted, look("resources/read"), move |kernel, call| match path {
        Some(path) => read_whole(kernel, call, &format!("tools/{path}")),
        None => kernel.registry(call),
    });
    let text = done.await?.result.map_err(|refusal| failed(&refusal, &uri))?;
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(mime)]))
}

/// Resources are read by hosts, not by agents: what asks there is for the terminal.
fn look(name: &'static str) -> Errand {
    Errand { kind: Kind::Look, name, window: Window::Shut }
}

fn not_found(uri: &str) -> ErrorData {
    ErrorData::resource_not_found(format!("there is no resource `{uri}`"), Some(json!({ "uri": uri })))
}

fn failed(refusal: &Refusal, uri: &str) -> ErrorData {
    match refusal.code {
        ErrorCode::FileNotFound | ErrorCode::FileKind | ErrorCode::ToolNotFound => not_found(uri),
        ErrorCode::Internal | ErrorCode::FileIo | ErrorCode::LibraryUnusable => {
            ErrorData::internal_error(refusal.message.clone(), serde_json::to_value(refusal).ok())
        }
        _ => ErrorData::invalid_params(refusal.message.clone(), serde_json::to_value(refusal).ok()),
    }
}

/// A path as a URI holds it.
fn encode(path: &str) -> String {
    use std::fmt::Write;
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}

/// The path of a URI; none when it is no UTF-8 text or its escapes are broken.
fn decode(uri: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte == b'%' {
            let [high, low, tail @ ..] = rest else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
            rest = tail;
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_from_its_uri() {
        for path in ["a.ts", "reports/down grade.ts", "ü/%41.ts", "a+b&c?d#e.ts"] {
            let uri = encode(path);
            assert!(uri.is_ascii() && !uri.contains([' ', '?', '#']), "{uri}");
            assert_eq!(decode(&uri).as_deref(), Some(path));
        }
        assert_eq!(decode("%4"), None);
        assert_eq!(decode("%FF"), None);
        assert_eq!(decode(""), None);
    }
}
