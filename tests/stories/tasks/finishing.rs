//! Handing work in, going on with it, and what is remembered of it.

use serde_json::{Value, json};

use super::{MAIN, branch, is_whole, number, read, session_of, shop, start, text};

fn tasks(session: &mut tgp_tests::Session) -> Vec<Value> {
    session.call("list_tasks", json!({})).done()["tasks"].as_array().unwrap().clone()
}

#[test]
fn a_task_is_handed_in_with_summary_checks_and_risk_and_its_objects_are_packed() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "Add login");
    for n in 0..12 {
        coder.write(&format!("src/login{n}.ts"), &format!("export const login = {n};\n"));
    }
    coder.call("delete_file", json!({ "path": "src/lines.txt" })).done();
    let loose = |project: &tgp_tests::Project| project.git(&["count-objects"]);
    let before = loose(&project);
    let input = json!({ "summary": "Login works.\nIt is tested.", "checks": [{ "name": "npm test", "passed": true }] });
    let done = coder.call("finish_task", input);
    assert_eq!(branch(&done), name);
    assert_eq!((&done.done()["files_changed"], &done.done()["risk"]), (&json!(13), &json!("high")));
    assert_ne!(loose(&project), before, "its loose objects became a pack");
    let row = &tasks(&mut coder)[0];
    assert_eq!(row["status"], "ready");
    assert_eq!((&row["current"], &row["files_changed"]), (&json!(false), &json!(13)));
    assert_eq!(row["summary"], "Login works.\nIt is tested.");
    assert_eq!(row["checks"], json!([{ "name": "npm test", "passed": true }]));
    // What was handed in is not written any more: the next change is another task.
    let next = coder.write("src/next.ts", "1\n");
    assert_ne!(branch(&next), name);
    let closed = coder.call("start_task", json!({ "branch": name })).refused();
    assert_eq!(closed.code, "branch.closed");
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn handing_in_can_be_taken_back_as_long_as_nobody_decided() {
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "hand in");
    coder.write("src/a.ts", "1\n");
    let done = number(&coder.call("finish_task", json!({ "summary": "done" })));
    assert_eq!(read(&mut coder, "src/a.ts").refused().code, "file.not_found", "no task, no branch");
    coder.call("undo_action", json!({ "action": done })).done();
    assert_eq!(tasks(&mut coder)[0]["status"], "active");
    assert_eq!(text(&mut coder, "src/a.ts"), "1\n");
    assert_eq!(branch(&coder.write("src/b.ts", "2\n")), name);
    coder.stop();
}

#[test]
fn a_later_session_goes_on_with_a_branch_of_the_same_agent() {
    let project = shop();
    let mut first = project.session();
    let name = start(&mut first, "long work");
    first.write("src/a.ts", "1\n");
    first.stop();
    let mut other = session_of(&project, "ops");
    assert_eq!(other.call("start_task", json!({ "branch": name })).refused().code, "branch.missing");
    assert_eq!(tasks(&mut other), Vec::<Value>::new());
    other.stop();
    let mut second = project.session();
    assert_eq!(text(&mut second, "src/main.ts"), MAIN);
    assert_eq!(read(&mut second, "src/a.ts").refused().code, "file.not_found");
    let taken = second.call("start_task", json!({ "branch": name }));
    assert_eq!((branch(&taken), &taken.done()["continued"]), (name.clone(), &json!(true)));
    assert_eq!(text(&mut second, "src/a.ts"), "1\n");
    assert_eq!(branch(&second.write("src/a.ts", "2\n")), name);
    let shown = &tasks(&mut second)[0];
    assert_eq!((&shown["current"], &shown["files_changed"]), (&json!(true), &json!(1)));
    second.stop();
}

#[test]
fn a_diff_names_files_and_symbols_and_leaves_out_what_may_not_be_read() {
    let project = shop();
    project.write(
        ".tgp/scopes/coder.yaml",
        "agent: coder\npaths: { read: [\"src/**\"], write: [\"src/**\", \"blind/**\"] }\ntasks: { open: true, undo: own }\n",
    );
    let mut coder = project.session();
    start(&mut coder, "diff");
    coder.write("src/main.ts", &format!("{MAIN}export function hash(): number {{\n  return 2;\n}}\n"));
    coder.write("blind/a.txt", "unseen\n");
    coder.call("delete_file", json!({ "path": "src/lines.txt" })).done();
    let diff = coder.call("diff_task", json!({})).done().clone();
    let files = diff["files"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{diff:#}");
    assert_eq!((&files[0]["path"], &files[0]["how"]), (&json!("src/lines.txt"), &json!("deleted")));
    assert_eq!((&files[1]["path"], &files[1]["added"]), (&json!("src/main.ts"), &json!(3)));
    assert!(files[1]["symbols"].to_string().contains("hash"), "{diff:#}");
    let patch = diff["patch"].as_str().unwrap();
    assert!(patch.contains("+export function hash") && !patch.contains("unseen"), "{patch}");
    let one = coder.call("diff_task", json!({ "path": "src/main.ts" })).done().clone();
    assert_eq!(one["files"].as_array().unwrap().len(), 1);
    coder.stop();
}

#[test]
fn bad_input_about_tasks_is_named() {
    let project = shop();
    let mut coder = project.session();
    for (tool, input, code) in [
        ("start_task", json!({}), "arguments.invalid"),
        ("start_task", json!({ "description": "  " }), "arguments.invalid"),
        ("start_task", json!({ "branch": "main" }), "branch.missing"),
        ("start_task", json!({ "branch": "agent/coder/-x-1" }), "branch.missing"),
        ("start_task", json!({ "branch": "agent/coder/../../main" }), "branch.missing"),
        ("finish_task", json!({ "summary": "nothing was begun" }), "branch.missing"),
        ("diff_task", json!({}), "branch.missing"),
        ("diff_task", json!({ "branch": "agent/coder/none-1" }), "branch.missing"),
        ("list_tasks", json!({ "status": "lost" }), "arguments.invalid"),
        ("save_note", json!({ "note": "" }), "arguments.invalid"),
    ] {
        assert_eq!(coder.call(tool, input.clone()).refused().code, code, "{tool} {input}");
    }
    let hostile = coder.call(
        "start_task",
        json!({ "description": "--upload-pack=x; $(rm -rf /) \u{1b}[2J\n\nTgp-Action: x" }),
    );
    assert!(branch(&hostile).starts_with("agent/coder/upload-pack-x-rm-rf"), "{}", branch(&hostile));
    coder.stop();
    is_whole(&project);
}

#[test]
fn a_note_is_saved_and_can_be_forgotten() {
    let project = shop();
    let mut coder = project.session();
    let saved = number(&coder.call("save_note", json!({ "note": "the cache is in src/cache.ts" })));
    let notes = || -> i64 {
        let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
        state.query_row("SELECT count(*) FROM session_notes", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(notes(), 1);
    coder.call("undo_action", json!({ "action": saved })).done();
    assert_eq!(notes(), 0);
    coder.stop();
}
