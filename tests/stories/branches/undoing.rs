//! A merge taken back, made again, and what stands against that.

use super::*;

fn undo(project: &Project, action: &Value) -> Value {
    done(project, &["undo", action.as_str().unwrap()])
}

#[test]
fn a_merge_is_taken_back_by_a_revert_commit_and_the_undo_of_that_is_byte_equal() {
    let project = repository(&[("a.txt", LINES), ("gone.txt", "g\n"), ("kept.txt", "k\n")]);
    let name = branch(
        &project,
        "coder/one-1",
        &[&[
            ("a.txt", Some(&LINES.replace("5\n", "five\n"))),
            ("gone.txt", None),
            ("dir/new.txt", Some("n\n")),
        ]],
    );
    project.write("kept.txt", "not committed\n");
    let before = (
        tree(&project, "main"),
        persons(&project).into_iter().filter(|(path, _)| !path.starts_with(".git/")).collect::<Vec<_>>(),
    );
    let merged = done(&project, &["branch", "merge", "one", "--yes"]);
    let after = tree(&project, "main");
    let shown = done(&project, &["undo", merged["action"].as_str().unwrap(), "--dry-run"]);
    assert_eq!(paths(&shown["files"]), ["a.txt", "dir/new.txt", "gone.txt"]);
    assert_eq!(tree(&project, "main"), after, "a dry run changes nothing");
    let undone = undo(&project, &merged["action"]);
    assert_eq!(tree(&project, "main"), before.0);
    let files: Vec<_> =
        persons(&project).into_iter().filter(|(path, _)| !path.starts_with(".git/")).collect();
    assert!(files == before.1, "every file is as it was");
    assert_eq!(
        said(&project, &["rev-list", "--count", "--first-parent", "main"]),
        "3",
        "a revert is a commit of its own"
    );
    let listed = done(&project, &["branch", "list"]);
    assert_eq!(
        (&listed["branches"][0]["name"], &listed["branches"][0]["status"]),
        (&serde_json::json!(name), &serde_json::json!("active"))
    );
    let again = undo(&project, &undone["action"]);
    assert_eq!(tree(&project, "main"), after);
    assert_eq!(done(&project, &["branch", "list"])["branches"], serde_json::json!([]));
    undo(&project, &again["action"]);
    assert_eq!(tree(&project, "main"), before.0);
    done(&project, &["redo"]);
    assert_eq!(tree(&project, "main"), after);
    assert_eq!(said(&project, &["status", "--porcelain"]), " M kept.txt");
    assert_sound(&project);
}

#[test]
fn what_a_person_did_after_a_merge_survives_its_undo_or_is_named() {
    let project = repository(&[("a.txt", LINES), ("b.txt", "b\n")]);
    branch(
        &project,
        "coder/one-1",
        &[&[("a.txt", Some(&LINES.replace("3\n", "three\n"))), ("c.txt", Some("c\n"))]],
    );
    let merged = done(&project, &["branch", "merge", "one", "--yes"]);
    let with_both = LINES.replace("3\n", "three\n").replace("11\n", "eleven\n");
    project.write("a.txt", &with_both);
    project.write("b.txt", "later\n");
    project.write("mine.txt", "mine\n");
    commit(&project, "Later");
    let undone = undo(&project, &merged["action"]);
    assert_eq!(project.read("a.txt"), LINES.replace("11\n", "eleven\n"));
    assert_eq!(
        (project.read("b.txt"), project.read("mine.txt")),
        ("later\n".to_owned(), "mine\n".to_owned())
    );
    undo(&project, &undone["action"]);
    project.write("a.txt", project.read("a.txt").replace("three\n", "THREE\n"));
    commit(&project, "The same line");
    let before = persons(&project);
    let refusal = refused(&project, &["undo", merged["action"].as_str().unwrap()]);
    assert_eq!(refusal["code"], "undo.conflict");
    assert_eq!(paths(&refusal["details"]["files"]), ["a.txt"]);
    assert!(persons(&project) == before, "nothing of the person\'s changed");
}

#[test]
fn an_undo_that_would_touch_what_is_not_committed_refuses_with_the_list() {
    let project = repository(&[("a.txt", LINES)]);
    branch(&project, "coder/one-1", &[&[("a.txt", Some("A\n"))]]);
    let merged = done(&project, &["branch", "merge", "one", "--yes"]);
    project.write("a.txt", "not committed\n");
    let before = persons(&project);
    let refusal = refused(&project, &["undo", merged["action"].as_str().unwrap()]);
    assert_eq!(
        (refusal["code"].as_str(), paths(&refusal["details"]["files"])),
        (Some("merge.blocked"), vec!["a.txt".to_owned()])
    );
    assert!(persons(&project) == before, "nothing of the person\'s changed");
}

#[test]
fn a_branch_whose_merge_was_taken_back_brings_all_of_it_when_it_is_merged_again() {
    let project = repository(&[("a.txt", LINES)]);
    let name = branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    let merged = done(&project, &["branch", "merge", "one", "--yes"]);
    undo(&project, &merged["action"]);
    // The agent goes on where it was, as after `tgp branch reopen`.
    let tip = said(&project, &["rev-parse", &name]);
    let more = branch_from(&project, "coder/more-1", &tip, &[&[("c.txt", Some("c\n"))]]);
    said(
        &project,
        &["update-ref", &format!("refs/heads/{name}"), &more.replace("agent/", "refs/heads/agent/")],
    );
    done(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!((project.read("b.txt"), project.read("c.txt")), ("b\n".to_owned(), "c\n".to_owned()));
    assert_sound(&project);
}

#[test]
fn git_gc_takes_nothing_that_an_undo_needs() {
    let project = repository(&[("a.txt", LINES)]);
    let name = branch(&project, "coder/one-1", &[&[("a.txt", Some("A\n"))], &[("b.txt", Some("b\n"))]]);
    let merged = done(&project, &["branch", "merge", "one", "--squash", "--yes"]);
    let other = branch(&project, "coder/two-1", &[&[("c.txt", Some("c\n"))]]);
    let kept = said(&project, &["rev-parse", &other]);
    done(&project, &["branch", "discard", "two", "--yes"]);
    said(&project, &["reflog", "expire", "--expire=now", "--all"]);
    said(&project, &["gc", "--quiet", "--prune=now"]);
    undo(&project, &merged["action"]);
    assert_eq!(project.read("a.txt"), LINES);
    assert_eq!(said(&project, &["show", &format!("{name}:b.txt")]), "b");
    done(&project, &["branch", "restore", "two"]);
    assert_eq!(said(&project, &["rev-parse", &other]), kept);
    assert_sound(&project);
}

#[test]
fn a_merge_is_taken_back_by_itself_and_never_with_a_whole_session() {
    let project = repository(&[("a.txt", LINES)]);
    branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    done(&project, &["branch", "merge", "one", "--yes"]);
    let log = done(&project, &["timeline"]);
    let session = log["actions"][0]["session"].as_str().unwrap();
    let refusal = refused(&project, &["undo", "--session", session, "--yes"]);
    assert_eq!(refusal["code"], "undo.impossible");
    assert!(refusal["details"]["left"][0]["why"].as_str().unwrap().contains("tgp undo"), "{refusal:#}");
    assert_eq!(project.read("b.txt"), "b\n");
}
