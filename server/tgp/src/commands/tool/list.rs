//! `tgp tool list`.

use clap::Args;

use crate::cli::Behalf;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::Style;
use crate::table::{Cell, Side, Table};

/// List the tools of the library.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp tool list")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    behalf: Behalf,
}

pub(super) fn run(args: &ListArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&args.behalf.agent())?;
    let listed = engine.list_tools(&engine.begin())?;
    context.output.answer(&listed, |page| {
        if listed.tools.is_empty() {
            page.line("The library holds no tool yet.");
            return;
        }
        let mut table = Table::new(&[
            ("tool", Side::Left),
            ("runs", Side::Right),
            ("", Side::Left),
            ("what it does", Side::Left),
        ]);
        for tool in &listed.tools {
            let mark = match (tool.valid, tool.pending.is_some(), tool.edited) {
                (false, _, _) => Cell::new(Style::Careful, "not valid"),
                (true, true, _) => Cell::new(Style::Accent, "pending"),
                (true, false, true) => Cell::new(Style::Accent, "edited"),
                (true, false, false) => Cell::plain(""),
            };
            table.row(vec![
                Cell::plain(&tool.path),
                Cell::plain(&tool.runs.to_string()),
                mark,
                Cell::plain(&tool.description),
            ]);
        }
        table.put(page);
    });
    Ok(())
}
