//! Mints the token a case describes by its facts, and presents it.

use std::collections::BTreeMap;

use tgp_model::{AgentName, Timestamp};

use crate::file_error::Located;
use crate::request::Request;
use crate::rule::sample;
use crate::yaml::Node;
use tgp_capability::TargetKind;
use tgp_token::TokenCheck;
use tgp_token::{Budget, Grant, Spending, TokenClaims, TokenContext, TokenKey, TokenUse};

/// The time at which cases happen.
const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// How long a token of a case lasts, in milliseconds.
const HOUR: i64 = 3_600_000;
/// Any key will do: it signs and checks within the case.
const KEY: [u8; 32] = *b"cases are signed with this key!!";

const FIELDS: &[&str] =
    &["agent", "grants", "expired", "nonce", "last_nonce", "parent", "forged", "actions", "spent", "revoked"];

/// The token as it is presented with a request: described by its facts, signed, checked.
pub(super) fn presented(node: &Node, request: &Request) -> Result<TokenCheck, Located> {
    let key = TokenKey::new(&KEY).map_err(|error| sample::value(&error, node))?;
    let mut uses = BTreeMap::new();
    let mut chain = Vec::new();
    links(node, &mut chain, &mut uses)?;
    let mut text = key.sign_unchecked(&chain);
    let is_forged = node.fields(FIELDS)?.get("forged").map(Node::flag).transpose()?.unwrap_or(false);
    if is_forged {
        text = text.chars().rev().collect();
    }
    let context = TokenContext {
        agent: &request.agent,
        session: request.session,
        now: NOW,
        cost: Spending::one_action(),
        uses: &uses,
    };
    Ok(key.open(&text).and_then(|opened| opened.check(&context)))
}

/// The links of a token, its parents first.
fn links(
    node: &Node,
    chain: &mut Vec<TokenClaims>,
    uses: &mut BTreeMap<String, TokenUse>,
) -> Result<(), Located> {
    let fields = node.fields(FIELDS)?;
    if let Some(parent) = fields.get("parent") {
        links(parent, chain, uses)?;
    }
    let whole = |field| -> Result<Option<u64>, Located> {
        let Some(node) = fields.get(field) else { return Ok(None) };
        u64::try_from(node.whole()?).map(Some).map_err(|error| sample::value(&error, node))
    };
    let flag = |field| fields.get(field).map_or(Ok(false), Node::flag);
    let agent = fields.get("agent").map_or_else(|| Ok(AgentName::default()), sample::name)?;
    let id = format!("token-{}", chain.len());
    let spent = Spending { actions: whole("spent")?.unwrap_or(0), ..Spending::default() };
    uses.insert(id.clone(), TokenUse { last_nonce: whole("last_nonce")?, spent, revoked: flag("revoked")? });
    let expires = if flag("expired")? { Timestamp(NOW.0 - 1) } else { Timestamp(NOW.0 + HOUR) };
    chain.push(TokenClaims {
        id,
        agent,
        session: None,
        grants: fields.need("grants")?.list()?.iter().map(grant).collect::<Result<_, _>>()?,
        budget: Budget { actions: whole("actions")?, ..Budget::default() },
        expires,
        nonce: whole("nonce")?.unwrap_or(1),
    });
    Ok(())
}

fn grant(node: &Node) -> Result<Grant, Located> {
    let fields = node.fields(&["capability", "path", "command", "host", "table", "branch", "tool", "to"])?;
    let mut grant = Grant::of(fields.need("capability")?.text()?);
    for (field, kind) in TargetKind::FIELDS {
        for glob in fields.get(field).map(Node::one_or_more).unwrap_or_default() {
            grant = grant.on(kind, glob.text()?);
        }
    }
    Ok(grant)
}
