//! What an agent does in another process is told to the editor, and what it asks is asked there.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::{Editor, Project, Session};

use super::{agent, asking};
use crate::branches::{repository, repository_with};

fn changed(message: &Value, area: &str) -> bool {
    message["method"] == "tgp/changed"
        && message["params"]["areas"].as_array().is_some_and(|areas| areas.contains(&json!(area)))
}

/// Waits until the editor heard of a change; how long that took.
pub(super) fn heard(editor: &mut Editor, area: &str) -> Duration {
    let begun = Instant::now();
    editor
        .message(|message| changed(message, area), tgp_tests::process::PATIENCE)
        .unwrap_or_else(|| panic!("nobody told of `{area}`"));
    begun.elapsed()
}

/// An editor that has heard of everything that was there before.
fn settled(project: &Project) -> Editor {
    let mut editor = project.editor();
    heard(&mut editor, "library");
    editor
}

/// A session with a branch of its own.
fn at_work(project: &Project) -> Session {
    let mut session = agent(project, "coder");
    session.call("start_task", json!({ "description": "Add a login" })).done();
    session
}

#[test]
fn what_an_agent_does_elsewhere_is_told_within_a_fifth_of_a_second() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut session = at_work(&project);
    let mut editor = settled(&project);
    let mut took = Vec::new();
    for number in 0..21 {
        session.write(&format!("src/{number}.txt"), "text\n");
        took.push(heard(&mut editor, "branches"));
    }
    took.sort();
    assert!(took[10] <= Duration::from_millis(200), "{took:?}");
    let listed = editor.done("tgp/branches/list", json!({}));
    assert_eq!(listed["branches"][0]["files_changed"], 21);
    session.stop();
    editor.stop();
}

#[test]
fn each_kind_of_change_names_what_is_no_longer_as_it_was() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut session = agent(&project, "coder");
    let mut editor = settled(&project);
    session.write("tools/hello.ts", crate::sources::HELLO);
    heard(&mut editor, "tools");
    session.exec("tools/hello.ts", json!({ "name": "Ada" })).done();
    heard(&mut editor, "tools");
    project.json(&["snapshot", "create", "before"]);
    heard(&mut editor, "snapshots");
    session.call("start_task", json!({ "description": "Add a login" })).done();
    heard(&mut editor, "branches");
    session.stop();
    editor.stop();
}

#[test]
fn an_editor_that_reads_its_lists_is_not_told_that_it_did() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut editor = settled(&project);
    editor.done("tgp/tools/list", json!({}));
    // The read is noted with others a moment later. A change by somebody else comes after it.
    let mut session = at_work(&project);
    heard(&mut editor, "branches");
    session.write("src/b.txt", "b\n");
    heard(&mut editor, "branches");
    let listed = editor.done("tgp/timeline/list", json!({}));
    let own = listed["actions"].as_array().unwrap().iter().filter(|one| one["type"] == "file_list").count();
    assert_eq!(own, 1, "{listed}");
    let told: Vec<String> = editor
        .kept()
        .filter(|message| message["method"] == "tgp/changed")
        .map(|message| message["params"]["areas"].to_string())
        .collect();
    assert!(told.iter().all(|areas| !areas.contains("tools")), "{told:?}");
    session.stop();
    editor.stop();
}

#[test]
fn a_branch_that_plain_git_moves_or_removes_is_told_within_a_second() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = crate::branches::branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    let mut editor = settled(&project);
    let git = |arguments: &[&str]| crate::branches::said(&project, arguments);
    let mut took = Vec::new();
    for number in 0..5 {
        let tree = format!("{name}^{{tree}}");
        let next = git(&["commit-tree", "-p", &name, "-m", &format!("By hand {number}"), &tree]);
        git(&["update-ref", &format!("refs/heads/{name}"), &next]);
        took.push(heard(&mut editor, "branches"));
    }
    took.sort();
    assert!(took[2] <= Duration::from_secs(1), "{took:?}");
    git(&["branch", "-D", &name]);
    heard(&mut editor, "branches");
    assert_eq!(editor.done("tgp/branches/list", json!({}))["branches"], json!([]));
    // A person's own branch is none of theirs.
    git(&["branch", "mine"]);
    let told = editor.message(|message| changed(message, "branches"), Duration::from_secs(2));
    assert!(told.is_none(), "{told:?}");
    editor.stop();
}

#[test]
fn a_new_question_is_told_once_with_its_preview_to_an_editor_that_shows_questions() {
    let project = repository_with("approvals: { wait: 0 },", &[("a.txt", "a\n")]);
    let mut editor = settled(&project);
    let name = crate::branches::branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    crate::branches::asking::hand_in(&project, &name, "ready");
    let mut session = agent(&project, "coder");
    session.call("merge_branch", json!({ "branch": name })).refused();
    let told = editor.message_of("tgp/approval")["params"]["approval"].clone();
    assert_eq!(told["state"], "pending");
    assert!(told["preview"].as_str().unwrap().contains("+login"), "{told}");
    session.call("merge_branch", json!({ "branch": name })).refused();
    let answer = json!({ "ticket": told["ticket"], "shown_hash": told["shown_hash"] });
    editor.done("tgp/approvals/approve", answer);
    heard(&mut editor, "approvals");
    let again = editor.kept().filter(|message| message["method"] == "tgp/approval").count();
    assert_eq!(again, 0, "a question is told once");
    let dialogs = editor.kept().filter(|message| message["method"] == "window/showMessageRequest").count();
    assert_eq!(dialogs, 0, "the editor shows them itself");
    session.call("merge_branch", json!({ "branch": name })).done();
    session.stop();
    editor.stop();
}

