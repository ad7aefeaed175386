//! `write_file`, `delete_file` and `move_file` on a branch.

use tgp_branches::ignore::Selection;
use tgp_branches::{Change, CommitId, GitPath};
use tgp_gate::{Action, Call};
use tgp_model::{ActionType, Decision, RepoPath};
use tgp_policy::{Request, Target};
use tgp_protocol::client::tasks::ChangeFilesOutput;
use tgp_protocol::client::tools::WriteFileOutput;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::changing::{Changed, Plan, named};
use crate::refusal::{from_fault, from_list};
use crate::rooms::Rooms;
use crate::view::View;

/// Largest file an agent writes in one call.
pub(crate) const LARGEST: usize = 4 << 20;
/// Files of a folder that is moved, at most: each is judged.
const MOST_MOVED: usize = 10_000;

impl Rooms<'_> {
    /// Creates or replaces a file.
    pub fn write_file(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &RepoPath,
        content: &[u8],
    ) -> Result<WriteFileOutput, Refusal> {
        check_size(content)?;
        let view = self.view(call)?;
        self.write_as(call, action, view, ("fs.write", path, content))
    }

    /// Writes a file, judged as a capability.
    pub(crate) fn write_as(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        view: View,
        (capability, path, content): (&'static str, &RepoPath, &[u8]),
    ) -> Result<WriteFileOutput, Refusal> {
        let created = !self.stands(view.at, path)?;
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let git_path = GitPath::from(path);
        let plan = Plan {
            judged: vec![(capability, vec![Target::path(path).of_bytes(size)])],
            changes: vec![Change::Write { path: git_path, content: content.to_vec(), executable: None }],
            files: vec![path.clone()],
            kind: if created { ActionType::FileCreate } else { ActionType::FileModify },
            description: format!("{} `{path}`", if created { "Created" } else { "Changed" }),
        };
        let changed = self.change(call, action, view, plan)?;
        Ok(WriteFileOutput {
            path: path.to_string(),
            created,
            bytes: size,
            commit: Some(changed.commit.to_string()),
            branch: Some(changed.branch.to_string()),
            files: Vec::new(),
            notes: changed.notes,
            action: action.id.to_string(),
        })
    }

    /// Deletes a file.
    pub fn delete_file(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &RepoPath,
    ) -> Result<ChangeFilesOutput, Refusal> {
        let view = self.view(call)?;
        let plan = Plan {
            judged: vec![("fs.delete", vec![Target::path(path)])],
            changes: vec![Change::Delete { path: GitPath::from(path) }],
            files: vec![path.clone()],
            kind: ActionType::FileDelete,
            description: format!("Deleted `{path}`"),
        };
        self.refuse_denied(call, action, "fs.delete", plan.judged.iter().flat_map(|(_, targets)| targets))?;
        if !self.stands(view.at, path)? {
            return Err(self.not_found(path, &view));
        }
        let files = plan.files.clone();
        let changed = self.change(call, action, view, plan)?;
        Ok(output(action, files, changed))
    }

    /// Moves a file or a folder. Each file is judged under both names, and has to be the agent's to read: elsewhere it
    /// may be readable.
    pub fn move_file(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        (from, to): (&RepoPath, &RepoPath),
    ) -> Result<ChangeFilesOutput, Refusal> {
        self.refuse_denied(call, action, "fs.move", &[Target::path(from), Target::path(to)])?;
        self.refuse_denied(call, action, "fs.read", &[Target::path(from)])?;
        let view = self.view(call)?;
        let (mut reads, mut moves, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for path in self.files_of(&view, from)? {
            let rest = path.as_str().get(from.as_str().len()..).unwrap_or_default();
            let target: RepoPath = format!("{to}{rest}")
                .parse()
                .map_err(|error| Refusal::new(ErrorCode::PathInvalid, format!("{error}")))?;
            reads.push(Target::path(&path));
            moves.extend([Target::path(&path), Target::path(&target)]);
            files.extend([path, target]);
        }
        action.judge("fs.read", reads)?;
        let plan = Plan {
            judged: vec![("fs.move", moves)],
            changes: vec![Change::Move { from: GitPath::from(from), to: GitPath::from(to) }],
            files: files.clone(),
            kind: ActionType::FileModify,
            description: format!("Moved `{from}` to `{to}`"),
        };
        let changed = self.change(call, action, view, plan)?;
        Ok(output(action, files, changed))
    }

    /// The file itself, or all files of a folder.
    fn files_of(&self, view: &View, path: &RepoPath) -> Result<Vec<RepoPath>, Refusal> {
        let Some(at) = view.at else { return Err(self.not_found(path, view)) };
        let git_path = GitPath::from(path);
        let leaf = self.branches.leaf(at, &git_path).map_err(|fault| from_fault(&fault))?;
        match leaf {
            None => return Err(self.not_found(path, view)),
            Some(leaf) if leaf.mode != FOLDER => return Ok(vec![path.clone()]),
            Some(_) => {}
        }
        let selection = Selection { folder: git_path, globs: Vec::new(), ignored: true };
        let listing = self.branches.list(at, &selection, 0, MOST_MOVED).map_err(|error| from_list(&error))?;
        if listing.more > 0 {
            let message = format!("`{path}` holds more than {MOST_MOVED} files; move its folders one by one");
            return Err(Refusal::new(ErrorCode::FileTooLarge, message));
        }
        let unnamed = |path: &GitPath| {
            let message = format!("`{path}` has a name that is no text; a person has to move it");
            Refusal::new(ErrorCode::PathInvalid, message)
        };
        listing.files.iter().map(|file| named(&file.path).ok_or_else(|| unnamed(&file.path))).collect()
    }

    /// Refuses what is denied before anything is said about what is there. What is only to be asked about is asked once,
    /// with the change.
    fn refuse_denied<'t>(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        capability: &'static str,
        targets: impl IntoIterator<Item = &'t Target>,
    ) -> Result<(), Refusal> {
        let targets: Vec<Target> = targets.into_iter().cloned().collect();
        let request = Request::new(call.agent.clone(), capability, targets.clone());
        match self.gate.judge().judge(&request).decision {
            Decision::Deny => action.judge(capability, targets),
            Decision::Allow | Decision::RequireApproval => Ok(()),
        }
    }

    /// Whether anything stands at a path.
    fn stands(&self, at: Option<CommitId>, path: &RepoPath) -> Result<bool, Refusal> {
        let Some(at) = at else { return Ok(false) };
        let leaf = self.branches.leaf(at, &GitPath::from(path)).map_err(|fault| from_fault(&fault))?;
        Ok(leaf.is_some())
    }
}

/// Mode of a folder in a tree.
const FOLDER: u32 = 0o40_000;

pub(crate) fn check_size(content: &[u8]) -> Result<(), Refusal> {
    if content.len() <= LARGEST {
        return Ok(());
    }
    let message = format!("the content has {} bytes; a file may have {LARGEST}", content.len());
    Err(Refusal::new(ErrorCode::FileTooLarge, message))
}

fn output(action: &Action<'_>, files: Vec<RepoPath>, changed: Changed) -> ChangeFilesOutput {
    ChangeFilesOutput {
        files: files.iter().map(ToString::to_string).collect(),
        branch: changed.branch.to_string(),
        commit: changed.commit.to_string(),
        notes: changed.notes,
        action: action.id.to_string(),
    }
}
