//! What changes round a server while it runs: the trusted settings, and the project itself.

use serde_json::{Value, json};
use tgp_tests::{Editor, Project};

use super::asking;
use super::live::heard;
use crate::branches::repository;

/// The same project, whose person has trusted its configuration at a terminal.
fn trusted(project: Project) -> Project {
    let project = project.trusting_nothing();
    trust(&project);
    project
}

fn trust(project: &Project) {
    assert_eq!(project.at_a_terminal(&["trust"], "y").code, Some(0));
}

const ONLY_SHOWS: &str = "approvals: { wait: 0, editor: false },";

#[test]
fn a_switch_trusted_at_a_terminal_counts_in_a_running_editor_at_once() {
    let (project, mut session, _) = asking("");
    let project = trusted(project);
    let mut editor = project.editor();
    let scope = editor.done("tgp/scopes/show", json!({ "agent": "coder" }))["text"].clone();
    let scope = scope.as_str().unwrap().replace("src/**", "lib/**");
    let preview = editor.done("tgp/scopes/preview", json!({ "agent": "coder", "text": scope }));
    let status = editor.done("tgp/status", json!({}));
    assert_eq!((&status["approvals"], &status["waiting_for_trust"]), (&json!(true), &Value::Null));
    project.configure(ONLY_SHOWS);
    let status = editor.done("tgp/status", json!({}));
    assert_eq!(status["approvals"], true, "nobody trusted it yet");
    assert!(status["waiting_for_trust"].as_str().unwrap().contains("tgp.config.ts"), "{status}");
    trust(&project);
    let status = editor.done("tgp/status", json!({}));
    assert_eq!((&status["approvals"], &status["waiting_for_trust"]), (&json!(false), &Value::Null));
    let question = editor.done("tgp/approvals/list", json!({}))["approvals"][0].clone();
    let answer = json!({ "ticket": question["ticket"], "shown_hash": question["shown_hash"] });
    for method in ["tgp/approvals/approve", "tgp/approvals/deny"] {
        assert_eq!(editor.refused(method, answer.clone())["data"]["code"], "terminal.required");
    }
    let set = json!({ "agent": "coder", "text": scope, "shown_hash": preview["shown_hash"] });
    assert_eq!(editor.refused("tgp/scopes/set", set)["data"]["code"], "terminal.required");
    assert_eq!(editor.done("tgp/approvals/list", json!({}))["approvals"][0]["state"], "pending");
    project.configure("approvals: { wait: 0 },");
    trust(&project);
    assert_eq!(editor.done("tgp/approvals/approve", answer)["state"], "approved");
    session.close_stdin();
    editor.stop();
}

#[test]
fn an_answer_to_a_dialog_that_was_open_when_the_switch_came_does_not_count() {
    let (project, _session, _) = asking("");
    let project = trusted(project);
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    editor.connect(&project.root(), &Value::Null);
    let request = editor.message_of("window/showMessageRequest");
    project.configure(ONLY_SHOWS);
    trust(&project);
    editor.reply(&request, &json!({ "title": "Approve" }));
    let told = editor.message_of("window/showMessage");
    assert!(told["params"]["message"].as_str().unwrap().contains("approvals.editor"), "{told}");
    assert_eq!(project.json(&["approvals"])["approvals"][0]["state"], "pending");
    editor.stop();
}

fn is_missing(editor: &mut Editor) {
    let status = editor.done("tgp/status", json!({}));
    assert_eq!((&status["project"], &status["code"]), (&Value::Null, &json!("project.missing")), "{status}");
    let refused = editor.refused("tgp/snapshots/create", json!({ "reason": "before" }));
    assert_eq!(refused["data"]["code"], "project.missing", "nothing succeeds into nothing");
}

/// Asks until the server found the project again.
fn comes_back(editor: &mut Editor) {
    let begun = std::time::Instant::now();
    while editor.done("tgp/status", json!({}))["project"].is_null() {
        assert!(begun.elapsed() < tgp_tests::process::PATIENCE, "the project is not found");
    }
}

#[test]
fn a_library_that_is_removed_and_made_anew_is_opened_anew() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut editor = project.editor();
    editor.done("tgp/snapshots/create", json!({ "reason": "old" }));
    std::fs::remove_dir_all(project.path(".tgp")).unwrap();
    is_missing(&mut editor);
    assert!(!project.path(".tgp").exists(), "what a person removed does not come back by itself");
    project.tgp(&["init"]).succeeded();
    comes_back(&mut editor);
    let made = editor.done("tgp/snapshots/create", json!({ "reason": "new" }));
    let listed = project.json(&["snapshot", "list"]);
    let reasons: Vec<&Value> =
        listed["snapshots"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert!(reasons.contains(&&json!("new")), "{made} is seen by others: {listed}");
    editor.stop();
}

#[test]
fn a_library_that_is_replaced_between_two_requests_is_the_one_that_is_asked() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut editor = project.editor();
    editor.done("tgp/snapshots/create", json!({ "reason": "old" }));
    std::fs::rename(project.path(".tgp"), project.path("away")).unwrap();
    project.tgp(&["init"]).succeeded();
    comes_back(&mut editor);
    editor.done("tgp/snapshots/create", json!({ "reason": "new" }));
    let listed = project.json(&["snapshot", "list"]);
    assert_eq!(editor.done("tgp/snapshots/list", json!({})), listed);
    let reasons: Vec<_> = listed["snapshots"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["new"], "what was made before lies in the other library");
    editor.stop();
}

#[test]
fn a_project_that_is_deleted_while_it_is_open_is_missing_and_the_editor_is_told() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut editor = project.editor();
    heard(&mut editor, "library");
    std::fs::remove_dir_all(project.root()).unwrap();
    heard(&mut editor, "library");
    is_missing(&mut editor);
    assert!(!project.root().exists(), "nothing of it comes back");
    editor.stop();
}
