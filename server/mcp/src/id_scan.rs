//! Finds the id of a message that is too long or too broken to be parsed, without keeping the message.

use serde_json::Value;

/// Longest id that is looked for, in bytes; an id is a short string or a number.
const LONGEST_ID: usize = 256;

/// Follows the bytes of one JSON object and notes the value of its own `id`, wherever in the message it stands
/// (clients of the TypeScript SDK write it last). Memory does not grow with the message.
#[derive(Debug, Default)]
pub(crate) struct IdScan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    at_key: bool,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
    found: Option<Value>,
}

impl IdScan {
    /// Takes the next bytes of the message.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.found.is_some() {
                return;
            }
            if self.in_string { self.in_string(byte) } else { self.between(byte) }
        }
    }

    /// The id, where it is a string or a number; `null` otherwise, as JSON-RPC asks.
    pub(crate) fn id(self) -> Value {
        self.found.unwrap_or(Value::Null)
    }

    /// The id of a whole message.
    pub(crate) fn of(bytes: &[u8]) -> Value {
        let mut scan = Self::default();
        scan.feed(bytes);
        scan.id()
    }

    fn in_string(&mut self, byte: u8) {
        self.note(byte);
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            return;
        }
        if self.depth == 1 && self.at_key && self.key.len() < 3 {
            self.key.push(byte);
        }
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.in_string = true;
                self.key.clear();
                self.note(byte);
            }
            b'{' | b'[' => {
                self.depth = self.depth.saturating_add(1);
                self.at_key = self.depth == 1;
                self.value = None;
            }
            b'}' | b']' => {
                self.end_value();
                self.depth = self.depth.saturating_sub(1);
            }
            b':' if self.depth == 1 && self.at_key => {
                self.at_key = false;
                self.value = (self.key == b"id").then(Vec::new);
            }
            b',' if self.depth == 1 => {
                self.end_value();
                self.at_key = true;
            }
            _ => self.note(byte),
        }
    }

    fn note(&mut self, byte: u8) {
        if let Some(value) = &mut self.value {
            if value.len() < LONGEST_ID { value.push(byte) } else { self.value = None }
        }
    }

    fn end_value(&mut self) {
        if let Some(value) = self.value.take()
            && let Ok(id @ (Value::String(_) | Value::Number(_))) = serde_json::from_slice(&value)
        {
            self.found = Some(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_id_is_found_wherever_it_stands() {
        for text in [
            r#"{"id":7,"params":{"id":1}}"#,
            r#"{"params":{"id":1,"text":"\"id\":3,"},"id" : 7 }"#,
            r#"{"a":[{"id":2}],"b":"}","id":7,"c":"#,
        ] {
            assert_eq!(IdScan::of(text.as_bytes()), json!(7), "{text}");
        }
        assert_eq!(IdScan::of(br#"{"method":"x","id":"a\"b"}"#), json!("a\"b"));
    }

    #[test]
    fn what_is_no_id_gives_null() {
        for text in [
            r#"{"params":{"id":1}}"#,
            r#"[{"id":1}]"#,
            r#"{"id":{"x":1}}"#,
            r#"{"id":null}"#,
            "garbage",
            r#""id":1"#,
        ] {
            assert_eq!(IdScan::of(text.as_bytes()), Value::Null, "{text}");
        }
    }
}
