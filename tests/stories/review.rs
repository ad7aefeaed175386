//! `git.writeStrategy: 'pr'`: what agents write waits for review on a branch, is pushed, found, and run by its author.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::{Project, Remote, Session, remote};

use crate::sources::{FIB, HELLO};

const BRANCH: &str = "feat/math.fib";

/// A project in `pr` mode whose remote holds `tools/hello.ts`.
fn project(remote: &Remote) -> Project {
    let project = Project::with_remote(&remote.url());
    project.configure(&format!("git: {{ repo: '{}', writeStrategy: 'pr' }},", remote.url()));
    project
}

fn session_of(project: &Project, agent: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", agent]));
    session.connect(tgp_tests::Era::Legacy);
    session
}

fn merge(remote: &Remote, how: &[&str]) {
    let clone = remote.clone_elsewhere();
    let work = clone.path().join("clone");
    let arguments: Vec<&str> = ["merge", "--quiet"].into_iter().chain(how.iter().copied()).collect();
    remote::git(&work, &[&arguments[..], &["origin/feat/math.fib"]].concat()).succeeded();
    if how.contains(&"--squash") {
        remote::git(&work, &["commit", "--quiet", "-m", "Reviewed (#1)"]).succeeded();
    }
    remote::git(&work, &["push", "--quiet", "origin", "HEAD:main"]).succeeded();
}

#[test]
fn in_pr_mode_a_tool_is_pushed_to_its_own_branch_and_runs_for_its_author() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = project(&remote);
    let mut session = project.session();
    let written = session.write("tools/math/fib.ts", FIB).done().clone();
    assert_eq!(written["branch"], BRANCH);
    assert_eq!(written["notes"], Value::Null, "nothing went wrong");
    assert_eq!(remote.file(BRANCH, "tools/math/fib.ts").as_deref(), Some(FIB), "without `tgp sync`");
    assert_eq!(remote.file("main", "tools/math/fib.ts"), None);
    assert_eq!(session.check("tools/math/fib.ts")["valid"], true);
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
}

#[test]
fn a_tool_that_waits_for_review_is_found_by_everybody_so_that_nobody_forges_it_again() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = project(&remote);
    let mut session = session_of(&project, "coder");
    session.write("tools/math/fib.ts", FIB);
    session.stop();
    let mut other = session_of(&project, "ops");
    let listed = other.call("list_files", json!({ "dir": "tools" })).done().clone();
    assert_eq!(listed["files"], json!(["tools/hello.ts", "tools/math/fib.ts"]));
    assert_eq!(listed["pending"], json!(["tools/math/fib.ts"]));
    let found = other.call("find_tool", json!({ "query": "fib" })).done().clone();
    assert_eq!(found["tools"][0]["path"], "tools/math/fib.ts", "{found:#}");
    assert_eq!(found["tools"][0]["pending"], BRANCH);
    let hello = other.call("find_tool", json!({ "query": "hello" })).done().clone();
    assert_eq!(hello["tools"][0]["pending"], Value::Null);
    let read = other.call("read_file", json!({ "path": "tools/math/fib.ts" }));
    assert_eq!(read.done()["content"], FIB);
    let registry = other.request("resources/read", json!({ "uri": "tgp://registry" })).unwrap().to_string();
    assert!(registry.contains("hello") && !registry.contains("fib"), "it is what is merged: {registry}");
    other.stop();
    let tools = project.json(&["tool", "list"])["tools"].clone();
    assert_eq!(tools[0]["pending"], Value::Null);
    assert_eq!(tools[1]["pending"], BRANCH);
    let shown = project.tgp(&["tool", "list"]);
    assert!(shown.succeeded().stdout.contains("pending"), "{}", shown.stdout);
}

