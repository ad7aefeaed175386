//! `tgp audit`: the chain of everything that was noted.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tgp_engine::{
    AuditRecord, AuditVerified, Clock, FoundAgain, MachineClock, REDACTED_FIELDS, audit_record, find_again,
    salt_of,
};
use tgp_model::ActionId;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::commands::timeline::not_a_time;
use crate::context::Context;
use crate::exit::of_damage;
use crate::failure::Failure;
use crate::page::{Page, Style};
use crate::{person, time};
use tgp_screen::code::Code;

/// Verify the record of everything that was done, export it, prove one action.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tgp audit verify
  tgp audit export audit.jsonl
  tgp audit prove 01M7Z02YZK8KQ51VFEZFYY9R2C > proof.json
  tgp audit archive --before 90d old.jsonl
  tgp audit accept evidence.db")]
pub(crate) enum AuditCommand {
    Verify(VerifyArgs),
    Export(ExportArgs),
    Prove(ProveArgs),
    Accept(AcceptArgs),
    Archive(ArchiveArgs),
    Rebuild(RebuildArgs),
    Salt(SaltArgs),
}

/// Walk the whole chain and compare its end with the anchor outside the project.
///
/// What was found once stays named until you accept it; what is seen later is only its traces.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0    whole
  10   truncated: the last rows are gone
  11   rolled_back: the database is an older copy of itself
  12   deleted: the database is gone, or was begun anew
  13   rewritten: the chain fits together, but is not the one that was anchored
  14   swapped: two rows changed places
  15   removed: rows in the middle are gone
  16   edited: a row says something else than it did
  17   unreadable: the file is damaged
  18   the anchor outside the project cannot be read

Example:
  tgp audit verify --json")]
pub(crate) struct VerifyArgs {}

