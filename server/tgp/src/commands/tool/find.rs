//! `tgp tool find`.

use clap::Args;
use tgp_protocol::client::tools::FindToolInput;

use crate::cli::Behalf;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::Style;
use crate::table::{Cell, Side, Table};

/// Find tools by what they do.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp tool find monthly revenue as csv")]
pub(crate) struct FindArgs {
    /// What the tool should do, in a few words.
    #[arg(required = true, value_name = "WORD")]
    query: Vec<String>,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
    #[command(flatten)]
    behalf: Behalf,
}

pub(super) fn run(args: &FindArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&args.behalf.agent())?;
    let input = FindToolInput { query: args.query.join(" "), limit: Some(args.limit) };
    let found = engine.find_tool(&engine.begin(), input)?;
    context.output.answer(&found, |page| {
        if !found.tools.is_empty() {
            let mut table = Table::new(&[
                ("score", Side::Right),
                ("tool", Side::Left),
                ("runs", Side::Right),
                ("what it does", Side::Left),
            ]);
            for tool in &found.tools {
                table.row(vec![
                    Cell::new(Style::Accent, &format!("{:.2}", tool.score)),
                    Cell::plain(&tool.path),
                    Cell::plain(&tool.runs.to_string()),
                    Cell::plain(&tool.description),
                ]);
            }
            table.put(page);
        }
        page.put(Style::Bold, &found.advice).end();
    });
    Ok(())
}
