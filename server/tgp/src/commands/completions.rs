//! `tgp completions`: completions for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;

/// Print completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp completions bash > ~/.local/share/bash-completion/completions/tgp
  tgp completions zsh > ~/.zfunc/_tgp
  tgp completions fish > ~/.config/fish/completions/tgp.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

#[allow(clippy::unnecessary_wraps, reason = "every command has the same form")]
pub(crate) fn run(args: &CompletionsArgs, context: &Context<'_>) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tgp", &mut script);
    context.output.text(&String::from_utf8_lossy(&script));
    Ok(())
}
