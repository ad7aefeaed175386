//! `tgp policy explain`.

use clap::Args;
use tgp_engine::{Question, Verdict};
use tgp_model::{AgentName, Decision};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};

/// Say what the rules in force decide about an action nobody does, and which rules that rests on.
///
/// Paths are looked at as for a real action: links are followed, and a statement's tables are those `SQLite` names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp policy explain --agent coder --capability fs.write --path src/main.ts --attribute bytes=2MiB
  tgp policy explain --agent reviewer --sql 'DELETE FROM orders' --json")]
pub(crate) struct ExplainArgs {
    /// Who would do it.
    #[arg(long, value_name = "NAME", default_value = "coder")]
    agent: AgentName,
    /// What for, such as `fs.write`; a statement has one of its own.
    #[arg(long, value_name = "CAPABILITY", required_unless_present = "sql")]
    capability: Option<String>,
    /// A file it would touch; may be given several times, as may the other targets.
    #[arg(long = "path", value_name = "PATH")]
    paths: Vec<String>,
    /// A table.
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// A host.
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// A tool of the library.
    #[arg(long = "tool", value_name = "TOOL")]
    tools: Vec<String>,
    /// A simple command.
    #[arg(long = "command", value_name = "COMMAND")]
    commands: Vec<String>,
    /// A statement for the project's database.
    #[arg(long, value_name = "SQL")]
    sql: Option<String>,
    /// A figure of the action, such as `bytes=2MiB` or `rows=10`.
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
}

pub(super) fn run(args: &ExplainArgs, context: &Context<'_>) -> Result<(), Failure> {
    let question = question(args)?;
    let engine = context.open(&args.agent)?;
    let verdict = engine.explain(&question)?;
    context.output.answer(&verdict, |page| put(page, &verdict));
    Ok(())
}

fn question(args: &ExplainArgs) -> Result<Question, Failure> {
    let mut attributes = Vec::new();
    for pair in &args.attributes {
        let Some((name, value)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Failure::usage(format!("`{pair}` is not `name=value`")));
        };
        attributes.push((name.to_owned(), value.to_owned()));
    }
    Ok(Question {
        agent: args.agent.clone(),
        capability: args.capability.clone(),
        paths: args.paths.clone(),
        tables: args.tables.clone(),
        hosts: args.hosts.clone(),
        tools: args.tools.clone(),
        commands: args.commands.clone(),
        sql: args.sql.clone(),
        attributes,
    })
}

/// A decision as a word, and how it looks.
pub(super) fn word(decision: Decision) -> (Style, &'static str) {
    match decision {
        Decision::Allow => (Style::Good, "allow"),
        Decision::RequireApproval => (Style::Careful, "require_approval"),
        Decision::Deny => (Style::Bad, "deny"),
    }
}

fn put(page: &mut Page, verdict: &Verdict) {
    let (style, word) = word(verdict.decision);
    page.put(style, word);
    if let Some(target) = &verdict.target {
        page.plain(&format!(" on `{target}`"));
    }
    page.end();
    put_rules(page, verdict);
    if let Some(nearest) = &verdict.nearest {
        page.plain("  nearest to allowing it: ").put(Style::Bold, &nearest.id);
        page.put(Style::Dim, &format!(" ({}:{})", nearest.file, nearest.line));
        if nearest.missing.is_empty() {
            page.plain(", but a stricter rule stands against it");
        } else {
            page.plain(&format!(", but not its {}", nearest.missing.join(", ")));
        }
        page.end();
    }
    let registered = if verdict.registered { "" } else { ", assumed: nobody registered the capability" };
    page.plain(&format!("  risk {}{registered}", verdict.risk)).end();
    page.put(Style::Dim, &format!("  policy version {}", verdict.version)).end();
}

/// Each rule a decision rests on, with its place.
pub(super) fn put_rules(page: &mut Page, verdict: &Verdict) {
    for rule in &verdict.rules {
        page.plain("  rule ").put(Style::Bold, &rule.id);
        if let Some(file) = &rule.file {
            page.put(Style::Dim, &format!(" ({file}:{}, {})", rule.line, rule.level.as_str()));
        }
        if !rule.reason.is_empty() {
            page.plain(": ").plain(&rule.reason);
        }
        page.end();
    }
}
