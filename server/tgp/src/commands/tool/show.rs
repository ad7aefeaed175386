//! `tgp tool show`.

use clap::Args;
use tgp_screen::tool;

use crate::cli::Behalf;
use crate::context::Context;
use crate::failure::Failure;

/// Show a tool: what it does, its arguments, its source.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp tool show tools/math/fib.ts")]
pub(crate) struct ShowArgs {
    /// The tool, such as `tools/math/fib.ts`.
    path: String,
    #[command(flatten)]
    behalf: Behalf,
}

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&args.behalf.agent())?;
    let shown = engine.show_tool(&engine.begin(), &super::tool_path(&engine, context, &args.path))?;
    context.output.answer(&shown, |page| tool::put(page, &shown));
    Ok(())
}
