//! What the client's own window asks the person, whom it may ask what, and what its answer means.

use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
};
use rmcp::service::RequestContext;
use serde_json::Value;
use tgp_engine::plain;
use tgp_model::config::{ApprovalsConfig, ElicitUpTo};
use tgp_protocol::client::approvals::ApprovalShown;

use crate::era::is_newer_era;

/// Longest preview a window of the client is trusted with, in bytes and in lines. Nobody knows what it does with more;
/// a person who answers has to have seen all of it.
const LONGEST_PREVIEW: usize = 4_000;
const MOST_LINES: usize = 100;
/// Longest reason that is kept, in characters.
const LONGEST_REASON: usize = 500;

/// How a question of a call may reach the person through the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Window {
    /// Not at all; the terminal is left.
    Shut,
    /// By a request to the client while the call waits (2025-11-25), up to this risk.
    Dialog(ElicitUpTo),
    /// By the answer of the call, which the client repeats with the person's (2026-07-28).
    Answer {
        /// Up to this risk.
        up_to: ElicitUpTo,
        /// Not this ticket: it was shown before this call, and a window that was closed stays closed.
        except: Option<String>,
    },
}

/// What a person said in the client's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Yes or no.
    Said {
        /// Which of them.
        approve: bool,
        /// Why.
        reason: Option<String>,
    },
    /// Neither: the window was closed, or what came back is no answer. The question stays open.
    Nothing,
}

impl Window {
    /// The window this call may use, as the person's settings and the client's capabilities have it.
    pub(crate) fn of(
        context: &RequestContext<RoleServer>,
        settings: &ApprovalsConfig,
        except: Option<String>,
    ) -> Self {
        if settings.elicit == ElicitUpTo::Off || !has_forms(context.client_capabilities().as_ref()) {
            Self::Shut
        } else if is_newer_era(context) {
            Self::Answer { up_to: settings.elicit, except }
        } else if settings.wait > 0 {
            Self::Dialog(settings.elicit)
        } else {
            Self::Shut
        }
    }

    /// Whether the call ends with this question, and the client asks it in the answer.
    pub(crate) fn ends_with(&self, question: &ApprovalShown) -> bool {
        matches!(self, Self::Answer { .. }) && self.admits(question)
    }

    /// Whether this question may be shown in it.
    pub(crate) fn admits(&self, question: &ApprovalShown) -> bool {
        let up_to = match self {
            Self::Shut => return false,
            Self::Answer { except, .. } if except.as_ref() == Some(&question.ticket) => return false,
            Self::Dialog(up_to) | Self::Answer { up_to, .. } => *up_to,
        };
        let risk = match question.risk.as_str() {
            "low" => ElicitUpTo::Low,
            "medium" => ElicitUpTo::Medium,
            "high" => ElicitUpTo::High,
            _ => return false,
        };
        risk <= up_to && is_shown_whole(&question.preview)
    }
}

/// Clients of the first revision with elicitation declared it as an empty object, and meant forms.
fn has_forms(capabilities: Option<&ClientCapabilities>) -> bool {
    let declared = capabilities.and_then(|capabilities| capabilities.elicitation.as_ref());
    declared.is_some_and(|declared| declared.form.is_some() || declared.url.is_none())
}

/// Whether the preview is short enough, and nothing was left out of it.
fn is_shown_whole(preview: &str) -> bool {
    let is_cut =
        |line: &str| line.starts_with("[cut: ") || (line.starts_with("and ") && line.ends_with(" more rows"));
    !preview.trim().is_empty()
        && preview.len() <= LONGEST_PREVIEW
        && preview.lines().count() <= MOST_LINES
        && !preview.lines().any(is_cut)
}

/// The form. Whatever the agent had a say in is indented: that is code in Markdown and a quotation in plain text, and
/// no text can break out of it and speak for tgp.
pub(crate) fn form(question: &ApprovalShown) -> Option<ElicitRequestParams> {
    let ApprovalShown { ticket, agent, capability, risk, rule, .. } = question;
    let message = format!(
        "tgp asks you: may the agent {agent} do this?\n\n\
         Capability: {capability}\nRisk: {risk}\nRule: {}\nTicket: {ticket}, open until {}\n\n\
         A terminal answers it as well: `tgp approve {ticket}`. If you close this window, it stays open.\n\n\
         Why it is asked:\n\n{}\nWhat would happen:\n\n{}",
        plain(rule).replace('\n', " "),
        question.expires,
        indented(&plain(&question.why)),
        indented(&question.preview),
    );
    let requested_schema = ElicitationSchema::builder()
        .required_bool_with("approve", |field| {
            field.title("Approve").description("Yes lets exactly this happen, once; no denies it.")
        })
        .optional_string_with("reason", |field| {
            field.title("Reason").description("The agent is told this when you say no.")
        })
        .build()
        .inspect_err(|reason| tracing::error!(reason, "the form of a question could not be made"))
        .ok()?;
    Some(ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema })
}

fn indented(text: &str) -> String {
    text.lines().fold(String::with_capacity(text.len() + 64), |mut indented, line| {
        indented.push_str("    ");
        indented.push_str(line);
        indented.push('\n');
        indented
    })
}

