//! Tokens in the hall: which one applies to a request, and whether it holds.
//!
//! A session presents a token, or a person left a standing one for the agent. What is presented has to hold, whatever
//! it is used for. A standing one is looked for only where a person would be asked.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tgp_model::{AgentName, Decision, Timestamp, TokenId};
use tgp_policy::{
    Capability, Judge, OpenedToken, Request, Spending, TokenContext, TokenKey, TokenProblem, TokenUse,
    Verdict, VerifiedToken,
};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{Amounts, Store, TokenRow};

use crate::call::Call;
use crate::gate::Gate;
use crate::refusal::from_store;

/// The door of tokens that agents handed on.
pub(crate) const DELEGATE: &str = "delegate";

/// What is kept outside the project, readable by the user alone: the key, the standing tokens, what is trusted.
pub trait TokenVault: Send + Sync {
    /// The key tokens are signed with, made at its first use.
    fn key(&self) -> Result<[u8; 32], String>;
    /// Keeps a standing token.
    fn keep(&self, token: TokenId, text: &str) -> Result<(), String>;
    /// All standing tokens.
    fn standing(&self) -> Result<Vec<String>, String>;
    /// Forgets a standing token.
    fn forget(&self, token: TokenId) -> Result<(), String>;
    /// The hash of the version a person trusted; none where nobody ever did.
    fn trusted(&self) -> Result<Option<String>, String>;
}

/// A token as text. It never shows itself.
#[derive(Clone)]
pub struct TokenText(String);

impl TokenText {
    /// The text of a token.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one who may present it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for TokenText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenText(***)")
    }
}

/// The tokens of one open project.
pub struct Tokens {
    vault: Box<dyn TokenVault>,
    key: OnceLock<TokenKey>,
    presented: Option<TokenText>,
}

/// What the judge said, and with which token.
pub(crate) struct Weighed {
    pub(crate) verdict: Verdict,
    pub(crate) token: Option<TokenId>,
}

/// What was already paid in the action that asks.
pub(crate) type PaidBefore<'p> = &'p dyn Fn(TokenId) -> Option<Amounts>;

/// A token whose signature holds, and what is stored about its links, the last one last.
struct Known {
    opened: OpenedToken,
    rows: Vec<TokenRow>,
}

/// A token that holds for the agent that presents it.
struct Held {
    id: TokenId,
    token: VerifiedToken,
    rows: Vec<TokenRow>,
}

impl Tokens {
    /// The tokens of a vault, and the one the session presents.
    pub fn new(vault: Box<dyn TokenVault>, presented: Option<TokenText>) -> Self {
        Self { vault, key: OnceLock::new(), presented }
    }

    pub(crate) fn vault(&self) -> &dyn TokenVault {
        self.vault.as_ref()
    }

    /// The token the session presents.
    pub(crate) fn presented(&self) -> Option<&TokenText> {
        self.presented.as_ref()
    }

    /// The key, read when it is first needed.
    pub(crate) fn key(&self) -> Result<&TokenKey, Refusal> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let bytes = self.vault.key().map_err(unusable)?;
        let key = TokenKey::new(&bytes).map_err(|error| unusable(error.to_string()))?;
        Ok(self.key.get_or_init(|| key))
    }

    /// Opens a token and reads what is stored about it. The inner error is the token's own.
    fn know(
        &self,
        store: &Store,
        now: Timestamp,
        text: &str,
    ) -> Result<Result<Known, TokenProblem>, Refusal> {
        let opened = match self.key()?.open(text) {
            Ok(opened) => opened,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut rows = Vec::new();
        for id in opened.ids() {
            let id: Option<TokenId> = id.parse().ok();
            let row = id.map(|id| store.token(id, now)).transpose().map_err(|error| from_store(&error))?;
            match row.flatten() {
                Some(row) => rows.push(row),
                None => return Ok(Err(TokenProblem::Invalid { why: "it was never minted here" })),
            }
        }
        Ok(Ok(Known { opened, rows }))
    }
}

impl Known {
    fn check(
        self,
        call: &Call,
        now: Timestamp,
        request: &Request,
        paid: PaidBefore<'_>,
    ) -> Result<Held, TokenProblem> {
        let id = self.rows.last().map(|row| row.id);
        let before = id.and_then(paid);
        let uses = self.uses(before.as_ref());
        let session = Some(call.session);
        let context = |cost| TokenContext { agent: &call.agent, session, now, cost, uses: &uses };
        let full = cost(request, before.is_some());
        // What a token does not grant it does not pay for: bytes count where they are under its grants.
        let mut token = self.opened.check(&context(Spending { bytes: 0, ..full }))?;
        let covers = |target| token.covers(&request.capability, Some(target));
        if full.bytes > 0 && request.targets.iter().all(covers) {
            token = self.opened.check(&context(full))?;
        }
        // What was seen too late once stays so, also when the clock goes back.
        if self.rows.iter().any(|row| row.expired) {
            return Err(TokenProblem::Expired);
        }
        let id = id.ok_or(TokenProblem::Invalid { why: "it has no links" })?;
        Ok(Held { id, token, rows: self.rows })
    }