/// An editor that knows nothing of tgp.
fn plain(project: &Project) -> Editor {
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    editor.connect(&project.root(), &Value::Null);
    editor
}

fn titles(request: &Value) -> Vec<&str> {
    let actions = request["params"]["actions"].as_array().unwrap();
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

/// Waits until a question has this state, as the terminal tells it.
fn becomes(project: &Project, state: &str) {
    let begun = Instant::now();
    loop {
        let listed = project.json(&["approvals", "--all"]);
        if listed["approvals"][0]["state"] == state {
            return;
        }
        assert!(begun.elapsed() < tgp_tests::process::PATIENCE, "{listed}");
    }
}

#[test]
fn an_editor_that_knows_nothing_of_tgp_is_asked_through_its_own_dialog() {
    let (project, mut session, merge) = asking("");
    let mut editor = plain(&project);
    let request = editor.message_of("window/showMessageRequest");
    let risk = project.json(&["approvals"])["approvals"][0]["risk"].as_str().unwrap().to_owned();
    assert_eq!(titles(&request), ["Approve", "Deny", "Show"], "{risk}");
    let text = request["params"]["message"].as_str().unwrap();
    assert!(text.lines().any(|line| line.starts_with("> ") && line.contains("+login")), "{text}");
    assert!(text.lines().skip(2).all(|line| line.starts_with("> ")), "{text}");
    assert!(text.contains("coder asks for branch.merge") && text.contains("+login"), "{text}");
    // Nothing waits for the person meanwhile.
    editor.done("tgp/status", json!({}));
    editor.reply(&request, &json!({ "title": "Approve" }));
    becomes(&project, "approved");
    session.call("merge_branch", merge).done();
    assert_eq!(project.read("login.txt"), "login\n");
    session.stop();
    editor.stop();
}

#[test]
fn a_dialog_that_is_closed_leaves_the_question_open_and_a_late_answer_is_told_so() {
    let (project, _session, _) = asking("");
    let (mut first, mut second) = (plain(&project), plain(&project));
    let closed = first.message_of("window/showMessageRequest");
    first.reply(&closed, &Value::Null);
    first.done("tgp/status", json!({}));
    assert_eq!(project.json(&["approvals"])["approvals"][0]["state"], "pending");
    let ticket = project.json(&["approvals"])["approvals"][0]["ticket"].as_str().unwrap().to_owned();
    assert_eq!(project.at_a_terminal(&["deny", &ticket], "y").code, Some(0));
    let late = second.message_of("window/showMessageRequest");
    second.reply(&late, &json!({ "title": "Approve" }));
    let told = second.message_of("window/showMessage");
    assert!(told["params"]["message"].as_str().unwrap().contains("does not count"), "{told}");
    assert_eq!(project.json(&["approvals", "--all"])["approvals"][0]["state"], "denied");
    first.stop();
    second.stop();
}

#[test]
fn what_does_not_fit_into_a_dialog_can_be_shown_and_denied_there_but_not_approved() {
    let project = repository_with("approvals: { wait: 0 },", &[("a.txt", "a\n")]);
    let long = "line\n".repeat(200);
    let name = crate::branches::branch(&project, "coder/login-1", &[&[("login.txt", Some(&long))]]);
    crate::branches::asking::hand_in(&project, &name, "ready");
    let mut session = agent(&project, "coder");
    session.call("merge_branch", json!({ "branch": name })).refused();
    let mut editor = plain(&project);
    let request = editor.message_of("window/showMessageRequest");
    assert_eq!(titles(&request), ["Deny", "Show"]);
    // An answer that was not offered is none.
    let mut hasty = plain(&project);
    let offered = hasty.message_of("window/showMessageRequest");
    hasty.reply(&offered, &json!({ "title": "Approve" }));
    hasty.done("tgp/status", json!({}));
    hasty.stop();
    editor.reply(&request, &json!({ "title": "Show" }));
    let shown = editor.message_of("window/showMessage");
    assert!(shown["params"]["message"].as_str().unwrap().matches("+line").count() >= 200);
    let request = editor.message_of("window/showMessageRequest");
    assert_eq!(titles(&request), ["Deny"]);
    editor.reply(&request, &json!({ "title": "Deny" }));
    becomes(&project, "denied");
    session.stop();
    editor.stop();
}

#[test]
fn where_editors_only_show_the_dialog_offers_no_answer() {
    let (project, _session, _) = asking(", editor: false");
    let mut editor = plain(&project);
    let request = editor.message_of("window/showMessageRequest");
    assert_eq!(titles(&request), ["Show"]);
    editor.stop();
}

#[test]
fn two_editors_on_one_project_each_hear_of_the_other() {
    let project = repository(&[("a.txt", "a\n")]);
    let login = crate::branches::branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    let (mut one, mut other) = (settled(&project), settled(&project));
    one.done("tgp/branches/discard", json!({ "branch": login }));
    heard(&mut other, "branches");
    assert_eq!(other.done("tgp/branches/list", json!({}))["branches"], json!([]));
    other.done("tgp/branches/restore", json!({ "branch": login }));
    heard(&mut one, "branches");
    let ids: Vec<(u64, u64)> = (0..10)
        .map(|number| {
            let reason = json!({ "reason": number.to_string() });
            (one.ask("tgp/snapshots/create", reason.clone()), other.ask("tgp/snapshots/create", reason))
        })
        .collect();
    for (mine, theirs) in ids {
        one.answer_to(mine).unwrap();
        other.answer_to(theirs).unwrap();
    }
    assert_eq!(one.done("tgp/snapshots/list", json!({}))["snapshots"].as_array().unwrap().len(), 20);
    one.stop();
    other.stop();
}
