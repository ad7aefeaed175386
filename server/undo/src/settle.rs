//! What became of an action whose process died before its end was noted.
//!
//! Each room says what landed: the library by the commit's trailer, the database by tgp's own table, files by their
//! hashes. All of it, and the action was done; nothing, and it was not. A half is taken back; half an undo is completed,
//! because the person wanted the old state. Doing either twice changes nothing more, so a start may be killed as well.

use tgp_database::Landed;
use tgp_files::FileLanded;
use tgp_gate::RightsLanded;
use tgp_model::{ActionId, ActionStatus, ActionType, CancelToken};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{CommitId, ReadError};
use tgp_store::{ActionRow, UndoPart};

use crate::branch;
use crate::gather::{Gathered, left_by, sent};
use crate::prepare::{Author, PreparedUndo};
use crate::refusal::{from_pre_images, from_read, from_undo};
use crate::rooms::Rooms;
use crate::show::shown_path;
use crate::take_back::restored;

/// Commits looked through for an action; its process wrote it among the last.
const MOST_COMMITS: usize = 10_000;

/// How an action is to be closed.
#[derive(Debug)]
pub struct Settled {
    /// How far it came.
    pub status: ActionStatus,
    /// What is to be said besides; none where the intent said it all.
    pub note: Option<String>,
    /// The commit that holds what it wrote.
    pub commit: Option<CommitId>,
    /// What is needed to take it back, beyond what the intent said.
    pub parts: Vec<UndoPart>,
    /// Actions that are taken back now.
    pub undone: Vec<ActionId>,
    /// Actions that count again.
    pub restored: Vec<ActionId>,
}

/// What there is of it.
struct Found {
    commit: Option<CommitId>,
    /// Whether its SQL was committed; none where it had none, or where that cannot be known.
    sql: Option<bool>,
    landed: Vec<tgp_files::FileChange>,
    missing: Vec<String>,
    unknown: Vec<String>,
    changesets: Vec<Vec<u8>>,
}

/// Finds out what became of it, and takes back or completes what is half. A busy database is asked another time.
pub fn settle(rooms: Rooms<'_>, row: &ActionRow) -> Result<Settled, Refusal> {
    if let Some(landed) = rooms.gate.rights_landed(row)? {
        let undone = if landed == RightsLanded::Yes { row.undo_of.clone() } else { Vec::new() };
        return Ok(Settled { undone, ..rights(landed) });
    }
    if row.branch.as_deref().is_some_and(branch::is_task)
        && let Some((status, parts)) = branch::tasks(rooms)?.settle(row)?
    {
        let (undone, restored) =
            (if status == ActionStatus::Executed { row.undo_of.clone() } else { Vec::new() }, Vec::new());
        return Ok(Settled { status, note: None, commit: None, parts, undone, restored });
    }
    let found = look(rooms, row)?;
    if row.kind == ActionType::Undo {
        return complete(rooms, row, found);
    }
    let some = found.commit.is_some() || found.sql == Some(true) || !found.landed.is_empty();
    let half = found.sql == Some(false) || !found.missing.is_empty();
    let sent = may_have_sent(row);
    // What left cannot be found out here; the person is told to look.
    let nothing_kept = if sent.is_some() { ActionStatus::Failed } else { ActionStatus::Abandoned };
    if !some {
        let note = sent.map(|sent| format!("its process died; {sent}"));
        return Ok(closed(nothing_kept, row, &found, note));
    }
    if !half {
        return Ok(closed(ActionStatus::Executed, row, &found, None));
    }
    match take_half_back(rooms, row, &found) {
        Ok(()) => {
            let mut note = "its process died in the middle, and what it had done was taken back".to_owned();
            note.extend(sent.map(|sent| format!("; {sent}")));
            Ok(Settled { commit: None, parts: Vec::new(), ..closed(nothing_kept, row, &found, Some(note)) })
        }
        Err(refusal) if refusal.code == ErrorCode::DatabaseBusy => Err(refusal),
        Err(refusal) => {
            let missing = found.missing.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
            let note = format!(
                "its process died before {missing} was put in place, and the rest could not be taken back: {}",
                refusal.message
            );
            Ok(closed(ActionStatus::Executed, row, &found, Some(note)))
        }
    }
}

