//! Agents' branches and notes, as they are remembered.

use tgp_model::{ActionStatus, BranchStatus};
use tgp_store::{ActionFilter, BranchChange, BranchFilter, Check, Intent, NewBranch, NewNote, Store};

use crate::fixture::{State, action, again, at, handed, intent, outcome, session};

fn opened(number: u64) -> NewBranch {
    NewBranch {
        action: action(number),
        project: "/home/ada/shop".to_owned(),
        agent: "coder".parse().unwrap(),
        session: session(1),
        branch: format!("agent/coder/add-login-{number}"),
        description: "Add login".to_owned(),
        start: "c0ffee".to_owned(),
        at: at(number),
    }
}

#[test]
fn a_branch_is_remembered_with_all_that_becomes_of_it() {
    let state = State::new();
    state.store.record_branch(&opened(1)).unwrap();
    let row = state.store.branch("agent/coder/add-login-1").unwrap().unwrap();
    assert_eq!((row.id, row.status, row.start.as_str()), (action(1), BranchStatus::Active, "c0ffee"));
    assert_eq!((row.summary, row.note, row.merge_commit), (None, None, None));
    let change = |change: BranchChange, time: u64| {
        assert!(state.store.change_branch("agent/coder/add-login-1", &change, at(time)).unwrap());
        state.store.branch("agent/coder/add-login-1").unwrap().unwrap()
    };
    let checks = vec![Check { name: "npm test".to_owned(), passed: true }];
    let ready = BranchChange {
        status: Some(BranchStatus::Ready),
        summary: Some("Login works".to_owned()),
        checks: Some(checks.clone()),
        risk: Some("medium".to_owned()),
        ..BranchChange::default()
    };
    let row = change(ready, 10);
    assert_eq!((row.status, row.checks, row.risk.as_deref()), (BranchStatus::Ready, checks, Some("medium")));
    assert_ne!(row.updated_at, row.created_at);
    let back = BranchChange {
        status: Some(BranchStatus::Active),
        note: Some("Please add a test".to_owned()),
        ..BranchChange::default()
    };
    let row = change(back, 20);
    assert_eq!(row.note.as_deref(), Some("Please add a test"));
    assert_eq!(row.summary.as_deref(), Some("Login works"), "what is not said stays");
    let merged = BranchChange {
        status: Some(BranchStatus::Merged),
        merge_commit: Some("beef".to_owned()),
        note: Some(String::new()),
        ..BranchChange::default()
    };
    let row = change(merged, 30);
    assert_eq!((row.note, row.merge_commit.as_deref()), (None, Some("beef")));
    let taken_back = BranchChange { merge_commit: Some(String::new()), ..BranchChange::default() };
    assert_eq!(change(taken_back, 40).merge_commit, None);
    assert!(!state.store.change_branch("agent/coder/other", &BranchChange::default(), at(1)).unwrap());
}

#[test]
fn recording_a_branch_twice_changes_nothing() {
    let state = State::new();
    state.store.record_branch(&opened(1)).unwrap();
    let ready = BranchChange { status: Some(BranchStatus::Ready), ..BranchChange::default() };
    state.store.change_branch("agent/coder/add-login-1", &ready, at(2)).unwrap();
    state.store.record_branch(&opened(1)).unwrap();
    assert_eq!(state.store.branch("agent/coder/add-login-1").unwrap().unwrap().status, BranchStatus::Ready);
    assert_eq!(state.number("SELECT count(*) FROM agent_branches"), 1);
}

#[test]
fn the_current_task_is_the_active_one_a_session_took_up_last() {
    let state = State::new();
    let current = |number| {
        let found = state.store.current_branch(&"coder".parse().unwrap(), session(number)).unwrap();
        found.map(|row| row.branch)
    };
    assert_eq!(current(1), None);
    for number in [1, 2] {
        state.store.record_branch(&opened(number)).unwrap();
    }
    assert_eq!(current(1).as_deref(), Some("agent/coder/add-login-2"));
    let change = |branch: &str, change: BranchChange, time| {
        state.store.change_branch(branch, &change, at(time)).unwrap();
    };
    let take = |number| BranchChange { session: Some(session(number)), ..BranchChange::default() };
    change("agent/coder/add-login-1", take(1), 10);
    assert_eq!(current(1).as_deref(), Some("agent/coder/add-login-1"), "it was taken up again");
    change("agent/coder/add-login-1", take(2), 11);
    assert_eq!(current(1).as_deref(), Some("agent/coder/add-login-2"), "another session has the other");
    assert_eq!(current(2).as_deref(), Some("agent/coder/add-login-1"));
    let ready = BranchChange { status: Some(BranchStatus::Ready), ..BranchChange::default() };
    change("agent/coder/add-login-2", ready, 12);
    assert_eq!(current(1), None, "what was handed in is no task any more");
    let ready = BranchFilter { status: Some(BranchStatus::Ready), ..BranchFilter::default() };
    let names = |filter: &BranchFilter| -> Vec<String> {
        state.store.branches(filter).unwrap().into_iter().map(|row| row.branch).collect()
    };
    assert_eq!(names(&ready), ["agent/coder/add-login-2"]);
    let one = BranchFilter { agent: Some("coder".parse().unwrap()), limit: 1, ..BranchFilter::default() };
    assert_eq!(names(&one), ["agent/coder/add-login-2"]);
    assert!(
        names(&BranchFilter { agent: Some("ops".parse().unwrap()), ..BranchFilter::default() }).is_empty()
    );
}

