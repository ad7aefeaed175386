//! A client of lines over in-memory pipes, and a hall whose calls a test can hold back or break.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tgp_engine::{Call, Engine, OpenProject};
use tgp_mcp::{Answer, Command, Kernel, PersonsAnswer, ServeError, ServeOptions, serve_on};
use tgp_model::Timestamp;
use tgp_model::config::ApprovalsConfig;
use tgp_protocol::client::approvals::ApprovalShown;
use tgp_protocol::client::{ErrorCode, Refusal};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::task::JoinHandle;

/// No answer takes this long, on any machine that runs tests; a test that waits longer has found a hole.
pub(crate) const TOO_LONG: Duration = Duration::from_mins(1);

/// An empty project whose configuration is trusted, in a state folder of its own.
pub(crate) fn open(folder: &std::path::Path) -> Engine {
    let text = "export default {};\n";
    std::fs::write(folder.join("tgp.config.ts"), text).unwrap();
    let mut project = OpenProject::new(folder, "coder".parse().unwrap());
    let state = folder.join(".state").display().to_string();
    project.environment.insert("TGP_STATE_DIR".to_owned(), state);
    tgp_engine::trust_own(&project, [("tgp.config.ts".to_owned(), text.to_owned())], "a test").unwrap();
    Engine::open(project).unwrap()
}

/// A hall around a real engine's desk. It stands where the door's own behaviour is tested: `check_tool` panics on
/// the path `panic`, waits on `hold/...` until let go or cancelled, and otherwise notes that it was called.
pub(crate) struct Hall {
    engine: Engine,
    _folder: TempDir,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    log: Vec<String>,
    let_go: bool,
    clients: Vec<Option<String>>,
}

impl Hall {
    pub(crate) fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path());
        Arc::new(Self { engine, _folder: folder, state: Mutex::default(), changed: Condvar::new() })
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.state.lock().unwrap().log.clone()
    }

    pub(crate) fn clients(&self) -> Vec<Option<String>> {
        self.state.lock().unwrap().clients.clone()
    }

    /// Ends every call that is held.
    pub(crate) fn let_go(&self) {
        self.state.lock().unwrap().let_go = true;
        self.changed.notify_all();
    }

    /// Waits until this was noted.
    pub(crate) async fn wait_for(self: &Arc<Self>, entry: &str) {
        let (hall, entry) = (Arc::clone(self), entry.to_owned());
        tokio::task::spawn_blocking(move || hall.block_until(&entry)).await.unwrap();
    }

    fn block_until(&self, entry: &str) {
        let state = self.state.lock().unwrap();
        let waited =
            self.changed.wait_timeout_while(state, TOO_LONG, |state| !state.log.iter().any(|l| l == entry));
        let (state, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "never saw {entry}, only {:?}", state.log);
    }

    fn note(&self, entry: String) {
        self.state.lock().unwrap().log.push(entry);
        self.changed.notify_all();
    }

    fn hold(&self, call: &Call) -> bool {
        let mut state = self.state.lock().unwrap();
        while !state.let_go && !call.cancel.is_cancelled() {
            state = self.changed.wait_timeout(state, Duration::from_millis(5)).unwrap().0;
        }
        call.cancel.is_cancelled()
    }
}

impl Kernel for Hall {
    fn begin(&self, client: Option<String>) -> Call {
        self.state.lock().unwrap().clients.push(client.clone());
        self.engine.call(client)
    }

    fn perform(&self, call: &Call, command: Command) -> Result<Answer, Refusal> {
        let (name, path) = (command.name(), path_of(&command));
        assert!(!path.starts_with("panic"), "{path}, as the test wants it");
        self.note(format!("begin {name} {path}"));
        if path.starts_with("hold") && self.hold(call) {
            self.note(format!("cancelled {name} {path}"));
            return Err(Refusal::new(ErrorCode::Cancelled, "the call was cancelled"));
        }
        if path.starts_with("refuse") {
            return Err(Refusal::new(ErrorCode::PathEscape, "`../x` leads out of the project"));
        }
        self.note(format!("end {name} {path}"));
        if let Some(size) = path.strip_prefix("big/") {
            return Answer::of(&json!({ "text": "x".repeat(size.parse().unwrap()) }));
        }
        Answer::of(&json!({ "path": path }))
    }

