//! Takes obvious secrets out of what is noted, before it is hashed or stored. Pure: a value in, a value out.

use serde_json::{Map, Value};

/// What stands where a secret was.
pub(crate) const REDACTED: &str = "[redacted]";

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
];

/// The same value without its secrets.
pub fn redact(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(redact_fields(fields)),
        Value::Array(items) => Value::Array(items.iter().map(redact).collect()),
        Value::String(text) => Value::String(redact_text(text)),
        other => other.clone(),
    }
}

fn redact_fields(fields: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .map(|(name, value)| {
            let value = if is_secret_name(name) && !value.is_null() && !value.is_boolean() {
                Value::String(REDACTED.to_owned())
            } else {
                redact(value)
            };
            (name.clone(), value)
        })
        .collect()
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

/// The same text without tokens, keys, and the passwords of URLs.
pub fn redact_text(text: &str) -> String {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return REDACTED.to_owned();
    }
    let mut result = String::with_capacity(text.len());
    let mut after_bearer = false;
    for piece in text.split_inclusive(is_between) {
        let word = piece.trim_end_matches(is_between);
        let rest = piece.get(word.len()..).unwrap_or("");
        if (after_bearer && word.len() >= 8) || is_token(word) {
            result.push_str(REDACTED);
        } else {
            result.push_str(word);
        }
        if !word.is_empty() {
            after_bearer = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
        }
        result.push_str(rest);
    }
    without_userinfo(&result)
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

/// `https://user:pass@host` becomes `https://[redacted]@host`.
fn without_userinfo(text: &str) -> String {
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
            Some((_, host)) => {
                result.push_str(REDACTED);
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