#[test]
fn actions_name_the_number_of_their_branch_and_show_its_name() {
    let state = State::new();
    state.store.note_intent(&intent(1)).unwrap();
    state.store.record_branch(&opened(1)).unwrap();
    let branch = Some("agent/coder/add-login-1".to_owned());
    state.store.note_intent(&Intent { branch: branch.clone(), ..intent(2) }).unwrap();
    state
        .store
        .note_read(&Intent { branch: branch.clone(), ..intent(3) }, &outcome(3, ActionStatus::Executed))
        .unwrap();
    state.store.note_intent(&Intent { branch: Some("feat/a".to_owned()), ..intent(4) }).unwrap();
    let filter = ActionFilter { branch: branch.clone(), ..ActionFilter::default() };
    let rows = state.store.actions(&filter).unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [action(3), action(2), action(1)]);
    assert!(rows.iter().all(|row| row.branch == branch));
    let with_number = "SELECT count(*) FROM agent_actions JOIN agent_branches b ON b.id = branch_id";
    assert_eq!(state.number(with_number), 3);
    let library = ActionFilter { branch: Some("feat/a".to_owned()), ..ActionFilter::default() };
    assert_eq!(state.store.actions(&library).unwrap().len(), 1, "the library's branches have no row");
}

#[test]
fn notes_are_kept_the_newest_first_and_can_go() {
    let state = State::new();
    for (number, agent) in [(1, "coder"), (2, "ops"), (3, "coder")] {
        let note = NewNote {
            action: action(number),
            project: "/home/ada/shop".to_owned(),
            session: session(1),
            agent: agent.parse().unwrap(),
            branch: None,
            note: format!("note {number}"),
            at: at(number),
        };
        state.store.save_note(&note).unwrap();
    }
    let notes = |agent: Option<&str>| -> Vec<String> {
        let agent = agent.map(|agent| agent.parse().unwrap());
        state.store.session_notes(agent.as_ref(), 2).unwrap().into_iter().map(|note| note.note).collect()
    };
    assert_eq!(notes(None), ["note 3", "note 2"]);
    assert_eq!(notes(Some("coder")), ["note 3", "note 1"]);
    assert!(state.store.delete_note(action(3)).unwrap());
    assert!(!state.store.delete_note(action(3)).unwrap());
    assert_eq!(notes(Some("coder")), ["note 1"]);
}

#[test]
fn several_processes_open_branches_at_once() {
    const MANY: u64 = 8;
    if let Some(path) = handed() {
        let number: u64 = std::env::var("TGP_STORE_TEST_NUMBER").unwrap().parse().unwrap();
        let store = Store::open(&path).unwrap();
        for step in 0..20 {
            store.record_branch(&opened(number * 100 + step)).unwrap();
        }
        return;
    }
    let state = State::new();
    let name = "branches::several_processes_open_branches_at_once";
    let children: Vec<_> = (1..=MANY)
        .map(|number| {
            again(name, &state.path()).env("TGP_STORE_TEST_NUMBER", number.to_string()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(state.store.branches(&BranchFilter::default()).unwrap().len(), 160);
}

#[test]
fn a_database_of_the_second_version_gets_the_tables_and_keeps_its_rows_and_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgp.db");
    // Made by the version before: dumped from it, with eighteen rows of its chain.
    rusqlite::Connection::open(&path).unwrap().execute_batch(include_str!("second_version.sql")).unwrap();
    let store = Store::open(&path).unwrap();
    let report = store.verify_audit().unwrap();
    assert_eq!((report.rows, report.damage), (17, None));
    let actions = store.actions(&ActionFilter::default()).unwrap();
    assert_eq!(actions.len(), 9);
    assert!(actions.iter().any(|row| row.branch.as_deref() == Some("feat/a")));
    assert_eq!(store.undo_data(action(1)).unwrap().len(), 1);
    assert_eq!(store.kept_content().unwrap(), [action(7)]);
    assert_eq!(store.intent_content(action(7)).unwrap(), [("tools/x.ts".to_owned(), b"1".to_vec())]);
    assert_eq!(store.branches(&BranchFilter::default()).unwrap(), []);
    store.record_branch(&opened(100)).unwrap();
    assert!(store.branch("agent/coder/add-login-100").unwrap().is_some());
    assert_eq!(store.session_notes(None, 10).unwrap(), []);
}
