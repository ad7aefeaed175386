//! `tgp sync`: exchanges the library with its remote, and writes the registry.

use std::time::Duration;

use tgp_model::ActionType;
use tgp_model::config::WriteStrategy;
use tgp_protocol::client::project::{PushedBranch, SyncLibraryOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{BranchPush, CommitMessage, PushOutcome, SyncReport, SyncRequest, Tree};

use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_project::credentials;
use tgp_project::from_sync;

/// How often a race with other pushers is tried again.
const ATTEMPTS: u32 = 8;
/// The pause before another attempt: this long at most for each attempt made, so that two in step get out of it.
const PAUSE: Duration = Duration::from_millis(60);

impl Engine {
    /// Fetches, joins, brings `meta.json` up to date, and pushes.
    pub fn sync_library(&self, call: &Call) -> Result<SyncLibraryOutput, Refusal> {
        let turn = call.take_place().map(tgp_gate::Place::wait);
        let mut action =
            Action::begin(self.gate(), call, ActionType::LibrarySync, "Synced the library".to_owned());
        let result = self.sync(call, &mut action);
        let result = action.end(result);
        drop(turn);
        result
    }

    fn sync(&self, call: &Call, action: &mut Action<'_>) -> Result<SyncLibraryOutput, Refusal> {
        action.judge("library.sync", Vec::new())?;
        let remote = self.library().library.settings().remote.clone();
        let Some(remote) = remote else {
            return Err(Refusal::new(ErrorCode::RemoteFailed, "the library has no remote")
                .with_hint("Name one as `git.repo` in `tgp.config.ts`."));
        };
        action.note_intent()?;
        let pause = |attempt: u32| std::thread::sleep(self.pause(attempt));
        let request = SyncRequest {
            message: CommitMessage {
                subject: "Sync".to_owned(),
                action: action.id,
                session: call.session,
                agent: call.agent.clone(),
                installation: self.installation().to_owned(),
                when: action.at,
            },
            attempts: ATTEMPTS,
            pause: &pause,
            push_trunk: self.library().strategy == WriteStrategy::Direct,
        };
        let meta = |tree: &dyn Tree| self.registry_of(tree);
        let report = self.library().library.sync(&meta, &credentials(self.config()), &request);
        let report = report.map_err(|error| from_sync(&error))?;
        action.facts.commit = report.head.map(|head| head.to_string());
        let ahead = report.ahead;
        let mut output = output(report, remote.as_str(), action);
        if ahead {
            let trunk = &self.library().library.settings().branch;
            output.notes.push(format!(
                "`{trunk}` has commits the remote does not have; in `pr` mode a person pushes it, with Git in the \
                 library's folder"
            ));
        }
        Ok(output)
    }

    fn pause(&self, attempt: u32) -> Duration {
        let part = u32::try_from(self.clock().random() % 1_000).unwrap_or(0);
        PAUSE * attempt * part / 1_000
    }
}

fn output(report: SyncReport, remote: &str, action: &Action<'_>) -> SyncLibraryOutput {
    let mut notes: Vec<String> = report
        .left_alone
        .iter()
        .map(|left| format!("`{}` was left alone: it has an edit that is not committed", left.path))
        .collect();
    if !report.branches.is_empty() {
        notes.push("tgp does not open pull requests yet: open them at the hosting service".to_owned());
    }
    SyncLibraryOutput {
        remote: remote.to_owned(),
        pulled: report.pulled,
        joined: report.joined,
        pushed: report.pushed,
        branches: report.branches.into_iter().map(pushed).collect(),
        head: report.head.map(|head| head.to_string()),
        notes,
        action: action.id.to_string(),
    }
}

fn pushed(push: BranchPush) -> PushedBranch {
    let (outcome, message) = match push.outcome {
        PushOutcome::Pushed => ("pushed", None),
        PushOutcome::Diverged => {
            ("diverged", Some("the remote has another history under this name, and kept moving".to_owned()))
        }
        PushOutcome::Conflict(files) => ("diverged", Some(tgp_library::conflict(&files))),
        PushOutcome::Blocked(why) => ("diverged", Some(why)),
        PushOutcome::Refused(error) => ("refused", Some(error.to_string())),
    };
    PushedBranch { branch: push.branch.to_string(), outcome: outcome.to_owned(), message }
}
