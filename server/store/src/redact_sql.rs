//! Takes secrets out of statements and their parameters. Which value belongs to which column only a parser of the whole
//! statement could say; so where a statement names a column such as `password`, all its values are taken out.

use serde_json::Value;

use crate::redact::{REDACTED, is_secret_name, redact, redact_text};

/// The same statement without secrets: as text, and its string literals where it names a secret column.
pub fn redact_sql(sql: &str) -> String {
    if names_a_secret(sql) { redact_text(&without_literals(sql)) } else { redact_text(sql) }
}

/// The parameters of a statement without secrets. Named ones are judged by their names as well.
pub fn redact_parameters(sql: &str, parameters: &Value) -> Value {
    if !names_a_secret(sql) {
        return redact(parameters);
    }
    let hide = |value: &Value| match value {
        Value::Null | Value::Bool(_) => value.clone(),
        _ => Value::String(REDACTED.to_owned()),
    };
    match parameters {
        Value::Array(values) => values.iter().map(hide).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), hide(value))).collect(),
        other => redact(other),
    }
}

/// Also a statement that does not name its columns: nobody knows which of its values is a secret.
fn names_a_secret(sql: &str) -> bool {
    words(sql).any(is_secret_column) || hides_its_columns(sql)
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Columns may be named after what they hold, such as `password_hash` or `user_token`.
fn is_secret_column(name: &str) -> bool {
    let lower = name.to_lowercase();
    is_secret_name(name)
        || ["password", "passwort", "passwd", "secret", "token", "api_key", "apikey", "private_key"]
            .iter()
            .any(|part| lower.contains(part))
}

/// `INSERT INTO users VALUES (...)` and `REPLACE INTO users SELECT ...`.
fn hides_its_columns(sql: &str) -> bool {
    let lower = sql.to_lowercase();
    let Some(into) = lower.find("into").filter(|_| lower.contains("insert") || lower.contains("replace"))
    else {
        return false;
    };
    let rest = lower.get(into..).unwrap_or("");
    let values = ["values", "select"].iter().filter_map(|word| rest.find(word)).min();
    values.is_some_and(|at| !rest.get(..at).unwrap_or("").contains('('))
}

/// Replaces what stands in `'...'`, where a quote inside is written twice and does not end it, and numbers.
fn without_literals(sql: &str) -> String {
    let mut result = String::with_capacity(sql.len());
    let mut pieces = sql.split('\'');
    result.push_str(&without_numbers(pieces.next().unwrap_or("")));
    let mut inside = true;
    for piece in pieces {
        result.push('\'');
        if inside {
            result.push_str(if piece.is_empty() { piece } else { REDACTED });
        } else {
            result.push_str(&without_numbers(piece));
        }
        inside = !inside;
    }
    result
}

/// A number of four digits and more, which may be a PIN or a key.
fn without_numbers(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
        let is_number = word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        result.push_str(if is_number { REDACTED } else { word });
        result.push_str(piece.get(word.len()..).unwrap_or(""));
    }
    result
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_a_statement_that_names_a_secret_column_are_taken_out() {
        let sql = "INSERT INTO users (name, password) VALUES ('Ada', 'hunter''2')";
        let said = redact_sql(sql);
        assert!(!said.contains("hunter") && said.starts_with("INSERT INTO users (name, password)"), "{said}");
        let bare = redact_sql("INSERT INTO users VALUES (1, 'bob', 'S3CRET')");
        assert!(!bare.contains("S3CRET") && !bare.contains("bob"), "{bare}");
        let number = redact_sql("UPDATE users SET password_hash = 12345678 WHERE id = 7");
        assert!(!number.contains("12345678") && number.contains("id = 7"), "{number}");
        let params = redact_parameters("UPDATE t SET api_key = ? WHERE id = ?", &json!(["k-123", 7, null]));
        assert_eq!(params, json!(["[redacted]", "[redacted]", null]));
        let params = redact_parameters("select :a as password", &json!({ "a": "hunter2" }));
        assert_eq!(params, json!({ "a": "[redacted]" }));
    }

    #[test]
    fn other_statements_keep_their_values() {
        let sql = "UPDATE users SET name = 'Ada' WHERE id = ?";
        assert_eq!(redact_sql(sql), sql);
        assert_eq!(redact_parameters(sql, &json!([7, "x"])), json!([7, "x"]));
        assert_eq!(redact_parameters(sql, &json!({ "password": "x" })), json!({ "password": "[redacted]" }));
    }
}
