//! Says that something takes its time, and lets the client end it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tgp_model::CancelToken;
use tokio::sync::oneshot;
use tower_lsp_server::Client as Wire;
use tower_lsp_server::ls_types::notification::Progress as ProgressNotification;
use tower_lsp_server::ls_types::request::WorkDoneProgressCreate;
use tower_lsp_server::ls_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};

/// What takes longer says so.
pub(crate) const AFTER: Duration = Duration::from_secs(1);

/// What is shown at the moment, and how it is told to end.
#[derive(Default)]
pub(crate) struct Shown {
    cancels: Mutex<HashMap<NumberOrString, Weak<CancelToken>>>,
    next: AtomicU64,
}

impl Shown {
    /// The client no longer wants it.
    pub(crate) fn cancel(&self, token: &NumberOrString) {
        if let Some(cancel) = self.cancels().get(token).and_then(Weak::upgrade) {
            cancel.cancel();
        }
    }

    /// Shows that something takes its time, until what is returned is dropped. Whether the client wants to see it is
    /// asked beside: the work does not wait for that.
    pub(crate) fn begin(
        self: &Arc<Self>,
        wire: Wire,
        given: Option<NumberOrString>,
        title: String,
        cancel: &Arc<CancelToken>,
    ) -> oneshot::Sender<()> {
        let (done, ended) = oneshot::channel();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let ours = given.is_none();
        let token = given.unwrap_or_else(|| NumberOrString::String(format!("tgp/{number}")));
        self.cancels().insert(token.clone(), Arc::downgrade(cancel));
        let shown = Arc::clone(self);
        tokio::spawn(async move {
            let create = WorkDoneProgressCreateParams { token: token.clone() };
            if !ours || wire.send_request::<WorkDoneProgressCreate>(create).await.is_ok() {
                say(&wire, &token, begun(title)).await;
                // A sender that was dropped says the same as one that sent.
                let _ = ended.await;
                say(&wire, &token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
            }
            shown.cancels().remove(&token);
        });
        done
    }

    fn cancels(&self) -> MutexGuard<'_, HashMap<NumberOrString, Weak<CancelToken>>> {
        self.cancels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begun(title: String) -> WorkDoneProgress {
    WorkDoneProgress::Begin(WorkDoneProgressBegin {
        title,
        cancellable: Some(true),
        ..WorkDoneProgressBegin::default()
    })
}

async fn say(wire: &Wire, token: &NumberOrString, what: WorkDoneProgress) {
    let params = ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(what) };
    wire.send_notification::<ProgressNotification>(params).await;
}
