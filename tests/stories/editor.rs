//! `tgp lsp`: an editor asks, and what it is told is what the terminal prints and plain git sees.

use serde_json::{Value, json};
use tgp_tests::{Editor, Era, Project, Session};

use crate::branches::{branch, persons, repository, repository_with, said};

mod authors;
mod changing;
mod follows;
mod live;
mod robust;

fn agent(project: &Project, name: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", name]));
    session.connect(Era::Legacy);
    session
}

#[test]
fn an_editor_is_told_how_the_project_stands_and_what_it_can_ask() {
    let project = repository(&[("a.txt", "a\n")]);
    branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    let hello = editor.connect(&project.root(), &json!({}));
    assert_eq!(hello["serverInfo"]["name"], "tgp");
    let commands = hello["capabilities"]["executeCommandProvider"]["commands"].as_array().unwrap();
    assert!(commands.contains(&json!("tgp.branches.merge")), "{commands:?}");
    let status = editor.done("tgp/status", json!({}));
    assert_eq!(status["project"], project.root().canonicalize().unwrap().display().to_string());
    assert_eq!((&status["protocol"], &status["open_branches"]), (&json!(1), &json!(1)));
    assert_eq!(status["pending_approvals"], 0);
    assert_eq!(editor.command("tgp.status", json!({})).unwrap(), status, "a command says the same");
    assert_eq!(editor.request("tgp/status", Value::Null).unwrap(), status, "without params, too");
    editor.stop();
}

#[test]
fn a_folder_without_a_project_is_served_until_there_is_one() {
    let project = Project::untouched();
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    editor.connect(&project.root(), &json!({}));
    let status = editor.done("tgp/status", json!({}));
    assert_eq!((&status["project"], &status["code"]), (&Value::Null, &json!("project.missing")));
    let refused = editor.refused("tgp/branches/list", json!({}));
    assert_eq!((&refused["code"], &refused["data"]["code"]), (&json!(-32803), &json!("project.missing")));
    assert!(refused["message"].as_str().unwrap().contains("tgp.config.ts"), "{refused}");
    project.tgp(&["init"]).succeeded();
    let begun = std::time::Instant::now();
    while editor.done("tgp/status", json!({}))["project"].is_null() {
        assert!(begun.elapsed() < tgp_tests::process::PATIENCE, "the project is not found");
    }
    editor.done("tgp/timeline/list", json!({}));
    editor.stop();
}

#[test]
fn the_project_is_found_above_the_folder_the_editor_opened() {
    let project = repository(&[("src/deep/a.txt", "a\n")]);
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    editor.connect(&project.path("src/deep"), &json!({}));
    assert!(editor.done("tgp/status", json!({}))["project"].is_string());
    editor.stop();
}

#[test]
fn a_merge_that_was_agreed_to_takes_nothing_in_that_came_afterwards() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    let mut editor = project.editor();
    let plan = editor.done("tgp/branches/merge", json!({ "branch": name, "dry_run": true }));
    assert_eq!(plan["tip"], said(&project, &["rev-parse", &name]));
    let tree = format!("{name}^{{tree}}");
    let later = said(&project, &["commit-tree", "-p", &name, "-m", "Meanwhile", &tree]);
    said(&project, &["update-ref", &format!("refs/heads/{name}"), &later]);
    let before = said(&project, &["rev-parse", "main"]);
    let agreed = json!({ "branch": name, "tip": plan["tip"] });
    let refused = editor.refused("tgp/branches/merge", agreed);
    assert_eq!(refused["data"]["code"], "branch.moved", "{refused:#}");
    assert_eq!(said(&project, &["rev-parse", "main"]), before);
    editor.done("tgp/branches/merge", json!({ "branch": name, "tip": later }));
    assert!(project.path("login.txt").exists());
    editor.stop();
}

