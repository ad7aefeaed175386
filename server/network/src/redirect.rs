//! What the next request is when an answer leads elsewhere: the rules of the `fetch` standard.

use ureq::http::{Method, header};
use url::Url;

use crate::allowed::AllowedUrls;
use crate::error::FetchError;
use crate::request::Prepared;
use crate::spelling::{normalized, shown, shown_text, text_problem};

/// Whether this status says where to go on.
pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where an answer leads, if the list covers it.
pub(crate) fn target(from: &Url, location: &str, allowed: &AllowedUrls) -> Result<Url, FetchError> {
    let forbidden = |to: String| FetchError::RedirectForbidden { from: shown(from), to };
    if text_problem(location).is_some() {
        return Err(forbidden(shown_text(location)));
    }
    let to = from.join(location).map_err(|_| forbidden(shown_text(location)))?;
    if allowed.covers(&to) { Ok(normalized(to)) } else { Err(forbidden(shown(&to))) }
}

/// Changes the request into the one for the next step: the method and body as `fetch` has it, and no credentials
/// for another origin.
pub(crate) fn follow(request: &mut Prepared, status: u16, from: &Url, to: &Url) {
    let post_becomes_get = matches!(status, 301 | 302) && request.method == Method::POST;
    let becomes_get = status == 303 && !matches!(request.method, Method::GET | Method::HEAD);
    if post_becomes_get || becomes_get {
        request.method = Method::GET;
        request.body.clear();
        let of_body = [
            header::CONTENT_ENCODING,
            header::CONTENT_LANGUAGE,
            header::CONTENT_LOCATION,
            header::CONTENT_TYPE,
        ];
        request.headers.retain(|(name, _)| !of_body.contains(name));
    }
    if from.origin() != to.origin() {
        request.headers.retain(|(name, _)| *name != header::AUTHORIZATION && *name != header::COOKIE);
    }
}
