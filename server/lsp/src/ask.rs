//! Asks a person through the client's own dialog, where the client shows no questions itself. No handler waits for it.

use std::sync::Arc;

use tgp_protocol::client::Refusal;
use tgp_protocol::client::approvals::{AnswerInput, ApprovalShown};
use tower_lsp_server::Client as Wire;
use tower_lsp_server::ls_types::{MessageActionItem, MessageType};

use crate::core::Core;
use crate::kernel::may_decide;

/// Lines and characters of a preview that a dialog shows whole. What does not fit is not approved there.
const FITS: (usize, usize) = (20, 1_500);

const APPROVE: &str = "Approve";
const DENY: &str = "Deny";
const SHOW: &str = "Show";

/// Asks until there is an answer, or the person closes the dialog: then the question stays open.
pub(crate) async fn ask(core: Arc<Core>, wire: Wire, question: ApprovalShown) {
    let may_answer = may_answer(&core).await;
    let critical = question.risk == "critical";
    let fits = fits(&question.preview);
    let mut actions = Vec::new();
    if may_answer && !critical {
        if fits {
            actions.push(APPROVE);
        }
        actions.push(DENY);
    }
    actions.push(SHOW);
    match answer(&wire, &text(&question, fits && !critical), &actions).await.as_deref() {
        Some(APPROVE) => keep(&core, &wire, &question, true).await,
        Some(DENY) => keep(&core, &wire, &question, false).await,
        Some(SHOW) => {
            wire.show_message(MessageType::INFO, whole(&question)).await;
            // A message may be cut off, and nobody tells the server. So what did not fit into the dialog is not approved
            // after it either; and what is critical is approved where tgp itself shows it.
            if may_answer && !critical {
                let sure = format!("{}. What do you say to exactly what was shown?", head(&question));
                let actions: &[&str] = if fits { &[APPROVE, DENY] } else { &[DENY] };
                match answer(&wire, &sure, actions).await.as_deref() {
                    Some(APPROVE) => keep(&core, &wire, &question, true).await,
                    Some(DENY) => keep(&core, &wire, &question, false).await,
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Whether editors decide, as a person trusts it now. It is asked again when the answer is kept.
async fn may_answer(core: &Arc<Core>) -> bool {
    let core = Arc::clone(core);
    let looked = tokio::task::spawn_blocking(move || {
        core.project.opened().is_some_and(|engine| may_decide(&engine, "").is_ok())
    });
    looked.await.unwrap_or_default()
}

async fn answer(wire: &Wire, text: &str, offered: &[&str]) -> Option<String> {
    let item = |title: &&str| MessageActionItem {
        title: (*title).to_owned(),
        properties: std::collections::HashMap::default(),
    };
    let actions = offered.iter().map(item).collect();
    let answered = wire.show_message_request(MessageType::WARNING, text, Some(actions)).await;
    // A client that answers what was not offered has not answered.
    answered.ok().flatten().map(|item| item.title).filter(|title| offered.contains(&title.as_str()))
}

/// Keeps the answer. The first one counts, wherever it was given.
async fn keep(core: &Arc<Core>, wire: &Wire, question: &ApprovalShown, approve: bool) {
    let (kept, asked) = (Arc::clone(core), question.clone());
    let keeping = tokio::task::spawn_blocking(move || keep_now(&kept, asked, approve));
    if let Ok(Err(refusal)) = keeping.await {
        let message = format!("Your answer to {} does not count: {}", question.ticket, refusal.message);
        wire.show_message(MessageType::WARNING, message).await;
    }
}

fn keep_now(core: &Core, question: ApprovalShown, approve: bool) -> Result<(), Refusal> {
    let engine = core.project.open(core.kernel.as_ref())?;
    may_decide(&engine, "Answer it in a terminal.")?;
    let answer = AnswerInput {
        ticket: question.ticket,
        approve,
        by: engine.person(),
        door: core.client().in_timeline(),
        reason: None,
        shown_hash: question.shown_hash,
    };
    engine.answer_question(&answer).map(drop)
}

fn fits(preview: &str) -> bool {
    preview.split(ENDS).count() <= FITS.0 && preview.chars().count() <= FITS.1
}

/// Whatever an editor may show as the end of a line.
const ENDS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// An agent's text, marked line by line, so that none of it poses as tgp's.
fn quoted(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    let lines = lines.trim_end_matches('\n').split(ENDS);
    lines.map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    text.split(ENDS).collect::<Vec<_>>().join(" ")
}

fn head(question: &ApprovalShown) -> String {
    let ApprovalShown { agent, capability, risk, .. } = question;
    format!("{agent} asks for {capability} ({risk} risk)")
}

fn text(question: &ApprovalShown, with_preview: bool) -> String {
    if with_preview {
        format!("{}\n{}\n{}", head(question), one_line(&question.why), quoted(&question.preview))
    } else {
        format!("{}\n{}", head(question), one_line(&question.why))
    }
}

fn whole(question: &ApprovalShown) -> String {
    let ticket = &question.ticket;
    format!("{}\n`tgp approve {ticket}` in a terminal answers it as well.", text(question, true))
}
