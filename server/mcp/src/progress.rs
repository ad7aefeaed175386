//! Notices for a client that asked for them with a token: that a tool runs, that a call waits for a person.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::bench::Kind;

/// How often the client hears of a running tool.
const RUNNING_EVERY: Duration = Duration::from_millis(500);
/// How often it hears that a call still waits; a person takes longer than a tool.
const WAITING_EVERY: Duration = Duration::from_secs(2);
/// How long one notice may wait for a client that does not read.
const NOTICE_WAITS: Duration = Duration::from_millis(500);

/// The notices of one call.
pub(crate) struct Progress {
    token: Option<ProgressToken>,
    /// Tools run long enough to be worth it; other calls are told of only while they wait.
    is_run: bool,
    begun: Instant,
    ticks: Option<tokio::time::Interval>,
    waits_for: Option<String>,
}

impl Progress {
    /// The notices of a call that begins now.
    pub(crate) fn new(context: &RequestContext<RoleServer>, kind: Kind) -> Self {
        Self {
            token: context.meta.get_progress_token(),
            is_run: kind == Kind::Run,
            begun: Instant::now(),
            ticks: None,
            waits_for: None,
        }
    }

    /// The call waits for a person from now on.
    pub(crate) fn waits_for(&mut self, ticket: &str) {
        self.waits_for = Some(ticket.to_owned());
        self.ticks = None;
    }

    /// The person answered.
    pub(crate) fn goes_on(&mut self) {
        self.waits_for = None;
        self.ticks = None;
    }

    /// At once, and then every while; never without a token, or where nothing takes long.
    pub(crate) async fn due(&mut self) {
        if self.token.is_none() || !(self.is_run || self.waits_for.is_some()) {
            return std::future::pending().await;
        }
        if let Some(ticks) = &mut self.ticks {
            ticks.tick().await;
        } else {
            let every = if self.waits_for.is_some() { WAITING_EVERY } else { RUNNING_EVERY };
            let mut ticks = interval_at(Instant::now() + every, every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            self.ticks = Some(ticks);
        }
    }

    /// Tells the client how it stands.
    pub(crate) async fn notify(&self, context: &RequestContext<RoleServer>) {
        let Some(token) = self.token.clone() else { return };
        let seconds = self.begun.elapsed().as_secs_f64();
        let message = match &self.waits_for {
            Some(ticket) => format!("waiting for a person: ticket {ticket}, `tgp approve {ticket}`"),
            None if seconds < RUNNING_EVERY.as_secs_f64() => "started".to_owned(),
            None => format!("running for {seconds:.1} s"),
        };
        let notice = ProgressNotificationParam::new(token, seconds).with_message(message);
        if timeout(NOTICE_WAITS, context.peer.notify_progress(notice)).await.is_err() {
            tracing::debug!("the client does not read its progress notices");
        }
    }
}
