//! Whatever is written as a URL, what the list covers stays on the origin and below the path of its entry.

use proptest::prelude::*;
use tgp_network::{AllowedUrls, Url};
use ureq::http::Uri;

/// Pieces that readers of URLs have disagreed about.
const PIECES: &[&str] = &[
    "https://",
    "http://",
    "https:",
    "//",
    "/",
    "\\",
    "\\\\",
    "@",
    ":",
    ":443",
    ":80",
    ":8443",
    "?",
    "#",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%00",
    "%0a",
    "%40",
    "%3a",
    "%25",
    "%252e",
    ".",
    "..",
    "./",
    "../",
    ";",
    "..;",
    "&",
    "=",
    "[",
    "]",
    "::1",
    "api.example.com",
    "API.Example.com",
    "example.com",
    "evil.example",
    ".evil.example",
    "user",
    "user:pass",
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "localhost",
    "xn--",
    "xn--bcher-kva",
    "ü",
    "。",
    "．",
    "\u{200b}",
    "\u{ad}",
    " ",
    "\t",
    "\n",
    "v1",
    "v1beta",
    "V1",
    "admin",
    "x",
    "~",
    "'",
    "\"",
    "<",
    "|",
    "^",
    "*",
    "*.",
];
/// Host, port and path of the entries under test.
const ENTRIES: &[(&str, &str, u16, &[&str])] = &[
    ("https://api.example.com/v1", "api.example.com", 443, &["v1"]),
    ("http://api.example.com", "api.example.com", 80, &[]),
    ("https://api.example.com:8443/v1/x", "api.example.com", 8443, &["v1", "x"]),
    ("https://*.example.com/v1", ".example.com", 443, &["v1"]),
    ("http://127.0.0.1/v1", "127.0.0.1", 80, &["v1"]),
];

fn url_text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..8).prop_map(|pieces| pieces.concat());
    let near = (prop::sample::select(ENTRIES), pieces.clone(), pieces.clone())
        .prop_map(|((entry, ..), middle, end)| format!("{}{middle}{end}", entry.replace('*', "a")));
    let split =
        (prop::sample::select(ENTRIES), 0_usize..32, pieces.clone()).prop_map(|((entry, ..), at, piece)| {
            let mut text = entry.replace('*', "a");
            let at = at.min(text.len());
            text.insert_str(at, &piece);
            text
        });
    prop_oneof![pieces, near, split, any::<String>()]
}

/// The path with every encoding taken off and its dots resolved, by rules of its own.
fn real_segments(path: &str) -> Vec<String> {
    let mut text = path.to_owned();
    loop {
        let mut decoded = Vec::new();
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            let pair: String = bytes.clone().take(2).map(char::from).collect();
            match u8::from_str_radix(&pair, 16) {
                Ok(value) if byte == b'%' && pair.len() == 2 && !pair.starts_with('+') => {
                    decoded.push(value);
                    bytes.next();
                    bytes.next();
                }
                _ => decoded.push(byte),
            }
        }
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    let mut segments: Vec<String> = Vec::new();
    for part in text.replace('\\', "/").split('/').skip(1) {
        match part.split(';').next().unwrap_or_default() {
            ".." => drop(segments.pop()),
            "." => {}
            _ => segments.push(part.to_owned()),
        }
    }
    segments
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn covers_never_allows_another_origin_or_path(text in url_text(), (entry, host, port, path) in prop::sample::select(ENTRIES)) {
        let allowed = AllowedUrls::parse(&[entry.to_owned()]).unwrap();
        if let Ok(checked) = tgp_network::look(&text, &allowed) {
            // Read by another parser: the one that the client sends with.
            let sent: Uri = checked.url().as_str().parse().unwrap();
            let sent_host = sent.host().unwrap();
            let scheme = entry.split(':').next().unwrap();
            prop_assert_eq!(sent.scheme_str(), Some(scheme));
            let same = if host.starts_with('.') { sent_host.ends_with(host) && sent_host != host } else { sent_host == host };
            prop_assert!(same, "{} is not {}", sent_host, host);
            prop_assert_eq!(sent.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 }), port);
            prop_assert!(!sent.authority().unwrap().as_str().contains('@'));
            let segments = real_segments(sent.path());
            prop_assert!(path.iter().enumerate().all(|(at, part)| segments.get(at).is_some_and(|s| s == part)), "{:?}", segments);
            prop_assert!(allowed.covers(checked.url()), "what was checked stays covered");
        }
    }

    #[test]
    fn covers_and_look_agree_on_parsed_urls(text in url_text(), (entry, ..) in prop::sample::select(ENTRIES)) {
        let allowed = AllowedUrls::parse(&[entry.to_owned()]).unwrap();
        if let Ok(url) = Url::parse(&text) {
            prop_assert_eq!(tgp_network::look(url.as_str(), &allowed).is_ok(), allowed.covers(&url) && url.as_str().len() <= 8192);
        }
    }
}
