//! One call while it works: progress and questions to the client, cancellation from it, and what a bug becomes.

use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::ErrorData;
use rmcp::service::RequestContext;
use serde_json::json;
use tgp_engine::Call;
use tgp_protocol::client::approvals::ApprovalShown;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::bench::Kind;
use crate::core::{Accepted, Core, Outcome, Told, client_name};
use crate::dialog::Dialog;
use crate::elicitation::{Reply, Window};
use crate::kernel::{Kernel, PersonsAnswer};
use crate::progress::Progress;

/// What is done, and how it may ask.
pub(crate) struct Errand {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) window: Window,
}

/// How it ended.
pub(crate) struct Done<T> {
    pub(crate) result: Result<T, Refusal>,
    /// The question it ended with, where the client's window may ask it in the answer.
    pub(crate) asks: Option<Box<ApprovalShown>>,
}

/// The call of a request, with the place in the line that the reader took.
pub(crate) fn accepted(core: &Core, context: &RequestContext<RoleServer>, kind: Kind) -> Accepted {
    let accepted = context.extensions.get::<Accepted>().cloned();
    // Without our reader (another transport) the place is taken here.
    accepted.unwrap_or_else(|| core.accept(kind, context.client_info().as_ref().map(client_name)))
}

/// Runs a job of the kernel on the bench and waits for it. A question of it is shown in the client's window while it
/// waits; the answer, or none, comes beside it.
pub(crate) async fn run<T, F>(
    core: &Core,
    context: &RequestContext<RoleServer>,
    accepted: &Accepted,
    errand: Errand,
    job: F,
) -> Result<Done<T>, ErrorData>
where
    T: Send + 'static,
    F: FnOnce(&dyn Kernel, &Call) -> Result<T, Refusal> + Send + 'static,
{
    let (mut outcome, mut told) = core.start(accepted, &errand.window, job);
    let mut progress = Progress::new(context, errand.kind);
    let mut dialog = Dialog::default();
    let mut asked = None;
    let cancel = &accepted.call.cancel;
    loop {
        tokio::select! {
            biased;
            outcome = &mut outcome => {
                dialog.close("the call has ended").await;
                let result = finish(outcome.ok(), errand.name, &accepted.call)?;
                while let Ok(Told::Asked(question)) = told.try_recv() {
                    asked = Some(question);
                }
                let asks = asked.filter(|question| ends_with(&result, question, &errand.window));
                return Ok(Done { result, asks });
            }
            () = context.ct.cancelled(), if !cancel.is_cancelled() => cancel.cancel(),
            () = core.wind_down.cancelled(), if !cancel.is_cancelled() => cancel.cancel(),
            Some(news) = told.recv() => match news {
                Told::Asked(question) => {
                    progress.waits_for(&question.ticket);
                    if matches!(errand.window, Window::Dialog(_)) && errand.window.admits(&question) {
                        dialog.show(&context.peer, question).await;
                    } else {
                        asked = Some(question);
                    }
                }
                Told::Answered => {
                    progress.goes_on();
                    dialog.close("it was answered").await;
                }
            },
            (question, reply) = dialog.answered() => keep(core, &question, reply),
            () = progress.due() => progress.notify(context).await,
        }
    }
}

/// Whether the call ended with this question, and it may be asked in the answer.
fn ends_with<T>(result: &Result<T, Refusal>, question: &ApprovalShown, window: &Window) -> bool {
    let Err(refusal) = result else { return false };
    let ticket = refusal.details.as_ref().and_then(|details| details.get("ticket")?.as_str());
    refusal.code == ErrorCode::PolicyRequiresApproval
        && ticket == Some(question.ticket.as_str())
        && window.ends_with(question)
}

/// Keeps what the person said. Nobody waits for that: the call looks for answers itself, whoever gave them.
fn keep(core: &Core, question: &ApprovalShown, reply: Reply) {
    let Reply::Said { approve, reason } = reply else { return };
    let (ticket, shown_hash) = (question.ticket.clone(), question.shown_hash.clone());
    let answer = PersonsAnswer { ticket, shown_hash, approve, reason };
    let kernel = Arc::clone(&core.kernel);
    drop(tokio::task::spawn_blocking(move || keep_first(kernel.as_ref(), answer)));
}

/// Keeps an answer where it is the first one; where it is not, the first one stands.
pub(crate) fn keep_first(kernel: &dyn Kernel, answer: PersonsAnswer) {
    let ticket = answer.ticket.clone();
    if let Err(refusal) = kernel.answer(answer) {
        tracing::info!(
            ticket,
            message = refusal.message,
            "an answer from the client's window does not count"
        );
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
