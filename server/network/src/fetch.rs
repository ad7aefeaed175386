//! From a tool's request to its answer: looked at, sent, and led on as far as the list allows.

use std::time::{Duration, Instant};

use url::Url;

use crate::allowed::AllowedUrls;
use crate::error::FetchError;
use crate::exchange::exchange;
use crate::redirect::{follow, is_redirect, target};
use crate::request::{FetchLimits, Redirects, Request, Response, prepare};
use crate::resolve::{Lookup, system_lookup};
use crate::spelling::{normalized, shown, shown_text, text_problem, url_problem};

/// Longest time one request may take, whatever the settings say.
const LONGEST_TOTAL: Duration = Duration::from_hours(24);

/// A URL that an entry of the list covers, in the one spelling it is compared and fetched in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedUrl {
    url: Url,
    entry: String,
}

impl CheckedUrl {
    /// The URL: host in lower case and punycode without trailing dot, default port left out, no fragment.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The entry of `allowedFetchUrls` that covers it.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// The URL for timelines and logs: without its query, where keys stand.
    pub fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// Says whether a URL may be fetched, without asking anybody: no lookup, no connection.
pub fn look(url: &str, allowed: &AllowedUrls) -> Result<CheckedUrl, FetchError> {
    let malformed = |why| FetchError::UrlMalformed { url: shown_text(url), why };
    if let Some(why) = text_problem(url) {
        return Err(malformed(why));
    }
    let parsed = Url::parse(url).map_err(|_| malformed("it is not an absolute URL"))?;
    if let Some(why) = url_problem(&parsed) {
        return Err(malformed(why));
    }
    match allowed.entry_for(&parsed) {
        Some(entry) => Ok(CheckedUrl { url: normalized(parsed), entry: entry.to_owned() }),
        None => Err(FetchError::NotAllowed { url: shown(&parsed) }),
    }
}

/// Makes the request and waits for the whole answer. `cancelled` is asked every few milliseconds while the network is
/// waited for.
pub fn fetch(
    request: &Request,
    allowed: &AllowedUrls,
    limits: &FetchLimits,
    cancelled: &dyn Fn() -> bool,
) -> Result<Response, FetchError> {
    fetch_with(request, allowed, limits, cancelled, &system_lookup())
}

/// Why a request that its caller watches came to nothing.
#[derive(Debug)]
pub enum Stopped<E> {
    /// It was refused here, or failed.
    Fetch(FetchError),
    /// The caller did not want a step of it.
    Caller(E),
}

impl<E> From<FetchError> for Stopped<E> {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

/// The same as [`fetch`]; `before` is told each step, redirects included, before anything of it leaves.
pub fn fetch_watched<E>(
    request: &Request,
    allowed: &AllowedUrls,
    limits: &FetchLimits,
    cancelled: &dyn Fn() -> bool,
    before: &mut dyn FnMut(&str, &CheckedUrl) -> Result<(), E>,
) -> Result<Response, Stopped<E>> {
    steps(request, allowed, limits, cancelled, &system_lookup(), before)
}

fn fetch_with(
    request: &Request,
    allowed: &AllowedUrls,
    limits: &FetchLimits,
    cancelled: &dyn Fn() -> bool,
    lookup: &Lookup,
) -> Result<Response, FetchError> {
    match steps(request, allowed, limits, cancelled, lookup, &mut |_, _| Ok::<(), FetchError>(())) {
        Err(Stopped::Fetch(error) | Stopped::Caller(error)) => Err(error),
        Ok(response) => Ok(response),
    }
}

fn steps<E>(
    request: &Request,
    allowed: &AllowedUrls,
    limits: &FetchLimits,
    cancelled: &dyn Fn() -> bool,
    lookup: &Lookup,
    before: &mut dyn FnMut(&str, &CheckedUrl) -> Result<(), E>,
) -> Result<Response, Stopped<E>> {
    let deadline = Instant::now() + limits.total.min(LONGEST_TOTAL);
    let first = look(&request.url, allowed)?;
    let mut step = prepare(request, limits)?;
    let mut url = first.url().clone();
    for _ in 0..=limits.redirects {
        before(step.method.as_str(), &look(url.as_str(), allowed)?).map_err(Stopped::Caller)?;
        let response = exchange(&step, &url, lookup, limits, deadline, cancelled)?;
        let location =
            response.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone());
        let location = match location {
            Some(location) if is_redirect(response.status) && request.redirects != Redirects::Manual => {
                location
            }
            _ => return Ok(response),
        };
        if request.redirects == Redirects::Error {
            return Err(FetchError::RedirectUnwanted { from: shown(&url), to: shown_text(&location) }.into());
        }
        let next = target(&url, &location, allowed)?;
        tracing::debug!(from = %shown(&url), to = %shown(&next), status = response.status, "redirected");
        follow(&mut step, response.status, &url, &next);
        url = next;
    }
    Err(FetchError::TooManyRedirects { url: shown(first.url()), limit: limits.redirects }.into())
}

#[cfg(test)]
mod tests;
