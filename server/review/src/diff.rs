//! `tgp branch diff`: what a branch changes, by file, by action or by symbol.

use tgp_branches::CommitId;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::branches::{BranchDiffOutput, DiffBy};

use crate::changed;
use crate::find::{Found, OfProject};
use crate::list::start_of;
use crate::refusal::from_fault;
use crate::review::Review;
use crate::show::action;

impl Review<'_> {
    /// What a branch changes since it began.
    pub fn diff(&self, name: &str, by: DiffBy) -> Result<BranchDiffOutput, Refusal> {
        match self.find(name)? {
            Found::Project(branch) => self.diff_project(&branch, by),
            Found::Library(pending) => self.diff_library(&pending, by),
        }
    }

    pub(crate) fn diff_project(&self, branch: &OfProject, by: DiffBy) -> Result<BranchDiffOutput, Refusal> {
        let branches = self.repository()?;
        let from = start_of(branches, branch)?;
        let mut output = BranchDiffOutput {
            branch: branch.name.to_string(),
            by,
            from: from.map(|from| from.to_string()),
            to: branch.tip.to_string(),
            files: Vec::new(),
            actions: Vec::new(),
            cut: false,
        };
        let between = |from: Option<CommitId>, to: CommitId| {
            branches.diff(from, to).map_err(|fault| from_fault(&fault))
        };
        match by {
            DiffBy::File => {
                (output.files, output.cut) = changed::with_lines(branches, &between(from, branch.tip)?)?;
            }
            DiffBy::Symbol => {
                output.files = changed::with_symbols(branches, &between(from, branch.tip)?)?;
            }
            DiffBy::Action => {
                output.files = changed::counted(branches, &between(from, branch.tip)?)?;
                for commit in self.commits_of(branch)?.iter().rev() {
                    let mut one = action(commit);
                    let parent = commit.parents.first().copied();
                    let cut;
                    (one.files, cut) = changed::with_lines(branches, &between(parent, commit.commit)?)?;
                    output.cut |= cut;
                    output.actions.push(one);
                }
            }
        }
        Ok(output)
    }
}
