//! Questions to a person: an agent asks what became of its own, a person sees and answers all.

use tgp_gate::{Action, from_store, parse_ticket};
use tgp_model::{ActionType, ApprovalState};
use tgp_protocol::client::approvals::{
    AnswerInput, ApprovalShown, ApprovalStatusInput, ApprovalStatusOutput, ApprovalsOutput,
};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{Answer, ApprovalFilter, ApprovalRow, StoreError};

use crate::{Call, Engine};

impl Engine {
    /// What became of a question the agent asked.
    pub fn approval_status(
        &self,
        call: &Call,
        input: ApprovalStatusInput,
    ) -> Result<ApprovalStatusOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileRead, "Asked about a ticket".to_owned());
        let result = action.judge("approval.status", Vec::new()).and_then(|()| {
            let row = self.question(&input.ticket)?;
            // Whether another agent's ticket exists is none of its business.
            if row.agent == call.agent { Ok(tgp_gate::status(&row)) } else { Err(unknown(&input.ticket)) }
        });
        action.end(result)
    }

    /// The questions, the open ones first and of those the oldest; `all` gives the answered ones as well.
    pub fn questions(&self, all: bool) -> Result<ApprovalsOutput, Refusal> {
        let state = (!all).then_some(ApprovalState::Pending);
        let filter = ApprovalFilter { state, ..ApprovalFilter::default() };
        let rows = self.store().approvals(&filter, self.clock().now());
        let mut rows = rows.map_err(|error| from_store(&error))?;
        rows.sort_by_key(|row| row.state != ApprovalState::Pending);
        Ok(ApprovalsOutput { approvals: rows.into_iter().map(tgp_gate::shown).collect() })
    }

    /// One question, with everything a person is shown of it.
    pub fn question_shown(&self, ticket: &str) -> Result<ApprovalShown, Refusal> {
        self.question(ticket).map(tgp_gate::shown)
    }

    /// What a standing token would grant so that this is not asked again, in the form of `tgp token mint`.
    pub fn grants_for(&self, ticket: &str) -> Result<Vec<String>, Refusal> {
        let row = self.question(ticket)?;
        let grants = tgp_gate::grants_of(&row.request);
        if grants.is_empty() || row.rule == tgp_gate::IRREVERSIBLE {
            let message = "no token can stand in for this: what cannot be undone is asked about each time";
            return Err(Refusal::new(ErrorCode::ApprovalClosed, message)
                .with_hint("Approve it once; `tgp token mint` grants more than one name."));
        }
        Ok(grants)
    }

    /// Keeps a person's answer. The first one counts, and only for what was shown.
    ///
    /// Doors call this for a person who sits at a terminal, an editor or a client's form; no command of an agent does.
    pub fn answer_question(&self, input: &AnswerInput) -> Result<ApprovalShown, Refusal> {
        let id = parse_ticket(&input.ticket)?;
        let answer = Answer {
            approve: input.approve,
            by: input.by.clone(),
            door: input.door.clone(),
            reason: input.reason.clone(),
            shown_hash: input.shown_hash.clone(),
            at: self.clock().now(),
        };
        self.store().answer(id, &answer).map(tgp_gate::shown).map_err(|error| match error {
            StoreError::Approval { problem: tgp_store::ApprovalProblem::Missing, .. } => {
                unknown(&input.ticket)
            }
            StoreError::Approval { .. } => Refusal::new(ErrorCode::ApprovalClosed, error.to_string()),
            other => from_store(&other),
        })
    }

    fn question(&self, ticket: &str) -> Result<ApprovalRow, Refusal> {
        let row = self.store().approval(parse_ticket(ticket)?, self.clock().now());
        row.map_err(|error| from_store(&error))?.ok_or_else(|| unknown(ticket))
    }
}

fn unknown(ticket: &str) -> Refusal {
    Refusal::new(ErrorCode::ApprovalUnknown, format!("there is no ticket `{ticket}`"))
}
