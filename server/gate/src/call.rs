//! Who calls, from where, and what place the call has in the line.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use tgp_model::{ActionId, AgentName, CancelToken, SessionId};

use tgp_store::ApprovalRow;

use crate::desk::Place;

/// One call of a door, from hand-in to answer.
///
/// A door makes it with [`crate::Gate::call`] before its first await, in the order the messages came in;
/// that takes the place in the line.
#[derive(Clone)]
pub struct Call {
    /// The agent on whose behalf it is.
    pub agent: AgentName,
    /// The session it belongs to.
    pub session: SessionId,
    /// The client that connected, such as `claude-code 2.1`, where it said so.
    pub client: Option<String>,
    /// Set when the client no longer wants the answer.
    pub cancel: CancelToken,
    place: Arc<Mutex<Option<Place>>>,
    action: Arc<Mutex<Option<ActionId>>>,
    listener: Arc<Mutex<Option<Listener>>>,
}

/// Is told of a question before a call waits for its answer, and again with the answer, so that a door can say so or
/// ask its client. It breaks where the call should not wait: then the refusal with the ticket comes at once.
pub type Listener = Box<dyn FnMut(&ApprovalRow) -> ControlFlow<()> + Send>;

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("agent", &self.agent)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Call {
    pub(crate) fn new(agent: AgentName, session: SessionId, client: Option<String>, place: Place) -> Self {
        let place = Arc::new(Mutex::new(Some(place)));
        Self {
            agent,
            session,
            client,
            cancel: CancelToken::new(),
            place,
            action: Arc::default(),
            listener: Arc::default(),
        }
    }

    /// The place in the line; none after it was used once.
    pub fn take_place(&self) -> Option<Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Number of the action this call became, once it has.
    pub fn action(&self) -> Option<ActionId> {
        *self.action.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `listener` told of every question the call waits for, and of the answer that ends the waiting.
    pub fn listen(&self, listener: Listener) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    pub(crate) fn tell(&self, question: &ApprovalRow) -> ControlFlow<()> {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.as_mut().map_or(ControlFlow::Continue(()), |listener| listener(question))
    }

    pub(crate) fn is_action(&self, id: ActionId) {
        *self.action.lock().unwrap_or_else(PoisonError::into_inner) = Some(id);
    }

    /// Gives the place back unused: this call reads, and reads skip the line.
    pub fn skip_line(&self) {
        drop(self.take_place());
    }
}
