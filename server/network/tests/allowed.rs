//! The list: what an entry covers, what it does not, and which entries cannot be.

use tgp_network::{AllowedUrls, FetchError};

use crate::{list, looks};

fn covers(entry: &str, url: &str) -> bool {
    looks(&[entry], url).is_ok()
}

#[test]
fn an_entry_covers_whole_path_segments() {
    let entry = "https://api.stripe.com/v1";
    for url in
        ["https://api.stripe.com/v1", "https://api.stripe.com/v1/", "https://api.stripe.com/v1/x?y=1#z"]
    {
        assert!(covers(entry, url), "{url}");
    }
    for url in [
        "https://api.stripe.com/v1beta",
        "https://api.stripe.com/",
        "https://api.stripe.com/V1",
        "https://api.stripe.com//v1",
    ] {
        assert!(!covers(entry, url), "{url}");
    }
    assert!(
        covers("https://api.stripe.com/v1/", "https://api.stripe.com/v1"),
        "a trailing slash is no segment"
    );
}

#[test]
fn an_entry_covers_its_own_origin_only() {
    let entry = "https://api.stripe.com";
    assert!(covers(entry, "https://api.stripe.com/anything"));
    for url in [
        "https://api.stripe.com.evil.example/",
        "https://api.stripe.comevil.example/",
        "https://evil.example/api.stripe.com",
        "https://evil.example/?https://api.stripe.com",
        "https://evil.example#https://api.stripe.com",
        "https://stripe.com/",
        "http://api.stripe.com/",
        "https://api.stripe.com:8443/",
        "ftp://api.stripe.com/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "javascript:alert(1)",
    ] {
        assert!(!covers(entry, url), "{url}");
    }
}

#[test]
fn the_default_port_and_its_number_are_the_same() {
    assert!(covers("https://a.example.com:443", "https://a.example.com/"));
    assert!(covers("http://a.example.com", "http://a.example.com:80/"));
    assert!(!covers("http://a.example.com", "http://a.example.com:443/"));
    assert!(covers("http://a.example.com:8080", "http://a.example.com:8080/x"));
}

#[test]
fn upper_case_hosts_and_schemes_are_the_same_as_lower_case_ones() {
    assert_eq!(
        looks(&["HTTPS://API.Example.COM"], "https://api.EXAMPLE.com/").unwrap(),
        "https://api.example.com/"
    );
}

#[test]
fn dots_in_the_path_are_resolved_or_refused_before_it_is_compared() {
    let entry = "https://a.example.com/v1";
    for url in [
        "https://a.example.com/v1/../admin",
        "https://a.example.com/v1/%2e%2e/admin",
        "https://a.example.com/v1/.%2E/admin",
        "https://a.example.com/v1/%252e%252e/admin",
        "https://a.example.com/v1/%25252e%25252e/admin",
        "https://a.example.com/v1/x%2f..%2f..%2fadmin",
        "https://a.example.com/v1/..%2fadmin",
        "https://a.example.com/v1/..;/admin",
        "https://a.example.com/v1/..%3b/admin",
        "https://a.example.com/v1/%5c..%5cadmin",
        "https://a.example.com/v1/..\\admin",
        "https://a.example.com/v1/%00",
        "https://a.example.com/v1/%0d%0aHost:%20evil",
        "https://a.example.com/v1%2f..%2fadmin",
        "https://a.example.com/v1%2fx",
    ] {
        assert!(!covers(entry, url), "{url}");
    }
    assert_eq!(looks(&[entry], "https://a.example.com/x/../v1/./y").unwrap(), "https://a.example.com/v1/y");
    assert!(
        covers(entry, "https://a.example.com/v1/group%2Fproject"),
        "an encoded slash inside a segment leads nowhere"
    );
    assert!(covers(entry, "https://a.example.com/v1/100%25"));
    assert!(covers(entry, "https://a.example.com/v1/a..b/..c"));
}

#[test]
fn a_url_that_two_readers_may_understand_differently_is_refused() {
    let entry = "https://*.example.com";
    for url in [
        "https://a.example.com\\@evil.example/",
        "https:\\\\a.example.com/",
        " https://a.example.com/",
        "https://a.example.com/ ",
        "https://a.exam\tple.com/",
        "https://a.example.com/\r\nHost: evil.example",
        "https://a.example.com/\0",
        "//a.example.com/",
        "/v1",
        "",
        "https://",
        "https://a..example.com/",
        "https://*.example.com/",
        "https://a~b.example.com/",
        "https://a'b.example.com/",
    ] {
        let problem = looks(&[entry], url).unwrap_err();
        assert!(matches!(problem, FetchError::UrlMalformed { .. }), "{url:?}: {problem:?}");
    }
    let long = format!("https://a.example.com/{}", "x".repeat(9000));
    assert!(matches!(looks(&[entry], &long), Err(FetchError::UrlMalformed { .. })));
}

#[test]
fn bad_entries_are_errors_that_name_the_entry() {
    for entry in [
        "",
        "api.stripe.com",
        "ftp://a.example.com",
        "https://user:pass@a.example.com",
        "https://a.example.com/v1?x=1",
        "https://a.example.com/v1#x",
        "https://a.example.com\\v1",
        "https://a.example.com/%2e%2e%2fx",
        "https://*",
        "https://*.com",
        "https://*.*.example.com",
        "https://a.*.example.com",
        "https://*a.example.com",
        "https://a*.example.com",
        "https://a.example.com /",
    ] {
        let problem =
            AllowedUrls::parse(&["https://good.example.com".to_owned(), entry.to_owned()]).unwrap_err();
        assert_eq!(problem.entry, entry);
        assert!(problem.to_string().contains(&format!("`{entry}`")), "{problem}");
    }
}

#[test]
fn the_entry_that_covers_a_url_is_named_as_it_stands_in_the_settings() {
    let allowed = list(&["https://a.example.com/v1", "https://*.Example.com"]);
    let checked = tgp_network::look("https://b.example.com/?key=secret#x", &allowed).unwrap();
    assert_eq!(checked.entry(), "https://*.Example.com");
    assert_eq!(checked.shown(), "https://b.example.com/");
}

#[test]
fn an_empty_list_allows_nothing() {
    assert!(list(&[]).is_empty());
    assert!(matches!(looks(&[], "https://a.example.com/"), Err(FetchError::NotAllowed { .. })));
}
