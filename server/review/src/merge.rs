//! `tgp branch merge`, and `merge_branch` for an agent that asks: an agent's work goes into a person's branch.

use serde_json::json;
use tgp_branches::integrate::{How, Integration};
use tgp_branches::{BranchCommit, Branches, CommitId};
use tgp_gate::{Action, Call, Wish, fingerprint};
use tgp_model::{ActionId, ActionType, BranchStatus};
use tgp_policy::Target;
use tgp_protocol::client::branches::{ChangedFile, MergeBranchInput, MergeInput, MergeOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::changed;
use crate::find::{Found, OfProject};
use crate::refusal::{from_fault, from_follow, from_integrate, from_publish, short};
use crate::review::Review;
use crate::snapshot::Trigger;
use crate::step::{Away, Step};

/// Work joined with a person's branch, and nothing of it visible yet.
pub(crate) struct Joined {
    pub(crate) branch: OfProject,
    pub(crate) integration: Integration,
    pub(crate) how: &'static str,
    /// The single actions that go in; none for the whole branch, which is put away then.
    picked: Vec<ActionId>,
}

impl Review<'_> {
    /// Merges a branch for a person.
    pub fn merge(&self, call: &Call, input: &MergeInput) -> Result<MergeOutput, Refusal> {
        let found = self.find(&input.branch)?;
        if input.dry_run
            && let Found::Project(_) = &found
        {
            let joined = self.join(input)?;
            return self.output(&joined);
        }
        let description = format!("Merge `{}`", found.name());
        let mut action = Action::begin_in_turn(self.gate, call, ActionType::BranchMerge, description);
        let result = action.carry_out(&mut |action| match &found {
            Found::Project(_) => {
                let joined = self.join(input)?;
                describe(action, &joined);
                action.judge("branch.merge", targets(&joined))?;
                self.publish(call, action, &joined)
            }
            Found::Library(pending) => {
                action.facts.description = format!("Merge `{}` into the library", pending.branch);
                action.judge("branch.merge", vec![Target::branch(pending.branch.as_str())])?;
                self.merge_library(call, action, pending, input)
            }
        });
        action.end(result)
    }

    /// Merges an agent's own branch, once a person said yes to exactly this difference.
    pub fn merge_branch(&self, call: &Call, input: &MergeBranchInput) -> Result<MergeOutput, Refusal> {
        let description = format!("Merge `{}`", input.branch);
        let mut action = Action::begin_in_turn(self.gate, call, ActionType::BranchMerge, description);
        let result = action.carry_out(&mut |action| {
            self.check_own_and_ready(call, &input.branch)?;
            let wanted = MergeInput { branch: input.branch.clone(), ..MergeInput::default() };
            let joined = self.join(&wanted)?;
            describe(action, &joined);
            // Before a person is asked, and before their yes is used up.
            self.can_follow(call, action, &joined)?;
            let show = || self.preview(&joined);
            let from = joined.integration.from.map(|from| from.to_string());
            let arguments = json!({
                "branch": joined.branch.name.as_str(), "tip": joined.branch.tip.to_string(),
                "into": joined.integration.target, "from": from,
            });
            let wish = Wish { capability: "branch.merge", targets: targets(&joined), arguments, show: &show };
            action.judge_wish(&wish)?;
            // Whatever a rule or a token says: what a person has checked out moves only if a person said so.
            action.ask_person(&wish, "branch.merge_is_a_person_s", "an agent asks to merge its branch")?;
            self.publish(call, action, &joined)
        });
        action.end(result)
    }

    fn check_own_and_ready(&self, call: &Call, name: &str) -> Result<(), Refusal> {
        let branch = crate::review::branch_of(name)?;
        if branch.agent() != call.agent {
            let message = format!("`{branch}` is not one of your own branches");
            return Err(Refusal::new(ErrorCode::PolicyDenied, message));
        }
        match self.remembered(&branch)?.map(|row| row.status) {
            Some(BranchStatus::Ready) => Ok(()),
            Some(status) => {
                let message = format!("`{branch}` is {status}; only a branch that is ready is merged");
                Err(Refusal::new(ErrorCode::BranchClosed, message)
                    .with_hint("Hand it in with `finish_task` first."))
            }
            None => Err(Refusal::new(ErrorCode::BranchMissing, format!("there is no branch `{branch}`"))),
        }
    }

    /// Joins in memory; nothing changes.
    fn join(&self, input: &MergeInput) -> Result<Joined, Refusal> {
        let branches = self.repository()?;
        let branch = self.find_there(&input.branch)?;
        check_tip(input, branch.name.as_str(), &branch.tip.to_string())?;
        let target = target_of(branches, input.into.as_deref())?;
        let mut picked = Vec::new();
        let (integration, how) = if input.actions.is_empty() {
            let taken_back = self.was_taken_back(branches, &branch, &target)?;
            let how = match (taken_back, input.squash) {
                (true, _) => How::Again,
                (false, true) => How::Squash,
                (false, false) => How::Merge,
            };
            let joined = branches.prepare_merge(&branch.name, &target, how);
            let name = if how == How::Merge { "merge" } else { "squash" };
            (joined.map_err(|error| from_integrate(branches, &error))?, name)
        } else {
            let named = self.commits_named(&branch, &input.actions)?;
            let commits: Vec<CommitId> = named.iter().map(|commit| commit.commit).collect();
            picked = named.into_iter().filter_map(|commit| commit.action).collect();
            let joined = branches.prepare_picks(&commits, &target);
            (joined.map_err(|error| from_integrate(branches, &error))?, "pick")
        };
        Ok(Joined { branch, integration, how, picked })
    }

    /// The commits of actions, the oldest first.
    fn commits_named(&self, branch: &OfProject, actions: &[String]) -> Result<Vec<BranchCommit>, Refusal> {
        let log = self.commits_of(branch)?;
        for named in actions {
            let named = named.to_ascii_uppercase();
            let fits = log
                .iter()
                .filter(|commit| commit.action.is_some_and(|action| action.to_string().ends_with(&named)));
            let found = fits.count();
            if found != 1 || named.len() < 4 {
                let message = match found {
                    0 => format!("`{named}` is no action of `{}`", branch.name),
                    _ => format!("`{named}` fits several actions of `{}`; write more of it", branch.name),
                };
                return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message)
                    .with_hint("`tgp branch show` lists them."));
            }
        }
        let is_named = |commit: &&BranchCommit| {
            let action = commit.action.map(|action| action.to_string()).unwrap_or_default();
            actions.iter().any(|named| action.ends_with(&named.to_ascii_uppercase()))
        };
        Ok(log.iter().rev().filter(is_named).cloned().collect())
    }

    /// Whether the target holds an earlier state of the branch whose merge was taken back since: Git takes it for merged,
    /// and would leave out what was taken back.
    fn was_taken_back(&self, branches: &Branches, branch: &OfProject, target: &str) -> Result<bool, Refusal> {
        let Some(start) = branch.start else { return Ok(false) };
        let parted = branches.parted(target, branch.tip).map_err(|fault| from_fault(&fault))?;
        let Some(parted) = parted.filter(|parted| *parted != start) else { return Ok(false) };
        // The target parted from the branch after its start: it was merged once. Does it still have that?
        let log = branches.log_between(Some(start), branch.tip, crate::show::MOST_COMMITS);
        let log = log.map_err(|fault| from_fault(&fault))?;
        if !log.iter().any(|commit| commit.commit == parted) {
            return Ok(false);
        }
        let undone = tgp_store::ActionFilter {
            kind: Some(ActionType::BranchMerge),
            branch: Some(branch.name.to_string()),
            limit: 1,
            ..tgp_store::ActionFilter::default()
        };
        let rows = self.store().actions(&undone).map_err(|error| tgp_gate::from_store(&error))?;
        Ok(rows.first().is_some_and(|row| row.status == tgp_model::ActionStatus::Undone))
    }

    /// The commit a merge would be, where every checkout of the target could follow it.
    fn can_follow(&self, call: &Call, action: &Action<'_>, joined: &Joined) -> Result<CommitId, Refusal> {
        let branches = self.repository()?;
        let integration = &joined.integration;
        let message = self.message(branches, call, action, Vec::new());
        let commit =
            branches.integration_commit(integration, &message).map_err(|fault| from_fault(&fault))?;
        for checkout in &integration.checkouts {
            branches.check_follow(checkout, integration.from, commit).map_err(|error| from_follow(&error))?;
        }
        Ok(commit)
    }

    /// Looks whether everything can follow, takes a snapshot, notes what will be done, and does it.
    fn publish(&self, call: &Call, action: &mut Action<'_>, joined: &Joined) -> Result<MergeOutput, Refusal> {
        let branches = self.repository()?;
        let integration = &joined.integration;
        let message = self.message(branches, call, action, Vec::new());
        let commit = self.can_follow(call, action, joined)?;
        let mut output = self.output(joined)?;
        output.snapshot = self.snapshot_before(call, action, Trigger::BeforeMerge)?;
        action.facts.details["snapshot"] = json!(output.snapshot);
        action.facts.details["into"] = short(&integration.target).into();
        action.facts.details["tip"] = joined.branch.tip.to_string().into();
        if !joined.picked.is_empty() {
            action.facts.details["actions"] = json!(joined.picked);
        }
        let away = self.away(branches, joined, commit)?;
        let moved = Step::Move {
            target: integration.target.clone(),
            from: integration.from.map(|from| from.to_string()),
            to: commit.to_string(),
        };
        for step in std::iter::once(&moved).chain(&away) {
            action.facts.undo.push(step.part()?);
        }
        action.facts.commit = Some(commit.to_string());
        action.note_intent()?;
        let published =
            branches.publish(integration, &message, self.now()).map_err(|error| from_publish(&error))?;
        if let Some(step) = &away {
            self.carry_on(step)?;
        }
        let refs = [integration.target.as_str()];
        branches.sync_refs(&refs).map_err(|fault| from_fault(&fault))?;
        output.action = Some(action.id.to_string());
        output.commit = Some(commit.to_string());
        output.followed = published.followed.iter().map(|folder| folder.display().to_string()).collect();
        Ok(output)
    }

    /// A branch that went in as a whole is put away, but where a person has it checked out.
    fn away(&self, branches: &Branches, joined: &Joined, commit: CommitId) -> Result<Option<Step>, Refusal> {
        let branch = &joined.branch.name;
        if !joined.picked.is_empty() || !branches.project().checkouts(&branch.head_ref()).is_empty() {
            return Ok(None);
        }
        let status = self.remembered(branch)?.map_or(BranchStatus::Active, |row| row.status);
        Ok(Some(Step::PutAway {
            branch: branch.to_string(),
            tip: joined.branch.tip.to_string(),
            why: Away::Merged,
            status: status.to_string(),
            commit: Some(commit.to_string()),
        }))
    }

    fn output(&self, joined: &Joined) -> Result<MergeOutput, Refusal> {
        Ok(MergeOutput {
            action: None,
            branch: joined.branch.name.to_string(),
            tip: joined.branch.tip.to_string(),
            into: short(&joined.integration.target).to_owned(),
            how: joined.how.to_owned(),
            commit: None,
            files: self.files_of(&joined.integration)?,
            snapshot: None,
            followed: Vec::new(),
        })
    }

    /// Files a target would change, with renames.
    pub(crate) fn files_of(&self, integration: &Integration) -> Result<Vec<ChangedFile>, Refusal> {
        let branches = self.repository()?;
        let diffs = branches.integration_diff(integration).map_err(|fault| from_fault(&fault))?;
        changed::counted(branches, &diffs)
    }

    /// What a person is shown of a merge, bound to the tips of both branches.
    fn preview(&self, joined: &Joined) -> Result<tgp_gate::Shown, Refusal> {
        let branches = self.repository()?;
        let integration = &joined.integration;
        let diffs = branches.integration_diff(integration).map_err(|fault| from_fault(&fault))?;
        let row = self.remembered(&joined.branch.name)?;
        let preview = crate::preview::merge(branches, joined, row.as_ref(), &diffs)?;
        let bound = format!("{} {:?}", joined.branch.tip, integration.from);
        Ok(tgp_gate::Shown { preview, pre_images: fingerprint(bound.as_bytes()) })
    }
}