#[test]
fn what_an_agent_wrote_runs_for_no_other_before_its_review() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = project(&remote);
    let mut author = session_of(&project, "coder");
    author.write("tools/math/fib.ts", FIB);
    author.write("tools/hello.ts", &HELLO.replace("Hello", "Goodbye"));
    assert_eq!(*author.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Goodbye, Ada"));
    let mut other = session_of(&project, "ops");
    for call in [
        other.exec("tools/math/fib.ts", json!({ "n": 10 })),
        other.call("check_tool", json!({ "path": "tools/math/fib.ts" })),
    ] {
        let refused = call.refused();
        assert_eq!(refused.code, "tool.not_valid", "{:#}", refused.raw);
        assert!(
            refused.message.contains("`coder`") && refused.message.contains(BRANCH),
            "{}",
            refused.message
        );
    }
    assert_eq!(*other.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    let checked = other.check("tools/hello.ts");
    assert!(checked["notes"].to_string().contains("feat/hello"), "{checked:#}");
    // Also not by way of a tool of its own that runs or imports it.
    let caller =
        "export default ({ name }: { name: string }) => tgp.exec_tool('tools/hello.ts', { name });\n";
    other.write("tools/caller.ts", caller);
    assert_eq!(*other.exec("tools/caller.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    let importer =
        "import hello from './hello';\n\nexport default ({ name }: { name: string }) => hello({ name });\n";
    other.write("tools/importer.ts", importer);
    assert_eq!(*other.exec("tools/importer.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    // Who takes the change over stands for it.
    let patch = json!({ "path": "tools/hello.ts", "search": "Goodbye", "replace": "Welcome" });
    other.call("patch_file", patch).done();
    assert_eq!(*other.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Welcome, Ada"));
    assert_eq!(*author.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    other.stop();
    author.stop();
}

#[test]
fn in_pr_mode_a_tool_that_breaks_a_rule_is_not_valid_and_does_not_run() {
    let remote = Remote::empty();
    let project = project(&remote);
    let mut session = project.session();
    let broken = "const tax = 0.05;\nexport default ({ amount }: { amount: number }) => amount * tax;\n";
    session.write("tools/tax.ts", broken);
    assert_eq!(session.check("tools/tax.ts")["valid"], false);
    assert_eq!(session.exec("tools/tax.ts", json!({ "amount": 1 })).refused().code, "lint.error");
    session.stop();
}

#[test]
fn a_merged_tool_runs_for_everybody_and_its_next_change_begins_anew() {
    for how in [&["--no-ff", "-m", "Reviewed"][..], &["--squash"][..]] {
        let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
        let project = project(&remote);
        let mut author = session_of(&project, "coder");
        author.write("tools/math/fib.ts", FIB);
        author.stop();
        merge(&remote, how);
        let mut other = session_of(&project, "ops");
        assert_eq!(*other.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55), "{how:?}");
        let listed = other.call("list_files", json!({ "dir": "tools" })).done().clone();
        assert_eq!(listed["pending"], Value::Null, "{how:?}");
        remote::git(&remote.path(), &["branch", "-D", BRANCH]).succeeded();
        let patch =
            json!({ "path": "tools/math/fib.ts", "search": "export", "replace": "/** Again. */\nexport" });
        let written = other.call("patch_file", patch).done().clone();
        assert_eq!(written["notes"], Value::Null, "{how:?}: {written:#}");
        let range = remote::git(&remote.path(), &["rev-list", "--count", &format!("main..{BRANCH}")]);
        assert_eq!(range.succeeded().stdout.trim(), "1", "{how:?}");
        other.stop();
    }
}

#[test]
fn a_push_that_is_refused_is_said_in_the_answer_and_made_later() {
    use std::os::unix::fs::PermissionsExt;
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = project(&remote);
    let hook = remote.path().join("hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'closed on Sundays' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let mut session = project.session();
    let written = session.write("tools/math/fib.ts", FIB).done().clone();
    let notes = written["notes"].to_string();
    assert!(notes.contains(BRANCH) && notes.contains("closed on Sundays"), "{notes}");
    session.stop();
    let doctor = project.tgp(&["doctor"]).both();
    assert!(doctor.contains(BRANCH), "{doctor}");
    fs::remove_file(hook).unwrap();
    // The next session makes it, without anybody asking.
    project.session().stop();
    assert_eq!(remote.file(BRANCH, "tools/math/fib.ts").as_deref(), Some(FIB));
}

#[test]
fn a_remote_that_hangs_does_not_hold_up_a_write_in_pr_mode() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.git", server.local_addr().unwrap());
    let project = Project::new();
    project.configure(&format!("git: {{ repo: '{url}', writeStrategy: 'pr' }},"));
    let mut session = project.session();
    let begun = Instant::now();
    let written = session.write("tools/math/fib.ts", FIB).done().clone();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let notes = written["notes"].to_string();
    assert!(notes.contains("not pushed yet") && notes.contains("tgp sync"), "{notes}");
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
    // The program ended its git with it: nobody holds the connection any more.
    assert_eq!(crate::remote_hangs::programs_that_name(&url), Vec::<String>::new());
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    project.configure(&format!("git: {{ repo: '{}', writeStrategy: 'pr' }},", remote.url()));
    project.tgp(&["sync"]).succeeded();
    assert_eq!(remote.file(BRANCH, "tools/math/fib.ts").as_deref(), Some(FIB));
}

#[test]
fn a_broken_branch_keeps_nothing_else_from_working_and_is_named() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = project(&remote);
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB).done();
    fs::write(project.path(".tgp/.git/refs/heads/feat/broken"), "garbage\n").unwrap();
    let listed = session.call("list_files", json!({ "dir": "tools" })).done().clone();
    assert_eq!(listed["pending"], json!(["tools/math/fib.ts"]));
    session.call("find_tool", json!({ "query": "fibonacci" })).done();
    let written = session.write("tools/again.ts", FIB).done().clone();
    assert!(written["notes"].to_string().contains("feat/broken"), "{written:#}");
    session.stop();
    let doctor = project.tgp(&["doctor"]);
    assert_eq!(doctor.code, Some(1), "{}", doctor.both());
    assert!(doctor.both().contains("feat/broken"), "{}", doctor.both());
    project.tgp(&["sync"]).succeeded();
}

#[test]
fn a_conflict_with_what_a_reviewer_pushed_is_named_with_its_file_and_sync_fails() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = project(&remote);
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB).done();
    let clone = remote.clone_elsewhere();
    let work = clone.path().join("clone");
    remote::git(&work, &["checkout", "--quiet", BRANCH]).succeeded();
    fs::write(work.join("tools/math/fib.ts"), "// reviewed\n").unwrap();
    remote::git(&work, &["commit", "--quiet", "-am", "Reviewed"]).succeeded();
    remote::git(&work, &["push", "--quiet", "origin", BRANCH]).succeeded();
    let written = session.write("tools/math/fib.ts", HELLO).done().clone();
    assert!(written["notes"].to_string().contains("tgp sync"), "{written:#}");
    session.stop();
    let synced = project.tgp(&["sync"]);
    assert_eq!(synced.code, Some(1), "{}", synced.both());
    assert!(synced.both().contains("tools/math/fib.ts"), "{}", synced.both());
    // A second kernel sees what waits at the remote.
    let other = self::project(&remote);
    let mut session = other.session();
    let listed = session.call("list_files", json!({ "dir": "tools" })).done().clone();
    assert_eq!(listed["pending"], json!(["tools/math/fib.ts"]));
    session.stop();
}

#[test]
fn after_a_change_from_direct_to_pr_sync_says_what_stays_here() {
    let remote = Remote::empty();
    let project = Project::new();
    project.configure(&format!("git: {{ repo: '{}' }},", remote.url()));
    let mut session = project.session();
    session.write("tools/first.ts", "export default () => 1;\n");
    session.stop();
    project.configure(&format!("git: {{ repo: '{}', writeStrategy: 'pr' }},", remote.url()));
    let said = project.tgp(&["sync"]);
    assert!(said.stdout.contains("has commits the remote does not have"), "{}", said.both());
}
