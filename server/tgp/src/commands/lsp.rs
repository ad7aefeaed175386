//! `tgp lsp`: serves an editor over stdio.

use clap::Args;
use tgp_lsp::{Ended, ServeOptions};

use crate::context::Context;
use crate::failure::Failure;

/// Serve an editor over stdio (LSP). Ends with `exit`, when the input ends, or with SIGTERM.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp lsp --root ~/shop")]
pub(crate) struct LspArgs {}

pub(crate) fn run(_: &LspArgs, context: &Context<'_>) -> Result<(), Failure> {
    let options = ServeOptions { root: context.named_root(), ..ServeOptions::default() };
    // The door listens for signals itself; we only make sure that it comes to an end.
    context.ending.wait_for(options.finish + options.wind_down * 3);
    match tgp_lsp::serve(options) {
        Ok(Ended::Clean) => Ok(()),
        Ok(Ended::Abrupt) => Err(Failure::Said),
        Err(error) => Err(Failure::Bug(error.to_string())),
    }
}
