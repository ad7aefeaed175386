//! What leaves and what comes back.

use tgp_network::{FetchError, Request};

use crate::fetch;
use crate::server::{Reply, Server, answer};

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Request {
    Request {
        method: method.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
        ..Request::get(url)
    }
}

#[test]
fn a_get_brings_status_headers_and_body() {
    let server = Server::start(|_| answer("201 Whatever", "X-Count: 3\r\nX-Count: 4\r\n", "hello"));
    let url = server.url("/v1?q=1#part");
    let response = fetch(&Request::get(&url), &[&server.url("/v1")]).unwrap();
    assert_eq!((response.status, response.status_text.as_str()), (201, "Created"));
    assert_eq!(response.body, b"hello");
    assert_eq!(response.url, server.url("/v1?q=1"));
    let counts: Vec<_> =
        response.headers.iter().filter(|(name, _)| name == "x-count").map(|(_, v)| v.as_str()).collect();
    assert_eq!(counts, ["3", "4"]);
    let received = &server.received()[0];
    assert_eq!((received.method.as_str(), received.target.as_str()), ("GET", "/v1?q=1"));
    assert_eq!(received.header("host"), Some(format!("127.0.0.1:{}", server.port()).as_str()));
    assert!(received.header("user-agent").unwrap().starts_with("tgp/"));
    assert_eq!(received.header("content-length"), None);
}

#[test]
fn every_method_carries_the_body_it_may_have() {
    let server = Server::start(|_| answer("200 OK", "", ""));
    let url = server.url("/");
    for method in ["post", "PUT", "Patch", "DELETE", "OPTIONS"] {
        for body in ["", "{\"a\":1}"] {
            fetch(&request(method, &url, &[("Content-Type", "application/json")], body), &[&url]).unwrap();
            let received = server.received().pop().unwrap();
            assert_eq!(received.method, method.to_ascii_uppercase());
            assert_eq!(received.body, body.as_bytes(), "{method}");
            assert_eq!(received.header("content-type"), Some("application/json"));
        }
    }
    let head = fetch(&request("HEAD", &url, &[], ""), &[&url]).unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn get_and_head_have_no_body() {
    for method in ["GET", "HEAD"] {
        let problem =
            fetch(&request(method, "http://127.0.0.1:1/", &[], "x"), &["http://127.0.0.1:1"]).unwrap_err();
        assert_eq!(problem, FetchError::BodyForbidden { method: method.to_owned() });
    }
}

#[test]
fn error_statuses_are_answers() {
    let server = Server::start(|_| answer("503 Service Unavailable", "", "later"));
    let response = fetch(&Request::get(&server.url("/")), &[&server.url("/")]).unwrap();
    assert_eq!((response.status, response.body.as_slice()), (503, b"later".as_slice()));
}

#[test]
fn a_chunked_answer_is_put_together() {
    let server = Server::start(|_| {
        Reply::Bytes(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
                .to_vec(),
        )
    });
    let response = fetch(&Request::get(&server.url("/")), &[&server.url("/")]).unwrap();
    assert_eq!(response.body, b"hello world");
}

#[test]
fn an_answer_cut_off_in_the_middle_is_an_error_and_not_a_short_answer() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "",
        "hello, this is no HTTP\r\n\r\n",
    ] {
        let server = Server::start(move |_| Reply::Bytes(bytes.as_bytes().to_vec()));
        let problem = fetch(&Request::get(&server.url("/")), &[&server.url("/")]).unwrap_err();
        assert!(
            matches!(problem, FetchError::ConnectionFailed { .. } | FetchError::ResponseMalformed { .. }),
            "{bytes:?}: {problem:?}"
        );
        assert!(!problem.is_refusal());
    }
}

#[test]
fn headers_that_say_where_the_request_goes_or_ends_cannot_be_set() {
    let server = Server::start(|_| answer("200 OK", "", ""));
    let url = server.url("/");
    for name in [
        "Host",
        "Connection",
        "Content-Length",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Via",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "proxy-anything",
        "Accept-Encoding",
    ] {
        let problem = fetch(&request("GET", &url, &[(name, "x")], ""), &[&url]).unwrap_err();
        assert_eq!(problem, FetchError::HeaderForbidden { name: name.to_ascii_lowercase() });
    }
    for (name, value) in
        [("X-A", "a\r\nHost: evil"), ("X-A", "a\0b"), ("X A", "b"), ("", "b"), ("X:A", "b"), ("X-A\r\n", "b")]
    {
        let problem = fetch(&request("GET", &url, &[(name, value)], ""), &[&url]).unwrap_err();
        assert!(matches!(problem, FetchError::HeaderMalformed { .. }), "{name:?}: {problem:?}");
    }
    assert!(server.received().is_empty());
}

#[test]
fn a_connection_that_nobody_takes_is_an_error_with_host_and_port() {
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let url = format!("http://127.0.0.1:{port}/");
    match fetch(&Request::get(&url), &[&url]) {
        Err(FetchError::ConnectionFailed { host, .. }) => assert_eq!(host, format!("127.0.0.1:{port}")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_error_and_no_debug_text_holds_a_secret() {
    let secret = "sk_live_4242";
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let leading = Server::start(move |_| {
        crate::server::redirect("302 Found", &format!("http://evil.example/?key={secret}"))
    });
    let broken = Server::start(move |_| Reply::Bytes(format!("{secret}\r\n\r\n").into_bytes()));
    let requests = [
        request("GET", &format!("http://127.0.0.1:{closed}/?key={secret}"), &[("Authorization", secret)], ""),
        request("GET", &format!("https://user:{secret}@a.example.com/"), &[], ""),
        request("GET", &format!("https://b.example.com/?key={secret}#{secret}"), &[], ""),
        request("GET", &format!("not a url {secret}@host?{secret}"), &[], ""),
        request("GET", &leading.url(&format!("/?key={secret}")), &[("Authorization", secret)], ""),
        request("GET", &broken.url("/"), &[("Authorization", secret)], ""),
        request("POST", &broken.url("/"), &[("X-Bad", &format!("{secret}\n{secret}"))], secret),
    ];
    let entries = [format!("http://127.0.0.1:{closed}"), leading.url("/"), broken.url("/")];
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    for request in requests {
        let problem = fetch(&request, &entries).unwrap_err();
        for text in [problem.to_string(), format!("{problem:?}"), format!("{request:?}")] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn an_answer_sets_no_cookie_for_the_next_request() {
    let server = Server::start(|_| answer("200 OK", "Set-Cookie: session=1\r\n", ""));
    for _ in 0..2 {
        fetch(&Request::get(&server.url("/")), &[&server.url("/")]).unwrap();
    }
    assert!(server.received().iter().all(|received| received.header("cookie").is_none()));
}
