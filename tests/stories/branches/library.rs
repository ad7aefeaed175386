//! Tools that wait for review in `pr` mode, under the same commands as agents' branches.

use serde_json::json;
use tgp_tests::{Era, Session};

use super::*;
use crate::sources::FIB;

fn pr() -> Project {
    Project::with_settings("git: { writeStrategy: 'pr' },")
}

fn session(project: &Project, agent: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", agent]));
    session.connect(Era::Legacy);
    session
}

#[test]
fn a_tool_that_waits_is_listed_compared_merged_run_by_all_and_taken_back() {
    let project = pr();
    let mut coder = session(&project, "coder");
    coder.write("tools/math/fib.ts", FIB);
    coder.stop();
    let listed = done(&project, &["branch", "list"]);
    let one = &listed["branches"][0];
    assert_eq!(
        (&one["name"], &one["repository"], &one["agent"]),
        (&json!("feat/math.fib"), &json!("library"), &json!("coder"))
    );
    let shown = done(&project, &["branch", "diff", "fib"]);
    assert_eq!(paths(&shown["files"]), ["tools/math/fib.ts"]);
    assert_eq!(shown["files"][0]["added"], FIB.lines().count());
    let symbols = done(&project, &["branch", "diff", "fib", "--by", "symbol"]);
    assert!(!symbols["files"][0]["symbols"].as_array().unwrap().is_empty(), "{symbols:#}");
    let mut ops = session(&project, "ops");
    assert_eq!(ops.exec("tools/math/fib.ts", json!({ "n": 10 })).refused().code, "tool.not_valid");
    let merged = done(&project, &["branch", "merge", "fib", "--yes"]);
    assert_eq!(*ops.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    assert_eq!(done(&project, &["branch", "list"])["branches"], json!([]));
    done(&project, &["undo", merged["action"].as_str().unwrap()]);
    assert_eq!(ops.exec("tools/math/fib.ts", json!({ "n": 10 })).refused().code, "tool.not_found");
    done(&project, &["redo"]);
    assert_eq!(*ops.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    ops.stop();
}

#[test]
fn a_tool_that_is_not_wanted_is_put_away_and_comes_back_by_undo() {
    let project = pr();
    let mut coder = session(&project, "coder");
    coder.write("tools/math/fib.ts", FIB);
    let discarded = done(&project, &["branch", "discard", "fib", "--yes"]);
    assert_eq!(discarded["branch"]["status"], "discarded");
    assert_eq!(done(&project, &["branch", "list"])["branches"], json!([]));
    done(&project, &["undo", discarded["action"].as_str().unwrap()]);
    assert_eq!(done(&project, &["branch", "list"])["branches"][0]["name"], "feat/math.fib");
    assert_eq!(
        *coder.exec("tools/math/fib.ts", json!({ "n": 10 })).result(),
        json!(55),
        "its author runs it again"
    );
    coder.stop();
}

#[test]
fn a_tool_that_changed_in_the_trunk_meanwhile_is_a_conflict_and_nothing_is_overwritten() {
    let project = pr();
    let mut coder = session(&project, "coder");
    coder.write("tools/math/fib.ts", FIB);
    done(&project, &["branch", "merge", "fib", "--yes"]);
    coder.write("tools/math/fib.ts", &FIB.replace("n: number", "n: number /* agent */"));
    coder.stop();
    let library = project.path(".tgp");
    let persons = FIB.replace("n: number", "n: number /* person */");
    project.write(".tgp/tools/math/fib.ts", &persons);
    git(&library, &["commit", "--quiet", "--all", "-m", "Mine"]).succeeded();
    let refusal = refused(&project, &["branch", "merge", "fib", "--yes"]);
    assert_eq!(refusal["code"], "branch.conflict", "{refusal:#}");
    assert_eq!(git(&library, &["show", "HEAD:tools/math/fib.ts"]).stdout, persons);
}
