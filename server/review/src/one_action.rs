//! `tgp/timeline/show`: what one action changed, where it is a commit; and how the project stands, in a few figures.

use tgp_branches::{CommitId, RefsMark};
use tgp_gate::from_store;
use tgp_model::{ActionId, ApprovalState, RepoPath};
use tgp_patch::FileHunks;
use tgp_protocol::client::branches::ChangedFile;
use tgp_protocol::client::editor::{ActionOutput, Repository};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ApprovalFilter, Watch};
use tgp_undo::refusal::from_read;

use crate::changed;
use crate::refusal::from_fault;
use crate::review::Review;

/// Lines around each change.
const AROUND: u32 = 3;

/// How a project stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Questions that wait for an answer.
    pub pending_approvals: usize,
    /// Branches that are open.
    pub open_branches: usize,
    /// Version of the policy in force.
    pub policy_version: String,
}

impl Review<'_> {
    /// How the project stands.
    pub fn standing(&self) -> Result<Standing, Refusal> {
        let filter = ApprovalFilter { state: Some(ApprovalState::Pending), ..ApprovalFilter::default() };
        let pending = self.store().approvals(&filter, self.now()).map_err(|error| from_store(&error))?;
        Ok(Standing {
            pending_approvals: pending.len(),
            open_branches: self.all()?.iter().filter(|found| found.is_open()).count(),
            policy_version: self.gate.judge().version().to_string(),
        })
    }

    /// Begins to watch what other processes note.
    pub fn watch(&self) -> Result<Watch, Refusal> {
        self.store().watch().map_err(|error| from_store(&error))
    }

    /// How agents' branches look now, to whoever asks often whether one was moved; none without a repository.
    pub fn branches_mark(&self) -> Option<RefsMark> {
        self.branches.as_ref().ok()?.map(tgp_branches::Branches::mark)
    }

    /// One action, with what it changed where it is a commit that is still there.
    pub fn show_action(&self, id: &str) -> Result<ActionOutput, Refusal> {
        let unknown = || Refusal::new(ErrorCode::ArgumentsInvalid, format!("there is no action `{id}`"));
        let number: ActionId = id.trim().parse().map_err(|_| unknown())?;
        let row = self.store().action(number).map_err(|error| from_store(&error))?.ok_or_else(unknown)?;
        let commit: Option<CommitId> = row.commit_id.as_deref().and_then(|commit| commit.parse().ok());
        let mut output = ActionOutput {
            action: tgp_gate::listed(row),
            files: Vec::new(),
            from: None,
            to: None,
            repository: None,
            cut: false,
        };
        if let Some(commit) = commit {
            let _ = self.add_project(&mut output, commit)? || self.add_library(&mut output, commit)?;
        }
        Ok(output)
    }

    /// Whether the commit is one of the project's.
    fn add_project(&self, output: &mut ActionOutput, commit: CommitId) -> Result<bool, Refusal> {
        let Some(branches) = self.repository_or_none() else { return Ok(false) };
        let Ok(found) = branches.commit(commit) else { return Ok(false) };
        let from = found.parents.first().copied();
        let diffs = branches.diff(from, commit).map_err(|fault| from_fault(&fault))?;
        (output.files, output.cut) = changed::with_lines(branches, &diffs)?;
        (output.from, output.to) = (from.map(|from| from.to_string()), Some(commit.to_string()));
        output.repository = Some(Repository::Project);
        Ok(true)
    }

    /// The same for the library's.
    fn add_library(&self, output: &mut ActionOutput, commit: CommitId) -> Result<bool, Refusal> {
        let Ok(after) = self.library.view_at(commit) else { return Ok(false) };
        let parts = after.objects.commit(commit.0).map_err(|fault| from_read(&fault.into()))?;
        let from = parts.parents.first().map(|parent| CommitId(*parent));
        let before = match from {
            Some(from) => self.library.view_at(from).ok(),
            None => None,
        };
        let root = RepoPath::root();
        let new = after.files(&root).map_err(|fault| from_read(&fault.into()))?;
        let old =
            before.map(|view| view.files(&root)).transpose().map_err(|fault| from_read(&fault.into()))?;
        let old = old.unwrap_or_default();
        let leaf = |list: &[(RepoPath, tgp_git::Leaf)], path: &RepoPath| {
            list.iter().find(|(one, _)| one == path).map(|(_, leaf)| *leaf)
        };
        let gone = old.iter().filter(|(path, _)| leaf(&new, path).is_none());
        for (path, _) in new.iter().chain(gone).filter(|(path, _)| leaf(&old, path) != leaf(&new, path)) {
            let before = from.map(|from| self.library.read_at(from, path)).transpose();
            let before = before.map_err(|error| from_read(&error))?.flatten();
            let after = self.library.read_at(commit, path).map_err(|error| from_read(&error))?;
            output.files.push(compared(path, before.as_deref(), after.as_deref()));
        }
        (output.from, output.to) = (from.map(|from| from.to_string()), Some(commit.to_string()));
        output.repository = Some(Repository::Library);
        Ok(true)
    }
}

/// One file of the library, before and after.
fn compared(path: &RepoPath, before: Option<&[u8]>, after: Option<&[u8]>) -> ChangedFile {
    let hunks = tgp_patch::hunks(before.unwrap_or_default(), after.unwrap_or_default(), AROUND);
    let (added, removed) = hunks.counts();
    ChangedFile {
        path: path.to_string(),
        how: match (before, after) {
            (None, _) => "added",
            (_, None) => "deleted",
            _ => "changed",
        }
        .to_owned(),
        added,
        removed,
        binary: hunks == FileHunks::Binary,
        hunks: match &hunks {
            FileHunks::Text(hunks) => hunks.iter().map(changed::hunk).collect(),
            FileHunks::Binary => Vec::new(),
        },
        ..ChangedFile::default()
    }
}
