//! A session with the real engine: forged, checked, run, found again, and refused where it must be.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, open};

/// A project with nothing in it, and a client of it.
async fn project() -> (TempDir, Client) {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let client = Client::open(&Arc::new(engine)).await;
    (folder, client)
}

async fn call(client: &mut Client, tool: &str, arguments: Value) -> Value {
    let id = client.call(tool, arguments).await;
    client.answer(&json!(id)).await["result"].clone()
}

const FIB: &str = "/** The n-th Fibonacci number. */\n\
    export default (args: { n: number }): number =>\n  \
    Array.from({ length: args.n }).reduce<[number, number]>(([a, b]) => [b, a + b], [0, 1])[0];\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_forges_a_tool_runs_it_and_finds_it_again() {
    let (_folder, mut client) = project().await;
    let nothing = call(&mut client, "find_tool", json!({ "query": "fibonacci number" })).await;
    assert_eq!(nothing["structuredContent"]["tools"], json!([]), "{nothing}");
    let written =
        call(&mut client, "write_file", json!({ "path": "tools/math/fib.ts", "content": FIB })).await;
    assert_eq!(written["isError"], false, "{written}");
    assert_eq!(written["structuredContent"]["created"], true);
    let checked = call(&mut client, "check_tool", json!({ "path": "tools/math/fib.ts" })).await;
    assert_eq!(checked["structuredContent"]["valid"], true, "{checked}");
    let ran =
        call(&mut client, "exec_tool", json!({ "path": "tools/math/fib.ts", "args": { "n": 10 } })).await;
    assert_eq!(ran["structuredContent"]["result"], 55, "{ran}");
    let text: Value = serde_json::from_str(ran["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, ran["structuredContent"]);
    let read = call(&mut client, "read_file", json!({ "path": "tools/math/fib.ts" })).await;
    assert_eq!(read["content"][0]["text"], FIB);
    let found = call(&mut client, "find_tool", json!({ "query": "fibonacci number" })).await;
    assert_eq!(found["structuredContent"]["tools"][0]["path"], "tools/math/fib.ts", "{found}");

    let list = client.ask("resources/list", json!({})).await["result"]["resources"].clone();
    assert!(list.as_array().unwrap().iter().any(|item| item["uri"] == "tgp://tools/math/fib.ts"), "{list}");
    let source = client.ask("resources/read", json!({ "uri": "tgp://tools/math/fib.ts" })).await;
    assert_eq!(source["result"]["contents"][0]["text"], FIB);
    let registry = client.ask("resources/read", json!({ "uri": "tgp://registry" })).await;
    let registry: Value =
        serde_json::from_str(registry["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(registry["tools"][0]["path"], "tools/math/fib.ts");
    let missing = client.ask("resources/read", json!({ "uri": "tgp://tools/none.ts" })).await;
    assert_eq!(missing["error"]["code"], -32002, "{missing}");
    client.close_input();
    client.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_sent_at_once_happens_in_order() {
    let (_folder, mut client) = project().await;
    client
        .call("write_file", json!({ "path": "tools/a.ts", "content": FIB.replace("[0, 1]", "[0, 2]") }))
        .await;
    client.call("patch_file", json!({ "path": "tools/a.ts", "search": "[0, 2]", "replace": "[0, 1]" })).await;
    let run = client.call("exec_tool", json!({ "path": "tools/a.ts", "args": { "n": 10 } })).await;
    client.close_input();
    let rest = client.rest().await;
    let ran = rest.iter().find(|line| line["id"] == json!(run)).unwrap();
    assert_eq!(ran["result"]["structuredContent"]["result"], 55, "{ran}");
    client.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_a_result_with_code_and_action() {
    let (folder, mut client) = project().await;
    let escape = call(&mut client, "write_file", json!({ "path": "../outside.txt", "content": "x" })).await;
    assert_eq!(escape["isError"], true);
    assert_eq!(escape["structuredContent"]["code"], "path.escape");
    assert!(escape["structuredContent"]["action"].is_string(), "{escape}");
    assert!(!folder.path().parent().unwrap().join("outside.txt").exists());
    let none = call(&mut client, "exec_tool", json!({ "path": "tools/none.ts", "args": {} })).await;
    assert_eq!(none["structuredContent"]["code"], "tool.not_found", "{none}");
    let sql = call(&mut client, "exec_sql", json!({ "sql": "SELECT 1" })).await;
    assert_eq!(sql["structuredContent"]["code"], "database.missing", "{sql}");
}
