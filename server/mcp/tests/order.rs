//! Calls begin in the order they came, however the library schedules its tasks.

use serde_json::json;

use crate::client::{Client, Hall};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_writes_run_in_the_order_they_were_sent() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let mut ids = Vec::new();
    for number in 0..200 {
        let tool = if number % 2 == 0 { "write_file" } else { "patch_file" };
        let arguments = if number % 2 == 0 {
            json!({ "path": format!("tools/{number}.ts"), "content": "" })
        } else {
            json!({ "path": format!("tools/{number}.ts"), "search": "a", "replace": "b" })
        };
        ids.push(client.call(tool, arguments).await);
    }
    for id in ids {
        assert_eq!(client.answer(&json!(id)).await["result"]["isError"], false);
    }
    let begun: Vec<String> = hall.log();
    let expected: Vec<String> = (0..200)
        .flat_map(|number| {
            let tool = if number % 2 == 0 { "write_file" } else { "patch_file" };
            [format!("begin {tool} tools/{number}.ts"), format!("end {tool} tools/{number}.ts")]
        })
        .collect();
    assert_eq!(begun, expected);
}

#[tokio::test]
async fn a_read_sent_after_a_write_sees_it_and_does_not_wait_for_a_running_tool() {
    let hall = Hall::new();
    let mut client = Client::open(&hall).await;
    let run = client.call("exec_tool", json!({ "path": "hold/run" })).await;
    hall.wait_for("begin exec_tool hold/run").await;
    client.call("write_file", json!({ "path": "tools/a.ts", "content": "" })).await;
    let read = client.call("read_file", json!({ "path": "tools/a.ts" })).await;
    client.answer(&json!(read)).await;
    let log = hall.log();
    let place = |entry: &str| log.iter().position(|line| line == entry).unwrap();
    assert!(place("end write_file tools/a.ts") < place("begin read_file tools/a.ts"), "{log:?}");
    hall.let_go();
    client.answer(&json!(run)).await;
}

#[tokio::test]
async fn tools_run_side_by_side_up_to_the_limit() {
    let hall = Hall::new();
    let options = tgp_mcp::ServeOptions { runs: 2, ..Default::default() };
    let mut client = Client::open_with(&hall, options).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(client.call("exec_tool", json!({ "path": format!("hold/{number}") })).await);
    }
    hall.wait_for("begin exec_tool hold/0").await;
    hall.wait_for("begin exec_tool hold/1").await;
    let list = client.call("list_files", json!({ "dir": "tools" })).await;
    client.answer(&json!(list)).await;
    assert!(!hall.log().contains(&"begin exec_tool hold/2".to_owned()), "two run at a time");
    hall.let_go();
    for id in ids {
        client.answer(&json!(id)).await;
    }
}
