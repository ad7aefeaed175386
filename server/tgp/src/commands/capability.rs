//! `tgp capability`: what actions there are, and how risky each is.

use clap::{Args, Subcommand};
use tgp_engine::{Capability, kernel_capabilities};

use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};
use crate::table::{Cell, Side, Table};

/// Look at what actions there are.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  tgp capability list")]
pub(crate) enum CapabilityCommand {
    List(ListArgs),
}

/// List the registered capabilities: what each does, how risky it is, whether it comes back, whether it asks.
///
/// `--json` adds the reason of each risk, the side effects, the compensation and the figures a rule can compare.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp capability list --json")]
pub(crate) struct ListArgs {}

pub(crate) fn run(command: &CapabilityCommand, context: &Context<'_>) -> Result<(), Failure> {
    let CapabilityCommand::List(_) = command;
    let all = kernel_capabilities().map_err(|error| super::policy::invalid(&error))?;
    context.output.answer(&serde_json::json!({ "capabilities": all }), |page| put(page, &all));
    Ok(())
}

fn put(page: &mut Page, all: &[Capability]) {
    let mut table = Table::new(&[
        ("capability", Side::Left),
        ("operation", Side::Left),
        ("risk", Side::Left),
        ("reversible", Side::Left),
        ("asks", Side::Left),
        ("what", Side::Left),
    ]);
    let yes = |is: bool| if is { "yes" } else { "no" };
    for one in all {
        let risk = one.risk.level.as_str();
        let style = match risk {
            "low" => Style::Plain,
            "medium" => Style::Careful,
            _ => Style::Bad,
        };
        table.row(vec![
            Cell::new(Style::Bold, &one.id),
            Cell::plain(one.operation.as_str()),
            Cell::new(style, risk),
            Cell::plain(yes(one.side_effects.reversible)),
            Cell::plain(yes(one.asks())),
            Cell::new(Style::Dim, &one.side_effects.description),
        ]);
    }
    table.put(page);
}
