//! Certificates are verified: a server that anybody could be is nobody.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tgp_network::{FetchError, FetchLimits, Request, Stage};

use crate::{fetch, list};

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_before_the_request_is_sent() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
        let mut received = Vec::new();
        let ended = stream.read_to_end(&mut received);
        (received, ended.is_err())
    });
    let request = Request {
        headers: vec![("Authorization".to_owned(), "Bearer secret".to_owned())],
        ..Request::get(&url)
    };
    let problem = fetch(&request, &[&url]).unwrap_err();
    assert!(matches!(problem, FetchError::TlsFailed { .. }), "{problem:?}");
    let (received, broken_off) = server.join().unwrap();
    assert!(received.is_empty() && broken_off);
}

#[test]
fn a_server_that_speaks_no_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let server = thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        rest
    });
    let problem = fetch(&Request::get(&url), &[&url]).unwrap_err();
    assert!(matches!(problem, FetchError::TlsFailed { .. }), "{problem:?}");
    assert!(!String::from_utf8_lossy(&server.join().unwrap()).contains("GET /"));
}

#[test]
fn a_server_that_takes_the_connection_and_says_nothing_runs_into_the_connect_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let connect = Duration::from_millis(100);
    let limits = FetchLimits { connect, ..FetchLimits::default() };
    let result = tgp_network::fetch(&Request::get(&url), &list(&[&url]), &limits, &|| false);
    assert_eq!(result.unwrap_err(), FetchError::TimedOut { stage: Stage::Connect, limit: connect });
    server.join().unwrap();
}
