//! `undo`: takes actions back, as an action that can be taken back itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;
use tgp_gate::preview::file_diff;
use tgp_gate::{Action, Call, Shown, Wish, fingerprint};
use tgp_model::{AgentName, Decision, RepoPath};
use tgp_policy::{Request, Target};
use tgp_protocol::client::undo::{UndoActionInput, UndoInput, UndoOutput, UndoTarget, UndoneFile};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_undo::{Gathered, Judge, Rooms, single_action, take_back};

use crate::Engine;

impl Engine {
    /// Takes back what a person names.
    pub fn undo(&self, call: &Call, input: &UndoInput) -> Result<UndoOutput, Refusal> {
        let single = self.with_undo_rooms(&|rooms| single_action(rooms, &input.target))?;
        if let Some(row) = single
            && self.review().did(&row)?
        {
            return self.review().undo(call, &row, input.dry_run);
        }
        self.in_turn(call, &input.target, input.dry_run, None)
    }

    /// Takes back one of the agent's own actions, if it may do that, and what comes back is its to write.
    pub fn undo_action(&self, call: &Call, input: UndoActionInput) -> Result<UndoOutput, Refusal> {
        let judge = |action: &mut Action<'_>, gathered: &Gathered, output: &UndoOutput| {
            action.judge("action.undo", Vec::new())?;
            let arguments = json!({ "undo": gathered.actions.iter().map(|row| row.id).collect::<Vec<_>>() });
            let show = || Ok(shown_undo(output));
            let mut judge = |capability, targets: Vec<Target>| {
                let wish = Wish { capability, targets, arguments: arguments.clone(), show: &show };
                if wish.targets.is_empty() { Ok(()) } else { action.judge_wish(&wish) }
            };
            let (gone, back): (Vec<_>, Vec<_>) = output.files.iter().partition(|file| file.how == "deleted");
            let targets =
                |files: Vec<&UndoneFile>| files.iter().filter_map(|file| target(&file.path)).collect();
            judge("fs.write", targets(back))?;
            judge("fs.delete", targets(gone))?;
            judge("sql.write", tables(gathered)?.iter().map(|table| Target::table(table)).collect())?;
            Ok(())
        };
        let mut output =
            self.in_turn(call, &UndoTarget::Action(input.action), input.dry_run, Some(&judge))?;
        self.hide_unreadable(&call.agent, &mut output);
        Ok(output)
    }

    /// Leaves out the contents the agent may change and not read.
    fn hide_unreadable(&self, agent: &AgentName, output: &mut UndoOutput) {
        let judge = self.gate().judge();
        let may = |capability, target: Target| {
            let request = Request::new(agent.clone(), capability, vec![target]);
            judge.judge(&request).decision == Decision::Allow
        };
        for file in &mut output.files {
            if !target(&file.path).is_some_and(|target| may("fs.read", target)) {
                (file.before, file.after) = (None, None);
            }
        }
        output.rows.retain(|row| may("sql.read", Target::table(&row.table)));
    }

    fn in_turn(
        &self,
        call: &Call,
        target: &UndoTarget,
        dry_run: bool,
        judge: Option<Judge<'_>>,
    ) -> Result<UndoOutput, Refusal> {
        self.with_undo_rooms(&|rooms| {
            take_back(rooms, call, target, dry_run, judge, &|one| self.compensate(call, one))
        })
    }

    /// Takes back what belongs to something larger that was allowed as a whole, such as the steps of a sequence.
    pub(crate) fn take_back_unasked(&self, call: &Call, target: &UndoTarget) -> Result<UndoOutput, Refusal> {
        self.in_turn(call, target, false, None)
    }

    /// Lends what an undo needs.
    pub(crate) fn with_undo_rooms<T>(
        &self,
        work: &dyn Fn(Rooms<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        work(Rooms {
            gate: self.gate(),
            files: self.files(),
            images: self.pre_images()?,
            library: &self.library().library,
            database: &|| self.database(),
            tasks: &|| self.task_rooms(),
            mount: self.mount(),
            installation: self.installation(),
        })
    }
}

/// What would come back, as a person is shown it.
fn shown_undo(output: &UndoOutput) -> Shown {
    let mut preview = String::new();
    for action in &output.undone {
        let _ = writeln!(preview, "undo {} {}", action.action, action.description);
    }
    for file in &output.files {
        match (&file.before, &file.after) {
            (None, None) => {
                let _ = writeln!(preview, "{} {}", file.path, file.how);
            }
            (before, after) => {
                preview.push_str(&file_diff(&file.path, before.as_deref(), after.as_deref().unwrap_or("")));
            }
        }
    }
    for row in &output.rows {
        let _ = writeln!(preview, "{} {:?} -> {:?}", row.table, row.before, row.after);
    }
    let state = format!("{:?}{:?}", output.files, output.rows);
    Shown { preview: tgp_gate::preview::plain(&preview), pre_images: fingerprint(state.as_bytes()) }
}

/// A file as the judge knows it: absolute where it lies in a folder outside the project.
fn target(path: &str) -> Option<Target> {
    if path.starts_with('/') {
        return Some(Target::host_path(path));
    }
    path.parse::<RepoPath>().ok().map(|path| Target::path(&path))
}

/// The tables of everything that would come back, also of rows that are not shown.
fn tables(gathered: &Gathered) -> Result<BTreeSet<String>, Refusal> {
    let mut tables = BTreeSet::new();
    for changeset in &gathered.changesets {
        let changed = tgp_database::changed_rows(changeset, 0)
            .map_err(|error| Refusal::new(ErrorCode::UndoImpossible, error.to_string()))?;
        tables.extend(changed.tables.into_iter().map(|count| count.table));
    }
    Ok(tables)
}