/// A change of what agents may do: it is in force, or it is not.
fn rights(landed: RightsLanded) -> Settled {
    let (status, note) = match landed {
        RightsLanded::Yes => (ActionStatus::Executed, None),
        RightsLanded::No => (ActionStatus::Abandoned, None),
        RightsLanded::Unknown => {
            let note = "its process died, and another version was trusted since: whether this one ever counted cannot be told";
            (ActionStatus::Abandoned, Some(note.to_owned()))
        }
    };
    Settled { status, note, commit: None, parts: Vec::new(), undone: Vec::new(), restored: Vec::new() }
}

/// What it may have done to the world outside, by the requests that were noted before they left.
fn may_have_sent(row: &ActionRow) -> Option<String> {
    let sent = sent(row);
    (!sent.is_empty()).then(|| format!("it may have sent {}", sent.join(", ")))
}

fn look(rooms: Rooms<'_>, row: &ActionRow) -> Result<Found, Refusal> {
    let commit = match find(rooms, row).map_err(|error| from_read(&error))? {
        Some(commit) => Some(commit),
        None => branch::landed(rooms, row, &branches_of(rooms, row)?)?,
    };
    let parts = rooms.store().undo_data(row.id).map_err(|error| tgp_gate::from_store(&error))?;
    let mut found = Found {
        commit,
        sql: None,
        landed: Vec::new(),
        missing: Vec::new(),
        unknown: Vec::new(),
        changesets: Vec::new(),
    };
    for part in parts {
        match part {
            UndoPart::Changeset { bytes, .. } => found.changesets.push(bytes),
            UndoPart::PreImage { path, change, .. } => {
                let Ok(change) = serde_json::from_str(&change) else {
                    found.unknown.push(path);
                    continue;
                };
                match rooms.files.landed(&change).map_err(|error| from_pre_images(&error))? {
                    FileLanded::Yes => found.landed.push(change),
                    FileLanded::No => {
                        rooms.files.sweep(&change);
                        found.missing.push(shown_path(&change));
                    }
                    FileLanded::Ambiguous => found.unknown.push(shown_path(&change)),
                }
            }
            UndoPart::Commit { .. } | UndoPart::Compensation { .. } | UndoPart::Review { .. } => {}
        }
    }
    if !found.changesets.is_empty() || row.sql.is_some() {
        match sql_landed(rooms, row, found.changesets.first().map(Vec::as_slice))? {
            Landed::Yes => found.sql = Some(true),
            Landed::No => found.sql = Some(false),
            Landed::Ambiguous { .. } => found.unknown.push("its rows".to_owned()),
        }
    }
    Ok(found)
}

/// A database that is gone or damaged cannot say, and must not keep the project from starting.
fn sql_landed(rooms: Rooms<'_>, row: &ActionRow, changeset: Option<&[u8]>) -> Result<Landed, Refusal> {
    let asked = rooms.database().and_then(|database| {
        database.landed(&row.id.to_string(), changeset).map_err(|error| from_undo(&error))
    });
    match asked {
        Err(refusal) if refusal.code != ErrorCode::DatabaseBusy => {
            Ok(Landed::Ambiguous { as_after: 0, as_before: 0, other: 0 })
        }
        other => other,
    }
}

/// Agents' branches an undo may have written to.
fn branches_of(rooms: Rooms<'_>, row: &ActionRow) -> Result<Vec<String>, Refusal> {
    Ok(left_by(rooms, &row.undo_of)?.commits.into_keys().collect())
}

fn find(rooms: Rooms<'_>, row: &ActionRow) -> Result<Option<CommitId>, ReadError> {
    rooms.library.find_action(row.id, MOST_COMMITS)
}

