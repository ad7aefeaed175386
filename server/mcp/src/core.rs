//! What reader and handlers share: the kernel, the bench, and how one call gets from one to the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::model::Implementation;
use tgp_engine::Call;
use tgp_protocol::client::Refusal;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, Kind, Seat};
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

    /// Hands the job in. The receiver hears how it ended; it hears an error when the bench closed before.
    pub(crate) fn start<T, F>(&self, accepted: &Accepted, job: F) -> oneshot::Receiver<Outcome<T>>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Kernel, &Call) -> Result<T, Refusal> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let seat = accepted.seat.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(seat) = seat {
            let kernel = Arc::clone(&self.kernel);
            let call = accepted.call.clone();
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
        receiver
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
