//! What other processes do, told to the client: looked for on a thread of its own, twenty times a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tgp_engine::{Area, Engine, RefsMark, Watch};
use tgp_protocol::client::approvals::ApprovalShown;
use tgp_protocol::client::editor::{ApprovalParams, ChangedParams};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower_lsp_server::Client as Wire;
use tower_lsp_server::ls_types::notification::Notification;

use crate::ask;
use crate::core::Core;

/// How often the state database is asked for its number; what others did is told at most twice as late.
const EVERY: Duration = Duration::from_millis(50);
/// How often the refs of agents' branches are looked at, which plain git moves without noting anything.
const REFS_EVERY: Duration = Duration::from_millis(500);
/// How often a project is looked for where there was none.
const LOOKED_FOR: Duration = Duration::from_secs(2);
/// How long the answer to a request is waited for that says nothing.
const GIVEN_UP: Duration = Duration::from_secs(10);

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
    let mut watched: Option<Watched> = None;
    let mut looked_for: Option<Instant> = None;
    loop {
        if watched.as_ref().is_some_and(|watched| !is_open(core, &watched.engine)) {
            (watched, looked_for) = (None, None);
            // The client asks how the project stands, and is told that it is gone, or shown what lies there now.
            if tell.send(Area::ALL.into()).is_err() {
                return;
            }
        }
        match watched.as_mut() {
            None if looked_for.is_none_or(|at| at.elapsed() >= LOOKED_FOR) => {
                looked_for = Some(Instant::now());
                watched = Watched::begin(core);
                // What is open already is news for a client that just came.
                if watched.is_some() && tell.send(Area::ALL.into()).is_err() {
                    return;
                }
            }
            None => {}
            Some(watched) => {
                let told = watched.look().map_or(Ok(()), |areas| tell.send(areas));
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

/// A project that is looked at: what processes noted, and the branches' refs, which plain git moves without noting it.
struct Watched {
    engine: Arc<Engine>,
    noted: Watch,
    refs: Option<RefsMark>,
    refs_looked_at: Instant,
}

impl Watched {
    /// Opens the project where it is not, and begins to watch it.
    fn begin(core: &Core) -> Option<Self> {
        let engine = core.project.open(core.kernel.as_ref()).ok()?;
        let noted = match engine.review().watch() {
            Ok(noted) => noted,
            Err(refusal) => {
                tracing::warn!(message = refusal.message, "the project cannot be watched");
                return None;
            }
        };
        let refs = engine.review().branches_mark();
        Some(Self { engine, noted, refs, refs_looked_at: Instant::now() })
    }

    /// What is no longer as it was; none where all is.
    fn look(&mut self) -> Option<News> {
        let mut areas = match self.noted.look(self.engine.session()) {
            Ok(areas) => areas,
            Err(error) => {
                tracing::debug!(%error, "the state database cannot be looked at now");
                return None;
            }
        };
        // A ref is moved before its action is noted as done: what was noted is told once.
        let told = areas.contains(&Area::Branches);
        if told || self.refs_looked_at.elapsed() >= REFS_EVERY {
            let refs = self.engine.review().branches_mark();
            if refs != self.refs && !told {
                areas.insert(Area::Branches);
            }
            (self.refs, self.refs_looked_at) = (refs, Instant::now());
        }
        (!areas.is_empty()).then_some(areas)
    }
}

/// Whether this is still the open project.
fn is_open(core: &Core, engine: &Arc<Engine>) -> bool {
    core.project.opened().is_some_and(|opened| Arc::ptr_eq(&opened, engine))
}

/// Tells the client what was seen, and asks what is asked.
async fn tell_client(core: Arc<Core>, wire: Wire, mut news: mpsc::UnboundedReceiver<News>) {
    let mut known = BTreeSet::new();
    let mut data_version = 0;
    let (mut dialogs, mut refreshing) = (JoinSet::new(), JoinSet::new());
    while let Some(areas) = news.recv().await {
        data_version += 1;
        let names = areas.iter().map(|area| area.as_str().to_owned()).collect();
        wire.send_notification::<Changed>(ChangedParams { areas: names, data_version }).await;
        if areas.contains(&Area::Library) || areas.contains(&Area::Scopes) {
            core.documents.forget();
        }
        if [Area::Tools, Area::Library].iter().any(|area| areas.contains(area)) {
            refresh(&core, &wire, &mut refreshing);
        }
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

/// Has the client ask again for what stands beside the tools, where it can. Its answer says nothing, and nobody waits
/// for it; one that never comes is given up.
fn refresh(core: &Core, wire: &Wire, refreshing: &mut JoinSet<()>) {
    while refreshing.try_join_next().is_some() {}
    let asks_again = core.client().refreshes;
    if asks_again.lenses {
        let wire = wire.clone();
        refreshing.spawn(async move { drop(timeout(GIVEN_UP, wire.code_lens_refresh()).await) });
    }
    if asks_again.hints {
        let wire = wire.clone();
        refreshing.spawn(async move { drop(timeout(GIVEN_UP, wire.inlay_hint_refresh()).await) });
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
