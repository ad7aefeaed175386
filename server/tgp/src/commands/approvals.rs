//! `tgp approvals`, `tgp approve`, `tgp deny`: what agents wait for, and what you say to it.

use clap::Args;
use tgp_engine::{Budget, Engine, Minter, Minting, grants, lasting};
use tgp_model::AgentName;
use tgp_protocol::client::approvals::{AnswerInput, ApprovalShown};
use tgp_protocol::client::{ErrorCode, Refusal};

use super::token::put_minting;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::Style;
use crate::person;
use tgp_screen::questions::{put_all, put_head, put_one};

/// Show what agents ask you, with what would happen.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp approvals
  tgp approvals 01M7Z02YZK8KQ51VFEZFYY9R2C
  tgp approvals --all --json")]
pub(crate) struct ApprovalsArgs {
    /// Only this question, with its whole preview.
    #[arg(value_name = "TICKET")]
    ticket: Option<String>,
    /// Also what was answered, used or expired.
    #[arg(long, conflicts_with = "ticket")]
    all: bool,
}

/// Say yes to a question. What would happen is shown, and you are asked.
///
/// Nothing runs by that: the agent makes the same call again, and your yes is used up. It counts only for what is shown,
/// and no longer when a file it touches, the rows, or the policy have changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp approve 01M7Z02YZK8KQ51VFEZFYY9R2C
  tgp approve 01M7Z02YZK8KQ51VFEZFYY9R2C --reason 'only this once'
  tgp approve 01M7Z02YZK8KQ51VFEZFYY9R2C --always --for 2h")]
pub(crate) struct ApproveArgs {
    /// The ticket, as `tgp approvals` shows it.
    #[arg(value_name = "TICKET")]
    ticket: String,
    /// Why; the agent can read it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Also mint a standing token, so that the same is not asked again. You see what it grants before you are asked.
    #[arg(long)]
    always: bool,
    /// With `--always`: how long the token lasts, such as `2h`, `7d`.
    #[arg(long = "for", value_name = "TIME", default_value = "7d", requires = "always")]
    lasts: String,
}

/// Say no to a question. The agent is told, with your reason.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp deny 01M7Z02YZK8KQ51VFEZFYY9R2C --reason 'use the staging table'")]
pub(crate) struct DenyArgs {
    /// The ticket, as `tgp approvals` shows it.
    #[arg(value_name = "TICKET")]
    ticket: String,
    /// Why; the agent can read it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Lines after which the head of a question has gone from the screen.
const A_SCREEN: usize = 20;

pub(crate) fn run(args: &ApprovalsArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&AgentName::person())?;
    if let Some(ticket) = &args.ticket {
        let shown = engine.question_shown(ticket)?;
        context.output.answer(&shown, |page| put_one(page, &shown));
        return Ok(());
    }
    let listed = engine.questions(args.all)?;
    context.output.answer(&listed, |page| put_all(page, &listed));
    Ok(())
}

pub(crate) fn approve(args: &ApproveArgs, context: &Context<'_>) -> Result<(), Failure> {
    person::needs_terminal(&format!("Approve {}?", args.ticket))?;
    let engine = context.open(&AgentName::person())?;
    let shown = open_question(&engine, &args.ticket)?;
    context.output.message(|page| put_one(page, &shown));
    let standing = args.always.then(|| standing(&engine, &shown, &args.lasts)).transpose()?;
    let question = match &standing {
        Some(minting) => {
            context.output.message(|page| put_minting(page, minting, &args.lasts));
            "Approve this, and mint this token?"
        }
        None => "Approve exactly this, once?",
    };
    if shown.preview.lines().count() > A_SCREEN {
        context.output.message(|page| put_head(page, &shown));
    }
    if !person::asks(question)? {
        context.output.message(|page| page.line("Nothing was answered; the question stays open."));
        return Ok(());
    }
    let answered = engine.answer_question(&answer(&shown, true, args.reason.as_ref()))?;
    let by = tgp_engine::person(&tgp_engine::environment());
    let minted = standing
        .map(|minting| engine.mint_token(&engine.begin(), &minting, Minter { by: &by, door: "terminal" }))
        .transpose()?;
    context.output.answer(&answered, |page| {
        page.put(Style::Good, "Approved.").plain(" The agent makes the call again.").end();
        if let Some(minted) = &minted {
            let line = format!("Token {} counts from now on; `tgp token revoke` ends it.", minted.token);
            page.line(&line);
        }
    });
    Ok(())
}

pub(crate) fn deny(args: &DenyArgs, context: &Context<'_>) -> Result<(), Failure> {
    person::needs_terminal(&format!("Deny {}?", args.ticket))?;
    let engine = context.open(&AgentName::person())?;
    let shown = open_question(&engine, &args.ticket)?;
    context.output.message(|page| put_one(page, &shown));
    let answered = engine.answer_question(&answer(&shown, false, args.reason.as_ref()))?;
    context.output.answer(&answered, |page| {
        page.put(Style::Bad, "Denied.").plain(" The agent is told.").end();
    });
    Ok(())
}

fn open_question(engine: &Engine, ticket: &str) -> Result<ApprovalShown, Failure> {
    let shown = engine.question_shown(ticket)?;
    if shown.state == "pending" {
        return Ok(shown);
    }
    let message = format!("the question is {}", shown.state);
    Err(Refusal::new(ErrorCode::ApprovalClosed, message).into())
}

fn answer(shown: &ApprovalShown, approve: bool, reason: Option<&String>) -> AnswerInput {
    AnswerInput {
        ticket: shown.ticket.clone(),
        approve,
        by: tgp_engine::person(&tgp_engine::environment()),
        door: "terminal".to_owned(),
        reason: reason.cloned(),
        shown_hash: shown.shown_hash.clone(),
    }
}

/// The token by which the same is not asked again: for this agent, on these targets, for a time.
fn standing(engine: &Engine, shown: &ApprovalShown, lasts: &str) -> Result<Minting, Failure> {
    Ok(Minting {
        agent: shown.agent.parse().map_err(|_| Failure::Bug(format!("`{}` is no agent", shown.agent)))?,
        session: None,
        grants: grants(&engine.grants_for(&shown.ticket)?)?,
        budget: Budget::default(),
        lasts: lasting(lasts)?,
        standing: true,
    })
}
