//! What is asked for, within which limits, and what comes back.

use std::fmt;
use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Method};

use crate::error::FetchError;
use crate::spelling::shown_text;

/// One request of a tool.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS; lower case is understood.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The bytes sent; empty for none.
    pub body: Vec<u8>,
    /// What happens when the answer leads elsewhere.
    pub redirects: Redirects,
}

impl Request {
    /// A GET without headers of its own.
    pub fn get(url: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            redirects: Redirects::default(),
        }
    }
}

impl fmt::Debug for Request {
    /// Without values of headers, query and body: they hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &shown_text(&self.url))
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .field("redirects", &self.redirects)
            .finish()
    }
}

/// What happens when an answer leads elsewhere, by the names of `fetch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirects {
    /// Followed, each step checked against the list.
    #[default]
    Follow,
    /// Given back as it is, without its body.
    Manual,
    /// An error.
    Error,
}

/// How much one request may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchLimits {
    /// Time for the connection and TLS of one step. A lookup cannot be bounded by itself and counts for `total`.
    pub connect: Duration,
    /// Time for everything, redirects and the last byte included.
    pub total: Duration,
    /// Bytes of the body sent.
    pub request_bytes: u64,
    /// Bytes of the body received, after decompression.
    pub response_bytes: u64,
    /// Bytes of the headers, each way.
    pub header_bytes: u32,
    /// Redirects followed.
    pub redirects: u32,
}

impl Default for FetchLimits {
    /// Wide enough for an honest API, narrow enough that a tool of 64 MiB survives the answer.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
            request_bytes: 1 << 20,
            response_bytes: 8 << 20,
            header_bytes: 64 << 10,
            redirects: 5,
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// The usual words for the status; empty for one without.
    pub status_text: String,
    /// Names in lower case and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// The URL that answered, after redirects.
    pub url: String,
}

/// Headers only the client itself writes: they say where the request goes and where it ends.
const OWN_HEADERS: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// A request whose parts are known to be sendable.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
}

/// Checks method, headers and body against the rules and limits.
pub(crate) fn prepare(request: &Request, limits: &FetchLimits) -> Result<Prepared, FetchError> {
    let method = checked_method(&request.method)?;
    if matches!(method, Method::GET | Method::HEAD) && !request.body.is_empty() {
        return Err(FetchError::BodyForbidden { method: method.to_string() });
    }
    let too_large = |what, size: usize, limit: u64| {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        if size > limit { Err(FetchError::RequestTooLarge { what, size, limit }) } else { Ok(()) }
    };
    too_large("body", request.body.len(), limits.request_bytes)?;
    // Name, value, `: ` and the end of the line.
    let size = request.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    too_large("headers", size, u64::from(limits.header_bytes))?;
    let headers =
        request.headers.iter().map(|(name, value)| checked_header(name, value)).collect::<Result<_, _>>()?;
    Ok(Prepared { method, headers, body: request.body.clone() })
}

fn checked_method(text: &str) -> Result<Method, FetchError> {
    Ok(match text.to_ascii_uppercase().as_str() {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "OPTIONS" => Method::OPTIONS,
        _ => {
            let method = text.chars().filter(|c| !c.is_control()).take(32).collect();
            return Err(FetchError::MethodForbidden { method });
        }
    })
}

fn checked_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), FetchError> {
    let lower = name.to_ascii_lowercase();
    if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return Err(FetchError::HeaderForbidden { name: lower });
    }
    let malformed = || {
        let name = name.chars().filter(char::is_ascii_graphic).take(64).collect();
        FetchError::HeaderMalformed { name }
    };
    let key = HeaderName::try_from(lower.as_str()).map_err(|_| malformed())?;
    // `fetch` takes white space from both ends; control characters inside are refused by the type.
    let value =
        HeaderValue::try_from(value.trim_matches([' ', '\t', '\r', '\n'])).map_err(|_| malformed())?;
    Ok((key, value))
}
