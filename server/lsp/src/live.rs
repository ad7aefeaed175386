//! What other processes do, told to the client: looked for on a thread of its own, twenty times a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tgp_engine::{Area, Engine, Watch};
use tgp_protocol::client::approvals::ApprovalShown;
use tgp_protocol::client::editor::{ApprovalParams, ChangedParams};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tower_lsp_server::Client as Wire;
use tower_lsp_server::ls_types::notification::Notification;

use crate::ask;
use crate::core::Core;

/// How often the state database is asked for its number; what others did is told at most twice as late.
const EVERY: Duration = Duration::from_millis(50);
/// How often a project is looked for where there was none.
const LOOKED_FOR: Duration = Duration::from_secs(2);

/// `tgp/changed`.
enum Changed {}

impl Notification for Changed {
    type Params = ChangedParams;
    const METHOD: &'static str = "tgp/changed";
}

/// `tgp/approval`.
enum Asked {}

impl Notification for Asked {
    type Params = ApprovalParams;
    const METHOD: &'static str = "tgp/approval";
}

/// What the thread saw.
type News = BTreeSet<Area>;

/// The thread and the task that tell the client. Both end when this is dropped; questions that are shown are no longer
/// waited for then.
pub(crate) struct Live {
    _tasks: JoinSet<()>,
    _stop: Sender<()>,
}

impl Live {
    /// Begins to watch.
    pub(crate) fn start(core: &Arc<Core>, wire: Wire) -> Self {
        let (stop, stopped) = channel();
        let (tell, news) = mpsc::unbounded_channel();
        let watched = Arc::clone(core);
        let thread = std::thread::Builder::new().name("tgp-watch".to_owned());
        if let Err(error) = thread.spawn(move || watch(&watched, &stopped, &tell)) {
            tracing::warn!(%error, "what other processes do is not told: there is no thread to watch");
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(tell_client(Arc::clone(core), wire, news));
        Self { _tasks: tasks, _stop: stop }
    }
}

/// Looks until it is stopped.
fn watch(core: &Core, stopped: &Receiver<()>, tell: &mpsc::UnboundedSender<News>) {
    let mut watch = None;
    let mut looked_for: Option<Instant> = None;
    loop {
        if watch.as_ref().is_some_and(|(engine, _)| !is_open(core, engine)) {
            (watch, looked_for) = (None, None);
            // The client asks how the project stands, and is told that it is gone, or shown what lies there now.
            if tell.send(Area::ALL.into()).is_err() {
                return;
            }
        }
        match watch.as_mut() {
            None if looked_for.is_none_or(|at| at.elapsed() >= LOOKED_FOR) => {
                looked_for = Some(Instant::now());
                watch = begin(core);
                // What is open already is news for a client that just came.
                if watch.is_some() && tell.send(Area::ALL.into()).is_err() {
                    return;
                }
            }
            None => {}
            Some((engine, watch)) => {
                let told = look(engine, watch).map_or(Ok(()), |areas| tell.send(areas));
                if told.is_err() {
                    return;
                }
            }
        }
        match stopped.recv_timeout(EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Opens the project where it is not, and begins to watch it.
fn begin(core: &Core) -> Option<(Arc<Engine>, Watch)> {
    let engine = core.project.open(core.kernel.as_ref()).ok()?;
    match engine.review().watch() {
        Ok(watch) => Some((engine, watch)),
        Err(refusal) => {
            tracing::warn!(message = refusal.message, "the project cannot be watched");
            None
        }
    }
}

/// Whether this is still the open project.
fn is_open(core: &Core, engine: &Arc<Engine>) -> bool {
    core.project.opened().is_some_and(|opened| Arc::ptr_eq(&opened, engine))
}

fn look(engine: &Engine, watch: &mut Watch) -> Option<News> {
    match watch.look(engine.session()) {
        Ok(areas) => (!areas.is_empty()).then_some(areas),
        Err(error) => {
            tracing::debug!(%error, "the state database cannot be looked at now");
            None
        }
    }
}

/// Tells the client what was seen, and asks what is asked.
async fn tell_client(core: Arc<Core>, wire: Wire, mut news: mpsc::UnboundedReceiver<News>) {
    let mut known = BTreeSet::new();
    let mut data_version = 0;
    let mut dialogs = JoinSet::new();
    while let Some(areas) = news.recv().await {
        data_version += 1;
        let names = areas.iter().map(|area| area.as_str().to_owned()).collect();
        wire.send_notification::<Changed>(ChangedParams { areas: names, data_version }).await;
        if !areas.contains(&Area::Approvals) {
            continue;
        }
        for question in open_questions(&core).await {
            if !known.insert(question.ticket.clone()) {
                continue;
            }
            wire.send_notification::<Asked>(ApprovalParams { approval: question.clone() }).await;
            if !core.client().shows_approvals {
                dialogs.spawn(ask::ask(Arc::clone(&core), wire.clone(), question));
            }
        }
        while dialogs.try_join_next().is_some() {}
    }
}

async fn open_questions(core: &Arc<Core>) -> Vec<ApprovalShown> {
    let core = Arc::clone(core);
    let listed = tokio::task::spawn_blocking(move || Some(core.project.opened()?.questions(false)));
    match listed.await {
        Ok(Some(Ok(listed))) => listed.approvals,
        Ok(Some(Err(refusal))) => {
            tracing::warn!(message = refusal.message, "the questions cannot be read");
            Vec::new()
        }
        _ => Vec::new(),
    }
}
