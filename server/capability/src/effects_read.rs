//! Reads the JSON of declared effects; every problem names its place.

use serde_json::{Map, Value};

use crate::effects::{Effect, EffectKind, EffectsProblem};
use crate::risk::RiskLevel;

/// Effects one tool may declare; more is one tool doing several things.
const MOST_EFFECTS: usize = 32;
/// Longest text in a declaration, in bytes.
const LONGEST_TEXT: usize = 1_000;
/// Methods an API call can have.
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// One object of the list while it is read.
struct Entry<'a> {
    place: String,
    map: &'a Map<String, Value>,
}

/// The effects of a declaration: a list of objects, or one object.
pub(crate) fn effects(declared: &Value) -> Result<Vec<Effect>, EffectsProblem> {
    let list = match declared {
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(declared),
        _ => return Err(problem("", "it must be a list of effects, such as [{ kind: 'api_call', ... }]")),
    };
    if list.len() > MOST_EFFECTS {
        return Err(problem("", &format!("a tool declares at most {MOST_EFFECTS} effects")));
    }
    list.iter().enumerate().map(|(number, value)| effect(number, value)).collect()
}

fn effect(number: usize, value: &Value) -> Result<Effect, EffectsProblem> {
    let place = format!("/{number}");
    let Value::Object(map) = value else {
        return Err(problem(&place, "it must be an object such as { kind: 'message', ... }"));
    };
    let entry = Entry { place, map };
    let kind = entry.text("kind")?;
    let own: &[&str] = match kind {
        "api_call" => &["method", "host"],
        "deploy" => &["target"],
        "message" => &["channel"],
        _ => return Err(entry.wrong("kind", "it must be api_call, deploy or message")),
    };
    entry.only(own)?;
    let kind = match kind {
        "api_call" => EffectKind::ApiCall { method: entry.method()?, host: entry.host()? },
        "deploy" => EffectKind::Deploy { target: entry.text("target")?.to_owned() },
        _ => EffectKind::Message { channel: entry.text("channel")?.to_owned() },
    };
    let compensation = entry.optional("compensation")?.map(str::to_owned);
    if compensation.is_some() && matches!(kind, EffectKind::Message { .. }) {
        return Err(entry.wrong("compensation", "a message cannot be unsent, so nothing takes it back"));
    }
    if compensation.as_ref().is_some_and(|tool| !is_tool(tool)) {
        return Err(
            entry.wrong("compensation", "it must be the path of a tool, such as tools/shop/refund.ts")
        );
    }
    let risk = match entry.optional("risk")? {
        None => None,
        Some(text) => {
            Some(text.parse::<RiskLevel>().map_err(|unknown| entry.wrong("risk", &unknown.to_string()))?)
        }
    };
    Ok(Effect { kind, description: entry.text("description")?.to_owned(), compensation, risk })
}

impl<'a> Entry<'a> {
    fn wrong(&self, field: &str, why: &str) -> EffectsProblem {
        problem(&format!("{}/{field}", self.place), why)
    }

    fn optional(&self, field: &str) -> Result<Option<&'a str>, EffectsProblem> {
        match self.map.get(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Err(self.wrong(field, "it is empty")),
            Some(Value::String(text)) if text.len() > LONGEST_TEXT => {
                Err(self.wrong(field, "it is too long"))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(field, "it must be a text")),
        }
    }

    fn text(&self, field: &str) -> Result<&'a str, EffectsProblem> {
        self.optional(field)?.ok_or_else(|| self.wrong(field, "it is missing"))
    }

    fn method(&self) -> Result<String, EffectsProblem> {
        let method = self.text("method")?.to_ascii_uppercase();
        let known = METHODS.contains(&method.as_str());
        if known {
            Ok(method)
        } else {
            Err(self.wrong("method", &format!("`{method}` is no method of HTTP")))
        }
    }

    fn host(&self) -> Result<String, EffectsProblem> {
        let host = self.text("host")?.trim_end_matches('.').to_ascii_lowercase();
        let plain =
            host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':'));
        if plain && !host.is_empty() {
            Ok(host)
        } else {
            Err(self
                .wrong("host", "it must be one host name such as api.example.com, without scheme and path"))
        }
    }

    fn only(&self, own: &[&str]) -> Result<(), EffectsProblem> {
        let common = ["kind", "description", "compensation", "risk"];
        let unknown =
            self.map.keys().find(|key| !common.contains(&key.as_str()) && !own.contains(&key.as_str()));
        unknown.map_or(Ok(()), |key| Err(self.wrong(key, "there is no such field")))
    }
}

fn is_tool(path: &str) -> bool {
    path.strip_suffix(".ts").is_some_and(|name| !name.is_empty())
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !path.chars().any(|c| c.is_control() || c == '\\')
}

fn problem(place: &str, why: &str) -> EffectsProblem {
    EffectsProblem { place: place.to_owned(), why: why.to_owned() }
}