/// Takes back what landed of a pair.
fn take_half_back(rooms: Rooms<'_>, row: &ActionRow, found: &Found) -> Result<(), Refusal> {
    let gathered = Gathered {
        changesets: if found.sql == Some(true) { found.changesets.clone() } else { Vec::new() },
        files: found.landed.clone(),
        ..Gathered::default()
    };
    if found.sql == Some(true) && gathered.changesets.is_empty() {
        let why = row.irreversible_why.clone().unwrap_or_else(|| "its SQL was not recorded".to_owned());
        return Err(Refusal::new(ErrorCode::UndoImpossible, why));
    }
    let author = author(rooms, row);
    let recording = rooms.images.begin().map_err(|error| from_pre_images(&error))?;
    let prepared = PreparedUndo::new(rooms, &author, &gathered, &recording)?;
    prepared.refuse_left()?;
    prepared.put_in_place(false).map(drop)
}

/// An undo that began is made whole, if it can be.
fn complete(rooms: Rooms<'_>, row: &ActionRow, mut found: Found) -> Result<Settled, Refusal> {
    let began = found.commit.is_some() || found.sql == Some(true) || !found.landed.is_empty();
    if !began {
        return Ok(closed(ActionStatus::Abandoned, row, &found, None));
    }
    let gathered = left_by(rooms, &row.undo_of)?;
    let restored = restored(rooms, &gathered.actions)?;
    let (note, commits) = match complete_now(rooms, row, &gathered) {
        Ok((true, commits)) => {
            (Some("its process died in the middle; the next start completed it".to_owned()), commits)
        }
        Ok((false, commits)) => (None, commits),
        Err(refusal) if refusal.code == ErrorCode::DatabaseBusy => return Err(refusal),
        Err(refusal) => {
            let note = format!("its process died in the middle, and the rest stays: {}", refusal.message);
            (Some(note), Vec::new())
        }
    };
    found.commit = found.commit.or_else(|| commits.last().map(|(_, commit)| *commit));
    found.unknown.clear();
    let mut settled = closed(ActionStatus::Executed, row, &found, note);
    if !commits.is_empty() {
        settled.parts = commits.into_iter().map(|(branch, id)| commit_part(branch, id)).collect();
    }
    settled.undone.clone_from(&row.undo_of);
    settled.restored = restored;
    Ok(settled)
}

/// Says whether something was left to do, and what was committed.
fn complete_now(
    rooms: Rooms<'_>,
    row: &ActionRow,
    gathered: &Gathered,
) -> Result<(bool, Vec<(String, CommitId)>), Refusal> {
    let author = author(rooms, row);
    let recording = rooms.images.begin().map_err(|error| from_pre_images(&error))?;
    let prepared = PreparedUndo::new(rooms, &author, gathered, &recording)?;
    if prepared.is_empty() {
        return Ok((false, Vec::new()));
    }
    Ok((true, prepared.put_in_place(false)?))
}

fn author(rooms: Rooms<'_>, row: &ActionRow) -> Author {
    Author {
        action: row.id,
        session: row.session,
        agent: row.agent.clone(),
        at: rooms.clock().now(),
        cancel: CancelToken::new(),
        subject: row.description.clone(),
    }
}

fn commit_part(branch: String, id: CommitId) -> UndoPart {
    UndoPart::Commit { branch, id: id.to_string() }
}

fn closed(status: ActionStatus, row: &ActionRow, found: &Found, note: Option<String>) -> Settled {
    let unknown = || {
        let list = found.unknown.join(", ");
        format!("its process died, and whether it had written {list} cannot be told")
    };
    let note = note.or_else(|| (!found.unknown.is_empty()).then(unknown));
    let branch = row.branch.clone().unwrap_or_default();
    let parts = found.commit.map(|commit| commit_part(branch, commit)).into_iter().collect();
    Settled { status, note, commit: found.commit, parts, undone: Vec::new(), restored: Vec::new() }
}
