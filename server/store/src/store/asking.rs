//! Questions to a person and their answers; tokens. All of it is a security event: synced, and in the audit chain.

use serde_json::json;
use tgp_consent::{
    Answer, ApprovalFilter, ApprovalProblem, ApprovalRow, ApprovalUse, NewToken, Question, TokenProblem,
    TokenRow, TokenSpend, TokenUse,
};
use tgp_consent::{approvals, tokens};
use tgp_model::{ActionId, AgentName, ApprovalId, ApprovalState, SessionId, Timestamp, TokenId};

use super::Store;
use super::notes::{append_one, duplicate};
use crate::connection::Durability;
use crate::error::StoreError;

impl Store {
    /// Notes a question. Where the same agent already asks the same in the same session, about the same files and
    /// under the same policy, the ticket of that question is the answer: nobody is asked twice.
    pub fn ask(&self, question: &Question) -> Result<ApprovalRow, StoreError> {
        let id = question.approval.to_string();
        self.inner.write(Durability::Synced, |connection| {
            approvals::expire(connection, question.at)?;
            let filter = ApprovalFilter {
                state: Some(ApprovalState::Pending),
                agent: Some(question.agent.clone()),
                session: Some(question.session),
                request: Some(question.request.clone()),
            };
            let same = approvals::filtered(connection, &filter)?.into_iter().find(|row| {
                row.pre_images == question.pre_images
                    && row.policy_version == question.policy_version
                    && row.preview == question.preview
                    && row.effects == question.effects
            });
            if let Some(same) = same {
                return Ok(same);
            }
            approvals::insert(connection, question).map_err(|error| duplicate(error, &id))?;
            let row = existing(connection, question.approval)?;
            let payload = json!({
                "approval": id, "state": "pending", "action": question.action.to_string(),
                "agent": question.agent.as_str(), "session": question.session.to_string(),
                "capability": question.capability, "request_hash": row.request_hash, "shown_hash": row.shown_hash,
                "policy_version": question.policy_version, "rule": question.rule, "risk": question.risk,
                "expires": row.expires_at,
            });
            let action = question.action.to_string();
            append_one(connection, "approval", &action, question.at, &payload.to_string())?;
            Ok(row)
        })
    }

    /// Takes a person's answer. The first answer wins; it counts only for what the person saw.
    pub fn answer(&self, approval: ApprovalId, answer: &Answer) -> Result<ApprovalRow, StoreError> {
        self.expire(answer.at)?;
        self.inner.write(Durability::Synced, |connection| {
            approvals::answer(connection, approval, answer)?;
            let row = existing(connection, approval)?;
            let payload = json!({
                "approval": approval.to_string(), "state": row.state.as_str(), "by": answer.by,
                "door": answer.door, "reason": answer.reason, "request_hash": row.request_hash,
                "shown_hash": row.shown_hash,
            });
            append_one(connection, "approval", &row.action.to_string(), answer.at, &payload.to_string())?;
            Ok(row)
        })
    }

    /// Uses a yes up for an action whose intent is noted already. On the disk when it returns.
    pub fn use_approval(
        &self,
        used: &ApprovalUse,
        action: ActionId,
        agent: &AgentName,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.write(Durability::Synced, |connection| {
            approvals::consume(connection, used, action, agent, at)?;
            let payload = crate::payload::used_payload(used);
            append_one(connection, "approval", &action.to_string(), at, &payload)
        })
    }

    /// One question.
    pub fn approval(&self, id: ApprovalId, now: Timestamp) -> Result<Option<ApprovalRow>, StoreError> {
        self.expire(now)?;
        Ok(approvals::one(&self.inner.reader(), id)?)
    }

    /// The questions a filter wants, the oldest first.
    pub fn approvals(&self, filter: &ApprovalFilter, now: Timestamp) -> Result<Vec<ApprovalRow>, StoreError> {
        self.expire(now)?;
        Ok(approvals::filtered(&self.inner.reader(), filter)?)
    }

