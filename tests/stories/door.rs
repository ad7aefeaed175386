//! What a client sees of the MCP door: tools, schemas, annotations, resources, the prompt, instructions, both eras.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

use crate::sources::{FIB, HELLO};

const TOOLS: [&str; 22] = [
    "approval_status",
    "check_tool",
    "delegate",
    "delete_file",
    "diff_task",
    "exec_sql",
    "exec_tool",
    "find_tool",
    "finish_task",
    "list_actions",
    "list_files",
    "list_tasks",
    "merge_branch",
    "move_file",
    "outline",
    "patch_file",
    "read_file",
    "save_note",
    "search",
    "start_task",
    "undo_action",
    "write_file",
];

fn tools(session: &mut Session) -> Vec<Value> {
    session.request("tools/list", json!({})).unwrap()["tools"].as_array().unwrap().clone()
}

#[test]
fn the_kernel_tools_are_those_of_the_seed_and_those_of_the_trust_layer_in_both_eras_and_do_not_vary() {
    let project = Project::new();
    let mut seen = Vec::new();
    for era in Era::BOTH {
        let mut session = project.session_in(era);
        let before = tools(&mut session);
        let mut names: Vec<&str> = before.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, TOOLS);
        session.write("tools/hello.ts", HELLO);
        session.exec("tools/hello.ts", json!({ "name": "Ada" })).done();
        assert_eq!(tools(&mut session), before, "calls do not change the list");
        seen.push(before);
        session.stop();
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn every_tool_has_all_four_annotations_a_description_and_both_schemas() {
    let project = Project::new();
    let mut session = project.session();
    for tool in tools(&mut session) {
        for name in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][name].is_boolean(), "{name}: {tool:#}");
        }
        assert!(tool["description"].as_str().is_some_and(|text| text.len() > 20), "{tool:#}");
        for name in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[name]["type"], "object", "{name}: {tool:#}");
        }
        assert!(tool["name"].as_str().unwrap().len() <= 50, "room for a client's prefix");
    }
    session.stop();
}

#[test]
fn schemas_hold_nothing_that_strict_clients_refuse() {
    let project = Project::new();
    let mut session = project.session();
    let text = Value::Array(tools(&mut session)).to_string();
    for word in [
        "\"$schema\"",
        "\"$ref\"",
        "\"$defs\"",
        "\"format\":\"uint",
        "\"format\":\"int",
        "\"format\":\"double",
    ] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    session.stop();
}

#[test]
fn a_result_has_a_text_mirror() {
    let project = Project::new();
    let mut session = project.session();
    let answer = session.run_source("tools/hello.ts", HELLO, json!({ "name": "Ada" }));
    assert!(answer.text().contains("Hello, Ada"), "{:#}", answer.raw);
    let refused = session.exec("tools/none.ts", json!({}));
    assert_eq!(refused.refused().code, "tool.not_found");
    assert!(refused.text().contains("tool.not_found") || refused.text().contains("tools/none.ts"));
    session.stop();
}

#[test]
fn arguments_of_the_wrong_shape_are_named() {
    let project = Project::new();
    let mut session = project.session();
    let wrong = [
        ("write_file", json!({ "path": "tools/a.ts" }), "content"),
        ("write_file", json!({ "path": 7, "content": "x" }), "path"),
        ("exec_tool", json!({ "path": "tools/a.ts", "arg": {} }), "arg"),
        ("find_tool", json!({}), "query"),
    ];
    for (tool, arguments, field) in wrong {
        let said = session.request("tools/call", json!({ "name": tool, "arguments": arguments }));
        let said = said.unwrap_or_else(|error| error);
        assert!(
            said["code"] == -32602 || said["structuredContent"]["code"] == "arguments.invalid",
            "{said:#}"
        );
        assert!(said.to_string().contains(field), "{field} is named: {said:#}");
    }
    session.stop();
}

#[test]
fn the_instructions_teach_reuse_or_forge_in_under_800_tokens() {
    let project = Project::new();
    for era in Era::BOTH {
        let mut session = project.wire();
        let hello = session.connect(era);
        let text = hello["instructions"].as_str().expect("instructions").to_owned();
        for word in ["find_tool", "check_tool", "patch_file", "0.85"] {
            assert!(text.contains(word), "{word} in {text}");
        }
        // A token of English text is hardly ever under 3.5 characters on average.
        assert!(text.len() < 2_800, "{} characters", text.len());
        session.stop();
    }
}

#[test]
fn the_prompt_teaches_the_same() {
    let project = Project::new();
    let mut session = project.session();
    let prompts = session.request("prompts/list", json!({})).unwrap();
    let name = prompts["prompts"][0]["name"].as_str().expect("a prompt").to_owned();
    let prompt = session.request("prompts/get", json!({ "name": name, "arguments": {} })).unwrap();
    assert!(prompt.to_string().contains("find_tool"), "{prompt:#}");
    session.stop();
}

