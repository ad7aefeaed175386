//! A state database of its own for each test, and intents with few words.

use std::path::PathBuf;
use std::process::Command;

use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;
use tgp_model::{ActionId, ActionStatus, ActionType, Decision, SessionId, Timestamp};
use tgp_store::{Intent, Outcome, Store};

/// 2026-11-21T09:00:00Z.
pub(crate) const NOW: i64 = 1_795_251_600_000;

pub(crate) struct State {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

impl State {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state/tgp.db")).unwrap();
        Self { folder, store }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("state/tgp.db")
    }

    /// Someone with `sqlite3` and bad intentions, or another tgp.
    pub(crate) fn by_hand(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.by_hand().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

pub(crate) fn action(number: u64) -> ActionId {
    ActionId::from_parts(u64::try_from(NOW).unwrap() + number, u128::from(number))
}

pub(crate) fn session(number: u64) -> SessionId {
    SessionId::from_parts(u64::try_from(NOW).unwrap(), u128::from(number))
}

pub(crate) fn at(number: u64) -> Timestamp {
    Timestamp(NOW + i64::try_from(number).unwrap())
}

pub(crate) fn intent(number: u64) -> Intent {
    Intent {
        action: action(number),
        session: session(1),
        agent: "coder".parse().unwrap(),
        client: Some("claude-code 2.1".to_owned()),
        project: "/home/ada/shop".to_owned(),
        kind: ActionType::FileCreate,
        status: ActionStatus::Pending,
        description: format!("Wrote `tools/a{number}.ts`"),
        files: vec![format!("tools/a{number}.ts")],
        sql: None,
        tool: None,
        details: json!({ "bytes": number }),
        seed: Some(u64::MAX),
        clock_ms: NOW,
        content: Vec::new(),
        decision: Decision::Allow,
        rule: "library.write".to_owned(),
        lock_id: "lock-1".to_owned(),
        at: at(number),
        ..Intent::default()
    }
}

pub(crate) fn outcome(number: u64, status: ActionStatus) -> Outcome {
    Outcome {
        action: action(number),
        status,
        error_code: None,
        duration_ms: 1.5,
        fuel: Some(1_000),
        commit_id: Some("c0ffee".to_owned()),
        files: None,
        sql: None,
        at: at(number + 1),
        ..Outcome::default()
    }
}

/// The hash row `seq` would have with another payload.
pub(crate) fn row(state: &State, seq: i64, payload: &str) -> [u8; 32] {
    let by_hand = state.by_hand();
    let hash = |seq: i64| -> [u8; 32] {
        if seq == 0 {
            return [0; 32];
        }
        by_hand.query_row("SELECT hash FROM audit WHERE seq = ?1", [seq], |row| row.get(0)).unwrap()
    };
    let (at, kind, action): (String, String, String) = by_hand
        .query_row("SELECT at, kind, action_id FROM audit WHERE seq = ?1", [seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    let content = tgp_audit::content_digest(at.as_str(), &kind, &action, payload);
    let number = u64::try_from(seq).unwrap();
    tgp_audit::link(number, &hash(seq - 1), &hash(seq & (seq - 1)), &content)
}

/// Runs the test `name` again in a second process that knows the path from the environment.
pub(crate) fn again(name: &str, path: &std::path::Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env("TGP_STORE_TEST_CHILD", path);
    command
}

/// The path the parent hands to its child; none in the parent.
pub(crate) fn handed() -> Option<PathBuf> {
    std::env::var_os("TGP_STORE_TEST_CHILD").map(PathBuf::from)
}