/// Write the rows as lines of JSON.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp audit export audit.jsonl")]
pub(crate) struct ExportArgs {
    /// A new file; without it the rows go to stdout.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Print a proof that an action stands in the chain; `docs/guides/audit.md` says how to check it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp audit prove 01M7Z02YZK8KQ51VFEZFYY9R2C > proof.json")]
pub(crate) struct ProveArgs {
    /// Number of the action, as `tgp timeline` shows it.
    #[arg(value_name = "ACTION")]
    action: String,
}

/// Go on after damage: keep the database as it is as evidence, and begin a new chain that says so.
///
/// Asks you at the terminal; nobody else can answer. The new chain goes on after the highest number that was ever
/// anchored, and its first row names the damage and you.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp audit accept evidence.db")]
pub(crate) struct AcceptArgs {
    /// A new file for a copy of the database as it is.
    #[arg(value_name = "EVIDENCE")]
    evidence: PathBuf,
}

/// Move old rows into a file. The chain goes on from the last of them, and a row names the file's SHA-256.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp audit archive --before 90d audit-2026-q1.jsonl")]
pub(crate) struct ArchiveArgs {
    /// Rows noted before this time, such as `90d` ago, or `2026-11-21 08:59` (UTC).
    #[arg(long, value_name = "TIME")]
    before: String,
    /// A new file; keep it, the rows are nowhere else.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Make a lost timeline again: from an audit export, and from the library's commits.
///
/// A start without a state database reads the commits by itself. Where you have an export, run this before anything else:
/// a chain that is empty takes its rows under their numbers, and its anchors fit again. What is still missing is said.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp audit rebuild --from audit.jsonl")]
pub(crate) struct RebuildArgs {
    /// An export of the chain, as `tgp audit export` wrote it.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Print the salt of one secret that was taken out, so that somebody can check what the value was.
///
/// Asks you at the terminal. Whoever has the salt can try values for that one place, and for no other.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp audit salt 01M7Z02YZK8KQ51VFEZFYY9R2C details 1")]
pub(crate) struct SaltArgs {
    /// Number of the action, as `tgp timeline` shows it.
    #[arg(value_name = "ACTION")]
    action: ActionId,
    /// Where the secret was.
    #[arg(value_name = "FIELD", value_parser = REDACTED_FIELDS)]
    field: String,
    /// The number that stands in `[redacted NUMBER sha256:...]`.
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    place: u64,
}

pub(crate) fn run(command: &AuditCommand, context: &Context<'_>) -> Result<(), Failure> {
    let record = || -> Result<AuditRecord, Failure> {
        Ok(audit_record(&super::policy::project(context)?).map_err(|error| error.refusal())?)
    };
    match command {
        AuditCommand::Verify(_) => verify(&record()?, context),
        AuditCommand::Export(args) => export(&record()?, args, context),
        AuditCommand::Prove(args) => {
            let proof = record()?.prove(&args.action)?;
            let text = serde_json::to_string_pretty(&proof).unwrap_or_default();
            context.output.answer(&proof, |page| page.line(&text));
            Ok(())
        }
        AuditCommand::Accept(args) => accept(&record()?, args, context),
        AuditCommand::Archive(args) => archive(&record()?, args, context),
        // The database may be gone: then there is no record to open.
        AuditCommand::Rebuild(args) => rebuild(args, context),
        AuditCommand::Salt(args) => salt(args, context),
    }
}

fn salt(args: &SaltArgs, context: &Context<'_>) -> Result<(), Failure> {
    let project = super::policy::project(context)?;
    if !person::asks("Show the salt of this one secret?")? {
        return Ok(());
    }
    let salt = salt_of(&project, args.action, &args.field, args.place).map_err(|error| error.refusal())?;
    let answer =
        serde_json::json!({ "action": args.action, "field": args.field, "place": args.place, "salt": salt });
    context.output.answer(&answer, |page| page.line(&salt));
    Ok(())
}

fn accept(record: &AuditRecord, args: &AcceptArgs, context: &Context<'_>) -> Result<(), Failure> {
    let found = record.verify()?;
    context.output.message(|page| put(page, &found));
    if found.damage.is_none() {
        return Err(Failure::usage("the audit chain is not damaged; there is nothing to accept".to_owned()));
    }
    if !person::asks("Accept this damage and begin a new chain?")? {
        context.output.message(|page| page.line("Nothing was changed."));
        return Ok(());
    }
    let by = tgp_engine::person(&tgp_engine::environment());
    let accepted = record.accept(&context.here().join(&args.evidence), &by)?;
    context.output.answer(&accepted, |page| {
        page.put(Style::Good, "accepted").plain(&format!(": {}; the chain goes on after ", accepted.damage));
        page.put(Style::Accent, &accepted.head).end();
        page.plain(&format!("The database as it was is in `{}`.", args.evidence.display())).end();
    });
    Ok(())
}

fn archive(record: &AuditRecord, args: &ArchiveArgs, context: &Context<'_>) -> Result<(), Failure> {
    let before = time::parse(&args.before, MachineClock.now()).ok_or_else(|| not_a_time(&args.before))?;
    let asked = format!("Move the rows before that out of the database, into `{}`?", args.file.display());
    if !args.yes && !person::asks(&asked)? {
        context.output.message(|page| page.line("Nothing was changed."));
        return Ok(());
    }
    let archived = record.archive(before, &context.here().join(&args.file))?;
    context.output.answer(&archived, |page| {
        let rows = if archived.rows == 1 { "row" } else { "rows" };
        page.plain(&format!(
            "{} {rows} in `{}`, SHA-256 {}",
            archived.rows,
            args.file.display(),
            archived.sha256
        ))
        .end();
    });
    Ok(())
}

fn rebuild(args: &RebuildArgs, context: &Context<'_>) -> Result<(), Failure> {
    if !args.yes && !person::asks("Make the timeline again from what the export and the commits tell?")? {
        context.output.message(|page| page.line("Nothing was changed."));
        return Ok(());
    }
    let mut export = match &args.from {
        Some(file) => {
            Some(io::BufReader::new(std::fs::File::open(context.here().join(file)).map_err(|error| {
                let message = format!("cannot read `{}`: {error}", file.display());
                Refusal::new(ErrorCode::FileIo, message)
            })?))
        }
        None => None,
    };
    let project = super::policy::project(context)?;
    let found = find_again(&project, export.as_mut().map(|export| export as &mut dyn io::BufRead))?;
    context.output.answer(&found, |page| put_found(page, &found));
    Ok(())
}

fn put_found(page: &mut Page, found: &FoundAgain) {
    page.plain(&format!(
        "{} rows of the export, {} actions of commits",
        found.from_export, found.from_commits
    ));
    page.plain(if found.chain_restored { "; the chain is as it was" } else { "" }).end();
    if let Some(why) = &found.stopped {
        page.put(Style::Careful, "the export was not read to its end: ").plain(why).end();
    }
    for missing in &found.missing {
        page.put(Style::Careful, "missing").plain(&format!(": {missing}")).end();
    }
}

fn verify(record: &AuditRecord, context: &Context<'_>) -> Result<(), Failure> {
    let found = record.verify()?;
    context.output.answer(&found, |page| put(page, &found));
    match (&found.damage, &found.anchor_problem) {
        (Some(damage), _) => Err(Failure::SaidWith(of_damage(damage))),
        (None, Some(_)) => Err(Failure::SaidWith(Code::AuditAnchor)),
        (None, None) => Ok(()),
    }
}

fn put(page: &mut Page, found: &AuditVerified) {
    if let (Some(damage), Some(message)) = (&found.damage, &found.message) {
        page.put(Style::Bad, damage.name()).plain(": ").plain(message).end();
        if let Some(at) = &found.found_at {
            page.put(Style::Dim, &format!("found first at {at}")).end();
        }
    }
    if let Some(problem) = &found.anchor_problem {
        page.put(Style::Bad, "the anchor cannot be used: ").plain(problem).end();
    }
    if found.whole {
        let rows = if found.rows == 1 { "row" } else { "rows" };
        page.put(Style::Good, "whole").plain(&format!(": {} {rows}, head ", found.rows));
        page.put(Style::Accent, &found.head).end();
    }
    if !found.anchored {
        page.put(Style::Careful, "there was no anchor yet to compare with").end();
    }
}

fn export(record: &AuditRecord, args: &ExportArgs, context: &Context<'_>) -> Result<(), Failure> {
    let Some(file) = &args.file else {
        let mut out = BufWriter::new(io::stdout().lock());
        record.export(&mut out)?;
        return out.flush().map_err(Failure::Output);
    };
    let path = context.here().join(file);
    let mut out = BufWriter::new(std::fs::File::create_new(&path).map_err(Failure::Output)?);
    let exported = record.export(&mut out)?;
    let synced = out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
    synced.map_err(Failure::Output)?;
    let answer = serde_json::json!({ "file": file, "rows": exported.rows, "head": exported.head });
    context.output.answer(&answer, |page| {
        page.plain(&format!("{} rows in `{}`", exported.rows, file.display())).end();
    });
    Ok(())
}
