//! Edits arrive in order, whatever handlers wait.

use serde_json::{Value, json};

use crate::client::{Client, Hall};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn edits_arrive_in_the_order_they_were_typed_while_handlers_wait() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let uri = format!("file://{}/.tgp/tools/typed.ts", hall.root().display());
    let held = client.ask("tgp/tools/show", json!({ "path": "hold/this" })).await;
    hall.wait_for("begin hold/this").await;
    let document = json!({ "uri": uri, "languageId": "typescript", "version": 0, "text": "" });
    client.notify("textDocument/didOpen", json!({ "textDocument": document })).await;
    let mut asked = Vec::new();
    for version in 1..=200 {
        // Every second text has a mistake; the last one has none.
        let text = if version % 2 == 0 { "export default () => 1;\n" } else { "export default (\n" };
        let changes = json!([{ "text": text }]);
        let document = json!({ "uri": uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        client.notify("textDocument/didChange", params).await;
        if version % 50 == 0 {
            // A request sees every edit that was sent before it.
            let id = client.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri } })).await;
            asked.push(id);
        }
    }
    for id in asked {
        let lenses = client.answer(id).await["result"].clone();
        assert!(lenses.as_array().is_some_and(|lenses| !lenses.is_empty()), "{lenses}");
    }
    let last = |message: &Value| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["version"] == 200
    };
    let told = client.message(last).await;
    let errors = told["params"]["diagnostics"].as_array().unwrap().iter();
    assert_eq!(errors.filter(|one| one["code"] == "compile.syntax").count(), 0, "{told}");
    hall.let_go();
    client.answer(held).await;
}
