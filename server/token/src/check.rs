//! Checking a token that is presented. What is stored about it comes in; what to store afterwards goes out.

use std::collections::BTreeMap;

use tgp_model::{AgentName, SessionId, Timestamp};

use crate::encoding;
use crate::grant::CompiledGrant;
use crate::token::TokenCheck;
use crate::token::{Spending, TokenClaims, TokenKey, TokenProblem};
use tgp_capability::Target;

/// A token whose signature is ours; nothing else about it is known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedToken {
    chain: Vec<TokenClaims>,
}

/// What is stored about one id of a chain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenUse {
    /// The highest nonce that was consumed.
    pub last_nonce: Option<u64>,
    /// What was spent.
    pub spent: Spending,
    /// Whether a person revoked it.
    pub revoked: bool,
}

/// Who presents a token, when, and for how much.
#[derive(Debug, Clone, Copy)]
pub struct TokenContext<'a> {
    /// Who presents it.
    pub agent: &'a AgentName,
    /// In which session.
    pub session: Option<SessionId>,
    /// When. Give a clock that never goes back.
    pub now: Timestamp,
    /// What the action will cost.
    pub cost: Spending,
    /// What is stored about each id of the chain; an id that is missing was never used.
    pub uses: &'a BTreeMap<String, TokenUse>,
}

/// A token that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    grants: Vec<CompiledGrant>,
    consumptions: Vec<Consumption>,
}

/// What to store about one id of the chain, in the transaction of the audit row, if the token was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// The id.
    pub id: String,
    /// The nonce to keep as the last one; none while its budget of actions lasts.
    pub nonce: Option<u64>,
    /// What to add to what was spent.
    pub cost: Spending,
}

impl TokenKey {
    /// Opens a token: checks its signature and nothing else.
    pub fn open(&self, text: &str) -> Result<OpenedToken, TokenProblem> {
        let chain = encoding::read(self, text).map_err(|why| TokenProblem::Invalid { why })?;
        Ok(OpenedToken { chain })
    }
}

impl OpenedToken {
    /// What each link says, the person's first.
    pub fn chain(&self) -> &[TokenClaims] {
        &self.chain
    }

    /// The ids whose use has to be looked up.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.chain.iter().map(|claims| claims.id.as_str())
    }

    /// Checks everything that is left to check.
    pub fn check(&self, context: &TokenContext<'_>) -> TokenCheck {
        let Some(last) = self.chain.last() else {
            return Err(TokenProblem::Invalid { why: "it has no links" });
        };
        if last.agent != *context.agent {
            return Err(TokenProblem::Agent { whose: format!("the agent `{}`", last.agent) });
        }
        if last.session.is_some() && last.session != context.session {
            return Err(TokenProblem::Agent { whose: "another session".to_owned() });
        }
        if self.chain.iter().any(|claims| claims.expires <= context.now) {
            return Err(TokenProblem::Expired);
        }
        for (parent, child) in self.chain.iter().zip(self.chain.iter().skip(1)) {
            if let Some(what) = widened(parent, child) {
                return Err(TokenProblem::Widened { what });
            }
        }
        let consumptions =
            self.chain.iter().map(|claims| consumption(claims, context)).collect::<Result<_, _>>()?;
        let compiled = last.grants.iter().map(crate::Grant::compile).collect::<Result<_, _>>();
        let grants = compiled.map_err(|_| TokenProblem::Invalid { why: "a glob in it cannot be read" })?;
        Ok(VerifiedToken { grants, consumptions })
    }
}

impl VerifiedToken {
    /// Whether it grants a capability on a target; without a target, the capability as such.
    pub fn covers(&self, capability: &str, target: Option<&Target>) -> bool {
        self.grants.iter().any(|grant| grant.covers(capability, target))
    }

    /// What to store if it was used.
    pub fn consumptions(&self) -> &[Consumption] {
        &self.consumptions
    }
}

fn consumption(claims: &TokenClaims, context: &TokenContext<'_>) -> Result<Consumption, TokenProblem> {
    let used = context.uses.get(&claims.id).copied().unwrap_or_default();
    if used.revoked {
        return Err(TokenProblem::Invalid { why: "it was revoked" });
    }
    if used.last_nonce.is_some_and(|last| last >= claims.nonce) {
        return Err(TokenProblem::Replayed);
    }
    if let Some(what) = claims.budget.exceeded(&used.spent, &context.cost) {
        return Err(TokenProblem::Spent { what });
    }
    let actions = used.spent.actions.saturating_add(context.cost.actions);
    let is_last = claims.budget.actions.is_some_and(|most| actions >= most);
    Ok(Consumption { id: claims.id.clone(), nonce: is_last.then_some(claims.nonce), cost: context.cost })
}

/// What `child` grants, lasts or may spend beyond `parent`; none where nothing.
pub(crate) fn widened(parent: &TokenClaims, child: &TokenClaims) -> Option<String> {
    let wider = child.grants.iter().find(|grant| !parent.grants.iter().any(|wide| grant.is_under(wide)));
    if let Some(grant) = wider {
        return Some(format!("`{}` is not under any of its grants", grant.capability));
    }
    if parent.session.is_some() && child.session != parent.session {
        return Some("it counts outside the session its parent is for".to_owned());
    }
    if child.expires > parent.expires {
        return Some("it lasts longer".to_owned());
    }
    let figures = parent.budget.figures().into_iter().zip(child.budget.figures());
    let more = figures
        .into_iter()
        .find(|((_, most), (_, asked))| most.is_some_and(|most| asked.is_none_or(|asked| asked > most)));
    more.map(|((name, _), _)| format!("it may spend more {name}"))
}
