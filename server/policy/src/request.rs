//! What is asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tgp_capability::{Quantity, Target};
use tgp_model::{AgentName, SessionId};
use tgp_token::TokenCheck;

/// A figure or word the engine states about a request. A caller's own arguments never come here unchecked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// A whole number: bytes are counted in bytes, time in nanoseconds.
    Whole(i64),
    /// A number with decimals.
    Decimal(f64),
    /// Yes or no; no comparison can be made with it.
    Flag(bool),
    /// A text; no comparison can be made with it.
    Text(String),
}

impl AttributeValue {
    /// A value as a person writes it: `12`, `1.5`, `true`, `10MiB`, `50ms`; anything else is a text.
    pub fn parse(text: &str) -> Self {
        /// Billionths in one.
        const ONE: i128 = 1_000_000_000;
        if let Ok(flag) = text.parse() {
            return Self::Flag(flag);
        }
        if let Ok(Quantity { billionths, unit: Some(_) }) = Quantity::parse(text)
            && let Ok(whole) = i64::try_from(billionths / ONE)
        {
            return Self::Whole(whole);
        }
        let decimal = || text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Decimal);
        text.parse().map(Self::Whole).ok().or_else(decimal).unwrap_or_else(|| Self::Text(text.to_owned()))
    }
}

/// One question to the judge. Risk and tags are not in it: they are looked up.
#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// Who asks.
    pub agent: AgentName,
    /// In which session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// What for, such as `fs.write`.
    pub capability: String,
    /// What it touches; a request without targets is judged once, as itself.
    pub targets: Vec<Target>,
    /// Figures of the whole request, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The mode of the session, where there are modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The token that was presented, checked; it is no part of the canonical request.
    #[serde(skip)]
    pub token: Option<TokenCheck>,
}

impl Request {
    /// A request without session, attributes, mode and token.
    pub fn new(agent: AgentName, capability: impl Into<String>, targets: Vec<Target>) -> Self {
        Self {
            agent,
            session: None,
            capability: capability.into(),
            targets,
            attributes: BTreeMap::new(),
            mode: None,
            token: None,
        }
    }
}
