//! Changes on a branch: each judged, each one commit, all or nothing.

use serde_json::json;
use tgp_tests::Project;

use super::{LINES, MAIN, actions, branch, is_whole, read, session_of, shop, start, text, tree};

#[test]
fn an_agent_s_first_write_opens_a_task_and_touches_nothing_of_the_person_s() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let first = coder.write("src/login.ts", "export const login = 1;\n");
    let name = branch(&first);
    let notes = first.done()["notes"].to_string();
    assert!(notes.contains("a task was opened") && notes.contains(&name), "{notes}");
    let second = coder.write("src/login.ts", "export const login = 2;\n");
    assert_eq!((branch(&second), second.done().get("notes")), (name.clone(), None));
    assert_eq!(project.agent_branches(), std::slice::from_ref(&name));
    let format = "--format=%an %s|%(trailers:key=Tgp-Action,valueonly,separator=)";
    let log = project.git(&["log", format, &format!("main..{name}")]);
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "one commit each: {log}");
    assert!(
        lines[0].starts_with("coder Changed `src/login.ts`") && lines[1].starts_with("coder Created"),
        "{log}"
    );
    assert!(lines[0].ends_with(second.done()["action"].as_str().unwrap()), "{log}");
    let kinds: Vec<String> = actions(&project)
        .iter()
        .map(|row| format!("{} {}", row["type"].as_str().unwrap(), row["branch"].as_str().unwrap_or("-")))
        .collect();
    for kind in ["branch_create", "file_create", "file_modify"] {
        assert!(kinds.contains(&format!("{kind} {name}")), "{kind}: {kinds:?}");
    }
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_write_outside_the_scope_is_refused_and_opens_no_task() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    for path in [
        "README.md",
        "secrets/new.pem",
        ".env",
        "tgp.config.ts",
        ".git/hooks/pre-commit",
        ".GIT/config",
        "src/.git/config",
        ".tgp/policy/a.yaml",
        ".gitmodules/../.git/config",
    ] {
        let refused = coder.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert!(
            ["policy.denied", "file.read_only", "path.invalid"].contains(&refused.code.as_str()),
            "{path}: {:#}",
            refused.raw
        );
    }
    for path in ["../x", "/etc/passwd", "src/../../x"] {
        let refused = coder.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert_eq!(refused.code, "path.escape", "{path}");
    }
    assert_eq!(project.agent_branches(), Vec::<String>::new());
    let mut reader = session_of(&project, "reviewer");
    reader.call("write_file", json!({ "path": "src/a.ts", "content": "x" })).refused();
    assert_eq!(reader.call("start_task", json!({ "description": "x" })).refused().code, "policy.denied");
    assert_eq!(text(&mut reader, "src/main.ts"), MAIN);
    assert_eq!(project.agent_branches(), Vec::<String>::new());
    coder.stop();
    reader.stop();
    protected.holds();
}

