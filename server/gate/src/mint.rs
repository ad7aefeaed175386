//! Minting, listing and revoking tokens: what a person does, each an action of the timeline.

use serde_json::json;
use tgp_model::{ActionId, ActionType, AgentName, SessionId, Timestamp, TokenId};
use tgp_policy::{Budget, Grant, MintError, Quantity, Registry, TokenClaims, Unit};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{NewToken, TokenRow, UndoPart};

use crate::action::Action;
use crate::call::Call;
use crate::clock::new_token_id;
use crate::gate::Gate;
use crate::refusal::from_store;
use crate::tokens::{TokenText, Tokens, unusable};

/// What is kept to take a minted token back: this capability, with the token's number.
pub(crate) const REVOKE: &str = "token.revoke";
/// Longest a token lasts, in milliseconds: a forgotten one ends by itself.
const LONGEST: i64 = 90 * 24 * 60 * 60 * 1_000;
/// Most grants of one token.
const MOST_GRANTS: usize = 64;

/// What a person mints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minting {
    /// For whom.
    pub agent: AgentName,
    /// For which session; any where nothing is said.
    pub session: Option<SessionId>,
    /// What it grants.
    pub grants: Vec<Grant>,
    /// How much of it.
    pub budget: Budget,
    /// How long it lasts from the moment it is minted, in milliseconds.
    pub lasts: i64,
    /// Whether it counts without being presented. Its text is kept outside the project and shown to nobody.
    pub standing: bool,
}

/// Who mints or revokes, and where.
#[derive(Debug, Clone, Copy)]
pub struct Minter<'m> {
    /// The operating system's user.
    pub by: &'m str,
    /// `terminal`, `elicitation` or `editor`.
    pub door: &'m str,
}

/// A token that was minted.
#[derive(Debug, Clone)]
pub struct Minted {
    /// Its number.
    pub token: TokenId,
    /// Its text. It is nowhere else.
    pub text: TokenText,
    /// The action that minted it.
    pub action: ActionId,
}

/// Reads a span of time such as `2h` or `30min`, in milliseconds.
pub fn lasting(text: &str) -> Result<i64, Refusal> {
    /// Billionths of a nanosecond in a millisecond.
    const MILLISECOND: i128 = 1_000_000_000_000_000;
    let wrong = || {
        Refusal::new(ErrorCode::ArgumentsInvalid, format!("`{text}` is not a span of time"))
            .with_hint("Write a number and its unit, such as `30min`, `2h` or `7d`.")
    };
    let quantity = Quantity::parse(text).map_err(|_| wrong())?;
    let milliseconds = i64::try_from(quantity.billionths / MILLISECOND).map_err(|_| wrong())?;
    if quantity.unit == Some(Unit::Time) && milliseconds > 0 { Ok(milliseconds) } else { Err(wrong()) }
}

/// Reads grants such as `fs.write path:docs/**`.
pub fn grants(texts: &[String]) -> Result<Vec<Grant>, Refusal> {
    let read = |text: &String| {
        text.parse::<Grant>().map_err(|error| Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string()))
    };
    texts.iter().map(read).collect()
}

impl Gate {
    /// Mints a token for an agent. Only a person's own command leads here.
    pub fn mint(&self, call: &Call, minting: &Minting, minter: Minter<'_>) -> Result<Minted, Refusal> {
        call.skip_line();
        let description = format!("Minted a token for `{}`", minting.agent);
        let mut action = Action::begin(self, call, ActionType::PolicyChange, description);
        let result = self.mint_as(&mut action, call, minting, minter);
        action.end(result)
    }

    fn mint_as(
        &self,
        action: &mut Action<'_>,
        call: &Call,
        minting: &Minting,
        minter: Minter<'_>,
    ) -> Result<Minted, Refusal> {
        persons_only(call)?;
        let now = self.clock().now();
        self.check_grants(&minting.grants)?;
        if !(1..=LONGEST).contains(&minting.lasts) {
            let message = "a token lasts from a moment to 90 days";
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        }
        let expires = Timestamp(now.0.saturating_add(minting.lasts));
        let token = new_token_id(self.clock());
        let claims = TokenClaims {
            id: token.to_string(),
            agent: minting.agent.clone(),
            session: minting.session,
            grants: minting.grants.clone(),
            budget: minting.budget,
            expires,
            nonce: 1,
        };
        let tokens = self.token_room()?;
        let text = TokenText::new(tokens.key()?.mint(&claims).map_err(|error| from_mint(&error))?);
        let row = NewToken {
            by: minter.by.to_owned(),
            door: minter.door.to_owned(),
            ..new_token(token, &claims, now)
        };
        action.facts.details = json!({
            "minted": token.to_string(), "agent": minting.agent, "grants": row.grants, "by": minter.by,
            "door": minter.door, "standing": minting.standing, "expires": tgp_store::iso8601(expires),
        });
        action.facts.undo.push(revocation(token));
        action.note_intent()?;
        if minting.standing {
            tokens.vault().keep(token, text.reveal()).map_err(unusable)?;
        }
        self.store().mint_token(&row).map_err(|error| from_store(&error))?;
        Ok(Minted { token, text, action: action.id })
    }

