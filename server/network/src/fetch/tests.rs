//! Names and where they lead, with a table in place of the system's resolver.
#![allow(clippy::unwrap_used, reason = "in a test an unexpected error is a failure, and its text says which")]

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::address::AddressKind;

fn lookup_of(addresses: &[&str]) -> (Lookup, Arc<AtomicU32>) {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let lookup: Lookup = Arc::new(move |_, port| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    });
    (lookup, asked)
}

fn fetch_name(url: &str, entry: &str, lookup: &Lookup) -> Result<Response, FetchError> {
    let allowed = AllowedUrls::parse(&[entry.to_owned()]).unwrap();
    fetch_with(&Request::get(url), &allowed, &FetchLimits::default(), &|| false, lookup)
}

#[test]
fn dns_to_a_loopback_or_link_local_address_is_refused_before_connecting() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://inside.example.com:{}/", listener.local_addr().unwrap().port());
    let table = [
        ("127.0.0.1", AddressKind::Loopback),
        ("::1", AddressKind::Loopback),
        ("::ffff:127.0.0.1", AddressKind::Loopback),
        ("169.254.1.1", AddressKind::LinkLocal),
        ("fe80::1", AddressKind::LinkLocal),
        ("10.0.0.1", AddressKind::Private),
        ("0.0.0.0", AddressKind::Unspecified),
        ("224.0.0.1", AddressKind::Multicast),
    ];
    for (address, expected) in table {
        let (lookup, _) = lookup_of(&[address]);
        match fetch_name(&url, &url, &lookup) {
            Err(FetchError::AddressForbidden { host, kind, .. }) => {
                assert_eq!((host.as_str(), kind), ("inside.example.com", expected), "{address}");
            }
            other => panic!("{address}: {other:?}"),
        }
    }
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "nobody connected");
}

#[test]
fn a_name_with_one_forbidden_address_among_good_ones_is_refused() {
    let (lookup, _) = lookup_of(&["93.184.216.34", "127.0.0.1"]);
    let problem = fetch_name("http://a.example.com/", "http://*.example.com", &lookup).unwrap_err();
    assert!(
        matches!(problem, FetchError::AddressForbidden { kind: AddressKind::Loopback, .. }),
        "{problem:?}"
    );
    assert!(problem.is_refusal());
}

#[test]
fn cloud_metadata_addresses_are_refused_by_name() {
    for address in ["169.254.169.254", "fd00:ec2::254", "168.63.129.16"] {
        let (lookup, _) = lookup_of(&[address]);
        let problem =
            fetch_name("http://metadata.example.com/", "http://metadata.example.com", &lookup).unwrap_err();
        assert!(
            matches!(problem, FetchError::AddressForbidden { kind: AddressKind::CloudMetadata, .. }),
            "{address}: {problem:?}"
        );
    }
}

#[test]
fn dns_itself_as_the_channel_is_closed_because_refused_names_are_never_looked_up() {
    let (lookup, asked) = lookup_of(&["127.0.0.1"]);
    for url in ["http://stolen-data.evil.example/", "http://example.com/", "http://u@a.example.com/"] {
        assert!(fetch_name(url, "http://*.example.com", &lookup).is_err());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_name_is_looked_up_once_so_that_it_cannot_lead_elsewhere_after_the_check() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    // First an address of the documentation range that is refused, then this machine: a second question would connect.
    let lookup: Lookup = Arc::new(move |_, port| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let address: IpAddr = if first { "192.0.2.1" } else { "127.0.0.1" }.parse().unwrap();
        Ok(vec![SocketAddr::new(address, port)])
    });
    let problem = fetch_name("http://a.example.com/", "http://a.example.com", &lookup).unwrap_err();
    assert!(
        matches!(problem, FetchError::AddressForbidden { kind: AddressKind::Reserved, .. }),
        "{problem:?}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_name_that_leads_nowhere_is_not_found() {
    let nowhere: Lookup = Arc::new(|_, _| Err(io::Error::other("no such name")));
    let problem = fetch_name("http://a.example.com/", "http://a.example.com", &nowhere).unwrap_err();
    assert_eq!(problem, FetchError::HostNotFound { host: "a.example.com".to_owned() });
    let (empty, _) = lookup_of(&[]);
    let problem = fetch_name("http://a.example.com/", "http://a.example.com", &empty).unwrap_err();
    assert_eq!(problem, FetchError::HostNotFound { host: "a.example.com".to_owned() });
}

#[test]
fn a_lookup_that_hangs_is_left_behind_when_the_request_is_cancelled() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let hanging: Lookup = Arc::new(move |_, _| {
        // Ends when the test drops its side.
        let _ = held.lock().map(|held| held.recv());
        Ok(Vec::new())
    });
    let allowed = AllowedUrls::parse(&["http://a.example.com".to_owned()]).unwrap();
    let asked = AtomicU32::new(0);
    let cancelled = || asked.fetch_add(1, Ordering::SeqCst) > 0;
    let limits = FetchLimits::default();
    let problem = fetch_with(&Request::get("http://a.example.com/"), &allowed, &limits, &cancelled, &hanging);
    assert_eq!(problem.unwrap_err(), FetchError::Cancelled);
    drop(release);
}
