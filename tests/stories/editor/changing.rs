//! What changes round a server while it runs: the trusted settings, and the project itself.

use serde_json::{Value, json};
use tgp_tests::{Editor, Project};

use super::asking;

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