    /// All tokens, the oldest first; their texts are nowhere.
    pub fn token_rows(&self) -> Result<Vec<TokenRow>, Refusal> {
        self.store().tokens(self.clock().now()).map_err(|error| from_store(&error))
    }

    /// Revokes a token and all that were made from it, as an action.
    pub fn revoke(&self, call: &Call, token: TokenId, minter: Minter<'_>) -> Result<ActionId, Refusal> {
        persons_only(call)?;
        self.revoke_as(call, token, minter, Vec::new())
    }

    /// Takes back a minting or a delegation.
    pub fn take_token_back(
        &self,
        call: &Call,
        token: TokenId,
        minting: ActionId,
    ) -> Result<ActionId, Refusal> {
        self.revoke_as(call, token, Minter { by: call.agent.as_str(), door: "undo" }, vec![minting])
    }

    fn revoke_as(
        &self,
        call: &Call,
        token: TokenId,
        minter: Minter<'_>,
        undo_of: Vec<ActionId>,
    ) -> Result<ActionId, Refusal> {
        call.skip_line();
        let description = format!("Revoked token {token}");
        let mut action = Action::begin(self, call, ActionType::PolicyChange, description);
        action.facts.details = json!({ "revoked": token.to_string(), "by": minter.by, "door": minter.door });
        action.facts.irreversible = Some("a revoked token stays revoked: mint a new one".to_owned());
        action.facts.undo_of = undo_of;
        let id = action.id;
        let result = self.known_token(token).and_then(|()| action.note_intent()).and_then(|()| {
            let (by, door, now) = (minter.by, minter.door, self.clock().now());
            self.store().revoke_token(token, by, door, now).map_err(|error| from_store(&error))?;
            if let Some(tokens) = self.tokens() {
                tokens.vault().forget(token).map_err(unusable)?;
            }
            Ok(id)
        });
        action.end(result)
    }

    fn known_token(&self, token: TokenId) -> Result<(), Refusal> {
        let row = self.store().token(token, self.clock().now()).map_err(|error| from_store(&error))?;
        let unknown = || {
            Refusal::new(ErrorCode::ArgumentsInvalid, format!("there is no token {token}"))
                .with_hint("`tgp token list` shows them.")
        };
        row.map(drop).ok_or_else(unknown)
    }

    /// The tokens of the project; a gate without them mints none.
    pub(crate) fn token_room(&self) -> Result<&Tokens, Refusal> {
        self.tokens().ok_or_else(|| unusable("this project has no key"))
    }

    /// Refuses grants that grant nothing.
    pub(crate) fn check_grants(&self, grants: &[Grant]) -> Result<(), Refusal> {
        let wrong = |message: String| Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        if grants.is_empty() || grants.len() > MOST_GRANTS {
            return wrong(format!("a token has 1 to {MOST_GRANTS} grants"));
        }
        let judge = self.judge();
        for grant in grants {
            if granted(judge.registry(), grant).is_empty() {
                return Err(Refusal::new(
                    ErrorCode::ArgumentsInvalid,
                    format!("`{}` is no capability", grant.capability),
                )
                .with_hint("`tgp capability list` shows them."));
            }
        }
        Ok(())
    }
}

/// Nobody but a person mints and revokes; the judge denies it to agents as well.
fn persons_only(call: &Call) -> Result<(), Refusal> {
    if call.agent == AgentName::person() {
        return Ok(());
    }
    Err(Refusal::new(ErrorCode::PolicyDenied, "only a person mints and revokes tokens"))
}

/// The registered capabilities a grant is about.
pub(crate) fn granted<'r>(registry: &'r Registry, grant: &Grant) -> Vec<&'r str> {
    registry.iter().map(|one| one.id.as_str()).filter(|id| grant.names(id)).collect()
}

/// The row of a token; the caller adds who made it.
pub(crate) fn new_token(token: TokenId, claims: &TokenClaims, now: Timestamp) -> NewToken {
    let grants: Vec<String> = claims.grants.iter().map(ToString::to_string).collect();
    NewToken {
        token,
        parent: None,
        agent: claims.agent.clone(),
        session: claims.session,
        grants: json!(grants),
        budget: tgp_store::Budget {
            actions: claims.budget.actions,
            bytes: claims.budget.bytes,
            rows: claims.budget.rows,
            milliseconds: claims.budget.milliseconds,
        },
        expires: claims.expires,
        by: String::new(),
        door: String::new(),
        at: now,
    }
}

/// What takes a minted token back.
pub(crate) fn revocation(token: TokenId) -> UndoPart {
    UndoPart::Compensation { capability: REVOKE.to_owned(), arguments: json!({ "token": token.to_string() }) }
}

/// Why a token was not made.
pub(crate) fn from_mint(error: &MintError) -> Refusal {
    let code = match error {
        MintError::Parent(_) => ErrorCode::PolicyDenied,
        MintError::Glob { .. } | MintError::Id { .. } | MintError::TooMany { .. } => {
            ErrorCode::ArgumentsInvalid
        }
    };
    Refusal::new(code, error.to_string())
}
