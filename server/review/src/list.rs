//! `tgp branch list`: every branch with what became of it.

use tgp_branches::discard::{Done, KEPT_SECONDS};
use tgp_branches::{Branches, CommitId};
use tgp_gate::from_store;
use tgp_model::{BranchStatus, Timestamp};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::branches::{BranchShown, BranchesOutput, ChangedFile};
use tgp_store::{BranchFilter, BranchRow, iso8601};

use crate::changed;
use crate::find::{Found, OfProject};
use crate::refusal::from_fault;
use crate::review::Review;

impl Review<'_> {
    /// The branches that are open, or with `all` also those that were merged or discarded. What was discarded 30 days ago
    /// goes now.
    pub fn list(&self, all: bool) -> Result<BranchesOutput, Refusal> {
        let project = self.branches.clone();
        if let Ok(Some(branches)) = &project
            && let Err(fault) = branches.expire(self.now())
        {
            // Somebody who may only read wants to see the list as well.
            tracing::warn!(%fault, "discarded branches whose time is over could not be let go");
        }
        let rows = self.store().branches(&BranchFilter::default()).map_err(|error| from_store(&error))?;
        let mut listed = Vec::new();
        for found in self.all()? {
            let shown = match (self.shown_with(&found, &rows), &found) {
                (Ok((shown, _)), _) => shown,
                // One branch whose objects are gone hides none of the others.
                (Err(refusal), Found::Project(branch)) => {
                    let row = rows.iter().find(|row| row.branch == branch.name.as_str());
                    let note = Some(format!("cannot be compared: {}", refusal.message));
                    BranchShown { note, ..of_project(branch, row) }
                }
                (Err(refusal), Found::Library(_)) => return Err(refusal),
            };
            if all || matches!(shown.status.as_str(), "active" | "ready") {
                listed.push(shown);
            }
        }
        let rank = |shown: &BranchShown| match shown.status.as_str() {
            "ready" => 0,
            "active" => 1,
            "discarded" => 2,
            _ => 3,
        };
        listed.sort_by(|one, other| {
            rank(one)
                .cmp(&rank(other))
                .then_with(|| other.updated.cmp(&one.updated))
                .then_with(|| one.name.cmp(&other.name))
        });
        let project_missing = match &project {
            Ok(Some(_)) => None,
            Ok(None) => Some(crate::review::no_repository().message),
            Err(refusal) => Some(refusal.message.clone()),
        };
        Ok(BranchesOutput { branches: listed, project_missing })
    }

    /// One branch with its files, without their lines.
    pub(crate) fn shown(&self, found: &Found) -> Result<(BranchShown, Vec<ChangedFile>), Refusal> {
        let row = self.store().branch(found.name()).map_err(|error| from_store(&error))?;
        self.shown_with(found, row.as_slice())
    }

    fn shown_with(
        &self,
        found: &Found,
        rows: &[BranchRow],
    ) -> Result<(BranchShown, Vec<ChangedFile>), Refusal> {
        match found {
            Found::Library(pending) => self.shown_library(pending),
            Found::Project(branch) => {
                let row = rows.iter().find(|row| row.branch == branch.name.as_str());
                let branches = self.repository()?;
                let files = branches.diff(start_of(branches, branch)?, branch.tip);
                let files = changed::counted(branches, &files.map_err(|fault| from_fault(&fault))?)?;
                let mut shown = of_project(branch, row);
                changed::count_into(&mut shown, &files);
                Ok((shown, files))
            }
        }
    }
}

/// What a branch is compared with: where it began, or without that where it parted from HEAD.
pub(crate) fn start_of(branches: &Branches, branch: &OfProject) -> Result<Option<CommitId>, Refusal> {
    if branch.start.is_some() {
        return Ok(branch.start);
    }
    branches.parted_from_head(branch.tip).map_err(|fault| from_fault(&fault))
}

fn of_project(branch: &OfProject, row: Option<&BranchRow>) -> BranchShown {
    let status = match (&branch.kept, row.map(|row| row.status)) {
        (Some(kept), _) if kept.why == Done::Discarded => BranchStatus::Discarded,
        (Some(_), _) | (None, Some(BranchStatus::Merged)) => BranchStatus::Merged,
        // A row that says otherwise is older than what a person did by hand.
        (None, Some(BranchStatus::Ready)) => BranchStatus::Ready,
        (None, _) => BranchStatus::Active,
    };
    let kept_until = branch
        .kept
        .as_ref()
        .filter(|kept| kept.why == Done::Discarded)
        .map(|kept| iso8601(Timestamp(kept.when.0 + KEPT_SECONDS * 1000)));
    BranchShown {
        name: branch.name.to_string(),
        repository: "project".to_owned(),
        agent: branch.name.agent().to_string(),
        task: row.map(|row| row.description.clone()).unwrap_or_default(),
        status: status.to_string(),
        created: row.map(|row| row.created_at.clone()),
        updated: row.map(|row| row.updated_at.clone()),
        start: branch.start.map(|start| start.to_string()),
        tip: branch.tip.to_string(),
        summary: row.and_then(|row| row.summary.clone()),
        checks: row.map(|row| row.checks.iter().map(said).collect()).unwrap_or_default(),
        risk: row.and_then(|row| row.risk.clone()),
        note: row.and_then(|row| row.note.clone()),
        merge_commit: row.and_then(|row| row.merge_commit.clone()),
        kept_until,
        ..BranchShown::default()
    }
}

fn said(check: &tgp_store::Check) -> String {
    format!("{}: {}", check.name, if check.passed { "passed" } else { "failed" })
}
