//! Panics, cancellation, and all the ways a session ends.

use std::time::Duration;

use serde_json::json;
use tgp_mcp::ServeOptions;

use crate::client::{Client, Hall};

#[tokio::test]
async fn a_panic_is_answered_and_the_next_call_is_served() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    for tool in ["read_file", "check_tool", "exec_tool"] {
        let id = client.call(tool, json!({ "path": "panic/now" })).await;
        let answer = client.answer(&json!(id)).await;
        assert_eq!(answer["error"]["code"], -32603);
        assert!(answer["error"]["message"].as_str().unwrap().contains("panic/now"), "{answer}");
        assert!(
            answer["error"]["data"]["action"].is_null(),
            "the test's own panic happens before any action"
        );
    }
    let id = client.call("write_file", json!({ "path": "panic/now", "content": "" })).await;
    assert_eq!(client.answer(&json!(id)).await["error"]["code"], -32603);
    let id = client.call("write_file", json!({ "path": "a", "content": "" })).await;
    assert_eq!(client.answer(&json!(id)).await["result"]["isError"], false);
}

#[tokio::test]
async fn a_cancelled_tool_hears_of_it_and_gets_no_answer() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let id = client.call("exec_tool", json!({ "path": "hold/1" })).await;
    hall.wait_for("begin exec_tool hold/1").await;
    let cancel = |id: u64| json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    client.send(&cancel(id)).await;
    hall.wait_for("cancelled exec_tool hold/1").await;
    // Unknown and finished calls may be cancelled as well; nothing happens.
    client.send(&cancel(id)).await;
    client.send(&cancel(123_456)).await;
    client.close_input();
    let rest = client.rest().await;
    assert!(rest.iter().all(|line| line["id"] != json!(id)), "{rest:?}");
    client.ended().await.unwrap();
}

#[tokio::test]
async fn accepted_work_is_finished_and_answered_after_the_input_ends() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let mut ids = vec![client.call("exec_tool", json!({ "path": "hold/1" })).await];
    for number in 0..20 {
        ids.push(client.call("write_file", json!({ "path": format!("{number}"), "content": "" })).await);
    }
    client.close_input();
    hall.wait_for("end write_file 19").await;
    hall.let_go();
    let rest = client.rest().await;
    for id in ids {
        assert_eq!(rest.iter().filter(|line| line["id"] == json!(id)).count(), 1, "{id}");
    }
    client.ended().await.unwrap();
}

#[tokio::test]
async fn a_tool_that_does_not_end_is_cancelled_some_time_after_the_input_ends() {
    let hall = Hall::new();
    let options = ServeOptions { finish: Duration::from_millis(50), ..Default::default() };
    let mut client = Client::open_with(&hall, options).await;
    let id = client.call("exec_tool", json!({ "path": "hold/1" })).await;
    hall.wait_for("begin exec_tool hold/1").await;
    client.close_input();
    let rest = client.rest().await;
    let answer = rest.iter().find(|line| line["id"] == json!(id)).expect("it is answered");
    assert_eq!(answer["result"]["structuredContent"]["code"], "cancelled");
    client.ended().await.unwrap();
    assert!(hall.log().contains(&"cancelled exec_tool hold/1".to_owned()));
}

#[tokio::test]
async fn half_a_message_at_the_end_is_answered_and_a_whole_one_without_newline_is_served() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    client.send_bytes(br#"{"jsonrpc":"2.0","id":1,"meth"#).await;
    client.close_input();
    let rest = client.rest().await;
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["error"]["code"], -32700);
    client.ended().await.unwrap();

    let mut client = Client::open(&hall).await;
    client.send_bytes(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    client.close_input();
    assert_eq!(client.rest().await, [json!({ "jsonrpc": "2.0", "id": 1, "result": {} })]);
    client.ended().await.unwrap();
}

#[tokio::test]
async fn a_session_that_ends_before_it_opens_ends_cleanly() {
    let hall = Hall::new();
    let mut client = Client::connect(&hall, ServeOptions::default());
    client.close_input();
    assert!(client.rest().await.is_empty());
    client.ended().await.unwrap();
}

#[tokio::test]
async fn a_client_that_closes_the_output_ends_the_session_and_its_tools() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    client.call("exec_tool", json!({ "path": "hold/1" })).await;
    hall.wait_for("begin exec_tool hold/1").await;
    client.close_output();
    client.request("ping", json!({})).await;
    client.ended().await.unwrap();
    assert!(hall.log().contains(&"cancelled exec_tool hold/1".to_owned()));
}

#[tokio::test]
async fn ten_thousand_requests_of_a_client_that_does_not_read_are_not_taken_in() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let mut lines = String::new();
    for id in 0..10_000 {
        use std::fmt::Write;
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": { "name": "list_files", "arguments": { "dir": "big/20000" } } });
        writeln!(lines, "{call}").unwrap();
    }
    // The answers are 400 MB. Writing stops when the server stops reading.
    let stuck = tokio::time::timeout(Duration::from_secs(2), client.send_bytes(lines.as_bytes())).await;
    assert!(stuck.is_err(), "the server took in everything");
    let taken = hall.log().iter().filter(|entry| entry.starts_with("begin")).count();
    assert!(taken < 200, "{taken} calls were begun for a client that reads nothing");
}

#[tokio::test]
async fn a_flood_is_answered_to_the_last_request() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let (mut input, mut output) = client.split();
    let sender = tokio::spawn(async move {
        for id in 0..10_000 {
            input.ping(id).await;
        }
        input
    });
    let mut answered = vec![false; 10_000];
    for _ in 0..10_000 {
        let line = output.line().await;
        let id = usize::try_from(line["id"].as_u64().unwrap()).unwrap();
        assert!(!std::mem::replace(&mut answered[id], true), "two answers to {id}");
    }
    drop(sender.await.unwrap());
    client.ended().await.unwrap();
}

#[tokio::test]
async fn a_client_that_never_reads_and_goes_away_leaves_nothing_behind() {
    let hall = Hall::new();
    let options = ServeOptions {
        finish: Duration::from_millis(100),
        wind_down: Duration::from_millis(100),
        ..Default::default()
    };
    let mut client = Client::open_with(&hall, options).await;
    for _ in 0..50 {
        client.call("list_files", json!({ "dir": "big/20000" })).await;
    }
    client.close_input();
    client.ended().await.unwrap();
}
