//! Intents, outcomes, reads: what is noted is found again, by this process and by the next one.

use tgp_model::{ActionStatus, ActionType, Decision};
use tgp_store::{ActionFilter, Order, Store, StoreError};

use crate::fixture::{State, action, again, at, handed, intent, outcome, session};

fn ids(state: &State, filter: &ActionFilter) -> Vec<u64> {
    let rows = state.store.actions(filter).unwrap();
    rows.iter().map(|row| row.id.milliseconds() - action(0).milliseconds()).collect()
}

#[test]
fn an_intent_is_open_until_its_outcome_is_noted() {
    let state = State::new();
    state.store.note_intent(&intent(1)).unwrap();
    let open = state.store.open_intents().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].status, open[0].lock_id.as_str(), open[0].seed),
        (ActionStatus::Pending, "lock-1", Some(u64::MAX))
    );
    state.store.note_outcome(&outcome(1, ActionStatus::Executed)).unwrap();
    assert!(state.store.open_intents().unwrap().is_empty());
    let row = state.store.action(action(1)).unwrap().unwrap();
    assert_eq!(
        (row.status, row.commit_id.as_deref(), row.fuel),
        (ActionStatus::Executed, Some("c0ffee"), Some(1_000))
    );
    assert_eq!(
        (row.created_at.as_str(), row.ended_at.as_deref()),
        ("2026-11-21T09:00:00.001Z", Some("2026-11-21T09:00:00.002Z"))
    );
    assert_eq!(
        (row.files.as_slice(), row.details["bytes"].as_u64()),
        (["tools/a1.ts".to_owned()].as_slice(), Some(1))
    );
    assert!(state.store.action(action(99)).unwrap().is_none());
}

#[test]
fn an_action_is_noted_once_and_ends_once() {
    let state = State::new();
    state.store.note_intent(&intent(1)).unwrap();
    assert!(matches!(state.store.note_intent(&intent(1)), Err(StoreError::Duplicate { .. })));
    state.store.note_outcome(&outcome(1, ActionStatus::Failed)).unwrap();
    assert!(matches!(
        state.store.note_outcome(&outcome(1, ActionStatus::Executed)),
        Err(StoreError::NotOpen { .. })
    ));
    assert!(matches!(
        state.store.note_outcome(&outcome(2, ActionStatus::Executed)),
        Err(StoreError::NotOpen { .. })
    ));
    assert_eq!(state.store.audit_head().unwrap().seq, 2, "what was refused left no link");
    assert_eq!(state.store.action(action(1)).unwrap().unwrap().status, ActionStatus::Failed);
}

#[test]
fn what_was_denied_is_noted_at_once_and_is_not_open() {
    let state = State::new();
    let mut denied = intent(1);
    (denied.status, denied.decision) = (ActionStatus::Denied, Decision::Deny);
    state.store.note_intent(&denied).unwrap();
    let mut read = intent(2);
    read.decision = Decision::Deny;
    state.store.note_read(&read, &outcome(2, ActionStatus::Denied)).unwrap();
    assert_eq!(
        state.number("SELECT count(*) FROM agent_actions WHERE status = 'denied' AND decision = 'deny'"),
        2
    );
    assert!(state.store.open_intents().unwrap().is_empty());
}

#[test]
fn the_content_of_an_intent_is_kept_until_it_is_forgotten() {
    let state = State::new();
    let mut with_content = intent(1);
    with_content.content =
        vec![("tools/b.ts".to_owned(), vec![0, 255, 10]), ("tools/a.ts".to_owned(), Vec::new())];
    state.store.note_intent(&with_content).unwrap();
    let content = state.store.intent_content(action(1)).unwrap();
    assert_eq!(content, [("tools/a.ts".to_owned(), vec![]), ("tools/b.ts".to_owned(), vec![0, 255, 10])]);
    state.store.forget_content(&[action(1), action(2)]).unwrap();
    assert!(state.store.intent_content(action(1)).unwrap().is_empty());
    assert_eq!(state.number("SELECT count(*) FROM intent_content"), 0);
}

