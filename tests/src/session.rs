//! A small MCP client over stdio: it knows both eras, and looks at every line the server writes.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::process::{self, PATIENCE};

/// Which protocol a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25: `initialize`, then requests.
    Legacy,
    /// 2026-07-28: `server/discover`, and `_meta` with every request.
    Modern,
}

impl Era {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Legacy, Self::Modern];

    /// The revision as it is written on the wire.
    pub fn version(self) -> &'static str {
        match self {
            Self::Legacy => "2025-11-25",
            Self::Modern => "2026-07-28",
        }
    }
}

/// A server process and the client's side of its pipes.
#[derive(Debug)]
pub struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
    kept: VecDeque<Value>,
    era: Era,
    capabilities: Value,
    next: u64,
}

impl Session {
    /// Starts a server; nothing is said yet.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let mut stderr = child.stderr.take().expect("stderr is a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let complaints = std::thread::spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).ok();
            String::from_utf8_lossy(&text).into_owned()
        });
        let complaints = Some(complaints);
        let (kept, capabilities) = (VecDeque::new(), json!({}));
        Self { child, stdin, lines, complaints, kept, era: Era::Legacy, capabilities, next: 0 }
    }

    /// The same client, which declares what it can do.
    #[must_use]
    pub fn declaring(mut self, capabilities: Value) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Says hello in the manner of the era; gives the server's answer.
    pub fn connect(&mut self, era: Era) -> Value {
        self.era = era;
        match era {
            Era::Legacy => {
                let hello = json!({
                    "protocolVersion": era.version(),
                    "capabilities": self.capabilities,
                    "clientInfo": { "name": "tgp-tests", "version": "1" },
                });
                let answer = self.request("initialize", hello).expect("initialize is answered");
                self.notify("notifications/initialized", &json!({}));
                answer
            }
            Era::Modern => self.request("server/discover", json!({})).expect("server/discover is answered"),
        }
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(bytes)?;
        stdin.flush()
    }

    /// Sends one message.
    pub fn send(&mut self, message: &Value) {
        self.send_bytes(format!("{message}\n").as_bytes()).expect("the server reads");
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its number, without waiting for the answer.
    pub fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let message = self.request_message(self.next, method, params);
        self.send(&message);
        self.next
    }

    /// A request as it is written on the wire in this era.
    pub fn request_message(&self, id: u64, method: &str, mut params: Value) -> Value {
        if self.era == Era::Modern {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!(self.era.version());
            meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "tgp-tests", "version": "1" });
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        }
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
    }

    /// Asks for a tool call, without waiting for the answer.
    pub fn ask_call(&mut self, tool: &str, arguments: &Value) -> u64 {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// The next message of the server, or none within the time.
    pub fn next_message(&mut self, within: Duration) -> Option<Value> {
        if let Some(message) = self.kept.pop_front() {
            return Some(message);
        }
        self.read(within)
    }

    /// The next message with this method, a request to the client or a notification; other messages are kept.
    pub fn message_of(&mut self, method: &str) -> Value {
        let kept = self.kept.iter().position(|message| message["method"] == method);
        if let Some(message) = kept.and_then(|place| self.kept.remove(place)) {
            return message;
        }
        loop {
            let message = self.read(PATIENCE).unwrap_or_else(|| panic!("no `{method}` came"));
            if message["method"] == method {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    /// The messages that came so far and that nobody looked at.
    pub fn kept(&self) -> impl Iterator<Item = &Value> {
        self.kept.iter()
    }

    /// Answers a request of the server.
    pub fn reply(&mut self, request: &Value, result: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }));
    }

    /// Reads a line; whatever is no protocol message ends the test.
    fn read(&mut self, within: Duration) -> Option<Value> {
        let line = match self.lines.recv_timeout(within) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        let message: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("no protocol on stdout ({error}): {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "no protocol on stdout: {line}");
        Some(message)
    }

    /// The answer to a request; other messages are kept for later.
    pub fn answer_to(&mut self, id: u64) -> Result<Value, Value> {
        let kept = self.kept.iter().position(|message| is_answer_to(message, id));
        let message =
            kept.and_then(|place| self.kept.remove(place)).unwrap_or_else(|| self.read_answer_to(id));
        match message.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(message["error"].clone()),
        }
    }

    fn read_answer_to(&mut self, id: u64) -> Value {
        loop {
            let Some(message) = self.read(PATIENCE) else {
                let status = self.child.try_wait();
                panic!("request {id} was not answered (process: {status:?})\n{}", self.stderr_if_ended());
            };
            if is_answer_to(&message, id) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    fn stderr_if_ended(&mut self) -> String {
        let ended = matches!(self.child.try_wait(), Ok(Some(_)));
        let complaints = if ended { self.complaints.take() } else { None };
        complaints.and_then(|reader| reader.join().ok()).unwrap_or_default()
    }

    /// Sends a request and waits for its answer.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer_to(id)
    }

    /// Calls a tool and waits.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Answer {
        let id = self.ask_call(tool, &arguments);
        self.answer_of_call(id)
    }

    /// The answer to a tool call that was asked for.
    pub fn answer_of_call(&mut self, id: u64) -> Answer {
        let raw = self.answer_to(id).unwrap_or_else(|error| panic!("a protocol error: {error:#}"));
        Answer { raw }
    }

    /// Writes a file through the door; it must succeed.
    pub fn write(&mut self, path: &str, content: &str) -> Answer {
        let answer = self.call("write_file", json!({ "path": path, "content": content }));
        answer.done();
        answer
    }

    /// Runs a tool.
    pub fn exec(&mut self, path: &str, args: Value) -> Answer {
        self.call("exec_tool", json!({ "path": path, "args": args }))
    }

    /// Checks a tool: the `structuredContent` of `check_tool`.
    pub fn check(&mut self, path: &str) -> Value {
        self.call("check_tool", json!({ "path": path })).done().clone()
    }

    /// Writes a tool and runs it.
    pub fn run_source(&mut self, path: &str, source: &str, args: Value) -> Answer {
        self.write(path, source);
        self.exec(path, args)
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory of the server, in bytes.
    pub fn resident(&self) -> u64 {
        process::resident(self.child.id())
    }

    /// The process itself, for signals.
    pub fn child(&self) -> &Child {
        &self.child
    }

    /// Closes stdin; the server ends what it does and goes.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits until the server has gone.
    pub fn wait(&mut self) -> ExitStatus {
        process::wait(&mut self.child)
    }

    /// What the server complained; it must have ended.
    pub fn complaints(&mut self) -> String {
        self.stderr_if_ended()
    }

    /// Closes stdin and waits for a clean end.
    pub fn stop(mut self) {
        self.close_stdin();
        let status = self.wait();
        assert!(status.success(), "the server ended with {status}: {}", self.stderr_if_ended());
    }

    /// Kills the server in the middle of whatever it does.
    pub fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn is_answer_to(message: &Value, id: u64) -> bool {
    message["id"] == json!(id) && message.get("method").is_none()
}
