//! Undo on branches: three ways against the tip, never another's work, and itself undone.

use serde_json::{Value, json};
use tgp_tests::{Finished, Project};

use super::{LINES, actions, branch, is_whole, number, read, session_of, shop, start, text, tree};

/// What `tgp undo` prints.
fn undo(project: &Project, arguments: &[&str]) -> Value {
    let mut all = vec!["undo"];
    all.extend(arguments);
    project.json(&all)
}

#[test]
fn an_action_on_a_branch_is_taken_back_and_made_again_byte_for_byte() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "undo");
    let mut trees = vec![tree(&project, &name)];
    let mut done = Vec::new();
    done.push(number(&coder.write("src/lines.txt", &LINES.replacen("2\n", "two\r\n", 1))));
    trees.push(tree(&project, &name));
    done.push(number(&coder.call("delete_file", json!({ "path": "src/main.ts" }))));
    trees.push(tree(&project, &name));
    done.push(number(&coder.call("move_file", json!({ "from": "src/other", "to": "src/new place" }))));
    trees.push(tree(&project, &name));
    done.push(number(&coder.call("patch_file", json!({ "patch": "--- a/src/lines.txt\n+++ b/src/lines.txt\n@@ -12 +12,2 @@\n-12\n+12\n+13\n--- /dev/null\n+++ b/src/n.ts\n@@ -0,0 +1 @@\n+n\n\\ No newline at end of file\n" }))));
    trees.push(tree(&project, &name));
    for (place, action) in done.iter().enumerate().rev() {
        let undone = coder.call("undo_action", json!({ "action": action }));
        assert_eq!(tree(&project, &name), trees[place], "{:#}", undone.raw);
        let again = coder.call("undo_action", json!({ "action": undone.done()["action"] }));
        assert_eq!(tree(&project, &name), trees[place + 1], "{:#}", again.raw);
        coder.call("undo_action", json!({ "action": again.done()["action"] })).done();
        assert_eq!(tree(&project, &name), trees[place]);
    }
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_dry_run_shows_the_diff_that_is_then_made() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "dry");
    let action = number(&coder.write("src/lines.txt", &LINES.replacen("2\n", "two\n", 1)));
    coder.write("src/lines.txt", &LINES.replacen("2\n", "two\n", 1).replacen("11\n", "eleven\n", 1));
    let before = tree(&project, &name);
    let shown = undo(&project, &[&action, "--dry-run"]);
    assert_eq!(tree(&project, &name), before);
    let file = &shown["files"][0];
    assert_eq!(file["path"], "src/lines.txt");
    assert!(file["before"].as_str().unwrap().contains("two\n"), "{shown:#}");
    let done = undo(&project, &[&action]);
    assert_eq!(done["files"][0], *file, "what was shown is what was done");
    assert_eq!(project.on_branch(&name, "src/lines.txt"), file["after"].as_str().map(str::to_owned));
    assert_eq!(
        file["after"].as_str().unwrap(),
        LINES.replacen("11\n", "eleven\n", 1),
        "what came later stays"
    );
    coder.stop();
}

#[test]
fn what_changed_since_in_the_same_place_is_named_and_stays() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "conflict");
    let action = number(&coder.write("src/lines.txt", &LINES.replacen("2\n", "two\n", 1)));
    coder.write("src/lines.txt", &LINES.replacen("2\n", "zwei\n", 1));
    let before = project.git(&["rev-parse", &name]);
    let refused = coder.call("undo_action", json!({ "action": action })).refused();
    assert_eq!(refused.code, "undo.conflict");
    assert_eq!(refused.raw["details"]["files"][0]["path"], "src/lines.txt", "{:#}", refused.raw);
    assert_eq!(project.git(&["rev-parse", &name]), before);
    coder.stop();
}

