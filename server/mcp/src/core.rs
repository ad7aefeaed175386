//! What reader and handlers share: the kernel, the bench, and how one call gets from one to the other.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::model::Implementation;
use tgp_engine::Call;
use tgp_model::ApprovalState;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::approvals::ApprovalShown;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::bench::{Aside, Bench, Kind, Seat};
use crate::elicitation::Window;
use crate::flight::Ticket;
use crate::kernel::Kernel;

/// The kernel, the workers, and the wish to end.
pub(crate) struct Core {
    pub(crate) kernel: Arc<dyn Kernel>,
    pub(crate) bench: Bench,
    /// Set when running tools should end, because the session does.
    pub(crate) wind_down: CancellationToken,
}

/// A call that has its place, from the reader to its handler. Travels in the request's extensions.
#[derive(Clone)]
pub(crate) struct Accepted {
    pub(crate) call: Call,
    seat: Arc<Mutex<Option<Seat>>>,
}

/// Held by a handler for as long as it works, so that its room in the flight is not given away.
#[derive(Clone)]
pub(crate) struct Boarded {
    pub(crate) _ticket: Ticket,
}

/// What a handler hears of a call that needs a person.
pub(crate) enum Told {
    /// This is asked, and the call waits for the answer, or ends with the question.
    Asked(Box<ApprovalShown>),
    /// It was answered, wherever; the call goes on or ends.
    Answered,
}

/// How a job ended.
pub(crate) enum Outcome<T> {
    /// The kernel answered.
    Answered(Result<T, Refusal>),
    /// A bug: it panicked, with this message.
    Panicked(String),
}

impl Core {
    pub(crate) fn new(kernel: Arc<dyn Kernel>, runs: usize) -> Arc<Self> {
        Arc::new(Self { kernel, bench: Bench::new(runs), wind_down: CancellationToken::new() })
    }

    /// Takes the places of one call, in the line of the bench and at the engine's desk. Never waits.
    pub(crate) fn accept(&self, kind: Kind, client: Option<String>) -> Accepted {
        let call = self.kernel.begin(client);
        if !kind.takes_a_place() {
            call.skip_line();
        }
        let seat = Arc::new(Mutex::new(Some(self.bench.reserve(kind))));
        Accepted { call, seat }
    }

    /// Hands the job in. The first receiver hears how it ended, an error when the bench closed before; the second
    /// hears of its questions.
    pub(crate) fn start<T, F>(
        &self,
        accepted: &Accepted,
        window: &Window,
        job: F,
    ) -> (oneshot::Receiver<Outcome<T>>, mpsc::UnboundedReceiver<Told>)
    where
        T: Send + 'static,
        F: FnOnce(&dyn Kernel, &Call) -> Result<T, Refusal> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let (tell, told) = mpsc::unbounded_channel();
        let seat = accepted.seat.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(seat) = seat {
            let kernel = Arc::clone(&self.kernel);
            let call = accepted.call.clone();
            self.listen(&call, seat.aside(), window.clone(), tell);
            let job = move || {
                let result = catch_unwind(AssertUnwindSafe(|| job(kernel.as_ref(), &call)));
                let outcome = match result {
                    Ok(result) => Outcome::Answered(result),
                    Err(panic) => Outcome::Panicked(panic_message(panic.as_ref())),
                };
                drop(sender.send(outcome));
            };
            self.bench.fill(seat, Box::new(job));
        }
        (receiver, told)
    }

    /// While the call waits for a person it stands aside on the bench. Where the client's window can ask in the answer
    /// of the call, it does not wait.
    fn listen(&self, call: &Call, aside: Aside, window: Window, tell: mpsc::UnboundedSender<Told>) {
        let kernel = Arc::clone(&self.kernel);
        call.listen(Box::new(move |row| {
            if row.state != ApprovalState::Pending {
                aside.step_back();
                // A handler that is gone needs no news.
                let _ = tell.send(Told::Answered);
                return ControlFlow::Continue(());
            }
            let mut ends = false;
            match kernel.question(&row.id.to_string()) {
                Ok(question) => {
                    ends = window.ends_with(&question);
                    let _ = tell.send(Told::Asked(Box::new(question)));
                }
                Err(refusal) => tracing::warn!(message = refusal.message, "a question was not shown"),
            }
            if ends {
                return ControlFlow::Break(());
            }
            aside.step();
            ControlFlow::Continue(())
        }));
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no message".to_owned())
}

/// The client as the timeline names it, such as `claude-code 2.1`.
pub(crate) fn client_name(client: &Implementation) -> String {
    /// A name is for people to read; more than this is no name.
    const LONGEST: usize = 120;
    let name = format!("{} {}", client.name, client.version);
    name.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}