    fn registry(&self, _call: &Call) -> Result<String, Refusal> {
        Ok(r#"{"tools":[]}"#.to_owned())
    }

    fn asking(&self) -> ApprovalsConfig {
        self.engine.asking()
    }

    fn question(&self, ticket: &str) -> Result<ApprovalShown, Refusal> {
        self.engine.question(ticket)
    }

    fn answer(&self, answer: PersonsAnswer) -> Result<(), Refusal> {
        self.engine.answer(answer)
    }

    fn now(&self) -> Timestamp {
        self.engine.now()
    }
}

fn path_of(command: &Command) -> String {
    match command {
        Command::FindTool(input) => input.query.clone(),
        Command::ListFiles(input) => input.dir.clone(),
        Command::ReadFile(input) => input.path.clone(),
        Command::WriteFile(input) => input.path.clone(),
        Command::PatchFile(input) => input.path.clone(),
        Command::DeleteFile(input) => input.path.clone(),
        Command::MoveFile(input) => input.from.clone(),
        Command::Search(input) => input.pattern.clone(),
        Command::Outline(input) => input.path.clone(),
        Command::StartTask(input) => input.description.clone().unwrap_or_default(),
        Command::ListTasks(input) => input.status.clone().unwrap_or_default(),
        Command::DiffTask(input) => input.path.clone().unwrap_or_default(),
        Command::FinishTask(input) => input.summary.clone(),
        Command::SaveNote(input) => input.note.clone(),
        Command::CheckTool(input) => input.path.clone(),
        Command::ExecTool(input) => input.path.clone(),
        Command::ExecSql(input) => input.sql.clone(),
        Command::ListActions(input) => input.path.clone().unwrap_or_default(),
        Command::UndoAction(input) => input.action.clone(),
        Command::Delegate(input) => input.task.clone(),
        Command::ApprovalStatus(input) => input.ticket.clone(),
        Command::MergeBranch(input) => input.branch.clone(),
    }
}

/// The client's end of one session.
pub(crate) struct Client {
    input: Option<DuplexStream>,
    output: Option<BufReader<DuplexStream>>,
    session: Option<JoinHandle<Result<(), ServeError>>>,
    seen: HashMap<String, Value>,
    notices: Vec<Value>,
    next_id: u64,
}

impl Client {
    /// A session that is not open yet.
    pub(crate) fn connect<K: Kernel>(hall: &Arc<K>, options: ServeOptions) -> Self {
        let (to_server, server_reads) = tokio::io::duplex(64 << 10);
        let (server_writes, from_server) = tokio::io::duplex(64 << 10);
        let session = tokio::spawn(serve_on(Arc::clone(hall), server_reads, server_writes, options));
        Self {
            input: Some(to_server),
            output: Some(BufReader::new(from_server)),
            session: Some(session),
            seen: HashMap::new(),
            notices: Vec::new(),
            next_id: 1000,
        }
    }

    /// A session of the era of `initialize`.
    pub(crate) async fn open<K: Kernel>(hall: &Arc<K>) -> Self {
        Self::open_with(hall, ServeOptions::default()).await
    }

    pub(crate) async fn open_with<K: Kernel>(hall: &Arc<K>, options: ServeOptions) -> Self {
        let mut client = Self::connect(hall, options);
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "tests", "version": "1.0" },
        });
        let answer = client.ask("initialize", params).await;
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        client
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_bytes(format!("{message}\n").as_bytes()).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    /// Sends a request and gives its id.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    /// Calls a tool and gives the id of the request.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> u64 {
        self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params).await;
        self.answer(&json!(id)).await
    }

    /// The next line of the server.
    pub(crate) async fn line(&mut self) -> Value {
        let mut line = String::new();
        let read = self.output.as_mut().unwrap().read_line(&mut line);
        let length = tokio::time::timeout(TOO_LONG, read).await.expect("the server says nothing").unwrap();
        assert!(length > 0, "the server ended");
        serde_json::from_str(&line).expect("every line of the output is JSON")
    }

    /// The answer to a request, whatever else comes before it.
    pub(crate) async fn answer(&mut self, id: &Value) -> Value {
        loop {
            if let Some(answer) = self.seen.remove(&id.to_string()) {
                return answer;
            }
            let line = self.line().await;
            match line.get("id") {
                Some(other) => {
                    let before = self.seen.insert(other.to_string(), line.clone());
                    assert!(before.is_none(), "two answers to {other}");
                }
                None => self.notices.push(line),
            }
        }
    }

    /// Notes a notice that was read with [`Self::line`].
    pub(crate) fn keep(&mut self, notice: Value) {
        self.notices.push(notice);
    }

    /// The two directions apart, to send and read at the same time.
    pub(crate) fn split(&mut self) -> (Sender, Receiver) {
        (Sender(self.input.take().unwrap()), Receiver(self.output.take().unwrap()))
    }

    /// The notices that came so far.
    pub(crate) fn notices(&self) -> &[Value] {
        &self.notices
    }

    /// Closes the input; the server goes on.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Closes the output, as a host that went away.
    pub(crate) fn close_output(&mut self) {
        self.output = None;
    }

    /// Everything the server still says, to its end.
    pub(crate) async fn rest(&mut self) -> Vec<Value> {
        let mut text = String::new();
        let read = self.output.as_mut().unwrap().read_to_string(&mut text);
        tokio::time::timeout(TOO_LONG, read).await.expect("the server does not end").unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How the session ended.
    pub(crate) async fn ended(&mut self) -> Result<(), ServeError> {
        let session = self.session.take().unwrap();
        tokio::time::timeout(TOO_LONG, session).await.expect("the session does not end").unwrap()
    }
}

/// The sending half of a client.
pub(crate) struct Sender(DuplexStream);

impl Sender {
    pub(crate) async fn ping(&mut self, id: u64) {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
        self.0.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
}

/// The reading half of a client.
pub(crate) struct Receiver(BufReader<DuplexStream>);

impl Receiver {
    pub(crate) async fn line(&mut self) -> Value {
        let mut line = String::new();
        let read = self.0.read_line(&mut line);
        tokio::time::timeout(TOO_LONG, read).await.expect("the server says nothing").unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            session.abort();
        }
    }
}
