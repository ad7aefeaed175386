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

    /// Replaces what stands in `'...'`; a quote inside is written twice and does not end it.
    fn without_literals(&mut self, sql: &str) -> String {
        let mut result = String::with_capacity(sql.len());
        let mut pieces = sql.split('\'');
        result.push_str(pieces.next().unwrap_or(""));
        let mut inside = true;
        for piece in pieces {
            result.push('\'');
            result.push_str(&if inside && !piece.is_empty() { self.mask(piece) } else { piece.to_owned() });
            inside = !inside;
        }
        result
    }
}

fn names_a_secret(sql: &str) -> bool {
    sql.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_secret_name)
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