#[test]
fn lists_are_what_the_terminal_prints() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    project.json(&["snapshot", "create", "before"]);
    let mut editor = project.editor();
    for (method, params, arguments) in [
        ("tgp/branches/list", json!({}), vec!["branch", "list"]),
        ("tgp/branches/list", json!({ "all": true }), vec!["branch", "list", "--all"]),
        ("tgp/branches/show", json!({ "branch": "login" }), vec!["branch", "show", "login"]),
        ("tgp/branches/diff", json!({ "branch": name }), vec!["branch", "diff", "login"]),
        (
            "tgp/branches/diff",
            json!({ "branch": name, "by": "symbol" }),
            vec!["branch", "diff", "login", "--by", "symbol"],
        ),
        ("tgp/snapshots/list", json!({}), vec!["snapshot", "list"]),
        ("tgp/approvals/list", json!({ "all": true }), vec!["approvals", "--all"]),
        ("tgp/timeline/list", json!({}), vec!["timeline"]),
    ] {
        assert_eq!(editor.done(method, params.clone()), project.json(&arguments), "{method} {params}");
    }
    editor.stop();
}

#[test]
fn a_merge_a_discard_and_their_undo_are_what_git_sees() {
    let project = repository(&[("a.txt", "a\n")]);
    let login = branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    let logout = branch(&project, "coder/logout-2", &[&[("logout.txt", Some("logout\n"))]]);
    let before = persons(&project);
    let mut editor = project.editor();
    let planned = editor.done("tgp/branches/merge", json!({ "branch": login, "dry_run": true }));
    assert_eq!(planned["files"][0]["path"], "login.txt");
    assert!(persons(&project) == before, "a preview changes nothing");
    let plan = editor.done("tgp/branches/merge", json!({ "branch": login, "dry_run": true }));
    let refused = editor.refused("tgp/branches/merge", json!({ "branch": login }));
    assert!(refused["message"].as_str().unwrap().contains("`tip`"), "{refused:#}");
    let merged = editor.done("tgp/branches/merge", json!({ "branch": login, "tip": plan["tip"] }));
    assert_eq!(project.read("login.txt"), "login\n");
    assert_eq!(said(&project, &["log", "-1", "--format=%H"]), merged["commit"].as_str().unwrap());
    editor.command("tgp.branches.discard", json!({ "branch": logout })).unwrap();
    assert_eq!(said(&project, &["branch", "--list", "agent/*"]), "");
    editor.done("tgp/branches/restore", json!({ "branch": logout }));
    assert!(said(&project, &["branch", "--list", "agent/*"]).contains(&logout));
    let target = json!({ "target": { "action": merged["action"] } });
    editor.done("tgp/timeline/undo", target);
    assert!(!project.path("login.txt").exists());
    editor.done("tgp/timeline/redo", json!({}));
    assert_eq!(project.read("login.txt"), "login\n");
    let listed = editor.done("tgp/timeline/list", json!({ "limit": 1 }));
    assert_eq!(listed["actions"][0]["client"], "editor Story Editor 1.2");
    assert_eq!(listed["actions"][0]["agent"], "person");
    editor.stop();
}

#[test]
fn a_conflict_is_refused_by_its_code_with_both_sides() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("a.txt", Some("theirs\n"))]]);
    project.write("a.txt", "mine\n");
    crate::branches::commit(&project, "Mine");
    let mut editor = project.editor();
    let tip = said(&project, &["rev-parse", &name]);
    let refused = editor.refused("tgp/branches/merge", json!({ "branch": name, "tip": tip }));
    assert_eq!(refused["code"], -32803);
    assert_eq!(refused["data"]["code"], "branch.conflict");
    assert_eq!(refused["data"]["details"]["files"][0]["path"], "a.txt");
    assert!(refused["data"]["hint"].is_string());
    editor.stop();
}

