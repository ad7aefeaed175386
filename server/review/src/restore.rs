//! `tgp snapshot restore`: the project as a snapshot has it. What was there before is a snapshot itself.

use tgp_branches::Branches;
use tgp_gate::{Action, Call};
use tgp_model::ActionType;
use tgp_protocol::client::snapshots::{LeftOutShown, RestoreInput, RestoreOutput, SnapshotPart};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_snapshots::create::Limits;
use tgp_snapshots::{GitPath, LeftOutWhy, Options, Plan, RestoreError, Restored, Shelf, Snapshot};
use tgp_store::SnapshotRow;

use crate::refusal::{from_backup, from_fault, from_restore, short};
use crate::review::Review;
use crate::snapshot::{Trigger, why};
use crate::step::Step;

/// A restore, as its step says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) snapshot: String,
    pub(crate) tree: bool,
    pub(crate) database: bool,
    pub(crate) delete: bool,
    pub(crate) remove: Vec<(String, String)>,
    pub(crate) only: Option<Vec<String>>,
    pub(crate) folders: Vec<String>,
}

/// What a path begins with that is kept as the numbers of its bytes.
const BYTES: &str = "bytes:";

/// A path as it is kept with an action; one that is no text by its bytes, so that it comes back as it is.
pub(crate) fn kept(path: &GitPath) -> String {
    match std::str::from_utf8(path.as_bytes()) {
        Ok(text) if !text.starts_with(BYTES) => text.to_owned(),
        _ => path.as_bytes().iter().fold(BYTES.to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}

/// The path that was kept.
fn named(text: &str) -> GitPath {
    let bytes = text.strip_prefix(BYTES).map(|digits| {
        let pairs = (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2));
        pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect::<Vec<u8>>()
    });
    bytes.map_or_else(|| GitPath::from_tree(text.as_bytes()), |bytes| GitPath::from_tree(&bytes))
}

/// What a person may look for after a restore and the snapshot never held.
fn not_restored(snapshot: &Snapshot) -> Vec<LeftOutShown> {
    let is_told = |why| matches!(why, LeftOutWhy::Submodule | LeftOutWhy::Begun);
    let told = snapshot.about.left_out.iter().filter(|left| is_told(left.why));
    told.map(|left| LeftOutShown { what: left.path.to_string(), why: why(left.why).to_owned() }).collect()
}

impl Wanted {
    pub(crate) fn step(&self, before: &str) -> Step {
        Step::Restore {
            snapshot: self.snapshot.clone(),
            before: before.to_owned(),
            tree: self.tree,
            database: self.database,
            delete: self.delete,
            remove: self.remove.clone(),
            only: self.only.clone(),
            folders: self.folders.clone(),
        }
    }

    pub(crate) fn options(&self) -> Options {
        let path = |text: &String| named(text);
        Options {
            index: true,
            branch: true,
            remove_unknown: self.delete,
            remove: self
                .remove
                .iter()
                .filter_map(|(name, blob)| Some((path(name), blob.parse().ok()?)))
                .collect(),
            only: self.only.as_ref().map(|only| only.iter().map(path).collect()),
            remove_folders: self.folders.iter().map(path).collect(),
            limits: Limits::default(),
        }
    }
}

impl Review<'_> {
    /// Restores a snapshot, or says what that would do.
    pub fn restore_snapshot(&self, call: &Call, input: &RestoreInput) -> Result<RestoreOutput, Refusal> {
        let row = self.snapshot_row(&input.snapshot)?;
        if input.dry_run {
            let wanted = self.wanted(&row, input)?;
            let mut output = self.plan_output(&wanted)?;
            output.database = wanted.database;
            return Ok(output);
        }
        let description = format!("Restore snapshot {}: {}", row.id, row.description);
        let mut action = Action::begin_in_turn(self.gate, call, ActionType::SnapshotRestore, description);
        let result = action.carry_out(&mut |action| {
            action.judge("snapshot.restore", Vec::new())?;
            self.background.wait_for_all();
            let wanted = self.wanted(&row, input)?;
            self.restore(call, action, &wanted)
        });
        action.end(result)
    }

    /// What of a snapshot is there and wanted.
    fn wanted(&self, row: &SnapshotRow, input: &RestoreInput) -> Result<Wanted, Refusal> {
        let lacks = |what: &str| {
            let message = format!("snapshot {} has no {what}", row.id);
            Refusal::new(ErrorCode::SnapshotMissing, message).with_hint("`tgp snapshot show` says why.")
        };
        let has_tree = self.tree_of(&row.id)?.is_some();
        let has_database = self.place().copy_of(&row.id).is_file() && self.place().database.is_some();
        let (tree, database) = match input.only {
            Some(SnapshotPart::Tree) if !has_tree => return Err(lacks("working tree")),
            Some(SnapshotPart::Database) if !has_database => return Err(lacks("database")),
            Some(part) => (part == SnapshotPart::Tree, part == SnapshotPart::Database),
            None if !has_tree && !has_database => return Err(lacks("part that could be restored")),
            None => (has_tree, has_database),
        };
        Ok(Wanted { snapshot: row.id.clone(), tree, database, delete: input.delete, ..Wanted::default() })
    }

    /// Looks whether it can be done, takes a snapshot of how things are, notes what will be done, and does it.
    pub(crate) fn restore(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        wanted: &Wanted,
    ) -> Result<RestoreOutput, Refusal> {
        let mut output = self.plan_output(wanted)?;
        let before = self.snapshot_before(call, action, Trigger::BeforeRestore)?;
        let Some(before) = before else {
            return Err(Refusal::new(ErrorCode::SnapshotBlocked, "how things are now cannot be kept"));
        };
        self.check_kept(&before, wanted)?;
        action.facts.details["before"] = before.clone().into();
        action.facts.details["snapshot"] = wanted.snapshot.clone().into();
        action.facts.undo.push(wanted.step(&before).part()?);
        let files = output.written.iter().chain(&output.removed);
        action.facts.files = files.filter_map(|path| path.parse().ok()).collect();
        action.note_intent()?;
        let restored = self.do_restore(wanted, &before, false)?;
        let texts = |paths: &[GitPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        output.written = texts(&restored.written);
        output.removed = texts(&restored.removed);
        output.unknown = texts(&restored.unknown);
        output.left_alone = texts(&restored.left_alone);
        output.before = Some(before);
        output.database = wanted.database;
        output.action = Some(action.id.to_string());
        Ok(output)
    }

    /// Nothing is restored over what was not kept.
    fn check_kept(&self, before: &str, wanted: &Wanted) -> Result<(), Refusal> {
        let tree = !wanted.tree || self.tree_of(before)?.is_some();
        let database =
            !wanted.database || self.place().database().is_none() || self.place().copy_of(before).is_file();
        if tree && database {
            return Ok(());
        }
        let what = if tree { "database" } else { "working tree" };
        let message = format!("nothing was changed: the {what} as it is now could not be kept");
        Err(Refusal::new(ErrorCode::SnapshotBlocked, message)
            .with_hint(format!("`tgp snapshot show {before}` says why; `--only` restores the other part.")))
    }

    /// Does it, the first time or again after a crash. The index is taken and the files are looked at before anything is
    /// changed; then the database goes first, because it is all or nothing, and comes back where the disk fails the files.
    pub(crate) fn do_restore(&self, wanted: &Wanted, before: &str, again: bool) -> Result<Restored, Refusal> {
        let put_database = |id: &str| if wanted.database { self.put_database_back(id) } else { Ok(()) };
        if !wanted.tree {
            put_database(&wanted.snapshot)?;
            return Ok(Restored::default());
        }
        let (branches, snapshot) = self.there(&wanted.snapshot)?;
        let kept = Shelf::new(branches.project());
        let options = wanted.options();
        // What an earlier try put into the index is no person's.
        let was = if again { None } else { Some(self.there(before)?.1) };
        let ready = kept.ready(&snapshot, was.as_ref(), &options);
        let ready = ready.map_err(|error| from_restore(&error))?;
        put_database(&wanted.snapshot)?;
        kept.carry_out(ready, &snapshot, &options, self.now()).map_err(|error| {
            let refusal = from_restore(&error);
            match put_database(before) {
                Ok(()) => refusal,
                Err(other) => {
                    let message =
                        format!("{}; and the database was not put back: {}", refusal.message, other.message);
                    Refusal { message, ..refusal }
                }
            }
        })
    }

    fn put_database_back(&self, id: &str) -> Result<(), Refusal> {
        let copy = self.place().copy_of(id);
        let (Some(database), true) = (self.place().database.as_deref(), copy.is_file()) else {
            return Ok(());
        };
        tgp_backup::put_back(&copy, database).map_err(|error| from_backup(&error))
    }

    /// The working tree of a snapshot that has to be there.
    pub(crate) fn there(&self, id: &str) -> Result<(&Branches, Snapshot), Refusal> {
        self.tree_of(id)?.ok_or_else(|| {
            Refusal::new(
                ErrorCode::SnapshotMissing,
                format!("the working tree of snapshot {id} is not there"),
            )
        })
    }

    pub(crate) fn plan(&self, wanted: &Wanted) -> Result<Plan, Refusal> {
        let (branches, snapshot) = self.there(&wanted.snapshot)?;
        let project = branches.project();
        // The database goes first; so all that could refuse the files is asked before.
        if let Some(doing) = project.begun() {
            return Err(from_restore(&RestoreError::Busy { doing }));
        }
        if let Some(lock) = project.index_locked(project.git_dir()).map_err(|fault| from_fault(&fault))? {
            return Err(from_restore(&RestoreError::IndexLocked { lock }));
        }
        let kept = Shelf::new(project);
        let plan = kept.plan(&snapshot, &wanted.options()).map_err(|error| from_restore(&error))?;
        if plan.blocked.is_empty() {
            return Ok(plan);
        }
        Err(from_restore(&RestoreError::Blocked { files: plan.blocked }))
    }

    fn plan_output(&self, wanted: &Wanted) -> Result<RestoreOutput, Refusal> {
        let mut output = RestoreOutput { snapshot: wanted.snapshot.clone(), ..RestoreOutput::default() };
        if wanted.tree {
            let plan = self.plan(wanted)?;
            let texts = |paths: &[GitPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
            output.written = texts(&plan.writes);
            output.removed = texts(&plan.removes);
            output.unknown = texts(&plan.unknown);
            let (_, snapshot) = self.there(&wanted.snapshot)?;
            output.left_out = not_restored(&snapshot);
            output.branch = plan.branch.map(|(name, _, to)| format!("{} to {to}", short(&name)));
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_no_text_are_kept_and_come_back() {
        for bytes in [b"a/b.txt".as_slice(), b"lat\xe9", b"bytes:00", b"line\nbreak", b"\xff\xfe"] {
            let path = GitPath::from_tree(bytes);
            assert_eq!(named(&kept(&path)), path);
        }
    }
}
