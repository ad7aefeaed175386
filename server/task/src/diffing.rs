//! `diff_task`: what a task changed, by file and by symbol.

use tgp_branches::diff::{FileDiff, Leaf};
use tgp_branches::{BlobId, BranchName, GitPath};
use tgp_gate::preview::plain;
use tgp_gate::{Action, Call};
use tgp_model::{AgentName, RepoPath};
use tgp_outline::changes;
use tgp_policy::Target;
use tgp_protocol::client::branches::{ChangedFile, ShownSymbol};
use tgp_protocol::client::tasks::{DiffTaskInput, DiffTaskOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::changing::named;
use crate::refusal::{from_fault, from_task};
use crate::rooms::Rooms;
use crate::shown::{shown_file, shown_symbol};

/// Files of one page.
const PAGE: usize = 100;
/// Bytes of the diff at most, under what clients cut off.
const MOST_BYTES: usize = 32 << 10;
/// Largest file whose symbols are compared.
const LARGEST: usize = 1 << 20;

impl Rooms<'_> {
    /// What one of the agent's own tasks changed, in the files it may read.
    pub fn diff_task(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &DiffTaskInput,
    ) -> Result<DiffTaskOutput, Refusal> {
        let branch = self.asked_branch(call, input.branch.as_deref())?;
        action.judge("task.diff", vec![Target::branch(branch.as_str())])?;
        let below = match input.path.as_deref() {
            Some(path) => {
                path.parse().map_err(|error| Refusal::new(ErrorCode::PathInvalid, format!("{error}")))?
            }
            None => RepoPath::root(),
        };
        let judge = self.gate.judge();
        let is_person = call.agent == AgentName::person();
        let may = |path: &GitPath| {
            named(path)
                .filter(|path| path.is_within(&below))
                .is_some_and(|path| is_person || Self::may_read(&judge, &call.agent, &path))
        };
        let mut diffs = self.branches.branch_diff(&branch).map_err(|error| from_task(&error))?;
        diffs.retain(|diff| may(&diff.path) && diff.renamed_from.as_ref().is_none_or(&may));
        let offset = usize::try_from(input.offset.unwrap_or(0)).unwrap_or(usize::MAX);
        let end = offset.saturating_add(PAGE);
        let next_offset = (diffs.len() > end).then(|| u32::try_from(end).unwrap_or(u32::MAX));
        let page: Vec<FileDiff> = diffs.into_iter().skip(offset).take(PAGE).collect();
        let files = page.iter().map(|diff| self.changed_file(diff)).collect::<Result<_, _>>()?;
        let (patch, cut) = self.patch(&page)?;
        Ok(DiffTaskOutput { branch: branch.to_string(), files, patch, cut, next_offset })
    }

    /// The branch the caller names, or its current task's.
    fn asked_branch(&self, call: &Call, name: Option<&str>) -> Result<BranchName, Refusal> {
        if let Some(name) = name {
            return self.own_branch(call, name).map(|(_, branch)| branch);
        }
        let none = || Refusal::new(ErrorCode::BranchMissing, "you have no task in this session");
        self.view(call)?.task.map(|(_, branch)| branch).ok_or_else(none)
    }

    /// The diff of whole files, as many as fit; the first one is cut where it does not.
    fn patch(&self, page: &[FileDiff]) -> Result<(String, bool), Refusal> {
        let mut patch = String::new();
        for diff in page {
            let one =
                self.branches.patch_of(std::slice::from_ref(diff)).map_err(|fault| from_fault(&fault))?;
            let one = plain(&String::from_utf8_lossy(&one));
            if patch.len() + one.len() > MOST_BYTES {
                if patch.is_empty() {
                    let end = one.floor_char_boundary(MOST_BYTES);
                    patch.push_str(one.get(..end).unwrap_or_default());
                }
                return Ok((patch, true));
            }
            patch.push_str(&one);
        }
        Ok((patch, false))
    }

    /// A file of a diff with its figures and symbols.
    fn changed_file(&self, diff: &FileDiff) -> Result<ChangedFile, Refusal> {
        let hunks = self.branches.hunks(diff, 0).map_err(|fault| from_fault(&fault))?;
        let mut file = shown_file(diff, hunks.counts(), hunks.is_binary());
        if !file.binary {
            file.symbols = self.symbols(diff)?;
        }
        Ok(file)
    }

    fn symbols(&self, diff: &FileDiff) -> Result<Vec<ShownSymbol>, Refusal> {
        let side = |leaf: Option<Leaf>| match leaf.filter(Leaf::is_file) {
            None => Ok(Vec::new()),
            Some(leaf) => self.branches.blob(BlobId(leaf.id)).map_err(|fault| from_fault(&fault)),
        };
        let (old, new) = (side(diff.before)?, side(diff.after)?);
        if old.len().max(new.len()) > LARGEST {
            return Ok(Vec::new());
        }
        let name = String::from_utf8_lossy(diff.path.file_name()).into_owned();
        // A language that is not known has no symbols to tell.
        let told = changes(&name, &old, &new).unwrap_or_default();
        Ok(told.iter().map(shown_symbol).collect())
    }
}
