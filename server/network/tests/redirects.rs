//! Answers that lead elsewhere.

use tgp_network::{FetchError, Redirects, Request};

use crate::fetch;
use crate::server::{Server, answer, redirect};

fn post(url: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        headers: vec![
            ("Content-Type".to_owned(), "text/plain".to_owned()),
            ("Authorization".to_owned(), "Bearer secret".to_owned()),
            ("X-Note".to_owned(), "kept".to_owned()),
        ],
        body: b"body".to_vec(),
        ..Request::get(url)
    }
}

/// `/<status>` leads to `/end`.
fn leading() -> Server {
    Server::start(|received| match received.target.as_str() {
        "/end" => answer("200 OK", "", "end"),
        target => redirect(&format!("{} Moved", target.trim_start_matches('/')), "/end"),
    })
}

#[test]
fn a_redirect_within_the_list_is_followed() {
    let server = leading();
    for status in ["301", "302", "303", "307", "308"] {
        let response = fetch(&Request::get(&server.url(&format!("/{status}"))), &[&server.url("/")]).unwrap();
        assert_eq!(
            (response.body.as_slice(), response.url),
            (b"end".as_slice(), server.url("/end")),
            "{status}"
        );
    }
    let response = fetch(&Request::get(&server.url("/304")), &[&server.url("/")]).unwrap();
    assert_eq!(response.status, 304, "not every 3xx leads somewhere");
}

#[test]
fn method_and_body_follow_the_rules_of_fetch() {
    let server = leading();
    for (status, method, body) in [
        ("301", "GET", ""),
        ("302", "GET", ""),
        ("303", "GET", ""),
        ("307", "POST", "body"),
        ("308", "POST", "body"),
    ] {
        fetch(&post(&server.url(&format!("/{status}"))), &[&server.url("/")]).unwrap();
        let last = server.received().pop().unwrap();
        assert_eq!((last.method.as_str(), last.body.as_slice()), (method, body.as_bytes()), "{status}");
        assert_eq!(last.header("content-type").is_some(), method == "POST", "{status}");
        assert_eq!(last.header("x-note"), Some("kept"));
        assert_eq!(last.header("authorization"), Some("Bearer secret"), "the same origin keeps it");
    }
    let put = Request { method: "PUT".to_owned(), ..post(&server.url("/302")) };
    fetch(&put, &[&server.url("/")]).unwrap();
    assert_eq!(server.received().pop().unwrap().method, "PUT", "only POST changes with 302");
}

#[test]
fn credentials_stay_with_their_origin() {
    let other = Server::start(|_| answer("200 OK", "", ""));
    let to = other.url("/");
    let server = Server::start(move |_| redirect("307 Temporary Redirect", &to));
    let mut request = post(&server.url("/"));
    request.headers.push(("Cookie".to_owned(), "session=secret".to_owned()));
    fetch(&request, &[&server.url("/"), &other.url("/")]).unwrap();
    let last = other.received().pop().unwrap();
    assert_eq!((last.header("authorization"), last.header("cookie")), (None, None));
    assert_eq!(last.header("x-note"), Some("kept"));
    assert_eq!(server.received()[0].header("authorization"), Some("Bearer secret"));
}

#[test]
fn redirect_to_a_forbidden_host_is_refused_with_both_ends() {
    let other = Server::start(|_| answer("200 OK", "", ""));
    let to = other.url("/steal?data=1");
    let server = Server::start(move |_| redirect("302 Found", &to));
    let problem = fetch(&Request::get(&server.url("/v1")), &[&server.url("/")]).unwrap_err();
    assert_eq!(problem, FetchError::RedirectForbidden { from: server.url("/v1"), to: other.url("/steal") });
    assert!(other.received().is_empty(), "nobody connected");
}

#[test]
fn redirects_out_of_the_list_in_any_spelling_are_refused() {
    for location in [
        "/v2",
        "../v2",
        "//evil.example/v1",
        "https://127.0.0.1/v1",
        "http://localhost/v1",
        "http://127.0.0.1@evil.example/v1",
        "http://[::ffff:127.0.0.1]/v1",
        "/v1/%2e%2e/v2",
        "/v1/..%2fv2",
        "/\\evil.example/v1",
        "\\\\evil.example/v1",
        "file:///etc/passwd",
        "data:text/plain,v1",
        "http://",
        "http://169.254.169.254/latest/meta-data",
    ] {
        let server = Server::start(move |_| redirect("302 Found", location));
        let problem = fetch(&Request::get(&server.url("/v1")), &[&server.url("/v1")]).unwrap_err();
        assert!(matches!(problem, FetchError::RedirectForbidden { .. }), "{location}: {problem:?}");
        assert_eq!(server.received().len(), 1, "{location}");
    }
}

#[test]
fn redirects_without_end_stop_at_the_limit() {
    let server = Server::start(|_| redirect("302 Found", "/again"));
    let problem = fetch(&Request::get(&server.url("/?q=1")), &[&server.url("/")]).unwrap_err();
    assert_eq!(problem, FetchError::TooManyRedirects { url: server.url("/"), limit: 5 });
    assert_eq!(server.received().len(), 6);
}

#[test]
fn a_request_may_take_the_redirect_itself_or_refuse_it() {
    let server = leading();
    let manual = Request { redirects: Redirects::Manual, ..Request::get(&server.url("/302")) };
    let response = fetch(&manual, &[&server.url("/")]).unwrap();
    assert_eq!(response.status, 302);
    assert!(response.headers.contains(&("location".to_owned(), "/end".to_owned())));
    let error = Request { redirects: Redirects::Error, ..Request::get(&server.url("/302")) };
    let problem = fetch(&error, &[&server.url("/")]).unwrap_err();
    assert!(matches!(problem, FetchError::RedirectUnwanted { .. }), "{problem:?}");
    assert_eq!(server.received().len(), 2);
}