#[test]
fn tools_and_the_registry_are_resources() {
    let project = Project::new();
    for era in Era::BOTH {
        let mut session = project.session_in(era);
        session.write("tools/hello.ts", HELLO);
        let listed = session.request("resources/list", json!({})).unwrap();
        let resources = listed["resources"].as_array().unwrap();
        let find = |end: &str| {
            let found = resources.iter().find(|resource| resource["uri"].as_str().unwrap().ends_with(end));
            found.unwrap_or_else(|| panic!("{end} in {listed:#}"))["uri"].as_str().unwrap().to_owned()
        };
        let tool = session.request("resources/read", json!({ "uri": find("tools/hello.ts") })).unwrap();
        assert_eq!(tool["contents"][0]["text"], HELLO);
        let registry = session.request("resources/read", json!({ "uri": find("registry") })).unwrap();
        let text = registry["contents"][0]["text"].as_str().unwrap();
        let registry: Value = serde_json::from_str(text).unwrap();
        assert!(registry.to_string().contains("tools/hello.ts"), "{registry:#}");
        assert!(session.request("resources/read", json!({ "uri": "tgp:///no/such" })).is_err());
        session.stop();
    }
}

#[test]
fn the_modern_era_names_its_versions_and_result_types() {
    let project = Project::new();
    let mut session = project.wire();
    let hello = session.connect(Era::Modern);
    let versions = hello["supportedVersions"].to_string();
    assert!(versions.contains("2026-07-28") && versions.contains("2025-11-25"), "{versions}");
    assert_eq!(hello["resultType"], "complete");
    session.write("tools/math/fib.ts", FIB);
    let answer = session.exec("tools/math/fib.ts", json!({ "n": 10 }));
    assert_eq!(answer.raw["resultType"], "complete");
    let bare = json!({ "jsonrpc": "2.0", "id": 900, "method": "tools/list", "params": {} });
    session.send(&bare);
    assert_eq!(session.answer_to(900).expect_err("no `_meta`")["code"], -32602);
    session.stop();
}

#[test]
fn progress_comes_only_to_those_who_ask() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    session.exec("tools/math/fib.ts", json!({ "n": 10 })).done();
    assert_eq!(session.next_message(std::time::Duration::from_millis(200)), None);
    session.stop();
}

#[test]
fn list_and_read_are_paged() {
    let project = Project::new();
    let lines: Vec<String> = (1..=30).map(|n| format!("line {n}\n")).collect();
    project.write("notes.txt", lines.concat());
    for n in 0..25 {
        project.write(&format!("many/f{n:02}.txt"), "x");
    }
    let mut session = project.session();
    let page =
        session.call("read_file", json!({ "path": "notes.txt", "offset": 11, "limit": 10 })).done().clone();
    assert_eq!(page["total_lines"], 30);
    assert!(page["content"].as_str().unwrap().starts_with("line 11\n"), "{page:#}");
    assert_eq!(page["next_offset"], 21);
    let page = session.call("list_files", json!({ "dir": "many", "offset": 20, "limit": 3 })).done().clone();
    assert_eq!(page["files"], json!(["many/f20.txt", "many/f21.txt", "many/f22.txt"]));
    assert_eq!(page["next_offset"], 23);
    session.stop();
}

#[test]
fn every_action_is_in_the_timeline_with_its_agent() {
    let project = Project::new();
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", "ops"]));
    session.connect(Era::Legacy);
    session.write("tools/hello.ts", HELLO);
    session.exec("tools/hello.ts", json!({ "name": "Ada" })).done();
    session.exec("tools/hello.ts", json!({ "nam": "Ada" })).refused();
    session.call("read_file", json!({ "path": "tools/hello.ts" })).done();
    session.call("read_file", json!({ "path": "../outside" })).refused();
    session.stop();
    let log = project.json(&["log"]);
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for action in log["actions"].as_array().unwrap() {
        if action["agent"] == "ops" {
            let kind = action["type"].as_str().unwrap().to_owned();
            *counts.entry((kind, action["status"].as_str().unwrap().to_owned())).or_default() += 1;
        }
    }
    let count =
        |kind: &str, status: &str| counts.get(&(kind.to_owned(), status.to_owned())).copied().unwrap_or(0);
    assert_eq!(count("file_create", "executed"), 1, "{counts:?}");
    assert_eq!(count("tool_run", "executed"), 1, "{counts:?}");
    assert_eq!(count("file_read", "executed"), 1, "{counts:?}");
    assert_eq!(count("file_read", "denied"), 1, "{counts:?}");
}
