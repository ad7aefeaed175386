//! What a message was that is not read because it is too long: told from its first bytes.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Id};

/// The number of a request, from the beginning of its text; none where it is no request, or its number comes later.
pub(crate) fn number(beginning: &[u8]) -> Option<Id> {
    let mut seen = Seen::default();
    // The text ends in the middle: what was read until then is what counts.
    let _ = serde_json::Deserializer::from_slice(beginning).deserialize_map(&mut seen);
    seen.id.filter(|_| seen.method)
}

/// What is answered.
pub(crate) fn refusal(problem: &str) -> Error {
    let mut error = Error::new(ErrorCode::InvalidRequest);
    error.message = problem.to_owned().into();
    error
}

#[derive(Default)]
struct Seen {
    id: Option<Id>,
    method: bool,
}

impl<'de> Visitor<'de> for &mut Seen {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "id" => self.id = Some(fields.next_value()?),
                "method" => {
                    fields.next_value::<String>()?;
                    self.method = true;
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_the_number_it_begins_with() {
        let of = |text: &str| number(text.as_bytes());
        let begun = r#"{"jsonrpc":"2.0","id":7,"method":"tgp/status","params":{"text":"aaaa"#;
        assert_eq!(of(begun), Some(Id::Number(7)));
        let other = r#"{"method":"x","id":"seven","params":[1,{"id":8}"#;
        assert_eq!(of(other), Some(Id::String("seven".to_owned())));
    }

    #[test]
    fn what_is_no_request_or_hides_its_number_has_none() {
        let of = |text: &str| number(text.as_bytes());
        assert_eq!(of(r#"{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"#), None);
        // The answer to a request of the server has the server's number, and is not answered.
        assert_eq!(of(r#"{"jsonrpc":"2.0","id":7,"result":"aaa"#), None);
        assert_eq!(of(r#"{"method":"x","params":"aaaaaaa"#), None);
        assert_eq!(of(r#"{"params":{"id":3,"method":"x""#), None);
        assert_eq!(of("[[[["), None);
        assert_eq!(of(""), None);
        assert_eq!(of(r#"{"id":{"deep":1},"method":"x""#), None);
    }
}