#[test]
fn params_that_do_not_fit_are_named_by_their_field() {
    let project = repository(&[]);
    let mut editor = project.editor();
    let refused = editor.refused("tgp/branches/merge", json!({ "branch": "x", "squash": "yes" }));
    assert_eq!((&refused["code"], &refused["data"]["details"]["field"]), (&json!(-32602), &json!("squash")));
    let refused = editor.refused("tgp/branches/show", json!({}));
    assert!(refused["message"].as_str().unwrap().contains("branch"), "{refused}");
    // A word that is misspelt must not undo what was only to be looked at.
    let misspelt = json!({ "target": "last_undo", "dryRun": true });
    let refused = editor.refused("tgp/timeline/undo", misspelt);
    assert_eq!(refused["code"], -32602, "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("dryRun"), "{refused}");
    let refused = editor.command("tgp.branches.fly", json!({})).unwrap_err();
    assert_eq!(refused["code"], -32602);
    let refused = editor.refused("tgp/branches/fly", json!({}));
    assert_eq!(refused["code"], -32601);
    editor.stop();
}

#[test]
fn a_file_is_given_as_it_was_in_a_commit_in_a_snapshot_and_in_the_library() {
    let project = repository(&[("a.txt", "a\n"), ("pixel.bin", "a\0b")]);
    let name = branch(&project, "coder/login-1", &[&[("a.txt", Some("b\n"))]]);
    project.write("a.txt", "not committed\n");
    let snapshot = project.json(&["snapshot", "create"])["snapshot"]["id"].clone();
    project.write("a.txt", "later\n");
    let mut session = agent(&project, "coder");
    session.write("tools/hello.ts", crate::sources::HELLO);
    session.stop();
    let mut editor = project.editor();
    let diff = editor.done("tgp/branches/diff", json!({ "branch": name }));
    let text = |editor: &mut Editor, params: Value| editor.done("tgp/content", params)["text"].clone();
    assert_eq!(text(&mut editor, json!({ "commit": diff["from"], "path": "a.txt" })), "a\n");
    assert_eq!(text(&mut editor, json!({ "commit": diff["to"], "path": "a.txt" })), "b\n");
    assert_eq!(text(&mut editor, json!({ "snapshot": snapshot, "path": "a.txt" })), "not committed\n");
    let gone = editor.done("tgp/content", json!({ "commit": diff["to"], "path": "gone.txt" }));
    assert_eq!((&gone["missing"], &gone["text"]), (&json!(true), &Value::Null));
    let binary = editor.done("tgp/content", json!({ "commit": diff["to"], "path": "pixel.bin" }));
    assert_eq!((&binary["binary"], &binary["size"]), (&json!(true), &json!(3)));
    let written = editor.done("tgp/timeline/list", json!({ "action_type": "file_create" }));
    let written = written["actions"].as_array().unwrap().last().unwrap()["id"].clone();
    let action = editor.done("tgp/timeline/show", json!({ "action": written }));
    assert_eq!((&action["repository"], &action["files"][0]["how"]), (&json!("library"), &json!("added")));
    let params = json!({ "commit": action["to"], "path": "tools/hello.ts", "repository": "library" });
    assert_eq!(text(&mut editor, params), crate::sources::HELLO);
    let refused = editor.refused("tgp/content", json!({ "commit": "main", "path": "a.txt" }));
    assert_eq!(refused["data"]["code"], "arguments.invalid");
    editor.stop();
}

#[test]
fn what_one_action_changed_is_shown_with_the_commits_on_both_sides() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut session = agent(&project, "coder");
    session.write("src/b.txt", "b\n");
    session.stop();
    let mut editor = project.editor();
    let listed = editor.done("tgp/timeline/list", json!({ "path": "src/b.txt" }));
    let id = listed["actions"][0]["id"].clone();
    let shown = editor.done("tgp/timeline/show", json!({ "action": id }));
    assert_eq!((&shown["repository"], &shown["files"][0]["path"]), (&json!("project"), &json!("src/b.txt")));
    assert_eq!(shown["files"][0]["hunks"][0]["lines"], json!(["+b"]));
    let commits = (shown["from"].as_str().unwrap(), shown["to"].as_str().unwrap());
    assert_eq!(said(&project, &["rev-parse", &format!("{}^", commits.1)]), commits.0);
    editor.stop();
}

/// A project where an agent asks before it writes, with the question open.
fn asking(settings: &str) -> (Project, Session, Value) {
    let project = repository_with(&format!("approvals: {{ wait: 0{settings} }},"), &[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("login.txt", Some("login\n"))]]);
    crate::branches::asking::hand_in(&project, &name, "ready");
    let mut session = agent(&project, "coder");
    session.call("merge_branch", json!({ "branch": name })).refused();
    (project, session, json!({ "branch": name }))
}

