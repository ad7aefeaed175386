//! What undo needs, and how the timeline shows it.

use serde_json::json;
use tgp_model::ActionStatus;
use tgp_store::{ActionFilter, Intent, Outcome, Reversibility, StoreError, UndoPart};

use crate::fixture::{State, action, at, intent, outcome};

fn parts() -> Vec<UndoPart> {
    vec![
        UndoPart::PreImage {
            path: "data/a.csv".to_owned(),
            content: Some("ab12".to_owned()),
            change: String::from("{}"),
        },
        UndoPart::PreImage { path: "data/new.csv".to_owned(), content: None, change: String::from("{}") },
        UndoPart::Commit { branch: "main".to_owned(), id: "c0ffee".to_owned() },
        UndoPart::Compensation { capability: "deploy.rollback".to_owned(), arguments: json!({ "to": 3 }) },
    ]
}

fn status(state: &State, number: u64) -> ActionStatus {
    state.store.action(action(number)).unwrap().unwrap().status
}

#[test]
fn what_undo_needs_is_kept_in_the_order_it_was_noted() {
    let state = State::new();
    state.store.note_intent(&Intent { undo: parts(), ..intent(1) }).unwrap();
    let changeset = UndoPart::Changeset { database: "app.db".to_owned(), bytes: vec![0, 1, 255] };
    state.store.note_undo(action(1), std::slice::from_ref(&changeset), at(1)).unwrap();
    let late = UndoPart::Commit { branch: "main".to_owned(), id: "beef".to_owned() };
    state
        .store
        .note_outcome(&Outcome { undo: vec![late.clone()], ..outcome(1, ActionStatus::Executed) })
        .unwrap();
    let mut expected = parts();
    expected.extend([changeset.clone(), late]);
    assert_eq!(state.store.undo_data(action(1)).unwrap(), expected);
    assert_eq!(state.store.kept_pre_images().unwrap(), ["ab12"]);
    let error = state.store.note_undo(action(1), &[changeset], at(2)).unwrap_err();
    assert!(matches!(error, StoreError::NotOpen { .. }), "{error}");
    state.store.forget_undo(&[action(1)], "its changes were dropped after 30 days", at(3)).unwrap();
    assert!(state.store.undo_data(action(1)).unwrap().is_empty());
    let row = state.store.action(action(1)).unwrap().unwrap();
    assert_eq!(
        (row.reversible, row.irreversible_why.as_deref()),
        (false, Some("its changes were dropped after 30 days"))
    );
    assert_eq!(state.store.verify_audit().unwrap().damage, None);
}

#[test]
fn each_request_of_an_open_action_is_in_its_details_and_in_a_row_of_the_chain_of_its_own() {
    let state = State::new();
    state.store.note_intent(&Intent { details: json!({ "args": { "n": 1 } }), ..intent(1) }).unwrap();
    for request in ["GET https://a.example/", "POST https://a.example/\"x\""] {
        state.store.note_sent(action(1), request, at(1)).unwrap();
    }
    let row = state.store.action(action(1)).unwrap().unwrap();
    let fetched = json!(["GET https://a.example/", "POST https://a.example/\"x\""]);
    assert_eq!(row.details, json!({ "args": { "n": 1 }, "fetched": fetched }));
    state.store.note_outcome(&outcome(1, ActionStatus::Executed)).unwrap();
    let late = state.store.note_sent(action(1), "GET https://a.example/", at(2)).unwrap_err();
    assert!(matches!(late, StoreError::NotOpen { .. }), "{late}");
    assert_eq!(state.store.verify_audit().unwrap().damage, None);
    let mut export = Vec::new();
    state.store.export_audit(&mut export).unwrap();
    let other = State::new();
    other.store.rebuild_from_export(&mut export.as_slice()).unwrap();
    assert_eq!(other.store.action(action(1)).unwrap().unwrap().details["fetched"], fetched);
}

