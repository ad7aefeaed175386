//! Which branch a person means: its name, or what of it is unique.

use tgp_branches::discard::{Done, Kept};
use tgp_branches::{BranchName, Branches, CommitId};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::PendingBranch;

use crate::refusal::from_fault;
use crate::review::Review;

/// A branch of the project, where it is there, or was put away.
#[derive(Debug, Clone)]
pub(crate) struct OfProject {
    pub(crate) name: BranchName,
    pub(crate) tip: CommitId,
    /// Where it began; none where the ref that says so was removed by hand.
    pub(crate) start: Option<CommitId>,
    /// Where it was put away; none where it is there.
    pub(crate) kept: Option<Kept>,
}

/// A branch a person can mean.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Project(OfProject),
    Library(std::sync::Arc<PendingBranch>),
}

impl Found {
    /// Whether it waits for work or for a person.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self, Self::Project(branch) if branch.kept.is_some())
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Project(branch) => branch.name.as_str(),
            Self::Library(branch) => branch.branch.as_str(),
        }
    }
}

/// How many names a refusal lists.
const MOST_NAMED: usize = 20;

impl Review<'_> {
    /// All branches: those that are there, those that were put away, and those of the library that wait.
    pub(crate) fn all(&self) -> Result<Vec<Found>, Refusal> {
        let mut found = Vec::new();
        if let Ok(Some(branches)) = self.branches.clone() {
            found.extend(of_project(branches)?.into_iter().map(Found::Project));
        }
        let pending =
            self.library.pending_branches().map_err(|error| tgp_undo::refusal::from_read(&error))?;
        found.extend(pending.into_iter().map(Found::Library));
        Ok(found)
    }

    /// The branch a text names: all of its name, or a part that fits one only.
    pub(crate) fn find(&self, text: &str) -> Result<Found, Refusal> {
        let text = text.strip_prefix("refs/heads/").unwrap_or(text);
        if let Some(there) = self.there_by_name(text) {
            return Ok(Found::Project(there));
        }
        let all = self.all()?;
        if let Some(exact) = all.iter().find(|one| one.name() == text) {
            return Ok(exact.clone());
        }
        let fits = |one: &&Found| !text.is_empty() && one.name().contains(text);
        let mut some: Vec<&Found> = all.iter().filter(fits).collect();
        // One that is there goes before one that was put away.
        let is_there = |one: &&&Found| !matches!(one, Found::Project(branch) if branch.kept.is_some());
        if some.iter().filter(is_there).count() == 1 {
            some.retain(|one| is_there(&one));
        }
        match some.as_slice() {
            [one] => Ok((*one).clone()),
            [] => {
                // Why there are no branches of the project is the better answer where there is a reason.
                if all.is_empty() {
                    self.repository()?;
                }
                Err(Refusal::new(ErrorCode::BranchMissing, format!("there is no branch `{text}`"))
                    .with_hint("`tgp branch list --all` shows them all."))
            }
            several => {
                let names: Vec<&str> = several.iter().take(MOST_NAMED).map(|one| one.name()).collect();
                let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!("`{text}` fits {} branches: {list}", several.len());
                Err(Refusal::new(ErrorCode::ArgumentsInvalid, message)
                    .with_hint("Write more of the name.")
                    .with_details(serde_json::json!({ "branches": names })))
            }
        }
    }

    /// A branch of the project by all of its name: no other has to be looked at.
    fn there_by_name(&self, text: &str) -> Option<OfProject> {
        let branches = self.branches.as_ref().ok().copied().flatten()?;
        // One that cannot be read is left out of all of them as well.
        let task = branches.task(&text.parse().ok()?).ok()?;
        Some(OfProject { name: task.branch, tip: task.tip, start: task.start, kept: None })
    }

    /// A branch of the project that is there.
    pub(crate) fn find_there(&self, text: &str) -> Result<OfProject, Refusal> {
        match self.find(text)? {
            Found::Project(branch) => match &branch.kept {
                None => Ok(branch),
                Some(kept) => {
                    let (what, hint) = match kept.why {
                        Done::Discarded => ("discarded", "`tgp branch restore` takes it back."),
                        Done::Merged => ("merged", "`tgp undo` of the merge takes it back."),
                    };
                    let message = format!("`{}` was {what}", branch.name);
                    Err(Refusal::new(ErrorCode::BranchClosed, message).with_hint(hint))
                }
            },
            Found::Library(branch) => {
                let message = format!("`{}` is a branch of the library", branch.branch);
                Err(Refusal::new(ErrorCode::ArgumentsInvalid, message))
            }
        }
    }
}

/// The project's branches. One that is there again hides what was put away under its name.
pub(crate) fn of_project(branches: &Branches) -> Result<Vec<OfProject>, Refusal> {
    let tasks = branches.tasks().map_err(|fault| from_fault(&fault))?;
    let mut found: Vec<OfProject> = tasks
        .into_iter()
        .map(|task| OfProject { name: task.branch, tip: task.tip, start: task.start, kept: None })
        .collect();
    for why in [Done::Discarded, Done::Merged] {
        for kept in branches.kept(why).map_err(|fault| from_fault(&fault))? {
            if found.iter().any(|one| one.name == kept.branch) {
                continue;
            }
            let start = branches
                .project()
                .read_ref(&kept.branch.start_ref())
                .map_err(|fault| from_fault(&fault))?
                .map(CommitId);
            found.push(OfProject { name: kept.branch.clone(), tip: kept.tip, start, kept: Some(kept) });
        }
    }
    Ok(found)
}