#[test]
fn a_patch_over_several_files_is_all_or_nothing_and_each_file_is_judged() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "patch");
    let patch = "diff --git a/src/lines.txt b/src/lines.txt\n--- a/src/lines.txt\n+++ b/src/lines.txt\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n\
                 --- /dev/null\n+++ b/src/made.ts\n@@ -0,0 +1 @@\n+export const made = 1;\n\
                 diff --git a/src/other/deep.ts b/src/other/moved.ts\nrename from src/other/deep.ts\nrename to src/other/moved.ts\n";
    let before = tree(&project, &name);
    let call =
        |coder: &mut tgp_tests::Session, patch: &str| coder.call("patch_file", json!({ "patch": patch }));
    let wrong = call(&mut coder, &patch.replace("-2\n", "-not there\n")).refused();
    assert_eq!(wrong.code, "patch.missing", "{}", wrong.message);
    let garbage = call(&mut coder, "this is no patch").refused();
    assert_eq!(garbage.code, "patch.invalid");
    let forbidden = format!("{patch}--- a/secrets/key.pem\n+++ b/secrets/key.pem\n@@ -1 +1 @@\n-guess\n+x\n");
    let refused = call(&mut coder, &forbidden).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(!refused.raw.to_string().contains("needle"), "what is forbidden is not told: {:#}", refused.raw);
    let outside = call(&mut coder, &patch.replace("b/src/made.ts", "b/docs/made.ts")).refused();
    assert!(["policy.denied", "file.read_only"].contains(&outside.code.as_str()), "{}", outside.code);
    assert_eq!(tree(&project, &name), before, "nothing of it was applied");
    let done = call(&mut coder, patch);
    assert_eq!(done.done()["files"].as_array().unwrap().len(), 4, "{:#}", done.raw);
    assert_eq!(text(&mut coder, "src/lines.txt"), LINES.replacen("2\n", "two\n", 1));
    assert_eq!(text(&mut coder, "src/made.ts"), "export const made = 1;\n");
    assert_eq!(text(&mut coder, "src/other/moved.ts"), "export const deep = 1;\n");
    assert_eq!(read(&mut coder, "src/other/deep.ts").refused().code, "file.not_found");
    assert_eq!(project.git(&["rev-list", "--count", &format!("main..{name}")]), "1");
    let tools = "--- a/tools/a.ts\n+++ b/tools/a.ts\n@@ -1 +1 @@\n-a\n+b\n";
    assert_eq!(call(&mut coder, tools).refused().code, "path.invalid");
    let both =
        coder.call("patch_file", json!({ "path": "src/a", "search": "a", "replace": "b", "patch": patch }));
    assert_eq!(both.refused().code, "arguments.invalid");
    assert_eq!(coder.call("patch_file", json!({})).refused().code, "arguments.invalid");
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn search_and_replace_needs_exactly_one_match_on_the_branch() {
    let project = shop();
    let mut coder = project.session();
    start(&mut coder, "replace");
    let patch = |coder: &mut tgp_tests::Session, search: &str| {
        coder.call("patch_file", json!({ "path": "src/main.ts", "search": search, "replace": "return 2;" }))
    };
    patch(&mut coder, "return 1;").done();
    assert_eq!(text(&mut coder, "src/main.ts"), MAIN.replace('1', "2"));
    assert_eq!(patch(&mut coder, "return 1;").refused().code, "patch.missing");
    assert_eq!(patch(&mut coder, "n").refused().code, "patch.ambiguous");
    assert_eq!(project.read("src/main.ts"), MAIN.replace('1', "99"));
    coder.stop();
}

#[test]
fn files_are_deleted_and_moved_and_nothing_is_overwritten_by_it() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let deleted = coder.call("delete_file", json!({ "path": "src/lines.txt" }));
    let name = branch(&deleted);
    assert_eq!(project.on_branch(&name, "src/lines.txt"), None);
    assert_eq!(project.read("src/lines.txt"), LINES);
    assert_eq!(
        coder.call("delete_file", json!({ "path": "src/lines.txt" })).refused().code,
        "file.not_found"
    );
    assert_eq!(coder.call("delete_file", json!({ "path": "src/other" })).refused().code, "file.kind");
    let moved = coder.call("move_file", json!({ "from": "src/other", "to": "src/there" }));
    assert_eq!(moved.done()["files"], json!(["src/other/deep.ts", "src/there/deep.ts"]));
    assert_eq!(text(&mut coder, "src/there/deep.ts"), "export const deep = 1;\n");
    let over = coder.call("move_file", json!({ "from": "src/main.ts", "to": "src/there/deep.ts" })).refused();
    assert_eq!(over.code, "file.exists");
    let outside = coder.call("move_file", json!({ "from": "src/main.ts", "to": "docs/main.ts" })).refused();
    assert!(["policy.denied", "file.read_only"].contains(&outside.code.as_str()), "{}", outside.code);
    let tool = coder.call("move_file", json!({ "from": "tools/a.ts", "to": "src/a.ts" })).refused();
    assert_eq!(tool.code, "file.read_only");
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_folder_with_a_forbidden_file_in_it_is_not_moved() {
    let project = Project::in_git(&[("src/a/ok.ts", "1\n"), ("src/a/secrets/key.ts", "needle\n")]);
    let mut coder = project.session();
    let name = start(&mut coder, "move");
    let before = tree(&project, &name);
    for (from, to) in
        [("src/a", "src/b"), ("src/a/secrets/key.ts", "src/key.ts"), ("src/a/ok.ts", "src/secrets/x")]
    {
        let refused = coder.call("move_file", json!({ "from": from, "to": to })).refused();
        assert_eq!(refused.code, "policy.denied", "{from}");
    }
    assert_eq!(tree(&project, &name), before);
    assert_eq!(
        coder.call("delete_file", json!({ "path": "src/a/secrets/key.ts" })).refused().code,
        "policy.denied"
    );
    assert_eq!(
        coder.call("delete_file", json!({ "path": "src/a/secrets/none.ts" })).refused().code,
        "policy.denied"
    );
    coder.stop();
}

