//! `tgp trust`: shows what would decide about agents and is not trusted yet, and asks.

use clap::Args;
use tgp_engine::{Difference, How, MachineClock, OpenProject, PendingTrust, PolicyChange};
use tgp_model::AgentName;
use tgp_protocol::client::project::{TrustFile, TrustOutput};

use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::page::{Page, Style};
use crate::person;

/// Show what changed in the configuration, policy and scopes since you trusted them, and ask whether to trust it.
///
/// What lies in the project decides nothing before a person trusted exactly that content on this machine. A
/// deployment without a person names the hash in the environment variable `TGP_TRUST`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp trust
  tgp trust --show --json")]
pub(crate) struct TrustArgs {
    /// Only show; ask nothing.
    #[arg(long)]
    show: bool,
}

pub(crate) fn run(args: &TrustArgs, context: &Context<'_>) -> Result<(), Failure> {
    let project = OpenProject::new(context.root()?, AgentName::person());
    let pending = PendingTrust::look(&project).map_err(|error| error.refusal())?;
    let mut output = output(&pending);
    if args.show || pending.is_settled() {
        context.output.answer(&output, |page| put(page, &pending));
        return Ok(());
    }
    context.output.message(|page| put(page, &pending));
    if !person::asks("Trust this on this machine?")? {
        context.output.message(|page| page.line("Nothing was changed."));
        return Ok(());
    }
    put_in_force(pending, "Trusted what lies in the project", context)?;
    output.trusted = true;
    context.output.answer(&output, |page| {
        page.put(Style::Good, "Trusted.").plain(" Running sessions take policy and scopes at once.").end();
    });
    Ok(())
}

/// Does what the person said, as an action in timeline and audit chain. Gives its number.
///
/// Where the project opens, the intent is noted first. Where nobody trusted anything yet, or what is trusted no longer
/// opens, there is nothing to note it in before the new version counts: then it is noted right after.
pub(super) fn put_in_force(
    pending: PendingTrust,
    what: &str,
    context: &Context<'_>,
) -> Result<Option<String>, Failure> {
    let by = tgp_engine::person(&tgp_engine::environment());
    let change = PolicyChange::of(&pending, what, &by);
    let now = tgp_engine::Clock::now(&MachineClock);
    if let Ok(engine) = context.open_to_note() {
        let action = engine.change_policy(&engine.begin(), &change, || pending.accept(&by, now).map(Some))?;
        return Ok(Some(action.to_string()));
    }
    pending.accept(&by, now).map_err(|error| error.refusal())?;
    let noted = context
        .open_to_note()
        .and_then(|engine| Ok(engine.change_policy(&engine.begin(), &change, || Ok(None))?));
    match noted {
        Ok(action) => Ok(Some(action.to_string())),
        Err(failure) => {
            context.output.message(|page| {
                page.put(Style::Careful, "This is trusted, but it could not be noted in the timeline.").end();
            });
            context.output.failed(&failure);
            Ok(None)
        }
    }
}

fn output(pending: &PendingTrust) -> TrustOutput {
    let file = |difference: &Difference| TrustFile {
        name: difference.name.clone(),
        how: word(difference.how).to_owned(),
        before: difference.before.clone(),
        after: difference.after.clone(),
    };
    TrustOutput {
        trusted: pending.is_settled(),
        hash: pending.hash(),
        files: pending.differences.iter().map(file).collect(),
    }
}

fn word(how: How) -> &'static str {
    match how {
        How::Added => "added",
        How::Changed => "changed",
        How::Removed => "removed",
    }
}

fn put(page: &mut Page, pending: &PendingTrust) {
    if pending.is_settled() {
        page.put(Style::Good, "Everything here is trusted.").end();
        return;
    }
    if pending.trusted.is_none() {
        page.line(
            "Nobody has trusted this project on this machine yet. These files decide what agents may do:",
        );
    }
    put_differences(page, pending);
    page.put(Style::Dim, &format!("hash {}", pending.hash())).end();
}

/// What would be trusted, file by file.
pub(super) fn put_differences(page: &mut Page, pending: &PendingTrust) {
    for difference in &pending.differences {
        page.put(Style::Bold, &difference.name).plain(" ").plain(word(difference.how)).end();
        diff::put(page, &difference.before, &difference.after);
    }
}