#[test]
fn a_question_answered_in_the_editor_counts_once_and_names_the_editor() {
    let (project, mut session, merge) = asking("");
    let mut editor = project.editor();
    let listed = editor.done("tgp/approvals/list", json!({}));
    let ticket = listed["approvals"][0]["ticket"].clone();
    let shown = editor.done("tgp/approvals/show", json!({ "ticket": ticket }));
    assert!(shown["preview"].as_str().unwrap().contains("+login"), "{shown}");
    let wrong = json!({ "ticket": ticket, "shown_hash": "0000" });
    assert_eq!(editor.refused("tgp/approvals/approve", wrong)["data"]["code"], "approval.closed");
    let right = json!({ "ticket": ticket, "shown_hash": shown["shown_hash"], "reason": "looks fine" });
    let answered = editor.done("tgp/approvals/approve", right.clone());
    assert_eq!(
        (&answered["state"], &answered["door"]),
        (&json!("approved"), &json!("editor Story Editor 1.2"))
    );
    let again = editor.refused("tgp/approvals/deny", right);
    assert_eq!(again["data"]["code"], "approval.closed", "the first answer wins");
    session.call("merge_branch", merge.clone()).done();
    assert_eq!(project.read("login.txt"), "login\n");
    assert!(project.state_text().contains("editor Story Editor 1.2"), "the audit chain names the door");
    session.stop();
    editor.stop();
}

#[test]
fn where_the_configuration_says_so_an_editor_only_shows_questions() {
    let (project, mut session, _) = asking(", editor: false");
    let mut editor = project.editor();
    assert_eq!(editor.done("tgp/status", json!({}))["approvals"], false);
    let listed = editor.done("tgp/approvals/list", json!({}));
    let question = &listed["approvals"][0];
    let answer = json!({ "ticket": question["ticket"], "shown_hash": question["shown_hash"] });
    for method in ["tgp/approvals/approve", "tgp/approvals/deny"] {
        assert_eq!(editor.refused(method, answer.clone())["data"]["code"], "terminal.required");
    }
    let listed = editor.done("tgp/approvals/list", json!({}));
    assert_eq!(listed["approvals"][0]["state"], "pending");
    session.close_stdin();
    editor.stop();
}

#[test]
fn a_scope_is_set_as_it_was_previewed_and_as_an_action_of_the_person() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut editor = project.editor();
    let scopes = editor.done("tgp/scopes/list", json!({}));
    assert_eq!(scopes, project.json(&["scope", "list"]));
    let shown = editor.done("tgp/scopes/show", json!({ "agent": "coder" }));
    assert_eq!(shown, project.json(&["scope", "show", "coder"]));
    let text = shown["text"].as_str().unwrap().replace("src/**", "lib/**");
    let checked = editor.done("tgp/scopes/check", json!({ "text": "agent: [", "name": "coder.yaml" }));
    assert_eq!(checked["mistakes"][0]["file"], "coder.yaml");
    assert!(checked["mistakes"][0]["line"].is_u64(), "{checked}");
    let preview = editor.done("tgp/scopes/preview", json!({ "agent": "coder", "text": text }));
    assert_eq!((&preview["file"], &preview["settled"]), (&json!("scopes/coder.yaml"), &json!(false)));
    assert!(preview["trust"][0]["after"].as_str().unwrap().contains("lib/**"), "{preview}");
    let with = |hash: &Value| json!({ "agent": "coder", "text": text, "shown_hash": hash });
    let refused = editor.refused("tgp/scopes/set", with(&json!("another")));
    assert_eq!(refused["data"]["code"], "trust.unusable");
    let other = json!({ "agent": "reviewer", "text": text, "shown_hash": preview["shown_hash"] });
    assert_eq!(editor.refused("tgp/scopes/set", other)["data"]["code"], "arguments.invalid");
    let set = editor.done("tgp/scopes/set", with(&preview["shown_hash"]));
    assert_eq!(set["changed"], true);
    assert!(project.read(".tgp/scopes/coder.yaml").contains("lib/**"));
    let listed = editor.done("tgp/timeline/list", json!({ "action_type": "policy_change" }));
    assert_eq!(listed["actions"][0]["id"], set["action"]);
    editor.stop();
}