#[test]
fn a_question_shows_the_diff_against_the_branch_and_its_yes_is_for_that_alone() {
    let project = shop();
    project.configure("approvals: { wait: 0 },");
    project.write(
        ".tgp/scopes/coder.yaml",
        "agent: coder\npaths: { read: [\"**\"], write: [\"src/**\"], require_approval: [\"src/lines.txt\"] }\ntasks: { open: true, undo: own }\n",
    );
    let mut coder = project.session();
    start(&mut coder, "ask");
    let patched = json!({ "path": "src/lines.txt", "search": "2\n3\n", "replace": "two\n3\n" });
    let asked = coder.call("patch_file", patched.clone()).refused();
    assert_eq!(asked.code, "policy.requires_approval");
    let ticket = asked.raw["details"]["ticket"].as_str().unwrap().to_owned();
    let shown = project.json(&["approvals", &ticket]);
    let preview = shown["preview"].as_str().unwrap();
    assert!(preview.contains("-2\n") && preview.contains("+two\n"), "{preview}");
    project.at_a_terminal(&["approve", &ticket], "y");
    let other = json!({ "path": "src/lines.txt", "search": "2\n3\n", "replace": "TWO\n3\n" });
    assert_eq!(coder.call("patch_file", other).refused().code, "policy.requires_approval");
    coder.call("patch_file", patched.clone()).done();
    assert!(text(&mut coder, "src/lines.txt").contains("two\n"));
    let deletes = coder.call("delete_file", json!({ "path": "src/lines.txt" })).refused();
    let ticket = deletes.raw["details"]["ticket"].as_str().unwrap().to_owned();
    let preview = project.json(&["approvals", &ticket])["preview"].as_str().unwrap().to_owned();
    assert!(preview.contains("delete src/lines.txt") && preview.contains("-two"), "{preview}");
    coder.stop();
}

#[test]
fn writing_what_is_there_already_makes_no_commit() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "same");
    let same = coder.write("src/lines.txt", LINES);
    assert!(same.done()["notes"].to_string().contains("nothing changed"), "{:#}", same.raw);
    assert_eq!(project.git(&["rev-list", "--count", &format!("main..{name}")]), "0");
    let undone = coder.call("undo_action", json!({ "action": same.done()["action"] })).refused();
    assert_eq!(undone.code, "undo.impossible");
    coder.stop();
}

#[test]
fn a_branch_that_is_gone_or_set_back_by_hand_is_named_and_nothing_is_lost() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "by hand");
    coder.write("src/a.ts", "1\n");
    let kept = coder.write("src/b.ts", "2\n");
    let tip = project.git(&["rev-parse", &name]);
    project.git(&["branch", "--quiet", "--force", &name, "main"]);
    let on = coder.write("src/c.ts", "3\n");
    let notes = on.done()["notes"].to_string();
    assert!(notes.contains("by hand") && notes.contains(kept.done()["commit"].as_str().unwrap()), "{notes}");
    assert_eq!(project.on_branch(&name, "src/c.ts").as_deref(), Some("3\n"));
    project.git(&["cat-file", "-e", &tip]);
    project.git(&["branch", "--quiet", "-D", &name]);
    let gone = coder.call("write_file", json!({ "path": "src/d.ts", "content": "4\n" })).refused();
    assert_eq!(gone.code, "branch.missing");
    assert!(gone.message.contains(&name), "{}", gone.message);
    assert!(gone.raw["hint"].as_str().unwrap().contains("start_task"), "{:#}", gone.raw);
    assert_eq!(read(&mut coder, "src/a.ts").refused().code, "branch.missing");
    let tasks = coder.call("list_tasks", json!({})).done().clone();
    assert_eq!(
        (&tasks["tasks"][0]["missing"], &tasks["tasks"][0]["status"]),
        (&json!(true), &json!("active"))
    );
    start(&mut coder, "again");
    coder.write("src/d.ts", "4\n");
    coder.stop();
    is_whole(&project);
}

