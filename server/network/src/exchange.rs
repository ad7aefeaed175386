//! One request and its answer over one connection, on a thread of its own that can be left behind.

use std::io::Read;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ureq::http;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Timeout};
use url::Url;

use crate::allowed::Destination;
use crate::error::{FetchError, Stage};
use crate::request::{FetchLimits, Prepared, Response};
use crate::resolve::{CheckedResolver, Lookup};
use crate::spelling::shown;

/// How often cancellation and the time are looked at while the network is waited for.
const LOOK_UP: Duration = Duration::from_millis(10);
/// Bytes of the body read at a time.
const CHUNK: usize = 16 * 1024;

/// Sends the request and reads the answer; ends early when cancelled or out of time.
///
/// The work happens on its own thread, because a lookup or a connection attempt cannot be interrupted. When we leave,
/// the client is shut down: its socket closes, and a connection that is made afterwards is refused before a byte of
/// the request is sent.
pub(crate) fn exchange(
    request: &Prepared,
    url: &Url,
    lookup: &Lookup,
    limits: &FetchLimits,
    deadline: Instant,
    cancelled: &dyn Fn() -> bool,
) -> Result<Response, FetchError> {
    if cancelled() {
        return Err(FetchError::Cancelled);
    }
    let agent = agent(url, lookup, limits, deadline)?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let work =
        Work { request: request.clone(), url: url.clone(), agent: agent.clone(), limits: limits.clone() };
    thread::Builder::new()
        .name("tgp-fetch".to_owned())
        .spawn(move || {
            // Nobody waits any more when the request was left behind; then the answer is not wanted either.
            let _ = sender.send(work.run());
        })
        .map_err(|problem| FetchError::NoThread { why: problem.to_string() })?;
    loop {
        match receiver.recv_timeout(LOOK_UP) {
            Ok(answer) => return answer,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(FetchError::ConnectionFailed {
                    host: authority(url),
                    why: "the client stopped in the middle".to_owned(),
                });
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        let late = Instant::now() >= deadline;
        if late || cancelled() {
            agent.shutdown();
            return Err(if late { total_time(limits) } else { FetchError::Cancelled });
        }
    }
}

fn total_time(limits: &FetchLimits) -> FetchError {
    FetchError::TimedOut { stage: Stage::Total, limit: limits.total }
}

fn authority(url: &Url) -> String {
    match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    }
}

fn agent(url: &Url, lookup: &Lookup, limits: &FetchLimits, deadline: Instant) -> Result<Agent, FetchError> {
    let malformed = |why| FetchError::UrlMalformed { url: shown(url), why };
    let destination = Destination::of(url).ok_or_else(|| malformed("it has no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| malformed("it has no port"))?;
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(total_time(limits));
    }
    let config = Agent::config_builder()
        // The environment's proxies would connect to an address nobody checked.
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_idle_connections(0)
        .max_response_header_size(usize::try_from(limits.header_bytes).unwrap_or(usize::MAX))
        .timeout_global(Some(left))
        // Where less time than that is left, what runs out is the total.
        .timeout_connect(Some(limits.connect).filter(|connect| *connect < left))
        .user_agent(concat!("tgp/", env!("CARGO_PKG_VERSION")))
        .build();
    let resolver = CheckedResolver { destination, port, lookup: lookup.clone() };
    Ok(Agent::with_parts(config, DefaultConnector::default(), resolver))
}

struct Work {
    request: Prepared,
    url: Url,
    agent: Agent,
    limits: FetchLimits,
}

impl Work {
    fn run(self) -> Result<Response, FetchError> {
        let mut builder = http::Request::builder().method(self.request.method.clone()).uri(self.url.as_str());
        for (name, value) in &self.request.headers {
            builder = builder.header(name, value);
        }
        let malformed = || FetchError::UrlMalformed { url: shown(&self.url), why: "it cannot be sent" };
        // A body of no bytes is none: GET and HEAD must not announce one.
        let answer = if self.request.body.is_empty() {
            self.agent.run(builder.body(()).map_err(|_| malformed())?)
        } else {
            self.agent.run(builder.body(self.request.body.clone()).map_err(|_| malformed())?)
        };
        let (parts, body) = answer.map_err(|problem| self.failure(problem))?.into_parts();
        let body = self.read(body)?;
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
            (name.as_str().to_owned(), value)
        });
        Ok(Response {
            status: parts.status.as_u16(),
            status_text: parts.status.canonical_reason().unwrap_or_default().to_owned(),
            headers: headers.collect(),
            body,
            url: self.url.to_string(),
        })
    }

    fn read(&self, body: ureq::Body) -> Result<Vec<u8>, FetchError> {
        let limit = self.limits.response_bytes;
        let too_large = || FetchError::ResponseTooLarge { url: shown(&self.url), limit };
        if body.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut reader = body.into_with_config().limit(u64::MAX).reader();
        let mut bytes = Vec::new();
        let mut chunk = [0_u8; CHUNK];
        loop {
            let count = reader.read(&mut chunk).map_err(|problem| self.failure(problem.into()))?;
            if count == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                return Err(too_large());
            }
        }
    }

    /// The client's error as one of ours. Texts of the client are kept only where they cannot hold parts of the
    /// request.
    fn failure(&self, problem: ureq::Error) -> FetchError {
        let host = authority(&self.url);
        let url = shown(&self.url);
        match problem {
            ureq::Error::Other(inner) => match inner.downcast::<FetchError>() {
                Ok(ours) => *ours,
                Err(other) => FetchError::ConnectionFailed { host, why: other.to_string() },
            },
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                FetchError::TimedOut { stage: Stage::Connect, limit: self.limits.connect }
            }
            ureq::Error::Timeout(_) => total_time(&self.limits),
            ureq::Error::LargeResponseHeader(..) => self.huge_headers(),
            // The parser has a bound of its own on their number; its error type is not public.
            ureq::Error::Protocol(problem) if problem.to_string().contains("too many headers") => {
                self.huge_headers()
            }
            ureq::Error::Rustls(problem) => FetchError::TlsFailed { host, why: problem.to_string() },
            ureq::Error::Tls(why) => FetchError::TlsFailed { host, why: why.to_owned() },
            ureq::Error::Io(problem) => self.broken(&problem, host),
            ureq::Error::Protocol(problem) => FetchError::ResponseMalformed { url, why: problem.to_string() },
            ureq::Error::Decompress(kind, _) => {
                FetchError::ResponseMalformed { url, why: format!("its {kind} data is damaged") }
            }
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                FetchError::UrlMalformed { url, why: "it cannot be sent" }
            }
            ureq::Error::HostNotFound => FetchError::HostNotFound { host },
            other => FetchError::ConnectionFailed { host, why: other.to_string() },
        }
    }

    fn huge_headers(&self) -> FetchError {
        FetchError::ResponseHeadersTooLarge {
            url: shown(&self.url),
            limit: u64::from(self.limits.header_bytes),
        }
    }

    /// An I/O error: TLS reports what it refuses as one, with its own error inside.
    fn broken(&self, problem: &std::io::Error, host: String) -> FetchError {
        let why = problem.to_string();
        let tls = self.url.scheme() == "https" && problem.kind() == std::io::ErrorKind::InvalidData;
        if tls { FetchError::TlsFailed { host, why } } else { FetchError::ConnectionFailed { host, why } }
    }
}
