//! `tgp token`: what agents were granted beyond being asked about.

use clap::{Args, Subcommand};
use serde_json::json;
use tgp_engine::{Budget, Minter, Minting, TokenRow, environment, grants, lasting, person};
use tgp_model::{AgentName, SessionId, TokenId};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};
use crate::person;
use crate::table::{Cell, Side, Table};

/// Look at tokens, mint one, revoke one.
///
/// A token answers the questions of the policy for one agent, within what it grants, until it is spent or too old.
/// It never turns a deny into anything.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  tgp token mint coder --grant 'fs.write path:docs/**' --for 2h --actions 20")]
pub(crate) enum TokenCommand {
    Mint(MintArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Mint a token for an agent: what it grants is shown, and you are asked.
///
/// Its text is shown once; a session presents it in the environment variable `TGP_TOKEN`. With `--standing` nobody
/// presents it: it counts for the agent from now on, and is shown to nobody.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp token mint coder --grant 'tool.run tool:tools/shop/*' --grant 'sql.write table:orders' --for 30min")]
pub(crate) struct MintArgs {
    /// The agent.
    #[arg(value_name = "AGENT")]
    agent: AgentName,
    /// What it grants: a capability and globs of its targets, such as `fs.write path:docs/**`.
    #[arg(long = "grant", value_name = "GRANT", required = true)]
    grants: Vec<String>,
    /// How long it lasts, such as `30min`, `2h`, `7d`.
    #[arg(long = "for", value_name = "TIME", default_value = "1h")]
    lasts: String,
    /// Most actions it pays for.
    #[arg(long, value_name = "N")]
    actions: Option<u64>,
    /// Most bytes written or sent.
    #[arg(long, value_name = "N")]
    bytes: Option<u64>,
    /// Most rows changed.
    #[arg(long, value_name = "N")]
    rows: Option<u64>,
    /// Most time of running, such as `5min`.
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Only in this session, by its number.
    #[arg(long, value_name = "SESSION")]
    session: Option<SessionId>,
    /// It counts without being presented.
    #[arg(long)]
    standing: bool,
}

/// List the tokens: what each grants, what is spent, whether it still counts.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp token list --json")]
pub(crate) struct ListArgs {}

/// Revoke a token, and every token that was made from it. You are asked first.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp token revoke 01KAJ3V8T5W0ZJ8Q1M5N2X7R4B")]
pub(crate) struct RevokeArgs {
    /// Its number.
    #[arg(value_name = "TOKEN")]
    token: TokenId,
}

pub(crate) fn run(command: &TokenCommand, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        TokenCommand::Mint(args) => mint(args, context),
        TokenCommand::List(_) => list(context),
        TokenCommand::Revoke(args) => revoke(args, context),
    }
}

fn mint(args: &MintArgs, context: &Context<'_>) -> Result<(), Failure> {
    let time = args.time.as_deref().map(lasting).transpose()?;
    let minting = Minting {
        agent: args.agent.clone(),
        session: args.session,
        grants: grants(&args.grants)?,
        budget: Budget {
            actions: args.actions,
            bytes: args.bytes,
            rows: args.rows,
            milliseconds: time.and_then(|time| u64::try_from(time).ok()),
        },
        lasts: lasting(&args.lasts)?,
        standing: args.standing,
    };
    let engine = context.open(&AgentName::person())?;
    context.output.message(|page| put_minting(page, &minting, &args.lasts));
    if !person::asks("Mint this token?")? {
        context.output.message(|page| page.line("Nothing was minted."));
        return Ok(());
    }
    let by = person(&environment());
    let minted = engine.mint_token(&engine.begin(), &minting, Minter { by: &by, door: "terminal" })?;
    let shown = (!minting.standing).then(|| minted.text.reveal());
    let answer = json!({ "id": minted.token, "token": shown, "action": minted.action });
    context.output.answer(&answer, |page| match shown {
        Some(text) => {
            page.put(Style::Good, &format!("Token {}", minted.token)).plain(", shown only here:").end();
            page.line(text);
            page.put(Style::Dim, "A session presents it in the environment variable TGP_TOKEN.").end();
        }
        None => {
            page.put(Style::Good, &format!("Token {} counts from now on.", minted.token)).end();
        }
    });
    Ok(())
}

pub(super) fn put_minting(page: &mut Page, minting: &Minting, lasts: &str) {
    page.plain("A token for ").put(Style::Bold, minting.agent.as_str());
    if let Some(session) = minting.session {
        page.plain(&format!(" in session {session}"));
    }
    page.plain(&format!(", for {lasts} from now on")).end();
    for grant in &minting.grants {
        page.plain("  grants ").put(Style::Bold, &grant.to_string()).end();
    }
    for (what, most) in [
        ("actions", minting.budget.actions),
        ("bytes", minting.budget.bytes),
        ("rows", minting.budget.rows),
        ("milliseconds", minting.budget.milliseconds),
    ] {
        if let Some(most) = most {
            page.plain(&format!("  at most {most} {what}")).end();
        }
    }
    if minting.standing {
        page.put(Style::Careful, "  It counts without being presented.").end();
    }
}

fn list(context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&AgentName::person())?;
    let tokens = engine.tokens()?;
    context.output.answer(&json!({ "tokens": tokens }), |page| put(page, &tokens));
    Ok(())
}

fn put(page: &mut Page, tokens: &[TokenRow]) {
    if tokens.is_empty() {
        page.line("Nothing was granted.");
        return;
    }
    let mut table = Table::new(&[
        ("token", Side::Left),
        ("agent", Side::Left),
        ("state", Side::Left),
        ("until (UTC)", Side::Left),
        ("actions", Side::Right),
        ("by", Side::Left),
        ("grants", Side::Left),
    ]);
    for token in tokens {
        let (style, state) = match (&token.revoked_at, token.expired) {
            (Some(_), _) => (Style::Bad, "revoked"),
            (None, true) => (Style::Dim, "expired"),
            (None, false) => (Style::Good, "counts"),
        };
        let most = token.budget.actions.map_or_else(String::new, |most| format!(" of {most}"));
        let grants = token.grants.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
        table.row(vec![
            Cell::new(Style::Bold, &token.id.to_string()),
            Cell::plain(token.agent.as_str()),
            Cell::new(style, state),
            Cell::new(Style::Dim, &token.expires_at),
            Cell::plain(&format!("{}{most}", token.spent.actions)),
            Cell::plain(&format!("{} ({})", token.created_by, token.created_door)),
            Cell::plain(&grants.collect::<Vec<_>>().join("; ")),
        ]);
    }
    table.put(page);
}

fn revoke(args: &RevokeArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&AgentName::person())?;
    let tokens = engine.tokens()?;
    let meant: Vec<TokenRow> =
        tokens.into_iter().filter(|one| one.id == args.token || one.parent == Some(args.token)).collect();
    context.output.message(|page| put(page, &meant));
    if !person::asks("Revoke it, and what was made from it?")? {
        context.output.message(|page| page.line("Nothing was revoked."));
        return Ok(());
    }
    let by = person(&environment());
    let action = engine.revoke_token(&engine.begin(), args.token, Minter { by: &by, door: "terminal" })?;
    let answer = json!({ "revoked": args.token, "action": action });
    context.output.answer(&answer, |page| page.put(Style::Good, "It is revoked.").end());
    Ok(())
}