#[test]
fn a_person_takes_a_whole_session_back_and_makes_it_again_from_a_terminal() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "session");
    let before = tree(&project, &name);
    coder.write("src/a.ts", "1\n");
    coder.write("src/a.ts", "2\n");
    coder.call("move_file", json!({ "from": "src/a.ts", "to": "src/b.ts" })).done();
    let gone = number(&coder.call("delete_file", json!({ "path": "src/lines.txt" })));
    coder.call("undo_action", json!({ "action": gone })).done();
    let after = tree(&project, &name);
    let session = actions(&project).last().unwrap()["session"].as_str().unwrap().to_owned();
    let done = undo(&project, &["--session", &session, "--yes"]);
    assert_eq!(tree(&project, &name), before, "hash for hash: {done:#}");
    assert!(done["left"].to_string().contains("its branch stays"), "{done:#}");
    project.tgp(&["redo"]).succeeded();
    assert_eq!(tree(&project, &name), after);
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn undoing_one_agent_never_undoes_another() {
    let project = shop();
    project.write(
        ".tgp/scopes/ada.yaml",
        "agent: ada\npaths: { read: [\"**\"], write: [\"src/**\"] }\ntasks: { open: true, undo: own }\n",
    );
    let (mut coder, mut ada) = (project.session(), session_of(&project, "ada"));
    let (ours, theirs) = (start(&mut coder, "one"), start(&mut ada, "two"));
    let (before, mut last) = (tree(&project, &ours), String::new());
    for n in 0..4 {
        coder.write("src/lines.txt", &LINES.replacen('1', &format!("coder {n}"), 1));
        last = number(&ada.write("src/lines.txt", &LINES.replacen('1', &format!("ada {n}"), 1)));
    }
    let of_ada = tree(&project, &theirs);
    let refused = coder.call("undo_action", json!({ "action": last })).refused();
    assert_eq!(refused.code, "policy.denied");
    undo(&project, &["--agent", "coder", "--yes"]);
    assert_eq!(tree(&project, &ours), before);
    assert_eq!(tree(&project, &theirs), of_ada);
    assert!(text(&mut ada, "src/lines.txt").starts_with("ada 3\n"));
    coder.stop();
    ada.stop();
    is_whole(&project);
}

#[test]
fn the_opening_of_a_task_is_taken_back_where_nothing_else_was_done_on_it() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let opened = coder.call("start_task", json!({ "description": "in vain" }));
    let (action, name) = (number(&opened), branch(&opened));
    let write = number(&coder.write("src/a.ts", "1\n"));
    let refused = coder.call("undo_action", json!({ "action": action })).refused();
    assert_eq!(refused.code, "undo.conflict", "{}", refused.message);
    assert_eq!(project.agent_branches(), std::slice::from_ref(&name));
    coder.call("undo_action", json!({ "action": write })).done();
    coder.call("undo_action", json!({ "action": action })).done();
    assert_eq!(project.agent_branches(), Vec::<String>::new());
    let kept = project.git(&["for-each-ref", "--format=%(refname)", "refs/tgp/discarded/"]);
    assert!(kept.ends_with(&name), "it can be taken back: {kept}");
    assert_eq!(read(&mut coder, "src/a.ts").refused().code, "file.not_found");
    let rows = coder.call("list_tasks", json!({})).done().clone();
    assert_eq!(rows["tasks"][0]["status"], "discarded");
    coder.stop();
    protected.holds();
}

#[test]
fn an_undo_shows_no_content_the_agent_may_not_read() {
    let project = shop();
    project.write(
        ".tgp/scopes/blind.yaml",
        "agent: blind\npaths: { read: [\"docs/**\"], write: [\"src/**\"] }\ntasks: { open: true, undo: own }\n",
    );
    let mut blind = session_of(&project, "blind");
    let action = number(&blind.write("src/lines.txt", "overwritten\n"));
    let undone = blind.call("undo_action", json!({ "action": action, "dry_run": true }));
    let file = &undone.done()["files"][0];
    assert_eq!((file.get("before"), file.get("after")), (None, None), "{:#}", undone.raw);
    blind.stop();
}

#[test]
fn what_undo_needs_survives_the_collection_of_garbage() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "garbage");
    let before = tree(&project, &name);
    let action = number(&coder.write("src/lines.txt", "all new\n"));
    let undone = number(&coder.call("undo_action", json!({ "action": action })));
    project.git(&["reflog", "expire", "--expire=now", "--all"]);
    project.git(&["gc", "--quiet", "--prune=now"]);
    assert_eq!(tree(&project, &name), before);
    coder.call("undo_action", json!({ "action": undone })).done();
    assert_eq!(text(&mut coder, "src/lines.txt"), "all new\n");
    coder.stop();
    is_whole(&project);
}

