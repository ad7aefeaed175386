//! Why a request was not made, or has no answer. No error holds a header, a body, a query or a password.

use std::net::IpAddr;
use std::time::Duration;

use crate::address::AddressKind;

/// What a request was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Connecting and agreeing on TLS.
    Connect,
    /// All of it, from the first lookup to the last byte.
    Total,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Total => "the request",
        })
    }
}

/// Why a request was refused or failed. URLs are shown without query, fragment and user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The text is no URL, or one that two readers may understand differently.
    #[error("`{url}` cannot be fetched: {why}")]
    UrlMalformed {
        /// The URL.
        url: String,
        /// What is wrong with it, in a few words.
        why: &'static str,
    },
    /// No entry of `allowedFetchUrls` covers it.
    #[error("`{url}` is under no entry of allowedFetchUrls")]
    NotAllowed {
        /// The URL.
        url: String,
    },
    /// An answer led to a URL that no entry covers, or that cannot be fetched.
    #[error("`{from}` redirects to `{to}`, which is under no entry of allowedFetchUrls")]
    RedirectForbidden {
        /// The URL that answered.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// An answer led on, where the request said that none may.
    #[error("`{from}` redirects to `{to}`, and the request follows none")]
    RedirectUnwanted {
        /// The URL that answered.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// Redirect after redirect.
    #[error("`{url}` redirects more than {limit} times")]
    TooManyRedirects {
        /// The URL asked for.
        url: String,
        /// How many are followed.
        limit: u32,
    },
    /// The name leads into this machine or its network.
    #[error("`{host}` leads to {address}, a {} address", kind.as_str())]
    AddressForbidden {
        /// The name.
        host: String,
        /// The first address of it that is forbidden.
        address: IpAddr,
        /// What the address belongs to.
        kind: AddressKind,
    },
    /// A method that is none of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS.
    #[error("the method `{method}` cannot be used")]
    MethodForbidden {
        /// The method, cut.
        method: String,
    },
    /// A body with GET or HEAD.
    #[error("a {method} request has no body")]
    BodyForbidden {
        /// The method.
        method: String,
    },
    /// A header that only the client itself writes, such as Host or Connection.
    #[error("the header `{name}` cannot be set")]
    HeaderForbidden {
        /// Its name.
        name: String,
    },
    /// A header whose name or value no header can have.
    #[error("the header `{name}` has a name or value that cannot be sent")]
    HeaderMalformed {
        /// Its name, without what cannot be shown.
        name: String,
    },
    /// More body or headers than may be sent.
    #[error("the request has {size} bytes of {what}, more than {limit}")]
    RequestTooLarge {
        /// Body or headers.
        what: &'static str,
        /// How many bytes.
        size: u64,
        /// How many there may be.
        limit: u64,
    },
    /// More body, after decompression, than may be received.
    #[error("the response of `{url}` is larger than {limit} bytes")]
    ResponseTooLarge {
        /// The URL that answered.
        url: String,
        /// How many bytes there may be.
        limit: u64,
    },
    /// More headers than may be received.
    #[error("the response headers of `{url}` are larger than {limit} bytes")]
    ResponseHeadersTooLarge {
        /// The URL that answered.
        url: String,
        /// How many bytes there may be.
        limit: u64,
    },
    /// The name leads nowhere.
    #[error("the name `{host}` was not found")]
    HostNotFound {
        /// The name.
        host: String,
    },
    /// Nobody answers at the address, or they hung up.
    #[error("the connection to `{host}` failed: {why}")]
    ConnectionFailed {
        /// Host and port.
        host: String,
        /// What the system says.
        why: String,
    },
    /// The other side could not prove that it is who it should be, or speaks no TLS we speak.
    #[error("no trusted TLS connection to `{host}`: {why}")]
    TlsFailed {
        /// Host and port.
        host: String,
        /// What TLS says.
        why: String,
    },
    /// What came back is no HTTP.
    #[error("`{url}` answered with something that is no HTTP: {why}")]
    ResponseMalformed {
        /// The URL that answered.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// It took too long.
    #[error("{stage} took longer than {} ms", limit.as_millis())]
    TimedOut {
        /// What took too long.
        stage: Stage,
        /// How long it may take.
        limit: Duration,
    },
    /// The caller does not want it any more.
    #[error("the request was cancelled")]
    Cancelled,
    /// The system could not start the thread that does the work.
    #[error("no thread for the request: {why}")]
    NoThread {
        /// What the system says.
        why: String,
    },
}

impl FetchError {
    /// Whether a rule refused it, so that nothing was asked or sent; otherwise it was tried and failed.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::UrlMalformed { .. }
                | Self::NotAllowed { .. }
                | Self::RedirectForbidden { .. }
                | Self::AddressForbidden { .. }
                | Self::MethodForbidden { .. }
                | Self::BodyForbidden { .. }
                | Self::HeaderForbidden { .. }
                | Self::HeaderMalformed { .. }
                | Self::RequestTooLarge { .. }
        )
    }
}
