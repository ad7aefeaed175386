//! The list of URL prefixes the project allows, and whether a URL is under one of them.

use std::net::IpAddr;

use url::{Host, Url};

use crate::spelling::{entry_problem, normalized, text_problem, url_problem};

/// The URL prefixes of `allowedFetchUrls`. Scheme, host, port and whole path segments are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedUrls {
    entries: Vec<Entry>,
}

/// An entry of the list that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` cannot be an entry of allowedFetchUrls: {why}")]
pub struct AllowedUrlProblem {
    /// The entry as it stands in the settings.
    pub entry: String,
    /// What is wrong with it, in a few words.
    pub why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    text: String,
    scheme: String,
    host: HostPattern,
    port: Option<u16>,
    segments: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    Exact(Host<String>),
    /// The suffix with its leading dot: `.example.com` covers `a.example.com`, not `example.com`.
    Below(String),
}

impl AllowedUrls {
    /// Reads the entries of `allowedFetchUrls`: `https://api.stripe.com`, `https://api.example.com/v1`,
    /// `https://*.example.com` (names below it, not `example.com` itself).
    pub fn parse(entries: &[String]) -> Result<Self, AllowedUrlProblem> {
        let entries = entries.iter().map(|entry| Entry::parse(entry)).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Whether the URL is under an entry. A URL spelled so that two readers may understand it differently never is.
    pub fn covers(&self, url: &Url) -> bool {
        self.entry_for(url).is_some()
    }

    /// The entry, as it stands in the settings, that covers the URL.
    pub fn entry_for(&self, url: &Url) -> Option<&str> {
        if url_problem(url).is_some() {
            return None;
        }
        let url = normalized(url.clone());
        self.entries.iter().find(|entry| entry.covers(&url)).map(|entry| entry.text.as_str())
    }

    /// The hosts of the entries, as a rule about hosts writes them: `api.example.com`, `*.example.com`.
    pub fn hosts(&self) -> Vec<String> {
        let host = |entry: &Entry| match &entry.host {
            HostPattern::Exact(host) => host.to_string(),
            HostPattern::Below(suffix) => format!("*{suffix}"),
        };
        self.entries.iter().map(host).collect()
    }

    /// Whether there are no entries, so that nothing at all is allowed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, AllowedUrlProblem> {
        let problem = |why| AllowedUrlProblem { entry: text.to_owned(), why };
        if let Some(why) = text_problem(text) {
            return Err(problem(why));
        }
        let url =
            Url::parse(text).map_err(|_| problem("it is not a URL such as https://api.example.com/v1"))?;
        if let Some(why) = entry_problem(&url) {
            return Err(problem(why));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(problem("a query or fragment is not compared; leave it out"));
        }
        let url = normalized(url);
        let host = match url.host() {
            Some(Host::Domain(name)) => HostPattern::parse(name).map_err(problem)?,
            Some(address) => HostPattern::Exact(address.to_owned()),
            None => return Err(problem("it has no host")),
        };
        Ok(Self {
            text: text.to_owned(),
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default(),
            segments: segments(&url).map(str::to_owned).collect(),
        })
    }

    fn covers(&self, url: &Url) -> bool {
        self.scheme == url.scheme()
            && self.port == url.port_or_known_default()
            && url.host().is_some_and(|host| self.host.covers(&host))
            && starts_with(segments(url), &self.segments)
    }
}

fn starts_with<'a>(mut segments: impl Iterator<Item = &'a str>, prefix: &[String]) -> bool {
    prefix.iter().all(|wanted| segments.next() == Some(wanted.as_str()))
}

/// The segments of the path; a trailing `/` makes no segment of its own.
fn segments(url: &Url) -> impl Iterator<Item = &str> {
    let path = url.path().strip_prefix('/').unwrap_or(url.path());
    let path = path.strip_suffix('/').unwrap_or(path);
    // An empty path has no segments, where `split` would give one empty one.
    path.split('/').take(if path.is_empty() { 0 } else { usize::MAX })
}

impl HostPattern {
    fn parse(name: &str) -> Result<Self, &'static str> {
        let Some(suffix) = name.strip_prefix('*') else {
            return if name.contains('*') {
                Err("`*` can only be the first part of the host, as in https://*.example.com")
            } else {
                Ok(Self::Exact(Host::Domain(name.to_owned())))
            };
        };
        let below = suffix.strip_prefix('.').unwrap_or_default();
        if below.is_empty() || suffix.contains('*') {
            Err("`*` can only be the first part of the host, as in https://*.example.com")
        } else if !below.contains('.') {
            Err("`*` directly below a top-level domain allows everybody there")
        } else {
            Ok(Self::Below(suffix.to_owned()))
        }
    }

    fn covers(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::Exact(exact), host) => exact.to_owned_ref() == *host,
            (Self::Below(suffix), Host::Domain(name)) => {
                name.strip_suffix(suffix.as_str()).is_some_and(|label| !label.is_empty())
            }
            (Self::Below(_), _) => false,
        }
    }
}

trait AsHostRef {
    fn to_owned_ref(&self) -> Host<&str>;
}

impl AsHostRef for Host<String> {
    fn to_owned_ref(&self) -> Host<&str> {
        match self {
            Host::Domain(name) => Host::Domain(name),
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
        }
    }
}

/// What the host of a covered URL is, for the step from names to addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// An address that stands in the list literally: connected to as it is, whatever it belongs to.
    Literal(IpAddr),
    /// `localhost`, which stands in the list literally: this machine, without asking anybody.
    Localhost,
    /// A name: looked up, and every address it leads to is checked.
    Name(String),
}

impl Destination {
    /// The destination of a URL that the list covers. Addresses and `localhost` have no wildcard, so that being
    /// covered means that an entry names exactly them.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        Some(match url.host()? {
            Host::Ipv4(address) => Self::Literal(IpAddr::V4(address)),
            Host::Ipv6(address) => Self::Literal(IpAddr::V6(address)),
            Host::Domain("localhost") => Self::Localhost,
            Host::Domain(name) => Self::Name(name.to_owned()),
        })
    }
}
