//! `delegate`: an agent hands a narrower token to an agent of its `can_delegate`; nothing else does.

use serde_json::json;
use tgp_model::{ActionType, AgentName, Decision, Timestamp};
use tgp_policy::{Budget, Grant, OpenedToken, Request, Target, TokenClaims};
use tgp_protocol::client::delegate::{DelegateInput, DelegateOutput, DelegatedBudget};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::NewToken;

use crate::action::Action;
use crate::call::Call;
use crate::clock::new_token_id;
use crate::gate::Gate;
use crate::mint::{from_mint, granted, grants, lasting, new_token, revocation};
use crate::refusal::from_store;
use crate::tokens::{DELEGATE, TokenText};

/// How long a delegation lasts where nothing is said, in milliseconds.
const USUAL: i64 = 60 * 60 * 1_000;
/// How long it lasts at most.
const LONGEST: i64 = 24 * 60 * 60 * 1_000;
/// Longest description of a task that is kept, in characters.
const LONGEST_TASK: usize = 500;

/// The token a delegation is narrowed from.
struct Parent {
    text: TokenText,
    opened: OpenedToken,
}

impl Gate {
    /// Hands a part of what the caller may do to another agent.
    pub fn delegate(&self, call: &Call, input: DelegateInput) -> Result<DelegateOutput, Refusal> {
        call.skip_line();
        let description = format!("Delegated to `{}`: {}", input.agent, short(&input.task));
        let mut action = Action::begin(self, call, ActionType::Delegate, description);
        let result = self.delegate_as(&mut action, call, &input);
        action.end(result)
    }

    fn delegate_as(
        &self,
        action: &mut Action<'_>,
        call: &Call,
        input: &DelegateInput,
    ) -> Result<DelegateOutput, Refusal> {
        let invalid = |message: String| Refusal::new(ErrorCode::ArgumentsInvalid, message);
        let agent: AgentName = input
            .agent
            .parse()
            .map_err(|error: tgp_model::agent::AgentNameProblem| invalid(error.to_string()))?;
        if agent == call.agent || agent == AgentName::person() {
            return Err(invalid(format!("`{agent}` is nobody to delegate to")));
        }
        action.judge("delegate", vec![Target::agent(&agent)])?;
        let grants = grants(&input.grants)?;
        self.check_grants(&grants)?;
        let parent = self.parent_of(call, &grants)?;
        let claims = self.claims(input, agent, grants, parent.as_ref())?;
        let tokens = self.token_room()?;
        let text = match &parent {
            Some(parent) => tokens.key()?.attenuate(parent.text.reveal(), &claims),
            None => tokens.key()?.mint(&claims),
        };
        let text = text.map_err(|error| from_mint(&error))?;
        let token = claims.id.parse().map_err(|_| invalid(format!("`{}` is no number", claims.id)))?;
        let parent = parent.and_then(|parent| parent.opened.chain().last()?.id.parse().ok());
        let row = NewToken {
            parent,
            by: call.agent.to_string(),
            door: DELEGATE.to_owned(),
            ..new_token(token, &claims, self.clock().now())
        };
        let texts: Vec<String> = claims.grants.iter().map(ToString::to_string).collect();
        let expires = tgp_store::iso8601(claims.expires);
        action.facts.details = json!({
            "delegated": token.to_string(), "agent": claims.agent, "task": short(&input.task), "grants": texts,
            "parent": parent.map(|parent| parent.to_string()), "expires": expires,
        });
        action.facts.undo.push(revocation(token));
        action.note_intent()?;
        self.store().mint_token(&row).map_err(|error| from_store(&error))?;
        Ok(DelegateOutput {
            id: token.to_string(),
            token: text,
            agent: claims.agent.to_string(),
            grants: texts,
            expires,
            action: action.id.to_string(),
        })
    }

    /// None where the caller's scope allows each grant as it stands; otherwise the token it presents, of which only a
    /// part can be handed on. What neither has is refused.
    fn parent_of(&self, call: &Call, grants: &[Grant]) -> Result<Option<Parent>, Refusal> {
        let mut asks = None;
        for grant in grants {
            match self.weakest(&call.agent, grant) {
                (Decision::Allow, _) => {}
                (Decision::RequireApproval, why) => asks = asks.or(Some((grant, why))),
                (Decision::Deny, why) => return Err(beyond(grant, &why)),
            }
        }
        let Some((grant, why)) = asks else { return Ok(None) };
        let presented = self.token_room()?.presented().cloned();
        let Some(text) = presented else { return Err(beyond(grant, &why)) };
        let opened = self.token_room()?.key()?.open(text.reveal()).map_err(|_| beyond(grant, &why))?;
        Ok(Some(Parent { text, opened }))
    }

    /// What the judge says about a grant, without any token: the strictest answer over all it covers.
    fn weakest(&self, agent: &AgentName, grant: &Grant) -> (Decision, String) {
        let judge = self.judge();
        let mut strictest = (Decision::Allow, String::new());
        for capability in granted(judge.registry(), grant) {
            let targets = grant.targets.iter().flat_map(|(kind, globs)| {
                globs.iter().map(|glob| vec![Target::named(*kind, glob)]).collect::<Vec<_>>()
            });
            let mut requests: Vec<Vec<Target>> = targets.collect();
            if requests.is_empty() {
                requests.push(Vec::new());
            }
            for targets in requests {
                let verdict = judge.judge(&Request::new(agent.clone(), capability, targets));
                if verdict.decision > strictest.0 {
                    strictest = (verdict.decision, format!("{capability}: rule `{}`", verdict.rule()));
                }
            }
        }
        strictest
    }

    fn claims(
        &self,
        input: &DelegateInput,
        agent: AgentName,
        grants: Vec<Grant>,
        parent: Option<&Parent>,
    ) -> Result<TokenClaims, Refusal> {
        let now = self.clock().now();
        let asked = input.expires.as_deref().map(lasting).transpose()?;
        if asked.is_some_and(|asked| asked > LONGEST) {
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, "a delegation lasts at most 24 hours"));
        }
        let mut expires = Timestamp(now.0.saturating_add(asked.unwrap_or(USUAL)));
        let mut budget = budget(input.budget.unwrap_or_default());
        // What is not said is as much as the parent has; what is said beyond it is refused.
        if let Some(above) = parent.and_then(|parent| parent.opened.chain().last()) {
            if asked.is_none() {
                expires = expires.min(above.expires);
            }
            budget.actions = budget.actions.or(above.budget.actions);
            budget.bytes = budget.bytes.or(above.budget.bytes);
            budget.rows = budget.rows.or(above.budget.rows);
            budget.milliseconds = budget.milliseconds.or(above.budget.milliseconds);
        }
        let id = new_token_id(self.clock()).to_string();
        Ok(TokenClaims { id, agent, session: None, grants, budget, expires, nonce: 1 })
    }
}

fn budget(asked: DelegatedBudget) -> Budget {
    Budget { actions: asked.actions, bytes: asked.bytes, rows: asked.rows, milliseconds: asked.milliseconds }
}

fn beyond(grant: &Grant, why: &str) -> Refusal {
    let message = format!("`{grant}` is more than you may do yourself ({why}), so it cannot be handed on");
    Refusal::new(ErrorCode::PolicyDenied, message)
        .with_hint("Grant less, or ask the person to mint a token for that agent.")
}

fn short(task: &str) -> String {
    tgp_store::redact_text(&task.chars().take(LONGEST_TASK).collect::<String>())
}
