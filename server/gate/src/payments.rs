//! What the tokens of one action pay: with its intent, as far as it is known by then, and the rest with its outcome.

use tgp_model::TokenId;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{Amounts, StoreError, TokenSpend, TokenUse};

use crate::call::Call;
use crate::gate::Gate;
use crate::refusal::from_store;
use tgp_model::ActionId;

/// How often a use is tried again that another process was faster with.
const ATTEMPTS: usize = 64;

/// The tokens of one action.
#[derive(Debug, Default)]
pub(crate) struct Payments {
    list: Vec<Payment>,
}

#[derive(Debug)]
struct Payment {
    token: TokenId,
    charged: Amounts,
    noted: bool,
}

impl Payments {
    /// What this action charged to a token; none where it was not used.
    pub(crate) fn of(&self, token: TokenId) -> Option<Amounts> {
        self.list.iter().find(|one| one.token == token).map(|one| one.charged)
    }

    /// The token stood in for an approval.
    pub(crate) fn add(&mut self, token: TokenId) {
        if self.of(token).is_none() {
            let charged = Amounts { actions: 1, milliseconds: 1, ..Amounts::default() };
            self.list.push(Payment { token, charged, noted: false });
        }
    }

    /// Whether nothing is paid.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The use that is noted with the intent: the first token's, with what is known to be used by now.
    pub(crate) fn with_intent(&mut self, gate: &Gate, used: Amounts) -> Result<Option<TokenUse>, Refusal> {
        let Some(first) = self.list.first_mut().filter(|one| !one.noted) else { return Ok(None) };
        first.charged.bytes = used.bytes;
        first.charged.rows = used.rows;
        Ok(Some(TokenUse {
            token: first.token,
            nonce: next_nonce(gate, first.token)?,
            amounts: first.charged,
        }))
    }

    /// The intent is noted, and the first token with it.
    pub(crate) fn first_is_noted(&mut self) {
        if let Some(first) = self.list.first_mut() {
            first.noted = true;
        }
    }

    /// Notes the tokens the intent did not.
    pub(crate) fn note_others(&mut self, gate: &Gate, call: &Call, action: ActionId) -> Result<(), Refusal> {
        for payment in self.list.iter_mut().filter(|one| !one.noted) {
            retried(|| {
                let nonce = next_nonce(gate, payment.token)?;
                let used = TokenUse { token: payment.token, nonce, amounts: payment.charged };
                Ok(gate.store().use_token(action, &used, &call.agent, call.session, gate.clock().now()))
            })?;
            payment.noted = true;
        }
        Ok(())
    }

    /// Pays what was used beyond what is paid, while it can still be refused: whether a budget suffices is checked.
    pub(crate) fn pay(
        &mut self,
        gate: &Gate,
        call: &Call,
        action: ActionId,
        used: Amounts,
    ) -> Result<(), Refusal> {
        for payment in self.list.iter_mut().filter(|one| one.noted) {
            let amounts = payment.beyond(used);
            let row = gate.store().token(payment.token, gate.clock().now());
            let row = row.map_err(|error| from_store(&error))?;
            // Time passes always; it is looked at where it is bounded. A part of a token is bounded as the whole is.
            let is_timed = row.is_some_and(|row| row.budget.milliseconds.is_some());
            if amounts.bytes == 0 && amounts.rows == 0 && !is_timed {
                continue;
            }
            retried(|| {
                let nonce = next_nonce(gate, payment.token)?;
                let used = TokenUse { token: payment.token, nonce, amounts };
                Ok(gate.store().use_token(action, &used, &call.agent, call.session, gate.clock().now()))
            })?;
            payment.charged.bytes += amounts.bytes;
            payment.charged.rows += amounts.rows;
            payment.charged.milliseconds += amounts.milliseconds;
        }
        Ok(())
    }

    /// What the outcome adds for the first token; the others are settled here.
    pub(crate) fn settle(&self, gate: &Gate, used: Amounts) -> Result<Option<TokenSpend>, Refusal> {
        let mut first = None;
        for payment in self.list.iter().filter(|one| one.noted) {
            let amounts = payment.beyond(used);
            let spend = TokenSpend { token: payment.token, amounts };
            if first.is_none() {
                first = Some(spend);
            } else {
                gate.store().settle_token(&spend).map_err(|error| from_store(&error))?;
            }
        }
        Ok(first)
    }
}

impl Payment {
    /// What was used and is not paid.
    fn beyond(&self, used: Amounts) -> Amounts {
        Amounts {
            actions: 0,
            bytes: used.bytes.saturating_sub(self.charged.bytes),
            rows: used.rows.saturating_sub(self.charged.rows),
            milliseconds: used.milliseconds.saturating_sub(self.charged.milliseconds),
        }
    }
}

/// Tries again where another process spent from the same token at the same moment.
pub(crate) fn retried(
    mut spend: impl FnMut() -> Result<Result<(), StoreError>, Refusal>,
) -> Result<(), Refusal> {
    for _ in 0..ATTEMPTS {
        match spend()? {
            Err(StoreError::Token { problem: tgp_store::TokenProblem::Replayed, .. }) => {}
            done => return done.map_err(|error| from_store(&error)),
        }
    }
    Err(Refusal::new(ErrorCode::LibraryUnusable, "others spend from the same token all the time"))
}

/// Larger than that of every use before.
fn next_nonce(gate: &Gate, token: TokenId) -> Result<u64, Refusal> {
    let row = gate.store().token(token, gate.clock().now()).map_err(|error| from_store(&error))?;
    Ok(row.map_or(1, |row| row.last_nonce.saturating_add(1)))
}