fn describe(action: &mut Action<'_>, joined: &Joined) {
    let (branch, target) = (&joined.branch.name, short(&joined.integration.target));
    action.facts.description = match joined.how {
        "pick" => format!("Merge single actions of `{branch}` into `{target}`"),
        _ => format!("Merge `{branch}` into `{target}`"),
    };
    action.facts.branch = Some(branch.to_string());
    let paths = joined.integration.files.iter().map(|file| file.path.to_string().parse().ok());
    action.facts.files = paths.flatten().collect();
}

fn targets(joined: &Joined) -> Vec<Target> {
    vec![Target::branch(joined.branch.name.as_str()), Target::branch(short(&joined.integration.target))]
}

/// The branch work goes into: the named one, or the one that is checked out.
fn target_of(branches: &Branches, into: Option<&str>) -> Result<String, Refusal> {
    if let Some(name) = into {
        return Ok(format!("refs/heads/{}", short(name)));
    }
    let project = branches.project();
    if let Some(doing) = project.begun() {
        let message = format!("nothing was changed: {doing} is going on; end it first");
        return Err(Refusal::new(ErrorCode::MergeBlocked, message).with_hint(
            "`git status` says how to end it; `--into` merges into a branch that is not checked out.",
        ));
    }
    let head = project.head().map_err(|fault| from_fault(&fault))?;
    head.branch().map(str::to_owned).ok_or_else(|| {
        let message = "nothing was changed: HEAD is on no branch, so there is none to merge into";
        Refusal::new(ErrorCode::MergeBlocked, message)
            .with_hint("Check a branch out, or name one with `--into`.")
    })
}

/// A person says yes to what they saw; what came since is seen first.
pub(crate) fn check_tip(input: &MergeInput, name: &str, tip: &str) -> Result<(), Refusal> {
    match &input.tip {
        Some(seen) if seen != tip => {
            let message = format!("`{name}` moved since you looked at it: it was {seen}, and is {tip}");
            Err(Refusal::new(ErrorCode::BranchMoved, message).with_hint("Look at the difference again."))
        }
        _ => Ok(()),
    }
}