#[test]
fn processes_that_take_one_action_back_at_once_take_it_back_once() {
    const ROUNDS: usize = 12;
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "at once");
    for round in 0..ROUNDS {
        let before = tree(&project, &name);
        let action = number(&coder.write("src/lines.txt", &format!("round {round}\n")));
        let after = tree(&project, &name);
        let commits: usize = project.git(&["rev-list", "--count", &name]).parse().unwrap();
        let mut ended: Vec<Finished> = std::thread::scope(|scope| {
            let begun: Vec<_> =
                (0..3).map(|_| scope.spawn(|| project.tgp(&["undo", &action, "--json"]))).collect();
            begun.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        ended.sort_by_key(|ended| ended.code);
        assert_eq!(ended.iter().map(|ended| ended.code).collect::<Vec<_>>(), [Some(0), Some(1), Some(1)]);
        let later = project.tgp(&["undo", &action, "--json"]);
        for one in &ended[1..] {
            assert_eq!(one.json()["error"]["code"], later.json()["error"]["code"], "{}", one.both());
            assert_eq!(one.json()["error"]["code"], "undo.impossible");
            assert!(one.json()["error"]["message"].as_str().unwrap().contains("taken back before"));
        }
        assert_eq!(tree(&project, &name), before);
        assert_eq!(project.git(&["rev-list", "--count", &name]), (commits + 1).to_string());
        let redone = project.json(&["redo"]);
        assert_eq!(
            (&redone["undone"][0]["action"], &redone["again"]),
            (&ended[0].json()["action"], &json!(true))
        );
        assert_eq!(tree(&project, &name), after);
    }
    let undos =
        actions(&project).into_iter().filter(|one| one["type"] == "undo" && one["status"] != "failed");
    assert_eq!(undos.count(), 2 * ROUNDS, "no undo took nothing back");
    coder.stop();
    is_whole(&project);
}

#[test]
fn an_undo_that_found_nothing_to_do_hides_none_from_redo() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "nothing");
    let first = number(&coder.write("src/a.ts", "1\n"));
    let with_first = tree(&project, &name);
    let second = number(&coder.write("src/b.ts", "2\n"));
    coder.call("delete_file", json!({ "path": "src/b.ts" })).done();
    undo(&project, &[&first]);
    let after = undo(&project, &[&second]);
    assert_eq!(after.get("commit"), None, "what it wrote was gone already");
    project.tgp(&["redo"]).succeeded();
    assert_eq!(tree(&project, &name), with_first);
    coder.stop();
}

#[test]
fn an_action_that_was_squashed_into_a_person_s_branch_is_taken_back_there() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "squashed");
    let action = number(&coder.write("src/a.ts", "1\n"));
    coder.write("src/b.ts", "2\n");
    coder.call("finish_task", json!({ "summary": "two files" })).done();
    project.tgp(&["branch", "merge", &name, "--squash", "--yes"]).succeeded();
    assert_eq!(project.read("src/a.ts"), "1\n");
    undo(&project, &[&action]);
    assert!(!project.path("src/a.ts").exists());
    assert_eq!(project.read("src/b.ts"), "2\n");
    project.tgp(&["redo"]).succeeded();
    assert_eq!(project.read("src/a.ts"), "1\n");
    coder.stop();
    is_whole(&project);
}

#[test]
fn an_action_that_was_picked_into_a_person_s_branch_names_the_merge_to_take_back_first() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "picked");
    let action = number(&coder.write("src/a.ts", "1\n"));
    let other = number(&coder.write("src/b.ts", "2\n"));
    coder.call("finish_task", json!({ "summary": "two files" })).done();
    let merged = project.json(&["branch", "merge", &name, "--action", &action, "--yes"]);
    let pick = merged["action"].as_str().unwrap();
    let before = (tree(&project, "main"), tree(&project, &name));
    let refused = project.tgp(&["undo", &action, "--json"]).json()["error"].clone();
    assert_eq!(refused["code"], "undo.impossible", "{refused:#}");
    assert!(refused["message"].as_str().unwrap().contains(pick), "{refused:#}");
    assert!(refused["hint"].as_str().unwrap().contains(&format!("tgp undo {pick}")), "{refused:#}");
    assert_eq!((tree(&project, "main"), tree(&project, &name)), before);
    undo(&project, &[&other]);
    undo(&project, &[pick]);
    assert!(!project.path("src/a.ts").exists());
    undo(&project, &[&action]);
    assert_eq!(project.on_branch(&name, "src/a.ts"), None);
    coder.stop();
    is_whole(&project);
}

#[test]
fn what_is_made_again_says_so_on_a_terminal() {
    let project = shop();
    let mut coder = project.session();
    start(&mut coder, "words");
    let action = number(&coder.write("src/a.ts", "1\n"));
    let undone = project.tgp(&["undo", &action]).stdout;
    assert!(undone.contains("taken back") && undone.contains("`tgp redo` makes it again"), "{undone}");
    let redone = project.tgp(&["redo"]).stdout;
    assert!(redone.contains("made again") && !redone.contains("Took back"), "{redone}");
    assert!(redone.contains("`tgp undo 01") && !redone.contains("tgp redo"), "{redone}");
    coder.stop();
}
