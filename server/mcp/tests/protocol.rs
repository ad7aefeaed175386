//! What the door says of itself, and how calls look in both eras.

use expect_test::expect_file;
use serde_json::{Value, json};
use tgp_mcp::ServeOptions;

use crate::client::{Client, Hall};

/// The `_meta` that every request of the newer era carries.
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "newer", "version": "2.0" },
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

fn with_meta(mut params: Value) -> Value {
    params["_meta"] = meta();
    params
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

#[tokio::test]
async fn the_list_of_tools_is_this_one_in_both_eras() {
    let hall = Hall::new();
    let mut older = Client::open(&hall).await;
    let first = older.ask("tools/list", json!({})).await["result"].clone();
    expect_file!["tools_2025_11_25.json"].assert_eq(&pretty(&first));
    older.call("write_file", json!({ "path": "tools/x.ts", "content": "" })).await;
    assert_eq!(older.ask("tools/list", json!({})).await["result"], first, "the list never changes");

    let mut newer = Client::connect(&hall, ServeOptions::default());
    let second = newer.ask("tools/list", with_meta(json!({}))).await["result"].clone();
    assert_eq!(second["tools"], first["tools"]);
    assert_eq!(second["resultType"], "complete");
    assert_eq!(second["cacheScope"], "public");
    assert!(second["ttlMs"].as_u64().unwrap() > 0);
    assert_eq!(
        first.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["tools"],
        "the older era knows no more"
    );
}

#[tokio::test]
async fn schemas_hold_nothing_that_strict_clients_refuse() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let list = client.ask("tools/list", json!({})).await["result"]["tools"].clone();
    let tools = list.as_array().unwrap();
    assert_eq!(tools.len(), 22);
    for tool in tools {
        let text = tool.to_string();
        for bad in ["$schema", "$ref", "$defs", "\"format\"", "\"null\""] {
            assert!(!text.contains(bad), "{bad} in {text}");
        }
        assert_eq!(tool["inputSchema"]["type"], "object");
        assert_eq!(tool["outputSchema"]["type"], "object");
        arrays_have_items(&tool["inputSchema"]);
        arrays_have_items(&tool["outputSchema"]);
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{hint} of {}", tool["name"]);
        }
        assert!(tool["name"].as_str().unwrap().len() <= 32, "room for a client's prefix");
        assert!(tool["title"].is_string() && tool["description"].is_string());
    }
}

/// Some clients refuse an array that does not say what it holds.
fn arrays_have_items(schema: &Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("type") == Some(&json!("array")) {
                assert!(fields.get("items").is_some_and(Value::is_object), "{schema}");
            }
            fields.values().for_each(arrays_have_items);
        }
        Value::Array(values) => values.iter().for_each(arrays_have_items),
        _ => {}
    }
}

#[tokio::test]
async fn the_instructions_teach_everything_in_under_800_tokens() {
    let hall = Hall::new();
    let mut client = Client::connect(&hall, ServeOptions::default());
    let discovered = client.ask("server/discover", with_meta(json!({}))).await["result"].clone();
    let text = discovered["instructions"].as_str().unwrap().to_owned();
    let words = text.split_whitespace().count();
    assert!(words * 14 / 10 < 800, "{words} words");
    for taught in [
        "reuse",
        "0.85",
        "find_tool",
        "Abstract",
        "Composable",
        "Higher-order",
        "Stateless",
        "Reusable",
        "General",
        "hardcoded",
        "Orchestrator",
        "Capture",
        "Diagnose",
        "Patch",
        "Verify",
    ] {
        assert!(text.contains(taught), "{taught}");
    }
    let prompts = client.ask("prompts/list", with_meta(json!({}))).await["result"].clone();
    assert_eq!(prompts["prompts"][0]["name"], "forge");
    let prompt = client
        .ask("prompts/get", with_meta(json!({ "name": "forge", "arguments": { "task": "Sum it up" } })))
        .await;
    let said = prompt["result"]["messages"][0]["content"]["text"].as_str().unwrap();
    assert!(said.starts_with(&text) && said.ends_with("# Your task\nSum it up\n"));
    let unknown = client.ask("prompts/get", with_meta(json!({ "name": "other" }))).await;
    assert_eq!(unknown["error"]["code"], -32602);
}

