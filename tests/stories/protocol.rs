//! What may come over stdin, and what must hold: every request gets exactly one answer, stdout carries protocol only.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session, process};

use crate::sources::{ENDLESS, FIB, FREEZE};

const SHORT: Duration = Duration::from_millis(300);

/// The server still works: it answers a ping and lists its tools.
fn still_answers(session: &mut Session) {
    let listed = session.request("tools/list", json!({})).expect("tools/list is answered");
    assert!(listed["tools"].as_array().is_some_and(|tools| tools.len() >= 8), "{listed:#}");
}

/// The next message must be an error with this number and no id.
fn error_without_id(session: &mut Session, code: i64) {
    let message = session.next_message(process::PATIENCE).expect("an answer");
    assert_eq!(message["error"]["code"], code, "{message:#}");
    assert!(message["id"].is_null(), "{message:#}");
}

#[test]
fn garbage_is_answered_as_a_parse_error_and_the_session_goes_on() {
    for era in Era::BOTH {
        let project = Project::new();
        let mut session = project.session_in(era);
        for garbage in ["hello\n", "{\"jsonrpc\":\n", "{}}\n"] {
            session.send_bytes(garbage.as_bytes()).unwrap();
            error_without_id(&mut session, -32700);
        }
        still_answers(&mut session);
        session.stop();
    }
}

#[test]
fn json_that_is_no_message_is_an_invalid_request() {
    let project = Project::new();
    let mut session = project.session();
    for message in [
        "{}\n",
        "42\n",
        "[1,2]\n",
        "\"text\"\n",
        "null\n",
        "{\"jsonrpc\":\"1.0\",\"id\":900,\"method\":\"ping\"}\n",
    ] {
        session.send_bytes(message.as_bytes()).unwrap();
        let answer = session.next_message(process::PATIENCE).expect("an answer");
        assert_eq!(answer["error"]["code"], -32600, "{message} {answer:#}");
    }
    still_answers(&mut session);
    session.stop();
}

#[test]
fn empty_lines_and_carriage_returns_are_no_messages() {
    let project = Project::new();
    let mut session = project.session();
    session.send_bytes(b"\n\r\n\n").unwrap();
    session.send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"ping\"}\r\n").unwrap();
    session.answer_to(77).expect("the ping is answered");
    assert_eq!(session.next_message(SHORT), None);
    session.stop();
}

#[test]
fn half_a_message_waits_for_its_other_half() {
    let project = Project::new();
    let mut session = project.session();
    session.send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":50,").unwrap();
    assert_eq!(session.next_message(SHORT), None);
    session.send_bytes(b"\"method\":\"ping\"}\n").unwrap();
    session.answer_to(50).expect("the ping is answered");
    session.stop();
}

#[test]
fn half_a_message_at_the_end_of_stdin_is_a_clean_end() {
    let project = Project::new();
    let mut session = project.session();
    session.send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":50,").unwrap();
    session.stop();
}

#[test]
fn a_hundred_megabytes_on_one_line_are_refused_without_holding_them() {
    let project = Project::new();
    let mut session = project.session();
    still_answers(&mut session);
    let before = session.resident();
    let piece = vec![b'x'; 1 << 20];
    session
        .send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":60,\"method\":\"tools/call\",\"params\":{\"name\":\"")
        .unwrap();
    for _ in 0..100 {
        session.send_bytes(&piece).unwrap();
    }
    session.send_bytes(b"\"}}\n").unwrap();
    let answer = session.next_message(process::PATIENCE).expect("an answer");
    assert!(answer.get("error").is_some(), "{answer:#}");
    still_answers(&mut session);
    let after = session.resident();
    assert!(after < before + 60_000_000, "{before} bytes before, {after} after");
    session.stop();
}