#[test]
fn a_draft_somebody_wrote_by_hand_is_not_overwritten_by_a_scope_that_is_set() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut editor = project.editor();
    let shown = editor.done("tgp/scopes/show", json!({ "agent": "coder" }));
    let trusted = shown["text"].as_str().unwrap();
    let text = trusted.replace("src/**", "lib/**");
    let of = json!({ "agent": "coder", "text": text });
    let preview = |editor: &mut Editor| editor.done("tgp/scopes/preview", of.clone());
    let set = |editor: &mut Editor, preview: &Value, over_draft: bool| {
        let params = json!({
            "agent": "coder", "text": text, "shown_hash": preview["shown_hash"], "over_draft": over_draft,
        });
        editor.request("tgp/scopes/set", params)
    };
    let seen = preview(&mut editor);
    assert_eq!(seen["draft"], Value::Null);
    // It is written after the preview: what the person saw is not what would happen.
    let draft = format!("{trusted}# What I mean to do next.\n");
    project.write(".tgp/scopes/coder.yaml", &draft);
    let refused = set(&mut editor, &seen, true).unwrap_err();
    assert_eq!(refused["data"]["code"], "trust.unusable", "{refused}");
    let seen = preview(&mut editor);
    assert_eq!(seen["draft"], draft);
    let refused = set(&mut editor, &seen, false).unwrap_err();
    assert_eq!(refused["data"]["code"], "trust.draft", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("coder.yaml"), "{refused}");
    assert_eq!(project.read(".tgp/scopes/coder.yaml"), draft);
    // Another draft than the one that was seen.
    project.write(".tgp/scopes/coder.yaml", format!("{draft}# And more.\n"));
    let refused = set(&mut editor, &seen, true).unwrap_err();
    assert_eq!(refused["data"]["code"], "trust.unusable", "{refused}");
    // A terminal refuses as well, before it asks.
    project.write("mine.yaml", &text);
    let said = project.at_a_terminal(&["scope", "set", "coder", "mine.yaml"], "y");
    assert!(said.code != Some(0) && said.stdout.contains("by hand"), "{said:?}");
    assert!(project.read(".tgp/scopes/coder.yaml").contains("And more"));
    let seen = preview(&mut editor);
    assert_eq!(set(&mut editor, &seen, true).unwrap()["changed"], true);
    assert_eq!(project.read(".tgp/scopes/coder.yaml"), text);
    editor.stop();
}

#[test]
fn a_tool_is_listed_shown_and_run_and_the_policy_explained_as_in_the_terminal() {
    let project = repository(&[("a.txt", "a\n")]);
    let mut session = agent(&project, "coder");
    session.write("tools/hello.ts", crate::sources::HELLO);
    session.stop();
    let mut editor = project.editor();
    let listed = editor.done("tgp/tools/list", json!({}));
    assert_eq!(listed["tools"][0]["path"], "tools/hello.ts");
    let run = json!({ "path": "tools/hello.ts", "args": { "name": "Ada" } });
    assert_eq!(editor.done("tgp/tools/run", run)["result"], "Hello, Ada");
    let refused = editor.refused("tgp/tools/run", json!({ "path": "tools/hello.ts", "args": { "name": 7 } }));
    assert_eq!(refused["data"]["code"], "tool.arguments");
    let shown = editor.done("tgp/tools/show", json!({ "path": "tools/hello.ts" }));
    assert!(shown["schema"]["properties"]["name"].is_object(), "{shown}");
    assert_eq!(shown["last_runs"].as_array().unwrap().len(), 2);
    let question = json!({ "agent": "reviewer", "capability": "fs.write", "paths": ["src/main.ts"] });
    let arguments =
        ["policy", "explain", "--agent", "reviewer", "--capability", "fs.write", "--path", "src/main.ts"];
    assert_eq!(editor.done("tgp/policy/explain", question), project.json(&arguments));
    editor.stop();
}
