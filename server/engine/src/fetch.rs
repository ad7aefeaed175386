//! `fetch` of a running tool: it leaves at once, so it is judged and its intent is durable before it leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tgp_network::{CheckedUrl, FetchError, FetchLimits, Redirects, Request, Stopped};
use tgp_policy::{EffectKind, Target};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_sandbox::Budget;

use crate::Call;
use crate::engine::Engine;
use tgp_effects::Running;
use tgp_gate::Action;

/// What the tool asked for.
pub(crate) struct Asked {
    pub(crate) url: String,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Base64.
    pub(crate) body: Option<String>,
}

impl Engine {
    /// Makes one request for a tool.
    pub(crate) fn fetch(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        running: &mut Running,
        asked: Asked,
        budget: &Budget,
    ) -> Result<Value, Refusal> {
        let allowed = self.allowed_urls();
        let checked = tgp_network::look(&asked.url, allowed).map_err(|error| from_fetch(&error))?;
        let host = checked.url().host_str().unwrap_or_default().to_owned();
        running.check_request(&asked.method, &host)?;
        // What changes something was judged with the tool that declares it.
        let changes = !EffectKind::SAFE_METHODS.contains(&asked.method.as_str());
        if changes {
            // What has to be asked about so far is asked before something leaves that the run made again would repeat.
            action.settle_run()?;
        }
        let body = asked.body.map(|text| STANDARD.decode(text)).transpose().map_err(|_| {
            Refusal::new(ErrorCode::ArgumentsInvalid, "the body of the request cannot be read")
        })?;
        let mut request = Request::get(&asked.url);
        request.method = asked.method;
        if changes {
            // Followed, it could change something at a host that was not declared.
            request.redirects = Redirects::Manual;
        }
        request.headers = asked.headers;
        request.body = body.unwrap_or_default();
        action.facts.used.bytes += u64::try_from(request.body.len()).unwrap_or(u64::MAX);
        let cancelled = || call.cancel.is_cancelled();
        let usual = FetchLimits::default();
        let limits = FetchLimits { total: usual.total.min(budget.wall_left()), ..usual };
        let mut before = |method: &str, url: &CheckedUrl| {
            if changes {
                // Killed from here on, what makes up for it can still be run.
                action.facts.undo.extend(running.in_case());
            } else {
                // Where an answer leads to is judged like what was asked for.
                let host = url.url().host_str().unwrap_or_default();
                action.judge("net.fetch", vec![Target::host(host)])?;
            }
            action.note_request(format!("{method} {}", url.shown()))
        };
        let response = tgp_network::fetch_watched(&request, allowed, &limits, &cancelled, &mut before)
            .map_err(|stopped| match stopped {
                Stopped::Fetch(error) => from_fetch(&error),
                Stopped::Caller(refusal) => refusal,
            })?;
        Ok(json!({
            "status": response.status,
            "status_text": response.status_text,
            "headers": response.headers,
            "body": { "$bytes": STANDARD.encode(&response.body) },
            "url": response.url,
        }))
    }
}

fn from_fetch(error: &FetchError) -> Refusal {
    let code = match error {
        FetchError::NotAllowed { .. }
        | FetchError::RedirectForbidden { .. }
        | FetchError::AddressForbidden { .. }
        | FetchError::UrlMalformed { .. } => ErrorCode::NetworkForbidden,
        FetchError::Cancelled => ErrorCode::Cancelled,
        _ => ErrorCode::NetworkFailed,
    };
    Refusal::new(code, error.to_string())
}
