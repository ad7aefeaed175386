//! Takes obvious secrets out of what is noted, before it is hashed or stored. Pure: a value in, a value out.

use serde_json::{Map, Value};

use crate::commit::{CommitmentKey, commitment};

/// What stands where a secret was.
const REDACTED: &str = "[redacted]";

/// Names of fields whose value is a secret, without punctuation and in lower case.
const SECRET_NAMES: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "auth",
    "authorization",
    "authtoken",
    "bearer",
    "clientsecret",
    "cookie",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "proxyauthorization",
    "pwd",
    "refreshtoken",
    "secret",
    "secretaccesskey",
    "secretkey",
    "sessiontoken",
    "setcookie",
    "token",
    "xapikey",
    "xauthtoken",
];

/// Beginnings of tokens that services give out, with the fewest characters that follow.
const TOKEN_BEGINNINGS: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("sk-", 20),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("AIza", 30),
    ("npm_", 30),
    ("eyJ", 30),
    // A token of our own: who reads the record must not be able to present it.
    ("tgp1.", 20),
];

/// The same value without its secrets.
pub fn redact(value: &Value) -> Value {
    Redactor::plain().value(value)
}

/// The same text without tokens, keys, and the passwords of URLs.
pub fn redact_text(text: &str) -> String {
    Redactor::plain().text(text)
}

/// Takes secrets out of one field of one action and leaves a commitment in the place of each.
pub struct Redactor<'k> {
    key: Option<&'k CommitmentKey>,
    action: String,
    field: &'k str,
    places: u64,
}

impl<'k> Redactor<'k> {
    /// Leaves no commitments.
    pub(crate) fn plain() -> Self {
        Self { key: None, action: String::new(), field: "", places: 0 }
    }

    /// For the `field` (such as `details` or `sql`) of an action. Use one for each field: its places are counted.
    pub fn new(key: &'k CommitmentKey, action: &impl ToString, field: &'k str) -> Self {
        Self { key: Some(key), action: action.to_string(), field, places: 0 }
    }

    /// The same value without its secrets.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => Value::Object(self.fields(fields)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::String(text) => Value::String(self.text(text)),
            other => other.clone(),
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in fields {
            let value = match value {
                Value::Null | Value::Bool(_) => value.clone(),
                Value::String(secret) if is_secret_name(name) => Value::String(self.mask(secret)),
                secret if is_secret_name(name) => Value::String(self.mask(&secret.to_string())),
                value => self.value(value),
            };
            kept.insert(name.clone(), value);
        }
        kept
    }

    /// The same text without tokens, keys, and the passwords of URLs.
    pub fn text(&mut self, text: &str) -> String {
        if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
            return self.mask(text);
        }
        let mut result = String::with_capacity(text.len());
        let mut after_bearer = false;
        for piece in text.split_inclusive(is_between) {
            let word = piece.trim_end_matches(is_between);
            let rest = piece.get(word.len()..).unwrap_or("");
            if (after_bearer && word.len() >= 8) || is_token(word) {
                result.push_str(&self.mask(word));
            } else {
                result.push_str(word);
            }
            if !word.is_empty() {
                after_bearer = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
            }
            result.push_str(rest);
        }
        self.without_userinfo(&result)
    }

    /// `https://user:pass@host` becomes `https://[redacted]@host`.
    fn without_userinfo(&mut self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("://") {
            let (before, after) = rest.split_at(at + 3);
            result.push_str(before);
            let end = after
                .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`'))
                .unwrap_or(after.len());
            let (authority, remaining) = after.split_at(end);
            match authority.rsplit_once('@') {
                Some((secret, host)) => {
                    result.push_str(&self.mask(secret));
                    result.push('@');
                    result.push_str(host);
                }
                None => result.push_str(authority),
            }
            rest = remaining;
        }
        result.push_str(rest);
        result
    }

    /// What stands where a secret was.
    pub(crate) fn mask(&mut self, secret: &str) -> String {
        if is_mask(secret) {
            return secret.to_owned(); // Taken out before, with its own salt.
        }
        let Some(key) = self.key else { return REDACTED.to_owned() };
        self.places += 1;
        let salt = key.salt(&self.action, self.field, self.places);
        format!("[redacted {} sha256:{}]", self.places, hex::encode(commitment(&salt, secret)))
    }
}

/// Whether this stands where a secret was.
fn is_mask(text: &str) -> bool {
    let Some(inside) = text.strip_prefix("[redacted").and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    inside.is_empty()
        || inside.strip_prefix(' ').and_then(|rest| rest.split_once(" sha256:")).is_some_and(
            |(place, hash)| {
                place.bytes().all(|byte| byte.is_ascii_digit())
                    && hash.len() == 64
                    && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            },
        )
}

pub(crate) fn is_secret_name(name: &str) -> bool {
    let bare: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.contains(&bare.as_str())
        || ["password", "secret", "apikey", "accesstoken", "authtoken", "privatekey"]
            .iter()
            .any(|end| bare.ends_with(end))
}

fn is_between(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '<' | '>' | '=' | '&' | '[' | ']' | '{' | '}'
        )
}

fn is_token(word: &str) -> bool {
    TOKEN_BEGINNINGS.iter().any(|(beginning, least)| {
        word.strip_prefix(beginning).is_some_and(|rest| {
            rest.len() >= *least
                && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+'))
        })
    })
}
