//! The probes of a language server's framework: order, waiting, panics, ends.

use serde_json::{Value, json};
use tgp_lsp::{Ended, ServeOptions};

use crate::client::{Client, Hall};

fn snapshot(reason: &str) -> Value {
    json!({ "reason": reason })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_changes_run_in_the_order_they_were_sent_while_another_request_waits() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let held = client.ask("tgp/tools/show", json!({ "path": "hold/this" })).await;
    hall.wait_for("begin hold/this").await;
    let mut ids = Vec::new();
    for number in 0..200 {
        ids.push(client.ask("tgp/snapshots/create", snapshot(&number.to_string())).await);
    }
    for id in ids {
        assert!(client.answer(id).await.get("result").is_some());
    }
    let expected: Vec<String> = (0..200).map(|number| format!("begin {number}")).collect();
    assert_eq!(hall.log()[1..], expected);
    hall.let_go();
    client.answer(held).await;
}

#[tokio::test]
async fn forty_requests_that_wait_do_not_hold_up_the_next_one() {
    for waiting in [4, 40] {
        let hall = Hall::new();
        let mut client = Client::open(&hall).await;
        let mut ids = Vec::new();
        for number in 0..waiting {
            let path = format!("hold/{number}");
            ids.push(client.ask("tgp/tools/show", json!({ "path": path })).await);
        }
        hall.wait_for(&format!("begin hold/{}", waiting - 1)).await;
        client.done("tgp/status", json!({})).await;
        hall.let_go();
        for id in ids {
            assert!(client.answer(id).await.get("result").is_some());
        }
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_answered_and_the_server_lives() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    for _ in 0..3 {
        let id = client.ask("tgp/tools/show", json!({ "path": "panic/now" })).await;
        let error = client.answer(id).await["error"].clone();
        assert_eq!((&error["code"], &error["data"]["code"]), (&json!(-32603), &json!("internal")));
        assert!(error["message"].as_str().unwrap().contains("panic/now"), "{error}");
        client.done("tgp/status", json!({})).await;
    }
    // A change that panicked gives its place in the line back.
    let id = client.ask("tgp/snapshots/create", snapshot("panic")).await;
    assert_eq!(client.answer(id).await["error"]["code"], -32603);
    client.done("tgp/snapshots/create", snapshot("after")).await;
}

#[tokio::test]
async fn a_cancelled_request_is_told_to_end_and_answered_at_once() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let id = client.ask("tgp/snapshots/create", snapshot("hold")).await;
    hall.wait_for("begin hold").await;
    client.notify("$/cancelRequest", json!({ "id": id })).await;
    assert_eq!(client.answer(id).await["error"]["code"], -32800);
    hall.wait_for("cancelled hold").await;
    client.done("tgp/snapshots/create", snapshot("after")).await;
}

#[tokio::test]
async fn what_takes_over_a_second_says_so_and_can_be_ended_from_there() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let id = client.ask("tgp/tools/show", json!({ "path": "hold/long" })).await;
    let create = client.message(|message| message["method"] == "window/workDoneProgress/create").await;
    let token = create["params"]["token"].clone();
    client.send(&json!({ "jsonrpc": "2.0", "id": create["id"], "result": null })).await;
    let begun = client.message(|message| message["method"] == "$/progress").await;
    assert_eq!((&begun["params"]["token"], &begun["params"]["value"]["kind"]), (&token, &json!("begin")));
    assert_eq!(begun["params"]["value"]["cancellable"], true);
    client.notify("window/workDoneProgress/cancel", json!({ "token": token })).await;
    let error = client.answer(id).await["error"].clone();
    assert_eq!(error["data"]["code"], "cancelled");
    let ended = client.message(|message| message["method"] == "$/progress").await;
    assert_eq!(ended["params"]["value"]["kind"], "end");
}

#[tokio::test]
async fn a_client_that_never_answers_a_request_of_the_server_holds_up_nothing() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let mut ids = Vec::new();
    for number in 0..40 {
        let path = format!("hold/{number}");
        ids.push(client.ask("tgp/tools/show", json!({ "path": path })).await);
    }
    for _ in 0..40 {
        client.message(|message| message["method"] == "window/workDoneProgress/create").await;
    }
    client.done("tgp/status", json!({})).await;
    hall.let_go();
    for id in ids {
        assert!(client.answer(id).await.get("result").is_some());
    }
}

#[tokio::test]
async fn exit_ends_a_session_with_requests_under_way_and_the_input_open() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    client.ask("tgp/tools/show", json!({ "path": "hold/this" })).await;
    hall.wait_for("begin hold/this").await;
    client.done("shutdown", Value::Null).await;
    client.notify("exit", Value::Null).await;
    assert_eq!(client.ended().await, Ended::Clean);
    assert!(hall.log().contains(&"cancelled hold/this".to_owned()), "{:?}", hall.log());
}

#[tokio::test]
async fn exit_alone_is_an_abrupt_end() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    client.notify("exit", Value::Null).await;
    assert_eq!(client.ended().await, Ended::Abrupt);
}

#[tokio::test]
async fn the_end_of_the_input_tells_what_is_held_to_end() {
    let hall = Hall::new();
    let options = ServeOptions { finish: std::time::Duration::from_millis(50), ..ServeOptions::default() };
    let mut client = Client::open_with(&hall, options).await;
    client.ask("tgp/tools/show", json!({ "path": "hold/this" })).await;
    hall.wait_for("begin hold/this").await;
    assert_eq!(client.close().await, Ended::Clean);
    assert!(hall.log().contains(&"cancelled hold/this".to_owned()), "{:?}", hall.log());
}

#[tokio::test]
async fn at_the_limit_the_input_waits_and_nothing_is_lost() {
    let hall = Hall::new();
    let mut client =
        Client::open_with(&hall, ServeOptions { outstanding: 2, ..ServeOptions::default() }).await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(client.ask("tgp/tools/show", json!({ "path": format!("hold/{number}") })).await);
    }
    hall.wait_for("begin hold/1").await;
    assert!(!hall.log().contains(&"begin hold/2".to_owned()), "two are under way at a time");
    hall.let_go();
    for id in ids {
        assert!(client.answer(id).await.get("result").is_some());
    }
}