#[test]
fn every_filter_finds_what_it_says() {
    let state = State::new();
    for number in 1..=6 {
        let mut one = intent(number);
        if number % 2 == 0 {
            one.agent = "ops".parse().unwrap();
            one.kind = ActionType::SqlWrite;
            one.files = vec!["data/in/x.csv".to_owned(), format!("data/{number}")];
        }
        if number > 4 {
            one.session = session(2);
        }
        state.store.note_intent(&one).unwrap();
        if number != 3 {
            state.store.note_outcome(&outcome(number, ActionStatus::Executed)).unwrap();
        }
    }
    let all = ActionFilter::default;
    assert_eq!(ids(&state, &all()), [6, 5, 4, 3, 2, 1]);
    assert_eq!(ids(&state, &ActionFilter { order: Order::NewestLast, ..all() }), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ids(&state, &ActionFilter { limit: 2, ..all() }), [6, 5]);
    assert_eq!(ids(&state, &ActionFilter { limit: 2, after: Some(action(5)), ..all() }), [4, 3]);
    assert_eq!(ids(&state, &ActionFilter { order: Order::NewestLast, after: Some(action(5)), ..all() }), [6]);
    assert_eq!(ids(&state, &ActionFilter { agent: Some("ops".parse().unwrap()), ..all() }), [6, 4, 2]);
    assert_eq!(ids(&state, &ActionFilter { session: Some(session(2)), ..all() }), [6, 5]);
    assert_eq!(
        ids(&state, &ActionFilter { kind: Some(ActionType::SqlWrite), session: Some(session(1)), ..all() }),
        [4, 2]
    );
    assert_eq!(ids(&state, &ActionFilter { status: Some(ActionStatus::Pending), ..all() }), [3]);
    assert_eq!(ids(&state, &ActionFilter { since: Some(at(2)), until: Some(at(4)), ..all() }), [3, 2]);
    let path = |path: &str| ids(&state, &ActionFilter { path: Some(path.to_owned()), ..all() });
    assert_eq!(path("tools/a1.ts"), [1]);
    assert_eq!(path("tools"), [5, 3, 1]);
    assert_eq!(path("data/in/"), [6, 4, 2]);
    assert_eq!(path("data/i"), Vec::<u64>::new(), "whole components only");
    assert_eq!(path("data"), [6, 4, 2]);
    assert_eq!(path("'; DROP TABLE agent_actions; --"), Vec::<u64>::new());
}

#[test]
fn reads_are_noted_in_groups_and_seen_by_whoever_asks() {
    let state = State::new();
    for number in 1..=30 {
        state.store.note_read(&intent(number), &outcome(number, ActionStatus::Executed)).unwrap();
    }
    assert_eq!(ids(&state, &ActionFilter { limit: 1, ..ActionFilter::default() }), [30]);
    assert_eq!(state.number("SELECT count(*) FROM audit WHERE kind = 'read'"), 30);
    assert!(state.store.verify_audit().unwrap().damage.is_none());
}

#[test]
fn reads_are_written_by_the_thread_without_anyone_asking() {
    let state = State::new();
    for number in 1..=100 {
        state.store.note_read(&intent(number), &outcome(number, ActionStatus::Executed)).unwrap();
    }
    let by_hand = state.by_hand();
    let begun = std::time::Instant::now();
    while by_hand.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0)).unwrap() < 100 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "the group was never written");
        std::thread::yield_now();
    }
}

#[test]
fn a_single_read_is_written_within_a_moment() {
    let state = State::new();
    state.store.note_read(&intent(1), &outcome(1, ActionStatus::Executed)).unwrap();
    let by_hand = state.by_hand();
    let begun = std::time::Instant::now();
    while by_hand.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0)).unwrap() < 1 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "the read was never written");
        std::thread::yield_now();
    }
}

#[test]
fn closing_writes_the_reads_that_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    let store = Store::open(&path).unwrap();
    for number in 1..=7 {
        store.note_read(&intent(number), &outcome(number, ActionStatus::Executed)).unwrap();
    }
    drop(store);
    let count: i64 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM agent_actions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 7);
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["tgp.db"], "no write-ahead log is left");
}

#[test]
fn a_read_that_cannot_be_noted_does_not_hold_up_the_others() {
    let state = State::new();
    state.store.note_intent(&intent(1)).unwrap();
    state.store.note_read(&intent(1), &outcome(1, ActionStatus::Executed)).unwrap();
    state.store.note_read(&intent(2), &outcome(2, ActionStatus::Executed)).unwrap();
    assert!(matches!(state.store.flush(), Err(StoreError::Duplicate { .. })));
    state.store.flush().unwrap();
    assert_eq!(ids(&state, &ActionFilter::default()), [2, 1]);
}

#[test]
fn what_was_noted_is_there_after_the_process_was_killed() {
    const NAME: &str = "timeline::what_was_noted_is_there_after_the_process_was_killed";
    if let Some(path) = handed() {
        let store = Store::open(&path).unwrap();
        store.note_intent(&intent(1)).unwrap();
        store.note_outcome(&outcome(1, ActionStatus::Executed)).unwrap();
        store.note_intent(&intent(2)).unwrap();
        // As good as a kill: nothing is dropped, nothing is flushed.
        std::process::abort();
    } else {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tgp.db");
        let status = again(NAME, &path)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(!status.success());
        let store = Store::open(&path).unwrap();
        assert_eq!(store.action(action(1)).unwrap().unwrap().status, ActionStatus::Executed);
        let open = store.open_intents().unwrap();
        assert_eq!(open.iter().map(|row| row.id).collect::<Vec<_>>(), [action(2)]);
        assert!(store.verify_audit().unwrap().damage.is_none());
        store.note_outcome(&outcome(2, ActionStatus::Abandoned)).unwrap();
        assert!(store.open_intents().unwrap().is_empty());
    }
}
