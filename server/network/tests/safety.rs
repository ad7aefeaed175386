//! The incidents of this kind that happened in public, one test each, named after them.

use std::net::TcpListener;

use tgp_network::{FetchError, Request};

use crate::server::{Server, answer};
use crate::{fetch, looks};

fn not_allowed(entries: &[&str], url: &str) {
    let problem = looks(entries, url).unwrap_err();
    assert!(matches!(problem, FetchError::NotAllowed { .. }), "{url}: {problem:?}");
}

#[test]
fn connect_by_ip_is_refused_where_the_list_has_the_name() {
    let server = Server::start(|_| answer("200 OK", "", ""));
    let by_name = format!("http://localhost:{}", server.port());
    for url in [
        server.url("/"),
        format!("http://2130706433:{}/", server.port()),
        format!("http://0x7f.1:{}/", server.port()),
        format!("http://0177.0.0.1:{}/", server.port()),
        format!("http://127.1:{}/", server.port()),
        format!("http://[::ffff:127.0.0.1]:{}/", server.port()),
    ] {
        let problem = fetch(&Request::get(&url), &[&by_name]).unwrap_err();
        assert!(matches!(problem, FetchError::NotAllowed { .. }), "{url}: {problem:?}");
    }
    assert!(server.received().is_empty());
}

#[test]
fn an_address_that_the_list_has_is_the_same_in_every_spelling() {
    let server = Server::start(|_| answer("200 OK", "", ""));
    let entry = server.url("/");
    for host in ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1."] {
        let response = fetch(&Request::get(&format!("http://{host}:{}/", server.port())), &[&entry]).unwrap();
        assert_eq!(response.url, entry, "{host}");
    }
}

#[test]
fn ipv6_is_compared_in_one_spelling_and_used_when_the_list_has_it() {
    let entries = ["http://[::1]:8080"];
    assert!(looks(&entries, "http://[0:0:0:0:0:0:0:1]:8080/").is_ok());
    for url in [
        "http://[::]:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://127.0.0.1:8080/",
        "http://[fe80::1%25eth0]:8080/",
    ] {
        assert!(looks(&entries, url).is_err(), "{url}");
    }
    let server = Server::start_at("[::1]:0", |_| answer("200 OK", "", "six"));
    let response = fetch(&Request::get(&server.url("/")), &[&server.url("/")]).unwrap();
    assert_eq!(response.body, b"six");
}

#[test]
fn connect_to_another_port_is_refused_as_a_method_and_as_a_url() {
    not_allowed(&["https://a.example.com"], "https://a.example.com:22/");
    for method in ["CONNECT", "TRACE", "TRACK", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "", "BREW"] {
        let request = Request { method: method.to_owned(), ..Request::get("https://a.example.com/") };
        let problem = fetch(&request, &["https://a.example.com"]).unwrap_err();
        assert!(matches!(problem, FetchError::MethodForbidden { .. }), "{method:?}: {problem:?}");
    }
}

#[test]
fn wildcard_apex_is_not_covered_by_the_wildcard() {
    let entries = ["https://*.example.com"];
    assert!(looks(&entries, "https://a.example.com/").is_ok());
    assert!(looks(&entries, "https://a.b.example.com/").is_ok());
    for url in [
        "https://example.com/",
        "https://evilexample.com/",
        "https://a.example.com.evil.example/",
        "https://a.example.org/",
    ] {
        not_allowed(&entries, url);
    }
    assert!(looks(&entries, "https://.example.com/").is_err());
}

#[test]
fn userinfo_in_the_url_is_refused() {
    for url in [
        "https://user@a.example.com/",
        "https://user:pass@a.example.com/",
        "https://:pass@a.example.com/",
        "https://a.example.com%40evil.example/",
        "https://a.example.com@evil.example/",
        "https://evil.example:443@a.example.com/",
    ] {
        assert!(looks(&["https://a.example.com"], url).is_err(), "{url}");
    }
}

#[test]
fn trailing_dot_is_the_same_host() {
    assert_eq!(
        looks(&["https://a.example.com"], "https://a.example.com./x").unwrap(),
        "https://a.example.com/x"
    );
    assert_eq!(
        looks(&["https://a.example.com."], "https://a.example.com/x").unwrap(),
        "https://a.example.com/x"
    );
    assert!(looks(&["https://*.example.com"], "https://example.com./").is_err());
    assert!(looks(&["https://a.example.com"], "https://a.example.com../").is_err());
}

#[test]
fn punycode_and_unicode_are_the_same_host_and_homoglyphs_are_not() {
    assert_eq!(
        looks(&["https://bücher.example"], "https://xn--bcher-kva.example/").unwrap(),
        "https://xn--bcher-kva.example/"
    );
    assert_eq!(
        looks(&["https://xn--bcher-kva.example"], "https://BÜCHER.example/").unwrap(),
        "https://xn--bcher-kva.example/"
    );
    assert!(
        looks(&["https://example.com"], "https://ｅｘａｍｐｌｅ.com/").is_ok(),
        "full-width letters are the letters"
    );
    // The `а` is Cyrillic.
    not_allowed(&["https://example.com"], "https://exаmple.com/");
}

#[test]
fn cloud_metadata_addresses_are_refused() {
    let entries = ["https://api.example.com", "http://*.example.com"];
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://metadata.google.internal/",
        "http://100.100.100.200/",
    ] {
        not_allowed(&entries, url);
    }
}

#[test]
fn no_proxy_and_the_other_variables_of_the_environment_change_nothing() {
    const TARGET: &str = "TGP_NETWORK_TEST_TARGET";
    if let Ok(url) = std::env::var(TARGET) {
        // The inner run, with a proxy in its environment.
        let response = fetch(&Request::get(&url), &[&url]).unwrap();
        assert_eq!(response.body, b"direct");
    } else {
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::start(|_| answer("200 OK", "", "direct"));
        let address = format!("http://{}", proxy.local_addr().unwrap());
        #[allow(
            clippy::disallowed_methods,
            reason = "the environment of this process cannot be changed safely"
        )]
        let mut inner = std::process::Command::new(std::env::current_exe().unwrap());
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            inner.env(name, &address);
        }
        inner.env("NO_PROXY", "").env(TARGET, server.url("/"));
        let name = "safety::no_proxy_and_the_other_variables_of_the_environment_change_nothing";
        let output = inner.args(["--exact", name]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(server.received().len(), 1, "the inner run reached the server");
        proxy.set_nonblocking(true).unwrap();
        assert_eq!(
            proxy.accept().unwrap_err().kind(),
            std::io::ErrorKind::WouldBlock,
            "nobody asked the proxy"
        );
    }
}

#[test]
fn localhost_is_reached_only_where_the_list_has_it_literally() {
    let server = Server::start(|_| answer("200 OK", "", "here"));
    let url = format!("http://localhost:{}/", server.port());
    assert_eq!(fetch(&Request::get(&url), &[&url]).unwrap().body, b"here");
    not_allowed(&["http://*.example.com"], &url);
    not_allowed(&["http://localhost.example.com"], &url);
}

#[test]
fn what_the_system_says_about_this_machine_is_not_believed_for_other_names() {
    // The entry is a name below localhost; whatever it leads to, it may not be this machine.
    let server = Server::start(|_| answer("200 OK", "", ""));
    let url = format!("http://inside.localhost:{}/", server.port());
    let problem = fetch(&Request::get(&url), &[&url]).unwrap_err();
    assert!(
        matches!(problem, FetchError::AddressForbidden { .. } | FetchError::HostNotFound { .. }),
        "{problem:?}"
    );
    assert!(server.received().is_empty());
}
