//! Takes secrets out of statements and their parameters. Which value belongs to which column only a parser of the whole
//! statement could say; so where a statement names a column such as `password`, all its values are taken out.

use serde_json::Value;

use crate::redact::{Redactor, is_secret_name};

/// The same statement without secrets: as text, and its string literals where it names a secret column.
pub fn redact_sql(sql: &str) -> String {
    Redactor::plain().sql(sql)
}

/// The parameters of a statement without secrets. Named ones are judged by their names as well.
pub fn redact_parameters(sql: &str, parameters: &Value) -> Value {
    Redactor::plain().parameters(sql, parameters)
}

impl Redactor<'_> {
    /// The same statement without secrets: as text, and its string literals where it names a secret column.
    pub fn sql(&mut self, sql: &str) -> String {
        if !names_a_secret(sql) {
            return self.text(sql);
        }
        let without = self.without_literals(sql);
        self.text(&without)
    }

    /// The parameters of a statement without secrets. Named ones are judged by their names as well.
    pub fn parameters(&mut self, sql: &str, parameters: &Value) -> Value {
        if !names_a_secret(sql) {
            return self.value(parameters);
        }
        match parameters {
            Value::Array(values) => values.iter().map(|value| self.hide(value)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.hide(value))).collect()
            }
            other => self.value(other),
        }
    }

    fn hide(&mut self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::String(secret) => Value::String(self.mask(secret)),
            secret => Value::String(self.mask(&secret.to_string())),
        }
    }

    /// Replaces what stands in `'...'`, where a quote inside is written twice and does not end it, and numbers.
    fn without_literals(&mut self, sql: &str) -> String {
        let mut result = String::with_capacity(sql.len());
        let mut pieces = sql.split('\'');
        let first = pieces.next().unwrap_or("");
        result.push_str(&self.without_numbers(first));
        let mut inside = true;
        for piece in pieces {
            result.push('\'');
            let shown = match (inside, piece) {
                (_, "") => String::new(),
                (true, secret) => self.mask(secret),
                (false, piece) => self.without_numbers(piece),
            };
            result.push_str(&shown);
            inside = !inside;
        }
        result
    }

    /// A number of four digits and more may be a PIN or a key.
    fn without_numbers(&mut self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        for piece in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
            let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            if word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit()) {
                result.push_str(&self.mask(word));
            } else {
                result.push_str(word);
            }
            result.push_str(piece.get(word.len()..).unwrap_or(""));
        }
        result
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
