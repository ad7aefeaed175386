//! `tgp sync`: exchanges the library with its remote.

use clap::Args;
use tgp_protocol::client::project::SyncLibraryOutput;

use crate::cli::Behalf;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};

/// Exchange the tool library with its remote: fetch, join, push.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp sync")]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    behalf: Behalf,
}

pub(crate) fn run(args: &SyncArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&args.behalf.agent())?;
    let done = tgp_screen::saying("the remote is slow to answer (Ctrl-C ends it) ...", || {
        engine.sync_library(&engine.begin())
    })?;
    context.output.answer(&done, |page| put(page, &done));
    let stuck = done.branches.iter().any(|branch| branch.outcome == "diverged");
    if stuck { Err(Failure::Said) } else { Ok(()) }
}

fn put(page: &mut Page, done: &SyncLibraryOutput) {
    let what = match (done.pulled, done.joined, done.pushed) {
        (false, _, false) => "nothing new on either side",
        (true, false, false) => "took in what the remote had",
        (false, _, true) => "pushed what was new here",
        (true, true, _) => "joined both sides and pushed",
        (true, false, true) => "took in what the remote had and pushed",
    };
    page.put(Style::Bold, &done.remote).plain(": ").plain(what).end();
    for pushed in &done.branches {
        page.plain("  ").put(Style::Accent, &pushed.branch).plain(": ").plain(&pushed.outcome);
        if let Some(message) = &pushed.message {
            page.plain(" (").plain(message).plain(")");
        }
        page.end();
    }
    for note in &done.notes {
        page.put(Style::Dim, &format!("note: {note}")).end();
    }
}
