//! `tgp snapshot create|list|show|diff`.

use std::fs;

use tgp_branches::Branches;
use tgp_gate::{Action, Call, from_store};
use tgp_model::ActionType;
use tgp_protocol::client::snapshots::{
    LeftOutShown, SnapshotDatabase, SnapshotDiffOutput, SnapshotFile, SnapshotOutput, SnapshotShown,
    SnapshotTree, SnapshotsOutput,
};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_snapshots::create::Limits;
use tgp_snapshots::{Difference, Shelf, Snapshot};
use tgp_store::SnapshotRow;

use crate::refusal::{from_backup, from_create, from_fault};
use crate::review::Review;
use crate::snapshot::{Taking, Trigger, take, why};

impl Review<'_> {
    /// Takes a snapshot because a person wants one.
    pub fn create_snapshot(
        &self,
        call: &Call,
        reason: &str,
        ignored: bool,
    ) -> Result<SnapshotOutput, Refusal> {
        let description = if reason.is_empty() { "Took a snapshot" } else { reason };
        let mut action = Action::begin_in_turn(
            self.gate,
            call,
            ActionType::SnapshotCreate,
            format!("Snapshot: {description}"),
        );
        let result = action.carry_out(&mut |action| {
            action.judge("snapshot.create", Vec::new())?;
            action.facts.irreversible = Some("a snapshot changes nothing".to_owned());
            let taking = Taking {
                trigger: Trigger::Manual,
                reason: description.to_owned(),
                agent: call.agent.clone(),
                session: call.session,
                action: Some(action.id),
                ignored,
            };
            self.background.wait_for_all();
            self.refuse_nothing_to_keep()?;
            let id = take(self.gate, self.place(), self.repository_or_none(), &taking)?;
            action.facts.details["snapshot"] = id.clone().into();
            self.show_snapshot(&id)
        });
        action.end(result)
    }

    fn refuse_nothing_to_keep(&self) -> Result<(), Refusal> {
        if self.place().database().is_some() {
            return Ok(());
        }
        self.repository().map(drop).map_err(|refusal| {
            let message =
                format!("there is nothing to take a snapshot of: {}, and no database", refusal.message);
            Refusal { message, ..refusal }
        })
    }

    /// The repository, where there is one that can be used: a snapshot holds what it can.
    pub(crate) fn repository_or_none(&self) -> Option<&Branches> {
        self.branches.clone().ok().flatten()
    }

    /// Takes a snapshot before something is changed; none where there is nothing to take one of.
    pub(crate) fn snapshot_before(
        &self,
        call: &Call,
        action: &Action<'_>,
        trigger: Trigger,
    ) -> Result<Option<String>, Refusal> {
        self.background.wait_for_all();
        let branches = self.repository_or_none();
        if branches.is_none() && self.place().database().is_none() {
            return Ok(None);
        }
        let taking = Taking {
            trigger,
            reason: format!("Before: {}", action.facts.description),
            agent: call.agent.clone(),
            session: call.session,
            action: Some(action.id),
            ignored: false,
        };
        take(self.gate, self.place(), branches, &taking).map(Some)
    }

    /// All snapshots, the newest first.
    pub fn snapshots(&self) -> Result<SnapshotsOutput, Refusal> {
        let rows = self.store().snapshots().map_err(|error| from_store(&error))?;
        let shown = rows.iter().map(|row| self.shown_snapshot(row)).collect::<Result<_, _>>()?;
        Ok(SnapshotsOutput { snapshots: shown })
    }

    /// One snapshot with its context.
    pub fn show_snapshot(&self, text: &str) -> Result<SnapshotOutput, Refusal> {
        let row = self.snapshot_row(text)?;
        Ok(SnapshotOutput { snapshot: self.shown_snapshot(&row)?, context: row.context })
    }

    /// The snapshot a text names: its number, or an end of it that fits one only.
    pub(crate) fn snapshot_row(&self, text: &str) -> Result<SnapshotRow, Refusal> {
        let rows = self.store().snapshots().map_err(|error| from_store(&error))?;
        let text = text.to_ascii_uppercase();
        let mut fits =
            rows.into_iter().filter(|row| row.id == text || (text.len() >= 4 && row.id.ends_with(&text)));
        match (fits.next(), fits.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => {
                let message = format!("`{text}` fits several snapshots; write more of the number");
                Err(Refusal::new(ErrorCode::ArgumentsInvalid, message))
            }
            (None, _) => {
                Err(Refusal::new(ErrorCode::SnapshotMissing, format!("there is no snapshot `{text}`")))
            }
        }
    }

    /// The working tree a snapshot has; none where it has none.
    pub(crate) fn tree_of(&self, id: &str) -> Result<Option<(&Branches, Snapshot)>, Refusal> {
        let (Some(branches), Ok(id)) = (self.repository_or_none(), id.parse()) else { return Ok(None) };
        let kept = Shelf::new(branches.project());
        let found = kept.show(&id).map_err(|fault| from_fault(&fault))?;
        Ok(found.map(|snapshot| (branches, snapshot)))
    }

    fn shown_snapshot(&self, row: &SnapshotRow) -> Result<SnapshotShown, Refusal> {
        let mut shown = SnapshotShown {
            id: row.id.clone(),
            created: row.created_at.clone(),
            trigger: row.trigger.clone(),
            reason: row.description.clone(),
            agent: Some(row.agent.to_string()),
            action: row.action.map(|action| action.to_string()),
            ..SnapshotShown::default()
        };
        let copy = self.place().copy_of(&row.id);
        if let Ok(about) = fs::metadata(&copy) {
            shown.database =
                Some(SnapshotDatabase { size: about.len(), path: format!("state/snapshots/{}.db", row.id) });
        }
        if let Some((branches, snapshot)) = self.tree_of(&row.id)? {
            let kept = Shelf::new(branches.project());
            let uncommitted = kept.uncommitted(&snapshot).map_err(|fault| from_fault(&fault))?;
            let about = &snapshot.about;
            let branch = about.branch.as_deref().map(|name| crate::refusal::short(name).to_owned());
            shown.git = Some(SnapshotTree { branch, commit: about.commit.clone(), uncommitted });
            let left = about.left_out.iter();
            shown.left_out.extend(
                left.map(|left| LeftOutShown { what: left.path.to_string(), why: why(left.why).to_owned() }),
            );
        } else if row.commit.is_some() || row.branch.is_some() {
            let why = "it is not there: it is being taken, its process ended before, or its ref was removed";
            shown.left_out.push(LeftOutShown { what: "working tree".to_owned(), why: why.to_owned() });
        } else {
            let why = "the project's folder is not the top of a Git repository that can be used";
            shown.left_out.push(LeftOutShown { what: "working tree".to_owned(), why: why.to_owned() });
        }
        let missing = fs::read_to_string(self.place().missing_of(&row.id)).unwrap_or_default();
        for (what, why) in missing.lines().filter_map(|line| line.split_once('\t')) {
            shown.left_out.retain(|known| known.what != what);
            shown.left_out.push(LeftOutShown { what: what.to_owned(), why: why.to_owned() });
        }
        Ok(shown)
    }

    /// What differs from a snapshot to another, or to how things are now.
    pub fn diff_snapshot(&self, text: &str, with: Option<&str>) -> Result<SnapshotDiffOutput, Refusal> {
        let from = self.snapshot_row(text)?;
        let to = with.map(|text| self.snapshot_row(text)).transpose()?;
        let files = match (self.tree_of(&from.id)?, &to) {
            (None, _) => Vec::new(),
            (Some((branches, snapshot)), None) => Shelf::new(branches.project())
                .diff_now(&snapshot, Limits::default())
                .map_err(|error| from_create(&error))?,
            (Some((branches, snapshot)), Some(to)) => match self.tree_of(&to.id)? {
                None => Vec::new(),
                Some((_, to)) => {
                    Shelf::new(branches.project()).diff(&snapshot, &to).map_err(|fault| from_fault(&fault))?
                }
            },
        };
        let copy = self.place().copy_of(&from.id);
        let other = match &to {
            Some(to) => Some(self.place().copy_of(&to.id)),
            None => self.place().database().map(ToOwned::to_owned),
        };
        let database_differs = match other.filter(|other| other.is_file() && copy.is_file()) {
            Some(other) => Some(!tgp_backup::same(&copy, &other).map_err(|error| from_backup(&error))?),
            None => None,
        };
        Ok(SnapshotDiffOutput {
            snapshot: from.id,
            with: to.map_or_else(|| "now".to_owned(), |to| to.id),
            files: files.iter().map(file).collect(),
            database_differs,
        })
    }
}

fn file(difference: &Difference) -> SnapshotFile {
    let how = match (difference.before, difference.after) {
        (None, _) => "added",
        (_, None) => "deleted",
        _ => "changed",
    };
    SnapshotFile { path: difference.path.to_string(), how: how.to_owned() }
}
