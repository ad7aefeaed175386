//! A small LSP client over stdio, which looks at every message the server writes.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{self, PATIENCE};

/// A server process and the client's side of its pipes.
#[derive(Debug)]
pub struct Editor {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    kept: VecDeque<Value>,
    next: u64,
}

impl Editor {
    /// Starts a server; nothing is said yet.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self { child, stdin, messages, kept: VecDeque::new(), next: 0 }
    }

    /// Says hello as an editor does that opened a folder; gives the server's answer.
    pub fn connect(&mut self, folder: &Path, tgp: &Value) -> Value {
        self.connect_with(folder, tgp, &json!({ "window": { "workDoneProgress": true } }))
    }

    /// The same with other capabilities.
    pub fn connect_with(&mut self, folder: &Path, tgp: &Value, capabilities: &Value) -> Value {
        let uri = format!("file://{}", folder.display());
        let hello = json!({
            "processId": null,
            "clientInfo": { "name": "Story Editor", "version": "1.2" },
            "rootUri": uri,
            "workspaceFolders": [{ "uri": uri, "name": "project" }],
            "capabilities": capabilities,
            "initializationOptions": { "tgp": tgp },
        });
        let answer = self.request("initialize", hello).expect("initialize is answered");
        self.notify("initialized", &json!({}));
        answer
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server reads");
    }

    /// Sends a text as the body of a message.
    pub fn send_body(&mut self, body: &str) {
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        self.send_body(&message.to_string());
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its number, without waiting for the answer.
    pub fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// Sends a request and waits for its answer.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer_to(id)
    }

    /// The same for one that has to succeed.
    pub fn done(&mut self, method: &str, params: Value) -> Value {
        self.request(method, params).unwrap_or_else(|error| panic!("{method}: {error:#}"))
    }

    /// The code of a request that has to be refused.
    pub fn refused(&mut self, method: &str, params: Value) -> Value {
        match self.request(method, params) {
            Ok(result) => panic!("{method} was not refused: {result:#}"),
            Err(error) => error,
        }
    }

    /// Runs a command through `workspace/executeCommand`.
    pub fn command(&mut self, command: &str, argument: Value) -> Result<Value, Value> {
        self.request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
    }

    /// The answer to a request; other messages are kept for later.
    pub fn answer_to(&mut self, id: u64) -> Result<Value, Value> {
        let message =
            self.message(|message| message["id"] == json!(id) && message.get("method").is_none(), PATIENCE);
        let message = message.unwrap_or_else(|| {
            panic!("request {id} was not answered (process: {:?})", self.child.try_wait())
        });
        match message.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(message["error"].clone()),
        }
    }

    /// The next message with this method, a request or a notification of the server.
    pub fn message_of(&mut self, method: &str) -> Value {
        self.message(|message| message["method"] == method, PATIENCE)
            .unwrap_or_else(|| panic!("no `{method}` came"))
    }

    /// The next message that fits, if it comes within the time; others are kept.
    pub fn message(&mut self, fits: impl Fn(&Value) -> bool, within: Duration) -> Option<Value> {
        if let Some(place) = self.kept.iter().position(&fits) {
            return self.kept.remove(place);
        }
        let begun = Instant::now();
        loop {
            let left = within.checked_sub(begun.elapsed())?;
            let message = self.messages.recv_timeout(left).ok()?;
            if fits(&message) {
                return Some(message);
            }
            self.kept.push_back(message);
        }
    }

    /// The messages that came so far and that nobody looked at.
    pub fn kept(&mut self) -> impl Iterator<Item = &Value> {
        self.kept.extend(self.messages.try_iter());
        self.kept.iter()
    }

    /// Answers a request of the server.
    pub fn reply(&mut self, request: &Value, result: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }));
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Closes stdin.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits until the server has gone.
    pub fn wait(&mut self) -> ExitStatus {
        process::wait(&mut self.child)
    }

    /// Ends the session as the protocol wants it; stdin stays open.
    pub fn stop(mut self) {
        self.done("shutdown", Value::Null);
        self.notify("exit", &Value::Null);
        let status = self.wait();
        assert!(status.success(), "the server ended with {status}");
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The next message; whatever is none ends the test.
fn read(stdout: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no protocol on stdout: {line}"));
        assert_eq!(name, "Content-Length", "no protocol on stdout: {line}");
        length = value.parse::<usize>().ok();
    }
    let mut body = vec![0; length.expect("a message has a length")];
    stdout.read_exact(&mut body).ok()?;
    let message: Value = serde_json::from_slice(&body).expect("the body is JSON");
    assert_eq!(message["jsonrpc"], "2.0", "no protocol on stdout: {message}");
    Some(message)
}