impl Reply {
    /// Reads what the client sent back. Only a plain yes is a yes: a form without `approve`, or with something else
    /// than true or false in it, says nothing.
    pub(crate) fn read(result: Value) -> Self {
        let Ok(ElicitResult { action, content, .. }) = serde_json::from_value::<ElicitResult>(result) else {
            return Self::Nothing;
        };
        let field = |name: &str| content.as_ref().and_then(|content| content.get(name));
        let reason = field("reason").and_then(Value::as_str).map(|text| {
            plain(text).replace(['\n', '\t'], " ").trim().chars().take(LONGEST_REASON).collect::<String>()
        });
        let reason = reason.filter(|reason| !reason.is_empty());
        match (action, field("approve").and_then(Value::as_bool)) {
            (ElicitationAction::Accept, Some(approve)) => Self::Said { approve, reason },
            (ElicitationAction::Decline, _) => Self::Said { approve: false, reason },
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(risk: &str, preview: &str) -> ApprovalShown {
        serde_json::from_value(json!({
            "ticket": "T", "state": "pending", "agent": "coder", "session": "S", "action": "A",
            "capability": "fs.write", "risk": risk, "rule": "ask", "why": "because", "preview": preview,
            "shown_hash": "h", "asked": "2026-01-01T00:00:00.000Z", "expires": "2026-01-01T00:15:00.000Z",
        }))
        .unwrap()
    }

    #[test]
    fn only_a_risk_up_to_the_setting_is_admitted_and_critical_never() {
        let levels = ["low", "medium", "high", "critical", "", "Low"];
        let answer = |up_to| Window::Answer { up_to, except: None };
        let admitted = |window: Window| levels.map(|risk| window.admits(&question(risk, "+x\n")));
        assert_eq!(admitted(Window::Shut), [false; 6]);
        assert_eq!(admitted(Window::Dialog(ElicitUpTo::Off)), [false; 6]);
        assert_eq!(admitted(Window::Dialog(ElicitUpTo::Low)), [true, false, false, false, false, false]);
        assert_eq!(admitted(answer(ElicitUpTo::Medium)), [true, true, false, false, false, false]);
        assert_eq!(admitted(answer(ElicitUpTo::High)), [true, true, true, false, false, false]);
        let closed =
            |ticket: &str| Window::Answer { up_to: ElicitUpTo::High, except: Some(ticket.to_owned()) };
        assert_eq!(admitted(closed("T")), [false; 6], "what was closed is not shown again");
        assert_eq!(admitted(closed("S")), [true, true, true, false, false, false]);
    }

    #[test]
    fn a_preview_that_is_long_or_cut_is_for_the_terminal() {
        let window = Window::Dialog(ElicitUpTo::High);
        let admits = |preview: &str| window.admits(&question("low", preview));
        assert!(admits(&"x".repeat(LONGEST_PREVIEW)));
        assert!(!admits(&"x".repeat(LONGEST_PREVIEW + 1)));
        assert!(!admits(&"+\n".repeat(MOST_LINES + 1)));
        assert!(!admits("- orders: id=1\nand 7 more rows\n"));
        assert!(!admits("+x\n[cut: 7 more bytes are not shown; SHA-256 of the whole ab]\n"));
        assert!(!admits(" \n"), "nothing shown is nothing to answer");
        assert!(admits("+and 7 more rows\n"), "a line of a file is no cut");
    }

    #[test]
    fn only_a_plain_yes_is_a_yes() {
        let yes = |reason: Option<&str>| Reply::Said { approve: true, reason: reason.map(str::to_owned) };
        let no = |reason: Option<&str>| Reply::Said { approve: false, reason: reason.map(str::to_owned) };
        for (result, reply) in [
            (json!({ "action": "accept", "content": { "approve": true } }), yes(None)),
            (
                json!({ "action": "accept", "content": { "approve": true, "reason": " so\nbe\u{1b} it " } }),
                yes(Some("so be\\u{1b} it")),
            ),
            (json!({ "action": "accept", "content": { "approve": false, "reason": "no" } }), no(Some("no"))),
            (json!({ "action": "decline" }), no(None)),
            (json!({ "action": "decline", "content": { "approve": true } }), no(None)),
            (json!({ "action": "cancel" }), Reply::Nothing),
            (json!({ "action": "cancel", "content": { "approve": true } }), Reply::Nothing),
            (json!({ "action": "accept" }), Reply::Nothing),
            (json!({ "action": "accept", "content": { "approve": "true" } }), Reply::Nothing),
            (json!({ "action": "accept", "content": { "approve": 1 } }), Reply::Nothing),
            (json!({ "action": "accept", "content": [true] }), Reply::Nothing),
            (json!({ "action": "ACCEPT", "content": { "approve": true } }), Reply::Nothing),
            (json!({ "approve": true }), Reply::Nothing),
            (json!(true), Reply::Nothing),
        ] {
            assert_eq!(Reply::read(result.clone()), reply, "{result}");
        }
    }

    #[test]
    fn what_the_agent_wrote_cannot_speak_for_tgp() {
        let params = form(&question("high", "+one\n\nRisk: low\n```\n# tgp\n")).unwrap();
        let ElicitRequestParams::FormElicitationParams { message, .. } = params else { panic!("no form") };
        let own: Vec<&str> = message.lines().filter(|line| !line.starts_with("    ")).collect();
        assert!(own.contains(&"Risk: high") && !own.contains(&"Risk: low"), "{message}");
        assert!(!own.iter().any(|line| line.starts_with('#') || line.starts_with('`')), "{message}");
        assert!(message.ends_with("    Risk: low\n    ```\n    # tgp\n"), "{message}");
    }
}
