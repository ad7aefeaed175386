//! Obvious secrets do not reach the timeline.

use proptest::prelude::*;
use serde_json::{Value, json};
use tgp_store::{CommitmentKey, Redactor, commitment, redact, redact_text};

#[test]
fn fields_that_are_named_like_secrets_are_taken_out() {
    let value = json!({
        "token": "abc", "Password": "abc", "API_KEY": "abc", "api-key": 7, "secret": {"a": 1}, "Authorization": "x y",
        "db_password": "abc", "clientSecret": "abc", "x-api-key": ["abc"], "user": "ada", "tokens_used": 5,
        "nested": [{"access_token": "abc"}], "empty_token": null, "token_present": true,
    });
    let redacted = redact(&value);
    assert!(!redacted.to_string().contains("abc"), "{redacted}");
    assert_eq!(redacted["api-key"], "[redacted]");
    assert_eq!(redacted["secret"], "[redacted]");
    assert_eq!(
        (&redacted["user"], &redacted["tokens_used"], &redacted["token_present"]),
        (&json!("ada"), &json!(5), &json!(true))
    );
}

#[test]
fn values_that_look_like_secrets_are_taken_out() {
    for secret in [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghij0123456789abcdef",
        "github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuvwxyz",
        "glpat-0123456789abcdefghij",
        "sk-proj-0123456789abcdefghijklmnop",
        "xoxb-123456789012-abcdefghijkl",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    ] {
        for text in [
            secret.to_owned(),
            format!("use {secret}, please"),
            format!("key='{secret}'"),
            format!("curl -H X:1 -d a={secret}&b=1"),
        ] {
            let redacted = redact_text(&text);
            assert!(!redacted.contains(secret), "{redacted}");
        }
    }
    assert_eq!(redact_text("Authorization: Bearer abcdefgh12345678"), "Authorization: Bearer [redacted]");
    assert_eq!(redact_text("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END"), "[redacted]");
}

#[test]
fn passwords_of_urls_are_taken_out_and_the_host_stays() {
    for (text, expected) in [
        ("https://ada:hunter2@example.com/x?y=1", "https://[redacted]@example.com/x?y=1"),
        ("postgres://app:p@ss@db:5432/shop", "postgres://[redacted]@db:5432/shop"),
        (
            "see https://example.com/a@b and http://x:y@z",
            "see https://example.com/a@b and http://[redacted]@z",
        ),
        ("https://example.com", "https://example.com"),
    ] {
        assert_eq!(redact_text(text), expected);
    }
}

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in [
        "",
        "  two  spaces ",
        "SELECT token FROM sessions WHERE a = 'b'",
        "the bearer of news",
        "skip-this",
        "AKIA",
        "sk-1",
        "tools/auth/token.ts",
        "ünïcode — \u{1F600}\n\ttabs",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

proptest! {
    #[test]
    fn any_text_can_be_redacted_and_redacting_twice_changes_nothing_more(text in ".{0,200}") {
        let once = redact_text(&text);
        prop_assert_eq!(redact_text(&once), once.clone());
        let value = Value::String(text);
        prop_assert_eq!(redact(&value), Value::String(once));
    }
}

#[test]
fn a_commitment_lets_the_person_prove_one_value_and_tells_nothing_of_the_others() {
    let key = CommitmentKey::new([7; 32]);
    let value =
        json!({ "password": "hunter2", "note": "Bearer abcdefgh12345", "again": { "password": "hunter2" } });
    let noted = Redactor::new(&key, &"01A", "details").value(&value);
    assert!(!noted.to_string().contains("hunter2") && !noted.to_string().contains("abcdefgh12345"));
    let expected = |place, value: &str| {
        format!(
            "[redacted {place} sha256:{}]",
            hex::encode(commitment(&key.salt("01A", "details", place), value))
        )
    };
    assert_eq!(noted["password"], expected(1, "hunter2"));
    assert_eq!(noted["note"], format!("Bearer {}", expected(2, "abcdefgh12345")));
    assert_eq!(noted["again"]["password"], expected(3, "hunter2"));
    assert_ne!(noted["password"], noted["again"]["password"], "equal secrets do not look equal");
    let elsewhere = Redactor::new(&key, &"01B", "details").value(&value);
    assert_ne!(noted["password"], elsewhere["password"]);
    assert_ne!(expected(1, "hunter3"), noted["password"]);
    let url = Redactor::new(&key, &"01A", "sql").text("https://ada:geheim@db.example/x");
    assert!(url.starts_with("https://[redacted 1 sha256:") && url.ends_with("]@db.example/x"), "{url}");
}