    /// The questions about tool runs of an agent that are not too late by `now`, the oldest first.
    pub fn run_questions(&self, agent: &AgentName, now: Timestamp) -> Result<Vec<ApprovalRow>, StoreError> {
        Ok(approvals::runs(&self.inner.reader(), agent, now)?)
    }

    /// Marks questions and tokens that are too late by `now`. They stay so, also when the clock goes back.
    fn expire(&self, now: Timestamp) -> Result<(), StoreError> {
        let is_due = {
            let reader = self.inner.reader();
            approvals::is_due(&reader, now)? || tokens::is_due(&reader, now)?
        };
        if !is_due {
            return Ok(());
        }
        self.inner.write(Durability::Lazy, |connection| {
            approvals::expire(connection, now)?;
            tokens::expire(connection, now)?;
            Ok(())
        })
    }

    /// Notes a token that was minted.
    pub fn mint_token(&self, token: &NewToken) -> Result<(), StoreError> {
        let id = token.token.to_string();
        self.inner.write(Durability::Synced, |connection| {
            if let Some(parent) = token.parent {
                let found = tokens::one(connection, parent)?;
                let problem = match found {
                    None => Some(TokenProblem::Missing),
                    Some(row) if row.revoked_at.is_some() => Some(TokenProblem::Revoked),
                    Some(_) => None,
                };
                if let Some(problem) = problem {
                    return Err(StoreError::Token { token: parent, problem });
                }
            }
            tokens::insert(connection, token).map_err(|error| duplicate(error, &id))?;
            let payload = json!({
                "token": id, "event": "minted", "parent": token.parent.map(|parent| parent.to_string()),
                "agent": token.agent.as_str(), "session": token.session.map(|session| session.to_string()),
                "grants": token.grants, "budget": token.budget, "expires": tgp_model::iso::iso8601(token.expires),
                "by": token.by, "door": token.door,
            });
            append_one(connection, "token", &id, token.at, &payload.to_string())
        })
    }

    /// Spends from a token for an action whose intent is noted already, or that pays with several. Synced.
    pub fn use_token(
        &self,
        action: ActionId,
        used: &TokenUse,
        agent: &AgentName,
        session: SessionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.write(Durability::Synced, |connection| {
            tokens::consume(connection, used, agent, session, at)?;
            let payload = json!({
                "token": used.token.to_string(), "event": "used", "nonce": used.nonce.to_string(),
                "amounts": used.amounts,
            });
            append_one(connection, "token", &action.to_string(), at, &payload.to_string())
        })
    }

    /// Adds to what a token paid for an action that used several, beyond what was known before.
    pub fn settle_token(&self, spent: &TokenSpend) -> Result<(), StoreError> {
        self.inner.write(Durability::Lazy, |connection| Ok(tokens::settle(connection, spent)?))
    }

    /// Revokes a token, and with it all that were narrowed from it. Says whether it was valid until now.
    pub fn revoke_token(
        &self,
        token: TokenId,
        by: &str,
        door: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = token.to_string();
        self.inner.write(Durability::Synced, |connection| {
            if tokens::one(connection, token)?.is_none() {
                return Err(StoreError::Token { token, problem: TokenProblem::Missing });
            }
            let revoked = tokens::revoke(connection, token, by, at)?;
            if revoked {
                let payload = json!({ "token": id, "event": "revoked", "by": by, "door": door });
                append_one(connection, "token", &id, at, &payload.to_string())?;
            }
            Ok(revoked)
        })
    }

    /// One token.
    pub fn token(&self, id: TokenId, now: Timestamp) -> Result<Option<TokenRow>, StoreError> {
        self.expire(now)?;
        Ok(tokens::one(&self.inner.reader(), id)?)
    }

    /// All tokens, the oldest first.
    pub fn tokens(&self, now: Timestamp) -> Result<Vec<TokenRow>, StoreError> {
        self.expire(now)?;
        Ok(tokens::all(&self.inner.reader())?)
    }
}

fn existing(connection: &rusqlite::Connection, id: ApprovalId) -> Result<ApprovalRow, StoreError> {
    approvals::one(connection, id)?
        .ok_or(StoreError::Approval { approval: id, problem: ApprovalProblem::Missing })
}
