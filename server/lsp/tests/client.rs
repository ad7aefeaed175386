//! A client of messages over in-memory pipes, and a hall whose requests a test can hold back or break.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tgp_engine::{Engine, OpenProject};
use tgp_lsp::{Asked, Ended, Fault, Kernel, Method, ServeOptions, serve_on};
use tgp_model::AgentName;
use tgp_protocol::client::{ErrorCode, Refusal};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::task::JoinHandle;

/// No answer takes this long, on any machine that runs tests; a test that waits longer has found a hole.
pub(crate) const TOO_LONG: Duration = Duration::from_mins(1);

/// A hall around a real engine. It stands where the door's own behaviour is tested: what a request does is told by its
/// `reason` or `path`: `panic` panics, `hold...` waits until let go or cancelled; what changes waits for its turn.
pub(crate) struct Hall {
    folder: TempDir,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    log: Vec<String>,
    let_go: bool,
}

impl Hall {
    pub(crate) fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tgp.config.ts"), CONFIG).unwrap();
        tgp_engine::trust_own(
            &project(folder.path()),
            [("tgp.config.ts".to_owned(), CONFIG.to_owned())],
            "a test",
        )
        .unwrap();
        Arc::new(Self { folder, state: Mutex::default(), changed: Condvar::new() })
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.state.lock().unwrap().log.clone()
    }

    /// Ends everything that is held.
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

    /// Whether it was cancelled.
    fn hold(&self, asked: &Asked<'_>) -> bool {
        let cancel = &asked.call.unwrap().cancel;
        let mut state = self.state.lock().unwrap();
        while !state.let_go && !cancel.is_cancelled() {
            state = self.changed.wait_timeout(state, Duration::from_millis(5)).unwrap().0;
        }
        cancel.is_cancelled()
    }
}

const CONFIG: &str = "export default {};\n";

fn project(folder: &Path) -> OpenProject {
    let mut project = OpenProject::new(folder, AgentName::person());
    let state = folder.join(".state").display().to_string();
    project.environment.insert("TGP_STATE_DIR".to_owned(), state);
    project
}

impl Kernel for Hall {
    fn open(&self, root: &Path) -> Result<Arc<Engine>, Refusal> {
        Engine::open(project(root)).map(Arc::new).map_err(|error| error.refusal())
    }

    fn perform(&self, method: &Method, asked: &Asked<'_>, params: Value) -> Result<Value, Fault> {
        let what = ["reason", "path"].iter().find_map(|name| params[name].as_str());
        let Some(what) = what.map(str::to_owned) else { return method.perform(asked, params) };
        assert!(!what.starts_with("panic"), "{what}, as the test wants it");
        // What changes something waits for its turn, as the engine's commands do.
        let mut _turn = None;
        if let Some(place) = asked.call.and_then(tgp_engine::Call::take_place) {
            _turn = Some(place.wait());
        }
        self.note(format!("begin {what}"));
        if what.starts_with("hold") && self.hold(asked) {
            self.note(format!("cancelled {what}"));
            return Err(Refusal::new(ErrorCode::Cancelled, "the call was cancelled").into());
        }
        Ok(json!({ "did": what }))
    }
}

/// The client's end of one session.
pub(crate) struct Client {
    input: Option<DuplexStream>,
    output: BufReader<DuplexStream>,
    session: JoinHandle<Ended>,
    kept: Vec<Value>,
    next: u64,
}

impl Client {
    pub(crate) async fn open(hall: &Arc<Hall>) -> Self {
        Self::open_with(hall, ServeOptions::default()).await
    }

    pub(crate) async fn open_with(hall: &Arc<Hall>, mut options: ServeOptions) -> Self {
        options.root = Some(hall.folder.path().to_owned());
        let (to_server, server_reads) = tokio::io::duplex(64 << 10);
        let (server_writes, from_server) = tokio::io::duplex(64 << 10);
        let session = tokio::spawn(serve_on(Arc::clone(hall), server_reads, server_writes, options));
        let mut client = Self {
            input: Some(to_server),
            output: BufReader::new(from_server),
            session,
            kept: Vec::new(),
            next: 0,
        };
        let params = json!({ "capabilities": { "window": { "workDoneProgress": true } } });
        client.done("initialize", params).await;
        client.send(&json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} })).await;
        client
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let bytes = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.input.as_mut().unwrap().write_all(bytes.as_bytes()).await.unwrap();
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        self.message(|message| message["id"] == json!(id) && message.get("method").is_none()).await
    }

    pub(crate) async fn done(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        let answer = self.answer(id).await;
        answer.get("result").unwrap_or_else(|| panic!("{method}: {answer}")).clone()
    }

    /// The next message that fits; others are kept.
    pub(crate) async fn message(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.kept.iter().position(&fits) {
            return self.kept.remove(place);
        }
        loop {
            let message = tokio::time::timeout(TOO_LONG, self.read()).await.expect("an answer comes");
            if fits(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    async fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).await.unwrap() > 0, "the server ended");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().unwrap(),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Closes the input and waits for the end.
    pub(crate) async fn close(mut self) -> Ended {
        self.input = None;
        tokio::time::timeout(TOO_LONG, self.session).await.expect("it ends").unwrap()
    }

    /// Waits for the end; the input stays open.
    pub(crate) async fn ended(self) -> Ended {
        tokio::time::timeout(TOO_LONG, self.session).await.expect("it ends").unwrap()
    }
}
