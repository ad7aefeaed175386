//! What agents see of the timeline, and what they may take back.

use serde_json::json;

use super::{dump, files, number, shop, sql, status};
use crate::undo::sessions::session_as;

#[test]
fn an_agent_takes_back_its_own_actions_and_no_others() {
    let project = shop();
    let before = (files(&project, "out"), dump(&project));
    let mut ada = session_as(&project, "ada");
    let mut bob = session_as(&project, "bob");
    let file = number(&ada.write("out/ada.txt", "ada\n"));
    let rows = sql(&mut ada, "DELETE FROM users");
    let refused = bob.call("undo_action", json!({ "action": file })).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(project.path("out/ada.txt").exists());
    let shown = ada.call("undo_action", json!({ "action": rows, "dry_run": true })).done().clone();
    assert_eq!(shown["rows_restored"], 2, "{shown}");
    assert!(shown.get("action").is_none(), "{shown}");
    assert_eq!(status(&project, &rows), "executed");
    for action in [&file, &rows] {
        let done = ada.call("undo_action", json!({ "action": action })).done().clone();
        assert_eq!(done["undone"][0]["action"], **action, "{done}");
    }
    assert_eq!((files(&project, "out"), dump(&project)), before);
    let again = ada.call("undo_action", json!({ "action": file })).refused();
    assert_eq!(again.code, "undo.impossible");
}

#[test]
fn an_agent_that_may_not_undo_or_not_write_there_any_more_is_denied() {
    let project = shop();
    let mut ada = session_as(&project, "ada");
    let file = number(&ada.write("out/ada.txt", "ada\n"));
    let rows = sql(&mut ada, "DELETE FROM users");
    ada.stop();
    let scope = project.read(".tgp/scopes/ada.yaml");
    project.write(".tgp/scopes/ada.yaml", scope.replace("write: [\"*\"]", "write: [notes]"));
    let mut ada = super::sessions::connected(&project, "ada");
    let refused = ada.call("undo_action", json!({ "action": rows })).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(refused.message.contains("users"), "{}", refused.message);
    ada.stop();
    project.write(".tgp/scopes/ada.yaml", scope.replace("tasks: { undo: own }\n", ""));
    let mut ada = super::sessions::connected(&project, "ada");
    let refused = ada.call("undo_action", json!({ "action": file })).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(project.path("out/ada.txt").exists());
}

#[test]
fn an_agent_sees_what_others_did_and_of_its_own_actions_how() {
    let project = shop();
    let mut ada = session_as(&project, "ada");
    let mut bob = session_as(&project, "bob");
    sql(&mut ada, "UPDATE users SET name = 'secret of ada' WHERE id = 1");
    bob.write("out/bob.txt", "bob\n");
    let seen = bob.call("list_actions", json!({})).done().clone();
    let actions = seen["actions"].as_array().unwrap();
    assert_eq!(actions[0]["description"], "Created `out/bob.txt`", "{seen}");
    assert_eq!((&actions[0]["own"], &actions[1]["own"]), (&json!(true), &json!(false)));
    assert!(!seen.to_string().contains("secret of ada"), "{seen}");
    let own = ada.call("list_actions", json!({ "agent": "ada", "type": "sql_write" })).done().clone();
    assert!(own["actions"][0]["sql"].as_str().unwrap().contains("UPDATE users"), "{own}");
    let here =
        ada.call("list_actions", json!({ "path": "out", "status": "executed", "limit": 1 })).done().clone();
    assert_eq!(here["actions"][0]["agent"], "bob", "{here}");
    let refused = ada.call("list_actions", json!({ "status": "lost" })).refused();
    assert_eq!(refused.code, "arguments.invalid");
}

#[test]
fn what_others_did_with_files_an_agent_may_not_read_is_not_told_to_it() {
    let project = shop();
    let scope =
        "version: 1\nagent: eve\npaths: { read: [\"**\"], forbidden: [\"out/**\"] }\ntasks: { undo: own }\n";
    project.write(".tgp/scopes/eve.yaml", scope);
    let mut bob = session_as(&project, "bob");
    let action = bob.write("out/plan-of-bob.txt", "bob\n").done()["action"].as_str().unwrap().to_owned();
    let mut eve = super::sessions::connected(&project, "eve");
    let refused = eve.call("undo_action", json!({ "action": action })).refused();
    assert_eq!(refused.code, "policy.denied");
    let seen = eve.call("list_actions", json!({})).done().to_string();
    assert!(!seen.contains("plan-of-bob"), "{seen}");
    assert!(seen.contains("file_create of files you may not read"), "{seen}");
    let there = eve.call("list_actions", json!({ "path": "out/plan-of-bob.txt" })).done().clone();
    assert_eq!(there["actions"], json!([]), "{there}");
}