#[test]
fn a_branch_a_person_has_checked_out_is_not_written() {
    let project = Project::in_git(&[("src/a.ts", "1\n")]);
    let mut coder = project.session();
    let name = start(&mut coder, "looked at");
    project.git(&["checkout", "--quiet", &name]);
    let protected = project.protect();
    let refused = coder.call("write_file", json!({ "path": "src/a.ts", "content": "2\n" })).refused();
    assert_eq!(refused.code, "branch.checked_out");
    assert_eq!(text(&mut coder, "src/a.ts"), "1\n");
    protected.holds();
    project.git(&["checkout", "--quiet", "main"]);
    coder.write("src/a.ts", "2\n");
    coder.stop();
}

#[test]
fn a_person_who_is_asked_about_a_move_sees_what_comes_to_stand_there() {
    let project = shop();
    project.configure("approvals: { wait: 0 },");
    project.write(
        ".tgp/scopes/coder.yaml",
        "agent: coder\npaths: { read: [\"**\"], write: [\"src/**\"], require_approval: [\"src/asked/**\"] }\ntasks: { open: true, undo: own }\n",
    );
    let mut coder = project.session();
    start(&mut coder, "move");
    let asked =
        coder.call("move_file", json!({ "from": "src/other/deep.ts", "to": "src/asked/deep.ts" })).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{}", asked.message);
    let preview = project.json(&["approvals"])["approvals"][0]["preview"].as_str().unwrap().to_owned();
    assert!(preview.contains("move src/other/deep.ts -> src/asked/deep.ts"), "{preview}");
    assert!(preview.contains("+export const deep = 1;"), "{preview}");
    coder.stop();
}

#[test]
fn what_an_agent_moved_itself_is_said_to_be_moved_and_not_to_be_uncommitted() {
    let project = shop();
    let mut coder = project.session();
    start(&mut coder, "moved");
    coder.call("move_file", json!({ "from": "src/main.ts", "to": "src/first.ts" })).done();
    let refused = coder.call("delete_file", json!({ "path": "src/main.ts" })).refused();
    assert_eq!(refused.code, "file.not_found");
    let hint = refused.raw["hint"].as_str().unwrap();
    assert!(hint.contains("moved or deleted on this branch") && !hint.contains("uncommitted"), "{hint}");
    let refused = coder.call("delete_file", json!({ "path": "src/new.ts" })).refused();
    assert!(refused.raw["hint"].as_str().unwrap().contains("uncommitted"), "{:#}", refused.raw);
    coder.stop();
}

#[test]
fn a_patch_never_makes_a_file_of_a_symlink_and_never_a_move_of_a_copy() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "modes");
    let tip = project.git(&["rev-parse", &name]);
    let link = "diff --git a/src/l b/src/l\nnew file mode 120000\n--- /dev/null\n+++ b/src/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n";
    let copy = "diff --git a/src/main.ts b/src/copy.ts\nsimilarity index 100%\ncopy from src/main.ts\ncopy to src/copy.ts\n";
    for patch in [link, &link.replace("120000", "160000"), copy] {
        let refused = coder.call("patch_file", json!({ "patch": patch })).refused();
        assert_eq!(refused.code, "patch.invalid", "{}", refused.message);
    }
    assert_eq!(project.git(&["rev-parse", &name]), tip);
    coder.call("patch_file", json!({ "patch": link.replace("120000", "100755") })).done();
    assert!(project.git(&["ls-tree", &name, "src/l"]).starts_with("100755 blob"));
    coder.stop();
}
