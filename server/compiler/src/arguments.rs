//! Checks arguments against a tool's schema and names the field that is wrong.

use serde_json::{Map, Value, json};

/// Deepest arguments that are looked at; JSON itself stops at 128 on the way in.
const DEEPEST: usize = 128;
/// Problems reported at once.
const MOST_PROBLEMS: usize = 20;

/// What a tool's arguments have to look like: JSON Schema 2020-12, a subset without references.
#[derive(Debug, Clone, PartialEq)]
pub struct ArgumentSchema {
    json: Value,
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentProblem {
    /// Where it is, such as `user.age` or `rows[2].id`; empty for the arguments as a whole.
    pub field: String,
    /// What was expected and what was found.
    pub message: String,
}

impl std::fmt::Display for ArgumentProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.field, self.message)
        }
    }
}

impl ArgumentSchema {
    /// A schema from its JSON; null means that anything goes.
    pub fn new(json: Value) -> Self {
        Self { json: if json.is_null() { json!({}) } else { json } }
    }

    /// The schema as JSON.
    pub fn as_json(&self) -> &Value {
        &self.json
    }

    /// What is wrong with `args`; nothing where they fit. Null counts as an empty object.
    pub fn validate(&self, args: &Value) -> Vec<ArgumentProblem> {
        let empty = Value::Object(Map::new());
        let args =
            if args.is_null() && self.json.get("type") == Some(&json!("object")) { &empty } else { args };
        let mut problems = Vec::new();
        Check { problems: &mut problems }.value(&self.json, args, "", 0);
        problems.truncate(MOST_PROBLEMS);
        problems
    }
}

struct Check<'p> {
    problems: &'p mut Vec<ArgumentProblem>,
}

impl Check<'_> {
    fn problem(&mut self, field: &str, message: String) {
        self.problems.push(ArgumentProblem { field: field.to_owned(), message });
    }

    fn value(&mut self, schema: &Value, value: &Value, field: &str, depth: usize) {
        let Some(schema) = schema.as_object() else {
            if schema == &Value::Bool(false) {
                self.problem(field, "is not allowed here".to_owned());
            }
            return;
        };
        if depth > DEEPEST {
            return self.problem(field, format!("nests deeper than {DEEPEST}"));
        }
        if let Some(types) = schema.get("type")
            && !fits_type(types, value)
        {
            return self.problem(field, format!("expected {}, found {}", expected(schema), found(value)));
        }
        if let Some(constant) = schema.get("const")
            && constant != value
        {
            self.problem(field, format!("expected {constant}, found {}", found(value)));
        }
        if let Some(Value::Array(allowed)) = schema.get("enum")
            && !allowed.contains(value)
        {
            self.problem(field, format!("expected {}, found {}", list(allowed), found(value)));
        }
        self.choices(schema, value, field, depth);
        match value {
            Value::Object(map) => self.object(schema, map, field, depth),
            Value::Array(items) => self.array(schema, items, field, depth),
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or(0.0), field),
            Value::String(text) => self.text(schema, text, field),
            _ => {}
        }
    }

    fn choices(&mut self, schema: &Map<String, Value>, value: &Value, field: &str, depth: usize) {
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(part, value, field, depth + 1);
        }
        for key in ["anyOf", "oneOf"] {
            let Some(choices) = schema.get(key).and_then(Value::as_array) else { continue };
            let mut tries: Vec<Vec<ArgumentProblem>> = choices
                .iter()
                .map(|choice| {
                    let mut problems = Vec::new();
                    Check { problems: &mut problems }.value(choice, value, field, depth + 1);
                    problems
                })
                .collect();
            let fitting = tries.iter().filter(|problems| problems.is_empty()).count();
            if key == "oneOf" && fitting > 1 {
                self.problem(field, "fits more than one of the choices".to_owned());
            }
            if fitting == 0 {
                // The choice whose problems lie deepest is the one that was meant.
                tries.sort_by_key(|problems| std::cmp::Reverse(problems.iter().map(|p| p.field.len()).max()));
                match tries.into_iter().next() {
                    Some(problems) if problems.iter().any(|p| p.field != field) => {
                        self.problems.extend(problems);
                    }
                    _ => {
                        self.problem(field, format!("expected {}, found {}", expected(schema), found(value)));
                    }
                }
            }
        }
    }

    fn object(&mut self, schema: &Map<String, Value>, map: &Map<String, Value>, field: &str, depth: usize) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if !map.contains_key(name) {
                let wanted = properties.and_then(|p| p.get(name)).and_then(Value::as_object).map(expected);
                let wanted = wanted.map_or_else(String::new, |wanted| format!("; expected {wanted}"));
                self.problem(&join(field, name), format!("is missing{wanted}"));
            }
        }
        for (name, value) in map {
            let here = join(field, name);
            if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                self.value(property, value, &here, depth + 1);
                continue;
            }
            match schema.get("additionalProperties") {
                Some(Value::Bool(false)) => {
                    let known: Vec<&str> =
                        properties.into_iter().flat_map(|p| p.keys()).map(String::as_str).collect();
                    let known = if known.is_empty() { "no fields".to_owned() } else { known.join(", ") };
                    self.problem(&here, format!("is not a field; known are: {known}"));
                }
                Some(rest) => self.value(rest, value, &here, depth + 1),
                None => {}
            }
        }
    }

    fn array(&mut self, schema: &Map<String, Value>, items: &[Value], field: &str, depth: usize) {
        let prefix = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (at, item) in items.iter().enumerate() {
            let rule = prefix.get(at).or_else(|| schema.get("items"));
            if let Some(rule) = rule {
                self.value(rule, item, &format!("{field}[{at}]"), depth + 1);
            }
        }
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        if let Some(least) = bound("minItems").filter(|least| count < *least) {
            self.problem(field, format!("expected at least {least} items, found {count}"));
        }
        if let Some(most) = bound("maxItems").filter(|most| count > *most) {
            self.problem(field, format!("expected at most {most} items, found {count}"));
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true))
            && items.iter().enumerate().any(|(at, item)| items.iter().skip(at + 1).any(|other| other == item))
        {
            self.problem(field, "expected items that differ".to_owned());
        }
    }

    fn number(&mut self, schema: &Map<String, Value>, number: f64, field: &str) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let wrong = [
            (bound("minimum").filter(|least| number < *least), "at least"),
            (bound("maximum").filter(|most| number > *most), "at most"),
            (bound("exclusiveMinimum").filter(|least| number <= *least), "more than"),
            (bound("exclusiveMaximum").filter(|most| number >= *most), "less than"),
            (
                bound("multipleOf").filter(|step| *step > 0.0 && (number / step).fract() != 0.0),
                "a multiple of",
            ),
        ];
        for (limit, words) in wrong {
            if let Some(limit) = limit {
                self.problem(field, format!("expected {words} {limit}, found {number}"));
            }
        }
    }

    fn text(&mut self, schema: &Map<String, Value>, text: &str, field: &str) {
        let length = text.chars().count() as u64;
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        if let Some(least) = bound("minLength").filter(|least| length < *least) {
            self.problem(field, format!("expected at least {least} characters, found {length}"));
        }
        if let Some(most) = bound("maxLength").filter(|most| length > *most) {
            self.problem(field, format!("expected at most {most} characters, found {length}"));
        }
        if schema.get("format") == Some(&json!("date-time")) && !is_date(text) {
            self.problem(
                field,
                format!(
                    "expected a date and time such as 2026-01-31T12:00:00Z, found {}",
                    found(&json!(text))
                ),
            );
        }
    }
}

