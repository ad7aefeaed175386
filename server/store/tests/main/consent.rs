//! Approvals and tokens: answered once, used once, and only for what was asked.

use serde_json::json;
use tgp_model::{ActionStatus, ApprovalId, Timestamp, TokenId};
use tgp_store::{
    Amounts, Answer, ApprovalFilter, ApprovalProblem, ApprovalRow, ApprovalState, ApprovalUse, Budget,
    Intent, NewToken, Question, StoreError, TokenProblem, TokenSpend, TokenUse,
};

use crate::fixture::{State, again, at, handed, intent, outcome, session};

const HOUR: u64 = 3_600_000;

fn ticket(number: u64) -> ApprovalId {
    ApprovalId::from_parts(number, u128::from(number))
}

fn question(number: u64) -> Question {
    Question {
        approval: ticket(number),
        action: crate::fixture::action(number),
        agent: "coder".parse().unwrap(),
        session: session(1),
        capability: "fs.write".to_owned(),
        request: format!(r#"{{"capability":"fs.write","path":"tools/a{number}.ts","content":"1"}}"#),
        pre_images: "tools/a.ts=c0ffee".to_owned(),
        policy_version: "v1".to_owned(),
        effects: None,
        seed: Some(u64::MAX),
        clock_ms: Some(5),
        preview: "-0\n+1".to_owned(),
        reason: "Tools that publish ask first.".to_owned(),
        risk: "high".to_owned(),
        rule: "ask-publish".to_owned(),
        at: at(0),
        expires: at(HOUR),
    }
}

fn yes(row: &ApprovalRow) -> Answer {
    Answer {
        approve: true,
        by: "ada".to_owned(),
        door: "terminal".to_owned(),
        reason: Some("fine".to_owned()),
        shown_hash: row.shown_hash.clone(),
        at: at(10),
    }
}

fn used(number: u64) -> ApprovalUse {
    let question = question(number);
    ApprovalUse {
        approval: question.approval,
        request: question.request,
        pre_images: question.pre_images,
        policy_version: question.policy_version,
    }
}

fn with(number: u64, approval: ApprovalUse) -> Intent {
    Intent { approval: Some(approval), at: at(20), ..intent(number) }
}

/// A state with question 1 approved.
fn approved() -> State {
    let state = State::new();
    let row = state.store.ask(&question(1)).unwrap();
    state.store.answer(ticket(1), &yes(&row)).unwrap();
    state
}

#[track_caller]
fn refused(state: &State, intent: &Intent, expected: ApprovalProblem) {
    let head = state.store.audit_head().unwrap();
    match state.store.note_intent(intent) {
        Err(StoreError::Approval { problem, .. }) => assert_eq!(problem, expected),
        other => panic!("{other:?}"),
    }
    assert_eq!(state.store.audit_head().unwrap(), head, "what is refused leaves nothing");
    assert!(state.store.action(intent.action).unwrap().is_none());
}

fn state_of(state: &State, number: u64) -> ApprovalState {
    state.store.approval(ticket(number), at(30)).unwrap().unwrap().state
}

#[test]
fn an_approved_action_is_noted_with_who_approved_it() {
    let state = approved();
    state.store.note_intent(&with(2, used(1))).unwrap();
    let row = state.store.action(crate::fixture::action(2)).unwrap().unwrap();
    assert_eq!((row.approval, row.approved_by.as_deref()), (Some(ticket(1)), Some("ada")));
    let approval = state.store.approval(ticket(1), at(30)).unwrap().unwrap();
    assert_eq!((approval.state, approval.used_by), (ApprovalState::Used, Some(row.id)));
    assert_eq!((approval.answered_door.as_deref(), approval.seed), (Some("terminal"), Some(u64::MAX)));
    assert_eq!(state.number("SELECT count(*) FROM audit WHERE kind = 'approval'"), 2);
}

#[test]
fn arguments_changed_after_approval() {
    let state = approved();
    let changed = ApprovalUse { request: used(1).request.replace('1', "2"), ..used(1) };
    refused(&state, &with(2, changed), ApprovalProblem::RequestChanged);
    assert_eq!(state_of(&state, 1), ApprovalState::Approved, "the yes is still there for what was asked");
}

#[test]
fn approval_used_twice() {
    let state = approved();
    state.store.note_intent(&with(2, used(1))).unwrap();
    refused(&state, &with(3, used(1)), ApprovalProblem::Used);
}

#[test]
fn approved_then_the_file_changed() {
    let state = approved();
    let changed = ApprovalUse { pre_images: "tools/a.ts=bad".to_owned(), ..used(1) };
    refused(&state, &with(2, changed), ApprovalProblem::PreImagesChanged);
}

#[test]
fn approved_under_another_policy_version() {
    let state = approved();
    let changed = ApprovalUse { policy_version: "v2".to_owned(), ..used(1) };
    refused(&state, &with(2, changed), ApprovalProblem::PolicyChanged);
}

#[test]
fn the_yes_of_one_agent_is_no_yes_for_another() {
    let state = approved();
    let other = Intent { agent: "ops".parse().unwrap(), ..with(2, used(1)) };
    refused(&state, &other, ApprovalProblem::Agent);
}

#[test]
fn what_nobody_answered_or_what_was_denied_is_not_a_yes() {
    let state = State::new();
    refused(&state, &with(2, used(1)), ApprovalProblem::Missing);
    let row = state.store.ask(&question(1)).unwrap();
    refused(&state, &with(2, used(1)), ApprovalProblem::Pending);
    state.store.answer(ticket(1), &Answer { approve: false, ..yes(&row) }).unwrap();
    refused(&state, &with(2, used(1)), ApprovalProblem::Denied);
}

#[test]
fn the_approvers_view_differs_from_what_runs() {
    let state = State::new();
    let row = state.store.ask(&question(1)).unwrap();
    let other =
        State::new().store.ask(&Question { preview: "nothing much".to_owned(), ..question(1) }).unwrap();
    let error = state.store.answer(ticket(1), &yes(&other)).unwrap_err();
    assert!(matches!(error, StoreError::Approval { problem: ApprovalProblem::ShownOther, .. }), "{error}");
    assert_eq!(state_of(&state, 1), ApprovalState::Pending);
    state.store.answer(ticket(1), &yes(&row)).unwrap();
}

#[test]
fn the_first_answer_wins_of_many_at_once() {
    let state = State::new();
    let row = state.store.ask(&question(1)).unwrap();
    let won = std::thread::scope(|scope| {
        let answers: Vec<_> = (0..8)
            .map(|number| {
                let answer = Answer { approve: number % 2 == 0, by: format!("person-{number}"), ..yes(&row) };
                let store = &state.store;
                scope.spawn(move || store.answer(ticket(1), &answer).is_ok())
            })
            .collect();
        answers.into_iter().filter(|_| true).map(|answer| answer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 1);
    assert_eq!(state.number("SELECT count(*) FROM audit WHERE kind = 'approval'"), 2);
}

#[test]
fn one_yes_is_used_once_by_many_at_once() {
    let state = approved();
    let noted = std::thread::scope(|scope| {
        let tries: Vec<_> = (10..18)
            .map(|number| {
                let store = &state.store;
                scope.spawn(move || store.note_intent(&with(number, used(1))).is_ok())
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).filter(|noted| *noted).count()
    });
    assert_eq!(noted, 1);
    assert_eq!(state.number("SELECT count(*) FROM agent_actions"), 1);
}

#[test]
fn an_approval_expires_and_a_clock_that_goes_back_does_not_revive_it() {
    let state = approved();
    let late = Intent { at: at(HOUR), ..with(2, used(1)) };
    refused(&state, &late, ApprovalProblem::Expired);
    assert_eq!(state.store.approval(ticket(1), at(HOUR)).unwrap().unwrap().state, ApprovalState::Expired);
    refused(&state, &with(2, used(1)), ApprovalProblem::Expired);
    let row = state.store.ask(&question(2)).unwrap();
    let error = state.store.answer(ticket(2), &Answer { at: at(HOUR), ..yes(&row) }).unwrap_err();
    assert!(matches!(error, StoreError::Approval { problem: ApprovalProblem::Expired, .. }), "{error}");
}

#[test]
fn approval_arriving_after_the_client_went_away() {
    let state = State::new();
    let row = state.store.ask(&question(1)).unwrap();
    let path = state.path();
    let State { folder, store } = state;
    drop(store);
    // Another process, such as `tgp approve`, answers; the agent comes back and repeats the call.
    tgp_store::Store::open(&path).unwrap().answer(ticket(1), &yes(&row)).unwrap();
    let store = tgp_store::Store::open(&path).unwrap();
    let open = ApprovalFilter { state: Some(ApprovalState::Approved), ..ApprovalFilter::default() };
    assert_eq!(store.approvals(&open, at(20)).unwrap().len(), 1);
    store.note_intent(&with(2, used(1))).unwrap();
    drop(folder);
}

#[test]
fn the_same_question_is_asked_once() {
    let state = State::new();
    state.store.ask(&question(1)).unwrap();
    let again = Question { approval: ticket(9), ..question(1) };
    assert_eq!(state.store.ask(&again).unwrap().id, ticket(1));
    let other = Question { approval: ticket(9), pre_images: "other".to_owned(), ..question(1) };
    assert_eq!(state.store.ask(&other).unwrap().id, ticket(9));
    let by_request = ApprovalFilter { request: Some(question(1).request), ..ApprovalFilter::default() };
    assert_eq!(state.store.approvals(&by_request, at(1)).unwrap().len(), 2);
}

fn token(number: u64) -> TokenId {
    TokenId::from_parts(number, u128::from(number))
}

fn minted(number: u64) -> NewToken {
    NewToken {
        token: token(number),
        parent: None,
        agent: "coder".parse().unwrap(),
        session: Some(session(1)),
        grants: json!([{ "capability": "fs.write", "path": "tools/**" }]),
        budget: Budget { actions: Some(3), bytes: Some(1_000), ..Budget::default() },
        expires: at(HOUR),
        by: "ada".to_owned(),
        door: "terminal".to_owned(),
        at: at(0),
    }
}

fn spending(action: u64, which: u64, nonce: u64, bytes: u64) -> Intent {
    let amounts = Amounts { actions: 1, bytes, ..Amounts::default() };
    Intent { consume: Some(TokenUse { token: token(which), nonce, amounts }), at: at(20), ..intent(action) }
}

#[track_caller]
fn does_not_pay(state: &State, intent: &Intent, expected: TokenProblem, code: &str) {
    let head = state.store.audit_head().unwrap();
    match state.store.note_intent(intent) {
        Err(StoreError::Token { problem, .. }) => {
            assert_eq!((problem, problem.code()), (expected, code));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(state.store.audit_head().unwrap(), head);
}

#[test]
fn a_token_pays_until_its_budget_is_spent() {
    let state = State::new();
    state.store.mint_token(&minted(1)).unwrap();
    state.store.note_intent(&spending(1, 1, 1, 600)).unwrap();
    does_not_pay(&state, &spending(2, 1, 2, 401), TokenProblem::Spent { what: "bytes" }, "token.spent");
    state.store.note_intent(&spending(2, 1, 2, 400)).unwrap();
    state.store.note_read(&spending(3, 1, 3, 0), &outcome(3, ActionStatus::Executed)).unwrap();
    does_not_pay(&state, &spending(4, 1, 4, 0), TokenProblem::Spent { what: "actions" }, "token.spent");
    let row = state.store.token(token(1), at(30)).unwrap().unwrap();
    assert_eq!((row.spent.actions, row.spent.bytes, row.last_nonce), (3, 1_000, 3));
    let action = state.store.action(crate::fixture::action(3)).unwrap().unwrap();
    assert_eq!((action.token, action.status), (Some(token(1)), ActionStatus::Executed));
    assert_eq!(state.store.tokens(at(30)).unwrap().len(), 1);
}

#[test]
fn a_nonce_is_used_once_by_many_at_once() {
    let state = State::new();
    state.store.mint_token(&minted(1)).unwrap();
    let paid = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|number| {
                let store = &state.store;
                scope.spawn(move || store.note_intent(&spending(number, 1, 7, 1)).is_ok())
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).filter(|paid| *paid).count()
    });
    assert_eq!(paid, 1);
    does_not_pay(&state, &spending(20, 1, 7, 1), TokenProblem::Replayed, "token.replayed");
    does_not_pay(&state, &spending(20, 1, u64::MAX, 1), TokenProblem::Replayed, "token.replayed");
}

#[test]
fn a_token_is_for_its_agent_and_its_session_and_its_time() {
    let state = State::new();
    does_not_pay(&state, &spending(1, 1, 1, 0), TokenProblem::Missing, "token.invalid");
    state.store.mint_token(&minted(1)).unwrap();
    let other = Intent { agent: "ops".parse().unwrap(), ..spending(1, 1, 1, 0) };
    does_not_pay(&state, &other, TokenProblem::Agent, "token.agent");
    let other = Intent { session: session(2), ..spending(1, 1, 1, 0) };
    does_not_pay(&state, &other, TokenProblem::Session, "token.agent");
    let late = Intent { at: at(HOUR), ..spending(1, 1, 1, 0) };
    does_not_pay(&state, &late, TokenProblem::Expired, "token.expired");
    assert!(state.store.token(token(1), at(HOUR)).unwrap().unwrap().expired);
    does_not_pay(&state, &spending(1, 1, 1, 0), TokenProblem::Expired, "token.expired");
}

#[test]
fn a_narrowed_token_spends_from_its_parents_and_ends_with_them() {
    let state = State::new();
    state.store.mint_token(&minted(1)).unwrap();
    let child = NewToken {
        parent: Some(token(1)),
        agent: "reviewer".parse().unwrap(),
        session: None,
        budget: Budget::default(),
        door: "delegate".to_owned(),
        ..minted(2)
    };
    state.store.mint_token(&child).unwrap();
    let by_child =
        |action, nonce| Intent { agent: "reviewer".parse().unwrap(), ..spending(action, 2, nonce, 500) };
    state.store.note_intent(&by_child(1, 1)).unwrap();
    state.store.note_intent(&by_child(2, 2)).unwrap();
    does_not_pay(&state, &by_child(3, 3), TokenProblem::Spent { what: "bytes" }, "token.spent");
    assert_eq!(
        state.store.token(token(2), at(1)).unwrap().unwrap().spent.bytes,
        1_000,
        "what was refused is not spent"
    );
    assert!(state.store.revoke_token(token(1), "ada", "terminal", at(5)).unwrap());
    assert!(!state.store.revoke_token(token(1), "ada", "terminal", at(6)).unwrap());
    does_not_pay(&state, &by_child(4, 4), TokenProblem::Revoked, "token.invalid");
    let grandchild = NewToken { parent: Some(token(1)), ..minted(3) };
    assert!(matches!(
        state.store.mint_token(&grandchild),
        Err(StoreError::Token { problem: TokenProblem::Revoked, .. })
    ));
    assert!(state.store.revoke_token(token(9), "ada", "terminal", at(5)).is_err());
}

#[test]
fn what_became_known_only_at_the_end_is_paid_too() {
    let state = State::new();
    state.store.mint_token(&minted(1)).unwrap();
    state.store.note_intent(&spending(1, 1, 1, 0)).unwrap();
    let mut ended = outcome(1, ActionStatus::Executed);
    ended.spent = Some(TokenSpend {
        token: token(1),
        amounts: Amounts { bytes: 5_000, rows: 2, ..Amounts::default() },
    });
    state.store.note_outcome(&ended).unwrap();
    let row = state.store.token(token(1), at(30)).unwrap().unwrap();
    assert_eq!((row.spent.bytes, row.spent.rows), (5_000, 2));
    does_not_pay(&state, &spending(2, 1, 2, 0), TokenProblem::Spent { what: "bytes" }, "token.spent");
}

#[test]
fn what_was_used_up_stays_used_up_when_the_process_dies_at_once() {
    const NAME: &str = "consent::what_was_used_up_stays_used_up_when_the_process_dies_at_once";
    if let Some(path) = handed() {
        tgp_store::Store::open(&path).unwrap().note_intent(&with(2, used(1))).unwrap();
        std::process::abort();
    }
    let state = approved();
    let mut child = again(NAME, &state.path());
    child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    assert!(!child.status().unwrap().success());
    assert_eq!(state_of(&state, 1), ApprovalState::Used);
    refused(&state, &with(3, used(1)), ApprovalProblem::Used);
    assert_eq!(state.store.verify_audit().unwrap().damage, None);
}

#[test]
fn nothing_overflows_at_the_largest_amounts() {
    let state = State::new();
    state
        .store
        .mint_token(&NewToken { budget: Budget::default(), expires: Timestamp(i64::MAX / 2), ..minted(1) })
        .unwrap();
    for number in 1..=4 {
        let mut one = spending(number, 1, number, u64::MAX);
        one.consume.as_mut().unwrap().amounts =
            Amounts { actions: u64::MAX, bytes: u64::MAX, rows: u64::MAX, milliseconds: u64::MAX };
        state.store.note_intent(&one).unwrap();
    }
    assert!(state.store.token(token(1), at(1)).unwrap().unwrap().spent.bytes > u64::MAX / 4);
}