#[test]
fn a_request_of_twenty_megabytes_is_answered() {
    let project = Project::new();
    let mut session = project.session();
    let content = "x".repeat(20 << 20);
    let id = session.ask_call("write_file", &json!({ "path": "tools/huge.ts", "content": content }));
    let answer = session.next_message(process::PATIENCE).expect("an answer");
    assert!(answer["id"] == json!(id) || answer["id"].is_null(), "{answer:#}");
    assert!(answer.get("error").is_some() || answer["result"]["isError"] == true, "{answer:#}");
    still_answers(&mut session);
    session.stop();
    assert!(!project.path(".tgp/tools/huge.ts").exists());
}

#[test]
fn invalid_utf8_is_a_parse_error() {
    let project = Project::new();
    let mut session = project.session();
    session
        .send_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":61,\"method\":\"ping\",\"params\":{\"x\":\"\xff\xfe\"}}\n")
        .unwrap();
    let answer = session.next_message(process::PATIENCE).expect("an answer");
    assert_eq!(answer["error"]["code"], -32700, "{answer:#}");
    still_answers(&mut session);
    session.stop();
}

#[test]
fn deep_nesting_is_a_parse_error() {
    let project = Project::new();
    let mut session = project.session();
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":62,\"method\":\"ping\",\"params\":{{\"x\":{}{}}}}}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    session.send_bytes(deep.as_bytes()).unwrap();
    let answer = session.next_message(process::PATIENCE).expect("an answer");
    assert!(answer.get("error").is_some(), "{answer:#}");
    still_answers(&mut session);
    session.stop();
}

#[test]
fn duplicate_ids_each_get_an_answer() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    let call = |n: u64| json!({ "name": "exec_tool", "arguments": { "path": "tools/math/fib.ts", "args": { "n": n } } });
    let first = session.request_message(70, "tools/call", call(5));
    let second = session.request_message(70, "tools/call", call(6));
    session.send_bytes(format!("{first}\n{second}\n").as_bytes()).unwrap();
    let mut answers = [0, 1].map(|_| session.next_message(process::PATIENCE).expect("two answers"));
    answers.sort_by_key(ToString::to_string);
    for answer in &answers {
        assert_eq!(answer["id"], 70, "{answer:#}");
    }
    assert_eq!(session.next_message(SHORT), None, "not a third");
    still_answers(&mut session);
    session.stop();
}

#[test]
fn a_response_to_nothing_is_ignored() {
    let project = Project::new();
    let mut session = project.session();
    session.send(&json!({ "jsonrpc": "2.0", "id": 4711, "result": {} }));
    session.send(&json!({ "jsonrpc": "2.0", "id": 4712, "error": { "code": -1, "message": "no" } }));
    still_answers(&mut session);
    session.stop();
}

#[test]
fn a_request_before_initialize_is_refused_and_initialize_still_works() {
    let project = Project::new();
    let mut session = project.wire();
    let refused = session.request("tools/list", json!({})).expect_err("not before initialize");
    assert!(refused["code"].is_i64(), "{refused:#}");
    let refused = session.request("tools/call", json!({ "name": "list_files", "arguments": {} }));
    assert!(refused.is_err());
    session.request("ping", json!({})).expect("a ping may come first");
    session.connect(Era::Legacy);
    still_answers(&mut session);
    session.stop();
}

#[test]
fn a_notification_before_initialize_does_not_end_the_server() {
    let project = Project::new();
    let mut session = project.wire();
    session.notify("notifications/cancelled", &json!({ "requestId": 1 }));
    session.connect(Era::Legacy);
    still_answers(&mut session);
    session.stop();
}

#[test]
fn cancel_of_an_unknown_or_finished_call_changes_nothing() {
    let project = Project::new();
    let mut session = project.session();
    session.notify("notifications/cancelled", &json!({ "requestId": 12345, "reason": "no such call" }));
    let id = session.ask_call("list_files", &json!({ "dir": "tools" }));
    session.answer_of_call(id).done();
    session.notify("notifications/cancelled", &json!({ "requestId": id, "reason": "too late" }));
    still_answers(&mut session);
    assert_eq!(session.next_message(SHORT), None);
    session.stop();
}

