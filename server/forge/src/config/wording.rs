//! What serde says about a setting, in the words of somebody who writes TypeScript.

/// The message without its position in the JSON, which nobody sees, and without the names of Rust's types.
pub(super) fn said(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rfind(" at line ").and_then(|at| message.get(..at)).unwrap_or(&message);
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match rest.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, wanted)) => format!("{} is wanted, not {}", self::wanted(wanted), self::found(found)),
        None => message.to_owned(),
    }
}

fn wanted(text: &str) -> &str {
    match text {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 on",
        "i32" | "i64" => "a whole number",
        "f64" => "a number",
        "a string" => "a text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if text.starts_with("struct ") => "an object",
        _ if text.starts_with("enum ") || text.starts_with("string or map") => "one of its words",
        _ => text,
    }
}

fn found(text: &str) -> String {
    let inner = |begin: &str| text.strip_prefix(begin).map(|rest| rest.trim_matches('`').to_owned());
    if let Some(value) = inner("string ") {
        return format!("the text {value}");
    }
    let number = inner("integer ").or_else(|| inner("floating point ")).or_else(|| inner("boolean "));
    number.unwrap_or_else(|| match text {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "null" | "unit value" => "`null`".to_owned(),
        _ => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_the_names_of_rust_types() {
        let say = |json: &str| said(&serde_json::from_str::<tgp_model::Config>(json).unwrap_err());
        assert_eq!(
            say(r#"{"limits":{"cpuMs":"fast"}}"#),
            "a whole number from 0 on is wanted, not the text \"fast\""
        );
        assert_eq!(say(r#"{"limits":{"cpuMs":-1}}"#), "a whole number from 0 on is wanted, not -1");
        assert_eq!(say(r#"{"limits":{"cpuMs":1.5}}"#), "a whole number from 0 on is wanted, not 1.5");
        assert_eq!(say(r#"{"strict":1}"#), "`true` or `false` is wanted, not 1");
        assert_eq!(say(r#"{"fs":1}"#), "an object is wanted, not 1");
        assert_eq!(say(r#"{"allowedFetchUrls":"x"}"#), "a list is wanted, not the text \"x\"");
        assert!(say(r#"{"strickt":true}"#).starts_with("unknown field `strickt`"));
    }
}
