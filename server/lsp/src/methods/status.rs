//! `tgp/status`.

use tgp_protocol::client::Refusal;
use tgp_protocol::client::editor::{EDITOR_PROTOCOL, Nothing, StatusOutput};

use crate::kernel::{Asked, in_force};

/// How the project stands. Where there is none, that is the answer.
pub(super) fn status(asked: &Asked<'_>, _: Nothing) -> Result<StatusOutput, Refusal> {
    let empty = StatusOutput {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: EDITOR_PROTOCOL,
        ..StatusOutput::default()
    };
    let engine = match asked.engine() {
        Ok(engine) => engine,
        Err(refusal) => {
            let code = Some(refusal.code.as_str().to_owned());
            return Ok(StatusOutput { message: Some(refusal.message), code, ..empty });
        }
    };
    let standing = engine.review().standing()?;
    // What a person trusts now, not what was trusted when the project was opened.
    let (approvals, waiting_for_trust, message, code) = match in_force(engine) {
        Ok(settings) => (settings.config.approvals.editor, settings.waiting, None, None),
        Err(refusal) => (false, None, Some(refusal.message), Some(refusal.code.as_str().to_owned())),
    };
    Ok(StatusOutput {
        project: Some(engine.root().display().to_string()),
        pending_approvals: standing.pending_approvals,
        open_branches: standing.open_branches,
        policy_version: Some(standing.policy_version),
        message,
        code,
        waiting_for_trust,
        approvals,
        notes: engine.notes().to_vec(),
        ..empty
    })
}
