//! An agent asks for a merge: a person sees the difference and answers for exactly that.

use rusqlite::Connection;
use serde_json::json;
use tgp_tests::{Era, Session};

use super::*;

/// The branch as `finish_task` leaves it: handed in.
pub(crate) fn hand_in(project: &Project, branch: &str, status: &str) {
    done(project, &["branch", "list"]);
    let state = Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state
        .execute(
            "INSERT OR REPLACE INTO agent_branches (id, project_id, agent_name, branch_name, task_description, status, \
             session_id, taken_at, start_commit, summary) VALUES (?1, '', 'coder', ?2, 'Add a login', ?3, ?1, '', '', \
             'Added it')",
            [&action(77), branch, status],
        )
        .unwrap();
}

fn project() -> (Project, String, Session) {
    let project = repository_with("approvals: { wait: 0 },", &[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    hand_in(&project, &name, "ready");
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", "coder"]));
    session.connect(Era::Legacy);
    (project, name, session)
}

#[test]
fn a_merge_an_agent_asks_for_waits_for_a_person_who_sees_every_line() {
    let (project, name, mut session) = project();
    let before = persons(&project);
    let asked = session.call("merge_branch", json!({ "branch": name })).refused();
    assert_eq!(asked.code, "policy.requires_approval");
    assert!(persons(&project) == before, "asking changes nothing");
    let questions = done(&project, &["approvals"]);
    let question = &questions["approvals"][0];
    let preview = question["preview"].as_str().unwrap();
    for seen in
        [&format!("merge {name} into main"), "Add a login", "Added it", "1 file, 1 line added", "+login"]
    {
        assert!(preview.contains(seen), "{seen}: {preview}");
    }
    let ticket = question["ticket"].as_str().unwrap();
    assert_eq!(project.at_a_terminal(&["approve", ticket], "y").code, Some(0));
    let merged = session.call("merge_branch", json!({ "branch": name })).done().clone();
    assert_eq!(merged["into"], "main");
    assert_eq!(project.read("login.txt"), "login\n");
    let snapshots = done(&project, &["snapshot", "list"]);
    let triggers: Vec<&str> = snapshots["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["trigger"].as_str().unwrap())
        .collect();
    assert!(triggers.contains(&"before_merge"), "{triggers:?}");
    let refused = session.call("undo_action", json!({ "action": merged["action"] })).refused();
    assert_eq!(refused.code, "undo.impossible", "a person takes a merge back");
    done(&project, &["undo", merged["action"].as_str().unwrap()]);
    assert!(!exists(&project.path("login.txt")));
    session.stop();
}

#[test]
fn a_yes_counts_for_the_tips_that_were_shown_and_for_no_others() {
    let (project, name, mut session) = project();
    let ask = |session: &mut Session| {
        let refusal = session.call("merge_branch", json!({ "branch": name })).refused();
        assert_eq!(refusal.code, "policy.requires_approval");
    };
    let approve = || {
        let questions = done(&project, &["approvals"]);
        let ticket = questions["approvals"][0]["ticket"].as_str().unwrap().to_owned();
        assert_eq!(project.at_a_terminal(&["approve", &ticket], "y").code, Some(0));
    };
    ask(&mut session);
    approve();
    project.write("b.txt", "the target moved\n");
    commit(&project, "Meanwhile");
    ask(&mut session);
    approve();
    let tip = said(&project, &["rev-parse", &name]);
    let moved = branch_from(&project, "coder/moved-1", &tip, &[&[("evil.txt", Some("evil\n"))]]);
    said(&project, &["update-ref", &format!("refs/heads/{name}"), &said(&project, &["rev-parse", &moved])]);
    ask(&mut session);
    assert!(!exists(&project.path("evil.txt")) && !exists(&project.path("login.txt")));
    session.stop();
}

#[test]
fn an_agent_can_ask_for_its_own_branches_only_and_when_they_are_ready() {
    let (project, name, mut session) = project();
    let other = branch(&project, "ops/deploy-1", &[&[("b.txt", Some("b\n"))]]);
    let mut code = |branch: &str| session.call("merge_branch", json!({ "branch": branch })).refused().code;
    assert_eq!(code(&other), "policy.denied");
    assert_eq!(code("agent/coder/nothing-1"), "branch.missing");
    assert_eq!(code("main"), "arguments.invalid");
    assert_eq!(code("login"), "arguments.invalid", "an agent writes the whole name");
    hand_in(&project, &name, "active");
    assert_eq!(code(&name), "branch.closed");
    session.stop();
}

#[test]
fn a_blocked_merge_is_refused_before_the_yes_to_it_is_used() {
    let (project, name, mut session) = project();
    let asked = session.call("merge_branch", json!({ "branch": name })).refused();
    assert_eq!(asked.code, "policy.requires_approval");
    let questions = done(&project, &["approvals"]);
    let ticket = questions["approvals"][0]["ticket"].as_str().unwrap().to_owned();
    assert_eq!(project.at_a_terminal(&["approve", &ticket], "y").code, Some(0));
    project.write("login.txt", "a person's, and in no commit\n");
    for _ in 0..2 {
        let refused = session.call("merge_branch", json!({ "branch": name })).refused();
        assert_eq!(refused.code, "merge.blocked", "{:#}", refused.raw);
    }
    assert_eq!(project.read("login.txt"), "a person's, and in no commit\n");
    std::fs::remove_file(project.path("login.txt")).unwrap();
    session.call("merge_branch", json!({ "branch": name })).done();
    assert_eq!(project.read("login.txt"), "login\n", "the yes was still there");
    session.stop();
}
