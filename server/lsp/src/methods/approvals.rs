//! `tgp/approvals/...`: what agents ask, and what the person says to it in the editor.

use tgp_protocol::client::Refusal;
use tgp_protocol::client::approvals::{AnswerInput, ApprovalShown, ApprovalsOutput};
use tgp_protocol::client::editor::{DecideInput, ListInput, TicketInput};

use crate::kernel::Asked;

pub(super) fn list(asked: &Asked<'_>, input: ListInput) -> Result<ApprovalsOutput, Refusal> {
    asked.engine()?.questions(input.all)
}

pub(super) fn show(asked: &Asked<'_>, input: TicketInput) -> Result<ApprovalShown, Refusal> {
    asked.engine()?.question_shown(&input.ticket)
}

pub(super) fn approve(asked: &Asked<'_>, input: DecideInput) -> Result<ApprovalShown, Refusal> {
    decide(asked, input, true)
}

pub(super) fn deny(asked: &Asked<'_>, input: DecideInput) -> Result<ApprovalShown, Refusal> {
    decide(asked, input, false)
}

/// Keeps what the person said, where the trusted configuration lets an editor ask. The first answer counts.
fn decide(asked: &Asked<'_>, input: DecideInput, approve: bool) -> Result<ApprovalShown, Refusal> {
    let engine = asked.engine()?;
    asked.may_decide(&format!("Run `tgp approve {0}` or `tgp deny {0}` in a terminal.", input.ticket))?;
    engine.answer_question(&AnswerInput {
        ticket: input.ticket,
        approve,
        by: engine.person(),
        door: asked.client.in_timeline(),
        reason: input.reason,
        shown_hash: input.shown_hash,
    })
}