#[test]
fn cancel_of_a_running_tool_ends_it() {
    let project = Project::with_settings(ENDLESS);
    let mut session = project.session();
    session.write("tools/freeze.ts", FREEZE);
    let params = json!({
        "name": "exec_tool",
        "arguments": { "path": "tools/freeze.ts", "args": {} },
        "_meta": { "progressToken": "turning" },
    });
    let id = session.ask("tools/call", params);
    let progress = session.next_message(process::PATIENCE).expect("progress is told");
    assert_eq!(progress["method"], "notifications/progress", "{progress:#}");
    assert_eq!(progress["params"]["progressToken"], "turning");
    session.notify("notifications/cancelled", &json!({ "requestId": id, "reason": "enough" }));
    // The place of the run is free again: another long call would otherwise wait for ten minutes.
    session.write("tools/math/fib.ts", FIB);
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
    let log = project.json(&["log"]);
    let run = log["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action.to_string().contains("tools/freeze.ts") && action["type"] == "tool_run");
    assert_eq!(run.expect("the run is in the timeline")["code"], "cancelled", "{log:#}");
}

#[test]
fn an_unknown_method_and_an_unknown_tool_are_answered() {
    for era in Era::BOTH {
        let project = Project::new();
        let mut session = project.session_in(era);
        assert_eq!(session.request("no/such", json!({})).expect_err("unknown")["code"], -32601);
        let unknown = session.request("tools/call", json!({ "name": "no_such", "arguments": {} }));
        let said = unknown.unwrap_or_else(|error| error);
        assert!(said["code"] == -32602 || said["isError"] == true, "{said:#}");
        still_answers(&mut session);
        session.stop();
    }
}

#[test]
fn ten_thousand_requests_without_reading_an_answer_are_all_answered_once() {
    let project = Project::new();
    let mut session = project.session();
    let mut child_stdin = Vec::new();
    for id in 10_000..20_000u64 {
        writeln!(child_stdin, "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}").unwrap();
    }
    session.send_bytes(&child_stdin).unwrap();
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    for _ in 10_000..20_000u64 {
        let answer = session.next_message(process::PATIENCE).expect("ten thousand answers");
        *seen.entry(answer["id"].as_u64().unwrap()).or_default() += 1;
    }
    assert!(seen.len() == 10_000 && seen.values().all(|count| *count == 1));
    still_answers(&mut session);
    session.stop();
}

/// A server whose stdout nobody reads for now; the client of the other tests reads at once.
fn unread(project: &Project) -> std::process::Child {
    let mut command = project.command(&["mcp"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn hello() -> String {
    let initialize = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } },
    });
    format!("{initialize}\n{}\n", json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
}

#[test]
fn ten_thousand_calls_are_kept_waiting_while_nobody_reads_and_then_all_answered() {
    let project = Project::new();
    let mut child = unread(&project);
    let mut stdin = child.stdin.take().unwrap();
    let stdout = child.stdout.take().unwrap();
    let writer = std::thread::spawn(move || {
        stdin.write_all(hello().as_bytes()).unwrap();
        for id in 1..=10_000u64 {
            let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "list_files", "arguments": { "dir": "tools" } } });
            writeln!(stdin, "{call}").unwrap();
        }
    });
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    for line in BufReader::new(stdout).lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        *seen.entry(message["id"].as_u64().unwrap()).or_default() += 1;
        if seen.len() == 10_001 {
            break;
        }
    }
    assert!(seen.values().all(|count| *count == 1));
    writer.join().unwrap();
    assert!(process::resident(child.id()) < 200_000_000);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_client_that_never_reads_does_not_fill_the_memory_and_its_going_ends_the_server() {
    let project = Project::new();
    let mut child = unread(&project);
    let mut stdin = child.stdin.take().unwrap();
    rustix::io::ioctl_fionbio(&stdin, true).unwrap();
    let ping = format!("{}\n", json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }));
    stdin.write_all(hello().as_bytes()).unwrap();
    let mut refused = 0;
    let mut sent = 0usize;
    // Writing goes on until the server takes no more for a while: it must push back, not pile up.
    while refused < 200 && sent < 64 << 20 {
        match stdin.write(ping.as_bytes()) {
            Ok(bytes) => {
                sent += bytes;
                refused = 0;
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                refused += 1;
                std::thread::park_timeout(Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
    }
    let resident = process::resident(child.id());
    assert!(resident < 200_000_000, "{resident} bytes after {sent} bytes of requests");
    drop(stdin);
    drop(child.stdout.take());
    process::wait(&mut child);
}

#[test]
fn stdout_closed_is_an_end_not_a_crash() {
    let project = Project::new();
    let mut child = unread(&project);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(hello().as_bytes()).unwrap();
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("serverInfo"), "{line}");
    drop(stdout);
    for id in 1..100 {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
        if writeln!(stdin, "{call}").is_err() {
            break;
        }
    }
    drop(stdin);
    let status = process::wait(&mut child);
    assert!(status.code().is_some(), "no signal ended it: {status}");
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn stdin_closed_in_the_middle_of_a_write_leaves_the_old_or_the_new_state() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/a.ts", FIB);
    let asked: Vec<u64> = (0..50)
        .map(|n| session.ask_call("write_file", &json!({ "path": format!("tools/w{n}.ts"), "content": FIB })))
        .collect();
    session
        .send_bytes(
            b"{\"jsonrpc\":\"2.0\",\"id\":9999,\"method\":\"tools/call\",\"params\":{\"name\":\"write_f",
        )
        .unwrap();
    session.close_stdin();
    // What was asked for in whole is answered, although nobody can ask for more.
    for id in asked {
        session.answer_of_call(id).done();
    }
    assert!(session.wait().success());
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
    let mut session = project.session();
    for n in 0..50 {
        assert_eq!(
            session.call("read_file", json!({ "path": format!("tools/w{n}.ts") })).done()["content"],
            FIB
        );
    }
    session.stop();
}

#[test]
fn a_slow_call_in_flight_when_stdin_closes_ends_cleanly() {
    let project = Project::with_settings(&format!("database: 'sqlite:shop.db', {ENDLESS}"));
    project.database().execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)").unwrap();
    let mut session = project.session();
    session.write("tools/forever.ts", crate::sources::WRITE_WITHOUT_END);
    let params = json!({
        "name": "exec_tool", "arguments": { "path": "tools/forever.ts", "args": {} },
        "_meta": { "progressToken": 1 },
    });
    session.ask("tools/call", params);
    session.next_message(process::PATIENCE).expect("it runs");
    session.close_stdin();
    assert!(session.wait().success());
    let rows: i64 = project.database().query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn stdin_closed_at_once_is_a_clean_end_without_a_word() {
    let project = Project::new();
    let mut child = unread(&project);
    drop(child.stdin.take());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert!(process::wait(&mut child).success());
}

#[test]
fn stdout_carries_protocol_only_also_when_everything_is_logged() {
    let project = Project::new().environment("TGP_LOG", "trace");
    let mut session = project.session();
    session.write(
        "tools/noisy.ts",
        "export default () => { console.log('x'); console.error('y'); return 1; };\n",
    );
    assert_eq!(*session.exec("tools/noisy.ts", json!({})).result(), json!(1));
    session.exec("tools/none.ts", json!({})).refused();
    // `Session` fails on any line that is no protocol message.
    assert_eq!(session.next_message(SHORT), None);
    session.stop();
}

#[test]
fn answers_come_for_calls_that_run_at_the_same_time() {
    let project = Project::with_settings("limits: { cpuMs: 2000, wallMs: 20000 },");
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    let slow: Vec<u64> = (0..8)
        .map(|_| session.ask_call("exec_tool", &json!({ "path": "tools/math/fib.ts", "args": { "n": 20 } })))
        .collect();
    still_answers(&mut session);
    for id in slow {
        assert_eq!(*session.answer_of_call(id).result(), json!(6765));
    }
    session.stop();
}
