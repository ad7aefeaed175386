//! Pushing what waits for review (`pr` mode), beside the work of agents: an answer waits for it a moment, never longer.
//!
//! What is still to be pushed is read from the repository, so nothing is lost by a push that failed or was killed: the
//! next write, the next session and `tgp sync` make it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tgp_model::RepoPath;
use tgp_repo::{BranchPusher, Credentials, PushOutcome};

use crate::ToolLibrary;

/// How long an answer waits for its push. Hosting services take about a second.
const ANSWER: Duration = Duration::from_millis(1_500);
/// How long the end of a session waits for the last push.
const CLOSE: Duration = Duration::from_secs(2);
/// How long one push may take; nobody waits for it.
const PUSH: Duration = Duration::from_secs(30);

/// The pushes of one process, one after the other.
#[derive(Clone, Default)]
pub struct Pushes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    asked: u64,
    done: u64,
    running: bool,
    /// Why the last push did not reach the remote.
    failure: Option<String>,
    /// Branches the remote did not take, and why.
    refused: Vec<(String, String)>,
}

impl Pushes {
    /// Asks for a push, and gives its number. One that runs already is followed by one more.
    fn ask(&self, pusher: BranchPusher) -> u64 {
        let mut state = self.state();
        state.asked += 1;
        let number = state.asked;
        if !state.running {
            state.running = true;
            let own = self.clone();
            let thread = std::thread::Builder::new().name("push".to_owned());
            if let Err(error) = thread.spawn(move || own.run(&pusher)) {
                state.running = false;
                state.failure = Some(error.to_string());
            }
        }
        number
    }

    fn run(&self, pusher: &BranchPusher) {
        loop {
            let number = self.state().asked;
            let result = pusher.push();
            let mut state = self.state();
            state.done = number;
            match result {
                Ok(done) => {
                    state.failure = None;
                    state.refused = done.into_iter().filter_map(refused).collect();
                }
                Err(error) => state.failure = Some(error.to_string()),
            }
            state.running = state.asked != number;
            self.0.ended.notify_all();
            if !state.running {
                return;
            }
        }
    }

    /// Waits until that push ended, or the time is over.
    fn wait(&self, number: u64, time: Duration) -> MutexGuard<'_, State> {
        let waited =
            self.0.ended.wait_timeout_while(self.state(), time, |state| state.running && state.done < number);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(push: tgp_repo::BranchPush) -> Option<(String, String)> {
    let why = match push.outcome {
        PushOutcome::Pushed => return None,
        PushOutcome::Diverged => {
            "the remote has another history under this name; `tgp sync` joins the two".to_owned()
        }
        PushOutcome::Conflict(files) => conflict(&files),
        PushOutcome::Blocked(why) => why,
        PushOutcome::Refused(error) => error.to_string(),
    };
    Some((push.branch.to_string(), why))
}

impl Pushes {
    /// Pushes the branch a write went to, and says where that did not happen yet.
    pub fn push(&self, library: &ToolLibrary, credentials: Credentials, branch: &str) -> Option<String> {
        if !has_remote(library) {
            return None;
        }
        // Where the push before failed, nobody waits again.
        let time = if self.state().failure.is_some() { Duration::ZERO } else { ANSWER };
        let number = self.ask(library.library.pusher(credentials, PUSH));
        not_pushed(branch, number, &self.wait(number, time))
    }

    /// Pushes what an earlier session could not; nobody waits for it.
    pub fn push_left_over(&self, library: &ToolLibrary, credentials: Credentials) {
        if has_remote(library) && library.library.unpushed().is_ok_and(|left| !left.is_empty()) {
            self.ask(library.library.pusher(credentials, PUSH));
        }
    }

    /// Lets the last push end, if it does soon; otherwise it is ended, and the next session makes it.
    pub fn end(&self, library: &ToolLibrary) {
        let number = self.state().asked;
        if self.wait(number, CLOSE).running {
            library.library.settings().interrupt.end();
        }
    }
}

fn has_remote(library: &ToolLibrary) -> bool {
    library.library.settings().remote.is_some()
}

/// Why the remote's branch and ours cannot be joined.
pub fn conflict(files: &[RepoPath]) -> String {
    let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
    format!(
        "the remote changed {} too, and the two cannot be joined: merge the remote's branch by hand with Git in the \
         library's folder (it was fetched to `refs/tgp/feat/`), then sync again",
        files.join(", ")
    )
}

/// What to say about a branch that is not pushed; nothing where it is.
fn not_pushed(branch: &str, number: u64, state: &State) -> Option<String> {
    if let Some((_, why)) = state.refused.iter().find(|(name, _)| name == branch) {
        return Some(format!("the remote does not take `{branch}`: {why}; it is kept here"));
    }
    let why = match &state.failure {
        Some(failure) => failure.clone(),
        None if state.done >= number => return None,
        None => "the remote has not answered so far".to_owned(),
    };
    Some(format!("`{branch}` is committed and not pushed yet: {why}; `tgp sync` pushes it"))
}