#[test]
fn an_undo_marks_what_it_took_back_and_its_own_undo_puts_it_in_force_again() {
    let state = State::new();
    for number in 1..=3 {
        state.store.note_intent(&intent(number)).unwrap();
    }
    state.store.note_outcome(&outcome(1, ActionStatus::Executed)).unwrap();
    state.store.note_outcome(&outcome(2, ActionStatus::Failed)).unwrap();
    state.store.note_intent(&Intent { undo_of: vec![action(1), action(2)], ..intent(4) }).unwrap();
    let undone = vec![action(1), action(2), action(3)];
    state.store.note_outcome(&Outcome { undone, ..outcome(4, ActionStatus::Executed) }).unwrap();
    assert_eq!(
        [1, 2, 3].map(|number| status(&state, number)),
        [ActionStatus::Undone, ActionStatus::Failed, ActionStatus::Pending]
    );
    let row = state.store.action(action(1)).unwrap().unwrap();
    assert_eq!((row.undone_by, row.undo_of.as_slice()), (Some(action(4)), [].as_slice()));
    assert_eq!(state.store.action(action(4)).unwrap().unwrap().undo_of, [action(1), action(2)]);
    let by_status = ActionFilter { status: Some(ActionStatus::Undone), ..ActionFilter::default() };
    assert_eq!(state.store.actions(&by_status).unwrap().len(), 1);
    // The undo of the undo.
    state.store.note_intent(&Intent { undo_of: vec![action(4)], ..intent(5) }).unwrap();
    let redo =
        Outcome { undone: vec![action(4)], restored: vec![action(1)], ..outcome(5, ActionStatus::Executed) };
    state.store.note_outcome(&redo).unwrap();
    assert_eq!((status(&state, 1), status(&state, 4)), (ActionStatus::Executed, ActionStatus::Undone));
    assert_eq!(state.store.action(action(1)).unwrap().unwrap().undone_by, None);
}

#[test]
fn what_cannot_be_taken_back_says_why() {
    let state = State::new();
    let why = "the message has left".to_owned();
    let irreversible = Reversibility::Irreversible { why: why.clone() };
    state.store.note_intent(&Intent { reversibility: irreversible.clone(), ..intent(1) }).unwrap();
    state.store.note_intent(&intent(2)).unwrap();
    state
        .store
        .note_outcome(&Outcome { reversibility: irreversible, ..outcome(2, ActionStatus::Executed) })
        .unwrap();
    let mut run = intent(3);
    run.kind = tgp_model::ActionType::SqlWrite;
    state.store.note_intent(&Intent { reversibility: Reversibility::Reversible, ..run }).unwrap();
    let row = |number| state.store.action(action(number)).unwrap().unwrap();
    for number in [1, 2] {
        assert_eq!((row(number).reversible, row(number).irreversible_why), (false, Some(why.clone())));
    }
    assert_eq!((row(3).reversible, row(3).irreversible_why), (true, None));
}

#[test]
fn actions_are_found_by_branch() {
    let state = State::new();
    let branch = Some("agent/coder/oauth-1704067200".to_owned());
    state.store.note_intent(&Intent { branch: branch.clone(), ..intent(1) }).unwrap();
    state.store.note_intent(&intent(2)).unwrap();
    let found =
        state.store.actions(&ActionFilter { branch: branch.clone(), ..ActionFilter::default() }).unwrap();
    assert_eq!((found.len(), found[0].branch.clone()), (1, branch));
}

#[test]
fn what_failed_is_taken_back_only_where_it_had_sent_something() {
    let state = State::new();
    for number in [1, 2] {
        state.store.note_intent(&intent(number)).unwrap();
    }
    state.store.note_sent(action(1), "POST https://a.example/", at(1)).unwrap();
    for number in [1, 2] {
        state.store.note_outcome(&outcome(number, ActionStatus::Failed)).unwrap();
    }
    state.store.note_intent(&Intent { undo_of: vec![action(1), action(2)], ..intent(3) }).unwrap();
    let undone = vec![action(1), action(2)];
    state.store.note_outcome(&Outcome { undone, ..outcome(3, ActionStatus::Executed) }).unwrap();
    assert_eq!([1, 2].map(|number| status(&state, number)), [ActionStatus::Undone, ActionStatus::Failed]);
}
