//! Every line gets the answer it deserves, and the next line is served.

use serde_json::{Value, json};

use crate::client::{Client, Hall};

/// Sends bytes that are no good message, and gives the answer; a ping afterwards proves that the stream goes on.
async fn answer_to(bytes: &[u8]) -> Value {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    client.send_bytes(bytes).await;
    client.send_bytes(b"\n").await;
    let answer = client.line().await;
    let ping = client.ask("ping", json!({})).await;
    assert_eq!(ping["result"], json!({}), "the stream goes on");
    answer
}

fn code_and_id(answer: &Value) -> (i64, Value) {
    (answer["error"]["code"].as_i64().unwrap_or(0), answer["id"].clone())
}

#[tokio::test]
async fn garbage_is_a_parse_error() {
    for garbage in ["garbage", "{", "}{", "\"", "{\"jsonrpc\":\"2.0\",\"id\":1,", "Content-Length: 12\r"] {
        assert_eq!(code_and_id(&answer_to(garbage.as_bytes()).await), (-32700, Value::Null), "{garbage}");
    }
}

#[tokio::test]
async fn json_that_is_no_message_is_an_invalid_request() {
    for (text, id) in [
        ("1", Value::Null),
        ("null", Value::Null),
        ("\"text\"", Value::Null),
        ("{}", Value::Null),
        (r#"{"jsonrpc":"2.0","id":5}"#, json!(5)),
        (r#"{"jsonrpc":"2.0","id":5,"method":7}"#, json!(5)),
        (r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#, json!(5)),
        (r#"{"id":5,"method":"ping"}"#, json!(5)),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, Value::Null),
        (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, Value::Null),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, json!(1.5)),
        (r#"{"jsonrpc":"2.0","id":5,"method":"ping","result":{}}"#, json!(5)),
        (r#"[{"jsonrpc":"2.0","id":5,"method":"ping"}]"#, Value::Null),
        ("[]", Value::Null),
    ] {
        assert_eq!(code_and_id(&answer_to(text.as_bytes()).await), (-32600, id), "{text}");
    }
}

#[tokio::test]
async fn invalid_utf_8_is_a_parse_error_that_names_the_request() {
    let answer =
        answer_to(b"{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":{\"a\":\"\xff\xfe\"},\"id\":9}")
            .await;
    assert_eq!(code_and_id(&answer), (-32700, json!(9)));
}

#[tokio::test]
async fn deep_nesting_is_refused_with_the_id_of_the_request() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{{"name":"exec_tool","arguments":{{"path":"a","args":{deep}}}}}}}"#
    );
    assert_eq!(code_and_id(&answer_to(call.as_bytes()).await), (-32600, json!(9)));
    assert_eq!(code_and_id(&answer_to("[".repeat(1_000_000).as_bytes()).await), (-32600, Value::Null));
    assert_eq!(code_and_id(&answer_to("{\"a\":".repeat(100_000).as_bytes()).await), (-32600, Value::Null));
}

#[tokio::test]
async fn a_message_of_a_million_tiny_values_is_refused_before_they_become_memory() {
    let values = "0,".repeat(1_000_001);
    let call = format!(r#"{{"jsonrpc":"2.0","id":9,"method":"ping","params":{{"a":[{values}0]}}}}"#);
    assert_eq!(code_and_id(&answer_to(call.as_bytes()).await), (-32600, json!(9)));
    let text = format!(r#"{{"jsonrpc":"2.0","id":9,"method":"ping","params":{{"a":"\"{values}"}}}}"#);
    assert_eq!(answer_to(text.as_bytes()).await["result"], json!({}), "commas in a text are no values");
}

#[tokio::test]
async fn a_line_of_100_megabytes_is_answered_and_skipped_wherever_its_id_stands() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    for id_first in [true, false] {
        let (head, tail) = if id_first { (r#""id":77,"#, "") } else { ("", r#","id":77"#) };
        client
            .send_bytes(format!(r#"{{"jsonrpc":"2.0",{head}"method":"x","params":{{"id":1,"t":""#).as_bytes())
            .await;
        let block = vec![b'x'; 1 << 20];
        for _ in 0..100 {
            client.send_bytes(&block).await;
        }
        client.send_bytes(format!("\"}}{tail}}}\n").as_bytes()).await;
        let answer = client.line().await;
        assert_eq!(code_and_id(&answer), (-32600, json!(77)));
        assert_eq!(client.ask("ping", json!({})).await["result"], json!({}));
    }
}

#[tokio::test]
async fn a_message_of_the_largest_size_is_served_and_one_byte_more_is_not() {
    let hall = Hall::new();
    let options = tgp_mcp::ServeOptions { largest_message: 10_000, ..Default::default() };
    let mut client = Client::open_with(&hall, options).await;
    for (length, code) in [(10_000, None), (10_001, Some(-32600))] {
        let frame = r#"{"jsonrpc":"2.0","id":8,"method":"ping","params":{"t":""}}"#;
        let filler = "x".repeat(length - frame.len());
        let message = frame.replace(r#""t":"""#, &format!(r#""t":"{filler}""#));
        assert_eq!(message.len(), length);
        client.send_bytes(message.as_bytes()).await;
        client.send_bytes(b"\n").await;
        let answer = client.answer(&json!(8)).await;
        assert_eq!(answer["error"]["code"].as_i64(), code);
    }
}

#[tokio::test]
async fn a_message_may_come_in_pieces_with_empty_lines_carriage_returns_and_a_byte_order_mark() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    for byte in b"\xEF\xBB\xBF{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}\r\n\n \r\n" {
        client.send_bytes(&[*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.answer(&json!("a")).await["result"], json!({}));
}

#[tokio::test]
async fn answers_to_nothing_and_unknown_notifications_are_ignored_even_before_initialize() {
    let hall = Hall::new();
    let mut client = Client::connect(&hall, tgp_mcp::ServeOptions::default());
    for message in [
        json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
        json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1, "message": "x" } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 4 } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": 4 }),
        json!({ "jsonrpc": "2.0", "method": "$/setTrace", "params": {} }),
    ] {
        client.send(&message).await;
    }
    assert_eq!(client.ask("ping", json!({})).await["result"], json!({}));
}

#[tokio::test]
async fn a_request_before_initialize_is_answered_and_initialize_still_works() {
    let hall = Hall::new();
    let mut client = Client::connect(&hall, tgp_mcp::ServeOptions::default());
    let early = client.ask("tools/list", json!({})).await;
    assert_eq!(early["error"]["code"], -32602);
    assert!(early["error"]["message"].as_str().unwrap().contains("initialize"), "{early}");
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    assert!(client.ask("initialize", params.clone()).await["result"].is_object());
    assert_eq!(client.ask("initialize", params).await["error"]["code"], -32600);
    assert!(client.ask("tools/list", json!({})).await["result"]["tools"].is_array());
}

#[tokio::test]
async fn an_id_in_use_is_refused_and_free_again_after_its_answer() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let held = json!({ "jsonrpc": "2.0", "id": 5, "method": "tools/call",
        "params": { "name": "exec_tool", "arguments": { "path": "hold/1" } } });
    client.send(&held).await;
    hall.wait_for("begin exec_tool hold/1").await;
    client.send(&held).await;
    let second = client.answer(&json!(5)).await;
    assert_eq!(second["error"]["code"], -32600, "{second}");
    hall.let_go();
    let first = client.answer(&json!(5)).await;
    assert_eq!(first["result"]["structuredContent"]["path"], "hold/1");
    client.send(&held).await;
    assert!(client.answer(&json!(5)).await["result"].is_object(), "the id is free again");
    assert_eq!(hall.log().iter().filter(|entry| *entry == "begin exec_tool hold/1").count(), 2);
}

#[tokio::test]
async fn numbers_and_strings_are_different_ids() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    for id in [json!(5), json!("5"), json!(-1), json!(9_007_199_254_740_993_u64), json!("")] {
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "ping" })).await;
        assert_eq!(client.answer(&id).await["result"], json!({}), "{id}");
    }
}