#[tokio::test]
async fn the_newer_era_needs_no_initialize_and_names_its_client_in_each_request() {
    let hall = Hall::new();
    let mut client = Client::connect(&hall, ServeOptions::default());
    let discovered = client.ask("server/discover", with_meta(json!({}))).await["result"].clone();
    let versions = discovered["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2025-11-25")));
    assert_eq!(discovered["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "tgp");
    let params = with_meta(json!({ "name": "read_file", "arguments": { "path": "tools/a.ts" } }));
    let answer = client.ask("tools/call", params).await;
    assert_eq!(answer["result"]["resultType"], "complete");
    assert_eq!(hall.clients(), [Some("newer 2.0".to_owned())]);
    let bare = client.ask("tools/list", json!({})).await;
    assert_eq!(bare["error"]["code"], -32602, "each request of this era carries its metadata");
    let mut unknown = with_meta(json!({}));
    unknown["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2031-01-01");
    assert_eq!(client.ask("tools/list", unknown).await["error"]["code"], -32022);

    let mut older = Client::open(&hall).await;
    let id = older.call("read_file", json!({ "path": "a" })).await;
    older.answer(&json!(id)).await;
    assert_eq!(hall.clients().last().unwrap().as_deref(), Some("tests 1.0"));
}

#[tokio::test]
async fn an_unknown_version_first_leaves_the_session_to_be_opened() {
    let hall = Hall::new();
    let mut client = Client::connect(&hall, ServeOptions::default());
    let mut params = with_meta(json!({}));
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2031-01-01");
    assert!(client.ask("tools/list", params).await["error"].is_object());
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    assert!(client.ask("tools/list", with_meta(json!({}))).await["result"].is_object());
}

#[tokio::test]
async fn a_refusal_is_a_result_with_its_code() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let id = client.call("read_file", json!({ "path": "refuse/1" })).await;
    let result = client.answer(&json!(id)).await["result"].clone();
    assert_eq!(result["isError"], true);
    assert_eq!(result["structuredContent"]["code"], "path.escape");
    assert_eq!(result["structuredContent"]["name"], "SecurityViolation");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "clients that show text only see the same");
}

#[tokio::test]
async fn arguments_that_do_not_fit_name_the_field() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    for (arguments, field) in [
        (json!({ "path": "a" }), "content"),
        (json!({ "path": 5, "content": "" }), "path"),
        (json!({ "path": "a", "content": "", "mode": 7 }), "mode"),
        (json!({}), "path"),
    ] {
        let id = client.call("write_file", arguments).await;
        let answer = client.answer(&json!(id)).await;
        assert_eq!(answer["error"]["code"], -32602);
        assert_eq!(answer["error"]["data"]["code"], "arguments.invalid");
        assert!(answer["error"]["message"].as_str().unwrap().contains(&format!("`{field}`")), "{answer}");
    }
    let id = client.call("list_files", json!({ "limit": -1 })).await;
    assert!(client.answer(&json!(id)).await["error"]["message"].as_str().unwrap().contains("`limit`"));
    for (params, field) in [
        (json!({ "arguments": {} }), "name"),
        (json!({ "name": "read_file", "arguments": [1] }), ""),
        (json!([1]), ""),
        (json!({ "name": "unknown_tool", "arguments": {} }), "unknown_tool"),
    ] {
        let answer = client.ask("tools/call", params).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(field), "{answer}");
    }
    assert!(hall.log().is_empty());
    assert_eq!(client.ask("no/such/method", json!({})).await["error"]["code"], -32601);
    assert_eq!(client.ask("logging/setLevel", json!({ "level": "info" })).await["error"]["code"], -32601);
}

#[tokio::test]
async fn a_large_answer_is_whole_in_its_structure_and_cut_in_its_text() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let id = client.call("exec_tool", json!({ "path": "big/100000" })).await;
    let result = client.answer(&json!(id)).await["result"].clone();
    assert_eq!(result["structuredContent"]["text"].as_str().unwrap().len(), 100_000);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.len() < 31_000 && text.contains("structuredContent"));
}

#[tokio::test]
async fn progress_is_told_to_who_asked_and_never_after_the_answer() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let params =
        json!({ "name": "exec_tool", "arguments": { "path": "hold/1" }, "_meta": { "progressToken": "p" } });
    let id = client.request("tools/call", params).await;
    while client.notices().len() < 3 {
        let line = client.line().await;
        assert_eq!(line["method"], "notifications/progress", "{line}");
        assert_eq!(line["params"]["progressToken"], "p");
        client.keep(line);
    }
    hall.let_go();
    client.answer(&json!(id)).await;
    let steps: Vec<f64> =
        client.notices().iter().map(|line| line["params"]["progress"].as_f64().unwrap()).collect();
    assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
    client.close_input();
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn resources_are_the_registry_and_the_tools() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let list = client.ask("resources/list", json!({})).await["result"].clone();
    assert_eq!(list["resources"][0]["uri"], "tgp://registry");
    let templates = client.ask("resources/templates/list", json!({})).await["result"].clone();
    assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "tgp://tools/{+path}");
    let registry = client.ask("resources/read", json!({ "uri": "tgp://registry" })).await["result"].clone();
    assert_eq!(registry["contents"][0]["mimeType"], "application/json");
    for uri in ["tgp://nothing", "file:///etc/passwd", "tgp://tools/", "tgp://tools/%FF"] {
        let answer = client.ask("resources/read", json!({ "uri": uri })).await;
        assert_eq!(answer["error"]["code"], -32002, "{uri}");
    }
    assert_eq!(client.ask("resources/list", json!({ "cursor": "x" })).await["error"]["code"], -32602);
}