    /// What is stored about each link. A token for a single action is a replay once it was used, except in the action
    /// that used it.
    fn uses(&self, before: Option<&Amounts>) -> BTreeMap<String, TokenUse> {
        let links = self.opened.chain().iter().zip(&self.rows);
        let uses = links.map(|(claims, row)| {
            let once = row.budget.actions == Some(1) && row.spent.actions >= 1 && before.is_none();
            let spent = Spending {
                actions: row.spent.actions,
                bytes: row.spent.bytes,
                rows: row.spent.rows,
                milliseconds: row.spent.milliseconds,
            };
            let used = TokenUse {
                last_nonce: once.then_some(claims.nonce),
                spent,
                revoked: row.revoked_at.is_some(),
            };
            (claims.id.clone(), used)
        });
        uses.collect()
    }
}

/// What an action costs as far as it is known when it asks. The time is not: a moment stands for it, so that a spent
/// budget of time is refused.
pub(crate) fn cost(request: &Request, is_paid: bool) -> Spending {
    let bytes = request.targets.iter().filter_map(tgp_policy::Target::bytes).sum();
    let first = u64::from(!is_paid);
    let rows = u64::from(request.capability == "sql.write");
    Spending { actions: first, bytes, rows, milliseconds: first }
}

impl Gate {
    /// Asks the judge, with the tokens that apply.
    pub(crate) fn weigh(
        &self,
        call: &Call,
        request: &mut Request,
        graded: Option<&Capability>,
        paid: PaidBefore<'_>,
    ) -> Result<Weighed, Refusal> {
        let judge = self.judge();
        let decide = |request: &Request| match graded {
            Some(capability) => judge.judge_graded(request, capability),
            None => judge.judge(request),
        };
        let tokens = self.tokens().filter(|_| call.agent != AgentName::person());
        let Some(tokens) = tokens else { return Ok(Weighed { verdict: decide(request), token: None }) };
        let now = self.clock().now();
        let mut held = None;
        if let Some(text) = tokens.presented() {
            let known = tokens.know(self.store(), now, text.reveal())?;
            match known.and_then(|known| known.check(call, now, request, paid)) {
                Ok(found) => {
                    request.token = Some(Ok(found.token.clone()));
                    held = Some(found);
                }
                Err(problem) => request.token = Some(Err(problem)),
            }
        }
        let mut verdict = decide(request);
        if let Some(held) = held.filter(|_| verdict.token_used) {
            if givers_may(&judge, request, graded, &held)? {
                return Ok(Weighed { verdict, token: Some(held.id) });
            }
            request.token = None;
            verdict = decide(request);
        }
        if verdict.decision != Decision::RequireApproval {
            return Ok(Weighed { verdict, token: None });
        }
        for text in tokens.vault().standing().map_err(unusable)? {
            let Ok(known) = tokens.know(self.store(), now, &text)? else { continue };
            let Ok(held) = known.check(call, now, request, paid) else { continue };
            let before = request.token.replace(Ok(held.token.clone()));
            let with = decide(request);
            if with.token_used && givers_may(&judge, request, graded, &held)? {
                return Ok(Weighed { verdict: with, token: Some(held.id) });
            }
            request.token = before;
        }
        Ok(Weighed { verdict, token: None })
    }
}

/// Whether every agent that handed the token on may do this itself: a token never gives more than its giver has.
fn givers_may(
    judge: &Arc<Judge>,
    request: &Request,
    graded: Option<&Capability>,
    held: &Held,
) -> Result<bool, Refusal> {
    for row in held.rows.iter().filter(|row| row.created_door == DELEGATE) {
        let giver: AgentName = row.created_by.parse().map_err(|_| {
            Refusal::new(ErrorCode::Internal, format!("`{}` handed on a token", row.created_by))
        })?;
        let asked = Request { agent: giver, token: None, session: None, ..request.clone() };
        let verdict = match graded {
            Some(capability) => judge.judge_graded(&asked, capability),
            None => judge.judge(&asked),
        };
        // A giver that had a token itself had the question answered by it; a deny nothing answers.
        let may = match verdict.decision {
            Decision::Allow => true,
            Decision::RequireApproval => row.parent.is_some(),
            Decision::Deny => false,
        };
        if !may {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The key or the kept tokens cannot be used.
pub(crate) fn unusable(why: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::TrustUnusable, format!("tokens cannot be used: {why}"))
}
