//! One call while it works: progress to the client, cancellation from it, and what a bug becomes.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ErrorData, ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use serde_json::json;
use tgp_engine::Call;
use tgp_protocol::client::Refusal;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::bench::Kind;
use crate::core::{Accepted, Core, Outcome, client_name};
use crate::kernel::Kernel;

/// How often a client that asked for it hears of a running tool.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// How long one notice may wait for a client that does not read.
const NOTICE_WAITS: Duration = Duration::from_millis(500);

/// Runs a job of the kernel on the bench and waits for it, with the place in the line that the reader took.
pub(crate) async fn run<T, F>(
    core: &Core,
    context: &RequestContext<RoleServer>,
    kind: Kind,
    name: &'static str,
    job: F,
) -> Result<Result<T, Refusal>, ErrorData>
where
    T: Send + 'static,
    F: FnOnce(&dyn Kernel, &Call) -> Result<T, Refusal> + Send + 'static,
{
    let accepted = context.extensions.get::<Accepted>().cloned();
    // Without our reader (another transport) the place is taken here.
    let accepted =
        accepted.unwrap_or_else(|| core.accept(kind, context.client_info().as_ref().map(client_name)));
    let mut outcome = core.start(&accepted, job);
    let mut progress = Progress::new(context, kind);
    let cancel = &accepted.call.cancel;
    loop {
        tokio::select! {
            biased;
            outcome = &mut outcome => return finish(outcome.ok(), name, &accepted.call),
            () = context.ct.cancelled(), if !cancel.is_cancelled() => cancel.cancel(),
            () = core.wind_down.cancelled(), if !cancel.is_cancelled() => cancel.cancel(),
            () = progress.due() => progress.notify(context).await,
        }
    }
}

fn finish<T>(
    outcome: Option<Outcome<T>>,
    name: &'static str,
    call: &Call,
) -> Result<Result<T, Refusal>, ErrorData> {
    match outcome {
        Some(Outcome::Answered(result)) => Ok(result),
        Some(Outcome::Panicked(message)) => {
            let action = call.action().map(|action| action.to_string());
            tracing::error!(name, action, message, "a bug in tgp: the call panicked");
            let text = format!("a bug in tgp: `{name}` panicked: {message}");
            Err(ErrorData::internal_error(text, Some(json!({ "code": "internal", "action": action }))))
        }
        None => Err(ErrorData::internal_error("the server ends; the call was not begun", None)),
    }
}

/// Notices for a client that asked for them with a token. Only tools that run are long enough to be worth it.
struct Progress {
    token: Option<ProgressToken>,
    begun: Instant,
    ticks: Option<tokio::time::Interval>,
}

impl Progress {
    fn new(context: &RequestContext<RoleServer>, kind: Kind) -> Self {
        let token = context.meta.get_progress_token().filter(|_| kind == Kind::Run);
        Self { token, begun: Instant::now(), ticks: None }
    }

    /// At once, and then every half second; never without a token.
    async fn due(&mut self) {
        if self.token.is_none() {
            return std::future::pending().await;
        }
        if let Some(ticks) = &mut self.ticks {
            ticks.tick().await;
        } else {
            let mut ticks = interval_at(self.begun + PROGRESS_EVERY, PROGRESS_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            self.ticks = Some(ticks);
        }
    }

    async fn notify(&self, context: &RequestContext<RoleServer>) {
        let Some(token) = self.token.clone() else { return };
        let seconds = self.begun.elapsed().as_secs_f64();
        let first = seconds < PROGRESS_EVERY.as_secs_f64();
        let message = if first { "started".to_owned() } else { format!("running for {seconds:.1} s") };
        let notice = ProgressNotificationParam::new(token, seconds).with_message(message);
        if timeout(NOTICE_WAITS, context.peer.notify_progress(notice)).await.is_err() {
            tracing::debug!("the client does not read its progress notices");
        }
    }
}
