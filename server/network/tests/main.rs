//! The room against real local servers.
#![allow(clippy::unwrap_used, reason = "in a test an unexpected error is a failure, and its text says which")]

mod allowed;
mod limits;
mod property;
mod redirects;
mod requests;
mod safety;
mod server;
mod tls;

use tgp_network::{AllowedUrls, FetchError, FetchLimits, Request, Response};

/// Whether the list covers a URL, by its text.
fn looks(entries: &[&str], url: &str) -> Result<String, FetchError> {
    tgp_network::look(url, &list(entries)).map(|checked| checked.url().to_string())
}

/// The list with these entries.
fn list(entries: &[&str]) -> AllowedUrls {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    AllowedUrls::parse(&entries).unwrap()
}

/// Fetches with the usual limits, not cancelled.
fn fetch(request: &Request, entries: &[&str]) -> Result<Response, FetchError> {
    tgp_network::fetch(request, &list(entries), &FetchLimits::default(), &|| false)
}
