//! Outgoing HTTP for tools: one request to an address the project allows, within limits.
//!
//! - Comes in: the list of allowed URL prefixes, one request, its limits, and a way to ask whether it is cancelled.
//! - Goes out: a response of bounded size, or an error that says what was refused and holds no secret.
//! - Stays true: nothing is looked up or connected to before the list covers it, redirects included; a name never
//!   leads to an address inside the machine or its network; the address that was checked is the one connected to;
//!   certificates are verified; a cancelled or late request sends nothing more.
//! - Deliberately absent: cookies, proxies of the environment, caches, connections kept between requests, HTTP/2,
//!   retries, any clock but the monotonic one that measures limits.

mod address;
mod allowed;
mod error;
mod exchange;
mod fetch;
mod redirect;
mod request;
mod resolve;
mod spelling;

pub use address::AddressKind;
pub use allowed::{AllowedUrlProblem, AllowedUrls};
pub use error::{FetchError, Stage};
pub use fetch::{CheckedUrl, Stopped, fetch, fetch_watched, look};
pub use request::{FetchLimits, Redirects, Request, Response};
pub use url::Url;
