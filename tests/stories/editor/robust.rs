//! What must not bring the server down, and what must not hold it up.

use std::time::Duration;

use serde_json::{Value, json};
use tgp_tests::Editor;

use crate::branches::{branch, repository};

#[test]
fn exit_ends_the_server_although_stdin_stays_open() {
    let project = repository(&[]);
    let mut editor = project.editor();
    editor.done("shutdown", Value::Null);
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.wait().code(), Some(0));
}

#[test]
fn exit_without_shutdown_has_another_exit_code() {
    let project = repository(&[]);
    let mut editor = project.editor();
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.wait().code(), Some(1));
}

#[test]
fn the_end_of_the_input_ends_the_server_after_what_it_accepted_was_answered() {
    let project = repository(&[]);
    let mut editor = project.editor();
    let ids: Vec<u64> = (0..20).map(|_| editor.ask("tgp/branches/list", json!({}))).collect();
    editor.close_stdin();
    for id in ids {
        editor.answer_to(id).unwrap();
    }
    assert_eq!(editor.wait().code(), Some(0));
}

#[test]
fn malformed_messages_are_answered_and_the_next_request_is_served() {
    let project = repository(&[]);
    let mut editor = project.editor();
    let refusal = |editor: &mut Editor| {
        let null = |message: &Value| message["id"].is_null() && message.get("error").is_some();
        editor.message(null, Duration::from_mins(1)).expect("the message is answered")["error"]["code"]
            .clone()
    };
    for (body, code) in [
        ("{\"jsonrpc\":\"2.0\",\"method\":", -32700),
        ("", -32700),
        ("nothing", -32700),
        ("[1, 2]", -32600),
        ("{}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"method\":7}", -32600),
        ("\u{feff}{}", -32700),
    ] {
        editor.send_body(body);
        assert_eq!(refusal(&mut editor), code, "{body}");
        editor.done("tgp/status", json!({}));
    }
    editor.send_bytes(b"Content-Length: many\r\n\r\n");
    assert_eq!(refusal(&mut editor), -32700);
    editor.done("tgp/status", json!({}));
    editor.send_bytes(b"Content-Length: 3\r\n\r\n\xff\xfe\xfd");
    assert_eq!(refusal(&mut editor), -32700);
    editor.done("tgp/status", json!({}));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    editor.send_body(&deep);
    assert_eq!(refusal(&mut editor), -32700);
    editor.done("tgp/status", json!({}));
    editor.stop();
}

#[test]
fn a_message_that_is_too_long_is_refused_by_its_number_and_the_next_one_is_served() {
    let project = repository(&[]);
    let mut editor = project.editor();
    let long = "x".repeat(64 << 20);
    let id = editor.ask("tgp/branches/show", json!({ "branch": long }));
    let refused = editor.answer_to(id).unwrap_err();
    assert_eq!(refused["code"], -32600, "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("67108864"), "{refused}");
    // A notification has no number; the client is told nevertheless that it was not read.
    let document = json!({ "uri": "file:///a.ts", "languageId": "typescript", "version": 1, "text": long });
    editor.notify("textDocument/didOpen", &json!({ "textDocument": document }));
    let null = |message: &Value| message["id"].is_null() && message.get("error").is_some();
    let told = editor.message(null, Duration::from_mins(1)).expect("it is answered");
    assert_eq!(told["error"]["code"], -32600, "{told}");
    editor.done("tgp/status", json!({}));
    editor.stop();
}

#[test]
fn a_branch_that_went_while_its_diff_is_open_is_named_and_its_commits_can_still_be_read() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("a.txt", Some("b\n"))]]);
    let mut editor = project.editor();
    let diff = editor.done("tgp/branches/diff", json!({ "branch": name }));
    tgp_tests::remote::git(&project.root(), &["branch", "-D", &name]).succeeded();
    let refused = editor.refused("tgp/branches/diff", json!({ "branch": name }));
    assert_eq!(refused["data"]["code"], "branch.missing");
    let text = editor.done("tgp/content", json!({ "commit": diff["to"], "path": "a.txt" }));
    assert_eq!(text["text"], "b\n");
    editor.stop();
}

#[test]
fn ten_thousand_actions_are_paged_without_one_twice_or_left_out() {
    let project = repository(&[]);
    project.tgp(&["timeline"]).succeeded();
    let mut state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    let transaction = state.transaction().unwrap();
    for number in 0..10_000_u32 {
        // Several have the same millisecond.
        let id = format!("01M7Z02{:03}K8KQ51VFEZF{number:05}", number / 100);
        transaction
            .execute(
                "INSERT INTO agent_actions (id, project_id, session_id, agent_name, action_type, description, details, \
                 status, created_at, clock_ms, decision, rule, lock_id) \
                 VALUES (?1, '', '01M7Z02YZK8KQ51VFEZFYY9R2C', 'coder', 'file_read', 'Read a file', '{}', 'executed', \
                 '2026-11-21T10:00:00.000Z', 0, 'allow', '', '')",
                [&id],
            )
            .unwrap();
    }
    transaction.commit().unwrap();
    let mut editor = project.editor();
    let mut seen = std::collections::BTreeSet::new();
    let mut before = Value::Null;
    loop {
        let page =
            editor.done("tgp/timeline/list", json!({ "limit": 500, "before": before, "agent": "coder" }));
        let actions = page["actions"].as_array().unwrap();
        assert!(actions.len() <= 500);
        for action in actions {
            assert!(seen.insert(action["id"].as_str().unwrap().to_owned()), "{action} came twice");
        }
        before = actions[0]["id"].clone();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 10_000);
    // However much is asked for, a page is a page.
    let most = editor.done("tgp/timeline/list", json!({ "limit": u32::MAX, "agent": "coder" }));
    assert_eq!((most["actions"].as_array().unwrap().len(), &most["more"]), (1_000, &json!(true)));
    editor.stop();
}

#[test]
fn a_state_database_that_is_locked_is_named_in_time_and_reads_go_on() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("a.txt", Some("b\n"))]]);
    let mut editor = project.editor();
    editor.done("tgp/status", json!({}));
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = std::time::Instant::now();
    let waits = editor.ask("tgp/branches/discard", json!({ "branch": name }));
    for _ in 0..5 {
        editor.done("tgp/branches/list", json!({}));
        editor.done("tgp/branches/diff", json!({ "branch": name }));
        editor.done("tgp/approvals/list", json!({}));
        editor.done("tgp/timeline/list", json!({}));
    }
    let refused = editor.answer_to(waits).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("locked by another process"), "{refused}");
    state.execute_batch("COMMIT").unwrap();
    editor.done("tgp/branches/discard", json!({ "branch": name }));
    editor.stop();
}

#[test]
fn no_agent_can_start_the_door_for_editors_or_call_its_requests() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut session = super::agent(&project, "coder");
    for method in ["tgp/status", "tgp/approvals/list", "workspace/executeCommand", "tgp.approvals.approve"] {
        let refused = session.request(method, json!({})).unwrap_err();
        assert_eq!(refused["code"], -32601, "{method}: {refused}");
    }
    let refused = session.request("tools/call", json!({ "name": "tgp.approvals.approve", "arguments": {} }));
    assert!(refused.is_err(), "{refused:?}");
    let tools = session.request("tools/list", json!({})).unwrap().to_string();
    assert!(!tools.contains("tgp lsp") && !tools.contains("executeCommand"));
    session.stop();
}
