//! Sizes, times and cancellation.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tgp_network::{FetchError, FetchLimits, Request, Stage};

use crate::list;
use crate::server::{Reply, Server, answer};

const LIMITS: FetchLimits = FetchLimits {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(20),
    request_bytes: 1000,
    response_bytes: 1000,
    header_bytes: 4000,
    redirects: 3,
};
/// Far below the time limits above, and far above what an answer on this machine takes.
const SOON: Duration = Duration::from_secs(5);

fn fetch(server: &Server, request: &Request, limits: &FetchLimits) -> Result<usize, FetchError> {
    tgp_network::fetch(request, &list(&[&server.url("/")]), limits, &|| false)
        .map(|response| response.body.len())
}

#[test]
fn a_body_of_exactly_the_limit_comes_through_and_one_byte_more_does_not() {
    for (size, fits) in [(1000, true), (1001, false)] {
        let body = "x".repeat(size);
        let known = Server::start({
            let body = body.clone();
            move |_| answer("200 OK", "", &body)
        });
        let unknown =
            Server::start(move |_| Reply::Bytes(format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes()));
        for server in [known, unknown] {
            let result = fetch(&server, &Request::get(&server.url("/?q=1")), &LIMITS);
            if fits {
                assert_eq!(result, Ok(size));
            } else {
                assert_eq!(result, Err(FetchError::ResponseTooLarge { url: server.url("/"), limit: 1000 }));
            }
        }
    }
}

#[test]
fn the_length_that_head_announces_is_not_a_body() {
    let server = Server::start(|_| Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n".to_vec()));
    let request = Request { method: "HEAD".to_owned(), ..Request::get(&server.url("/")) };
    assert_eq!(fetch(&server, &request, &LIMITS), Ok(0));
}

#[test]
fn an_endless_body_ends_at_the_limit() {
    let server = Server::start(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 4096]));
    let result = fetch(&server, &Request::get(&server.url("/")), &LIMITS);
    assert!(matches!(result, Err(FetchError::ResponseTooLarge { .. })), "{result:?}");
}

#[test]
fn a_body_that_is_small_only_while_compressed_ends_at_the_limit() {
    // 100,000 letters `a`, as gzip writes them.
    let bomb = gzip(&vec![b'a'; 100_000]);
    assert!(bomb.len() < 1000);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let server = Server::start(move |_| Reply::Bytes([head.as_bytes(), &bomb].concat()));
    let result = fetch(&server, &Request::get(&server.url("/")), &LIMITS);
    assert!(matches!(result, Err(FetchError::ResponseTooLarge { .. })), "{result:?}");
    let wide = FetchLimits { response_bytes: 100_000, ..LIMITS };
    assert_eq!(fetch(&server, &Request::get(&server.url("/")), &wide), Ok(100_000));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn huge_headers_of_an_answer_are_refused() {
    let many = "X-Filler: 0123456789\r\n".repeat(1000);
    let one = format!("X-Filler: {}\r\n", "x".repeat(100_000));
    for headers in [many, one] {
        let server = Server::start(move |_| answer("200 OK", &headers, ""));
        let result = fetch(&server, &Request::get(&server.url("/")), &LIMITS);
        assert!(matches!(result, Err(FetchError::ResponseHeadersTooLarge { limit: 4000, .. })), "{result:?}");
    }
}

#[test]
fn headers_without_end_are_refused() {
    let server = Server::start(|_| {
        Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-Filler: 0123456789\r\n".repeat(50))
    });
    let result = fetch(&server, &Request::get(&server.url("/")), &LIMITS);
    assert!(matches!(result, Err(FetchError::ResponseHeadersTooLarge { .. })), "{result:?}");
}

#[test]
fn a_request_larger_than_the_limits_is_not_sent() {
    let server = Server::start(|_| answer("200 OK", "", ""));
    let mut request =
        Request { method: "POST".to_owned(), body: vec![0; 1001], ..Request::get(&server.url("/")) };
    let result = fetch(&server, &request, &LIMITS);
    assert_eq!(result, Err(FetchError::RequestTooLarge { what: "body", size: 1001, limit: 1000 }));
    request.body.clear();
    request.headers.push(("X-Filler".to_owned(), "x".repeat(5000)));
    let result = fetch(&server, &request, &LIMITS);
    assert!(
        matches!(result, Err(FetchError::RequestTooLarge { what: "headers", limit: 4000, .. })),
        "{result:?}"
    );
    assert!(server.received().is_empty());
}

#[test]
fn a_server_that_is_too_slow_runs_into_the_time_limit() {
    for said in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"] {
        let server = Server::start(move |_| Reply::Stall(said.as_bytes().to_vec()));
        let total = Duration::from_millis(100);
        let begun = Instant::now();
        let result = fetch(&server, &Request::get(&server.url("/")), &FetchLimits { total, ..LIMITS });
        assert_eq!(result, Err(FetchError::TimedOut { stage: Stage::Total, limit: total }), "{said:?}");
        assert!(begun.elapsed() >= total && begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
}

#[test]
fn redirects_share_one_time_limit() {
    let server = Server::start(|received| {
        if received.target == "/stall" {
            Reply::Stall(Vec::new())
        } else {
            crate::server::redirect("302 Found", "/stall")
        }
    });
    let total = Duration::from_millis(100);
    let result = fetch(&server, &Request::get(&server.url("/")), &FetchLimits { total, ..LIMITS });
    assert_eq!(result, Err(FetchError::TimedOut { stage: Stage::Total, limit: total }));
}

#[test]
fn a_cancelled_request_ends_at_once_and_its_connection_closes() {
    let (gone, closed) = std::sync::mpsc::channel();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        use std::io::Read;
        let (mut stream, _) = listener.accept().unwrap();
        let mut rest = Vec::new();
        // Ends when the client closes, not before.
        let _ = stream.read_to_end(&mut rest);
        gone.send(()).unwrap();
    });
    let asked = AtomicU32::new(0);
    let cancelled = || asked.fetch_add(1, Ordering::SeqCst) >= 3;
    let begun = Instant::now();
    let result = tgp_network::fetch(&Request::get(&url), &list(&[&url]), &LIMITS, &cancelled);
    assert_eq!(result.unwrap_err(), FetchError::Cancelled);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    closed.recv_timeout(SOON).unwrap();
    server.join().unwrap();
}

#[test]
fn a_request_cancelled_before_it_begins_sends_nothing() {
    let server = Server::start(|_| answer("200 OK", "", ""));
    let result =
        tgp_network::fetch(&Request::get(&server.url("/")), &list(&[&server.url("/")]), &LIMITS, &|| true);
    assert_eq!(result.unwrap_err(), FetchError::Cancelled);
    assert!(server.received().is_empty());
}