fn join(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

fn fits_type(types: &Value, value: &Value) -> bool {
    match types {
        Value::Array(list) => list.iter().any(|one| fits_type(one, value)),
        Value::String(name) => match name.as_str() {
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            _ => true,
        },
        _ => true,
    }
}

/// What a schema wants, in words.
fn expected(schema: &Map<String, Value>) -> String {
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(Value::Array(allowed)) = schema.get("enum") {
        return list(allowed);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(choices)) = schema.get(key) {
            let words: Vec<String> = choices.iter().filter_map(Value::as_object).map(expected).collect();
            return words.join(" or ");
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) => article(name),
        Some(Value::Array(names)) => {
            let words: Vec<String> = names.iter().filter_map(Value::as_str).map(article).collect();
            words.join(" or ")
        }
        _ => "another value".to_owned(),
    }
}

fn article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "integer" | "object" | "array" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

fn list(allowed: &[Value]) -> String {
    let words: Vec<String> = allowed.iter().map(Value::to_string).collect();
    if words.len() == 1 { words.concat() } else { format!("one of {}", words.join(", ")) }
}

/// What was found, short: a long text is cut, a structure is named by its kind.
fn found(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::String(text) if text.chars().count() > 40 => {
            let start: String = text.chars().take(40).collect();
            format!("{}", json!(format!("{start}...")))
        }
        other => other.to_string(),
    }
}

/// Whether a text is a date or a date and time as ISO 8601 and `Date` write them.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
    let at = |index: usize| bytes.get(index).copied();
    let date = digits(0..4) && at(4) == Some(b'-') && digits(5..7) && at(7) == Some(b'-') && digits(8..10);
    if !date || bytes.len() == 10 {
        return date;
    }
    matches!(at(10), Some(b'T' | b't' | b' ')) && digits(11..13) && at(13) == Some(b':') && digits(14..16)
}
