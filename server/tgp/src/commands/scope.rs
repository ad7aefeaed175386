//! `tgp scope`: what each agent may do.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tgp_engine::{Mistake, RuleSet, Scope, rules_in_force};
use tgp_model::{AgentName, Decision};

use super::policy::{invalid, present, project, put_addition, put_mistakes, read};
use crate::context::Context;
use crate::failure::Failure;
use crate::page::Style;
use crate::table::{Cell, Side, Table};

/// Look at the scopes in force, check one, set one.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tgp scope show coder > coder.yaml
  tgp scope set coder coder.yaml")]
pub(crate) enum ScopeCommand {
    List(ListArgs),
    Show(ShowArgs),
    Check(CheckArgs),
    Set(SetArgs),
}

/// List the scopes in force.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp scope list")]
pub(crate) struct ListArgs {}

/// Print the scope that counts for an agent, as it is written; an agent without one has `default`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp scope show coder > coder.yaml")]
pub(crate) struct ShowArgs {
    /// The agent.
    #[arg(value_name = "AGENT")]
    agent: AgentName,
}

/// Read a scope and name what is wrong with it. Exit code 0 where it is well, 1 where it is not.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp scope check coder.yaml")]
pub(crate) struct CheckArgs {
    /// The scope, in YAML.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Put a scope in force: the difference is shown, and you are asked.
///
/// It is written into the `scopes` folder of the library and trusted on this machine. Running sessions take it at once.
/// The change is an action in timeline and audit chain.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp scope set coder coder.yaml")]
pub(crate) struct SetArgs {
    /// The agent.
    #[arg(value_name = "AGENT")]
    agent: AgentName,
    /// The scope, in YAML.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct ListedScope {
    agent: AgentName,
    file: String,
    rules: usize,
}

#[derive(Serialize)]
struct ShownRule<'a> {
    id: &'a str,
    effect: Decision,
    line: usize,
}

#[derive(Serialize)]
struct ShownScope<'a> {
    agent: &'a AgentName,
    file: &'a str,
    text: &'a str,
    rules: Vec<ShownRule<'a>>,
}

pub(crate) fn run(command: &ScopeCommand, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        ScopeCommand::List(_) => list(context),
        ScopeCommand::Show(args) => show(args, context),
        ScopeCommand::Check(args) => check(args, context),
        ScopeCommand::Set(args) => set(args, context),
    }
}

fn in_force(context: &Context<'_>) -> Result<RuleSet, Failure> {
    Ok(rules_in_force(&project(context)?).map_err(|error| error.refusal())?)
}

fn list(context: &Context<'_>) -> Result<(), Failure> {
    let scopes = in_force(context)?.scopes().map_err(|error| invalid(&error))?;
    let listed = |(scope, _): (Scope, String)| ListedScope {
        rules: scope.rules().count(),
        agent: scope.agent,
        file: scope.file,
    };
    let scopes: Vec<ListedScope> = scopes.into_iter().map(listed).collect();
    context.output.answer(&serde_json::json!({ "scopes": scopes }), |page| {
        let mut table = Table::new(&[("agent", Side::Left), ("rules", Side::Right), ("file", Side::Left)]);
        for scope in &scopes {
            table.row(vec![
                Cell::plain(scope.agent.as_str()),
                Cell::plain(&scope.rules.to_string()),
                Cell::new(Style::Dim, &scope.file),
            ]);
        }
        table.put(page);
    });
    Ok(())
}

fn show(args: &ShowArgs, context: &Context<'_>) -> Result<(), Failure> {
    let found = in_force(context)?.scope_of(&args.agent).map_err(|error| invalid(&error))?;
    let Some((scope, text)) = found else { return Err(Failure::Bug("there is no default scope".to_owned())) };
    if !context.output.is_json() {
        context.output.text(&text);
        return Ok(());
    }
    let rules = scope.rules().map(|(id, effect, line)| ShownRule { id, effect, line }).collect();
    let shown = ShownScope { agent: &scope.agent, file: &scope.file, text: &text, rules };
    context.output.answer(&shown, |_| {});
    Ok(())
}

fn check(args: &CheckArgs, context: &Context<'_>) -> Result<(), Failure> {
    let text = read(context, &args.file)?;
    let name = args.file.display().to_string();
    let read = present(context)?.read_scope(&name, &text);
    let mistakes = match &read {
        Ok(_) => Vec::new(),
        Err(error) => vec![Mistake::of(error).ok_or_else(|| invalid(error))?],
    };
    context.output.answer(&serde_json::json!({ "file": name, "mistakes": mistakes }), |page| {
        put_mistakes(page, &mistakes);
        if let Ok(scope) = &read {
            let rules = scope.rules().count();
            page.put(Style::Good, &format!("{name}: scope of `{}`, {rules} rules", scope.agent)).end();
        }
    });
    if mistakes.is_empty() { Ok(()) } else { Err(Failure::Said) }
}

fn set(args: &SetArgs, context: &Context<'_>) -> Result<(), Failure> {
    let text = read(context, &args.file)?;
    let name = args.file.display().to_string();
    let scope = present(context)?.read_scope(&name, &text).map_err(|error| invalid(&error))?;
    if scope.agent != args.agent {
        let message = format!("`{name}` is the scope of `{}`, not of `{}`", scope.agent, args.agent);
        return Err(Failure::usage(message));
    }
    let what = format!("Set the scope of `{}`", args.agent);
    put_addition(&format!("scopes/{}.yaml", args.agent), &text, &what, context)
}
