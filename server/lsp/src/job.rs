//! One request while it works: its place in the line, a worker for it, and how it is told to end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;
use tgp_engine::{Call, Engine};
use tgp_model::CancelToken;
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc;
use tower_lsp_server::ls_types::NumberOrString;

use crate::core::Core;
use crate::fault::{Fault, panic_message};
use crate::kernel::Asked;
use crate::method::{Kind, Method};
use crate::progress;

/// A request that has its place, from the reader to its worker.
pub(crate) struct Job {
    method: &'static Method,
    params: Value,
    /// With the project whose line it is.
    call: Option<(Arc<Engine>, Call)>,
}

impl Job {
    /// Takes the place in the line. Never waits; handlers do this before their first await.
    pub(crate) fn accept(core: &Core, method: &'static Method, params: Value) -> Self {
        let begin = |engine: Arc<Engine>| {
            let call = begin(&engine, method, core);
            (engine, call)
        };
        Self { method, params, call: core.project.opened().map(begin) }
    }

    /// Does it on a worker. Where the future is dropped, because the client cancelled it, the work is told to end.
    pub(crate) async fn run(self, core: Arc<Core>) -> jsonrpc::Result<Value> {
        let Self { method, params, call } = self;
        let cancel = Arc::new(call.as_ref().map(|(_, call)| call.cancel.clone()).unwrap_or_default());
        core.began(&cancel);
        let (reporting, token) = (Arc::clone(&core), token_of(&params));
        let mut waited_for = WaitedFor { cancel, done: false };
        let worker = tokio::task::spawn_blocking(move || {
            catch_unwind(AssertUnwindSafe(|| work(&core, method, params, call)))
        });
        tokio::pin!(worker);
        let outcome = tokio::select! {
            outcome = &mut worker => outcome,
            () = tokio::time::sleep(progress::AFTER) => {
                let _shown = show(&reporting, token, method, &waited_for.cancel);
                worker.await
            }
        };
        waited_for.done = true;
        match outcome {
            Ok(Ok(result)) => result.map_err(Fault::into_error),
            Ok(Err(panic)) => Err(bug(method.name, &panic_message(panic.as_ref()))),
            Err(_) => Err(bug(method.name, "the server ends; the request was not begun")),
        }
    }
}

/// Shows that a request takes its time, where the client can show it.
fn show(
    core: &Core,
    token: Option<NumberOrString>,
    method: &Method,
    cancel: &Arc<CancelToken>,
) -> Option<oneshot::Sender<()>> {
    if token.is_none() && !core.client().shows_progress {
        return None;
    }
    let wire = core.wire.get()?.clone();
    Some(core.shown.begin(wire, token, format!("tgp: {}", method.about.trim_end_matches('.')), cancel))
}

/// The token a client made itself to see the progress of this request.
fn token_of(params: &Value) -> Option<NumberOrString> {
    serde_json::from_value(params.get("workDoneToken")?.clone()).ok()
}

/// Takes a place in the line.
fn begin(engine: &Engine, method: &Method, core: &Core) -> Call {
    let call = engine.call(Some(core.client().in_timeline()));
    if method.kind == Kind::Reads {
        call.skip_line();
    }
    call
}

fn work(
    core: &Core,
    method: &Method,
    params: Value,
    call: Option<(Arc<Engine>, Call)>,
) -> Result<Value, Fault> {
    let client = core.client();
    let opened = core.project.open(core.kernel.as_ref());
    // A place in the line of a project that was closed meanwhile is none in that of the next one.
    let call = opened.as_ref().ok().map(|engine| match call {
        Some((of, call)) if Arc::ptr_eq(&of, engine) => call,
        _ => begin(engine, method, core),
    });
    let project = opened.as_ref().map(AsRef::as_ref).map_err(Clone::clone);
    let asked = Asked { project, call: call.as_ref(), client: &client };
    core.kernel.perform(method, &asked, params)
}

fn bug(name: &str, message: &str) -> jsonrpc::Error {
    tracing::error!(name, message, "a bug in tgp: a request panicked");
    Fault::Bug(format!("`{name}`: {message}")).into_error()
}

/// Tells the work to end when nobody waits for it any more.
struct WaitedFor {
    cancel: Arc<CancelToken>,
    done: bool,
}

impl Drop for WaitedFor {
    fn drop(&mut self) {
        if !self.done {
            self.cancel.cancel();
        }
    }
}
