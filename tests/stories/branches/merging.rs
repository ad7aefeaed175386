//! Bringing an agent's work in: merge, squash, single actions, into this branch or another.

use serde_json::json;
use tgp_tests::remote::git;

use super::*;

#[test]
fn a_merge_has_the_tree_git_merge_makes_and_the_checkout_follows() {
    let project = repository(&[("a.txt", LINES), ("gone.txt", "g\n"), ("kept.txt", "k\n")]);
    let moved = LINES.replace("6\n", "six\n");
    let name = branch(
        &project,
        "coder/add-login-1",
        &[
            &[("a.txt", Some(&LINES.replace("2\n3", "two\n3"))), ("gone.txt", None)],
            &[("new/made.txt", Some("made\n"))],
        ],
    );
    project.write("a.txt", LINES.replace("11\n", "eleven\n"));
    project.write("moved.txt", &moved);
    commit(&project, "Meanwhile");
    project.write("kept.txt", "not committed\n");
    project.write("untracked.txt", "mine\n");
    let wanted = said(&project, &["merge-tree", "--write-tree", "main", &name]);
    let merged = done(&project, &["branch", "merge", "add-login", "--yes"]);
    assert_eq!(merged["into"], "main");
    assert_eq!(tree(&project, "main"), wanted);
    assert_eq!(merged["commit"], said(&project, &["rev-parse", "main"]));
    assert_eq!(said(&project, &["rev-list", "--parents", "-1", "main"]).split(' ').count(), 3);
    assert_eq!(
        said(&project, &["log", "-1", "--format=%an <%ae>|%s"]),
        format!("Ada <ada@example.com>|Merge `{name}` into `main`")
    );
    assert_eq!(said(&project, &["status", "--porcelain"]), " M kept.txt\n?? untracked.txt");
    assert_eq!(project.read("kept.txt"), "not committed\n");
    assert!(exists(&project.path("new/made.txt")) && !exists(&project.path("gone.txt")));
    assert_eq!(
        said(&project, &["diff", "HEAD~1", "HEAD", "--name-only"]).lines().collect::<Vec<_>>(),
        paths(&merged["files"])
    );
    let listed = done(&project, &["branch", "list"]);
    assert_eq!(listed["branches"], json!([]));
    let all = done(&project, &["branch", "list", "--all"]);
    assert_eq!(all["branches"][0]["status"], "merged", "{all:#}");
    assert_sound(&project);
}

#[test]
fn a_conflict_is_named_file_by_file_with_both_sides_and_changes_nothing() {
    let project = repository(&[("a.txt", LINES), ("b.txt", "b\n"), ("fine.txt", "f\n")]);
    let theirs = LINES.replace("5\n", "five\n");
    let name = branch(
        &project,
        "coder/clash-1",
        &[&[("a.txt", Some(&theirs)), ("b.txt", None), ("fine.txt", Some("fine\n"))]],
    );
    let ours = LINES.replace("5\n", "FIVE\n");
    project.write("a.txt", &ours);
    project.write("b.txt", "changed\n");
    commit(&project, "Meanwhile");
    let before = persons(&project);
    let refusal = refused(&project, &["branch", "merge", "clash", "--yes"]);
    assert_eq!(refusal["code"], "branch.conflict");
    let files = &refusal["details"]["files"];
    assert_eq!(paths(files), ["a.txt", "b.txt"]);
    assert_eq!(
        (&files[0]["base"], &files[0]["ours"], &files[0]["theirs"]),
        (&json!(LINES), &json!(ours), &json!(theirs))
    );
    assert_eq!(files[1]["kind"], "one changed what the other deleted");
    assert!(persons(&project) == before, "nothing was changed");
    assert_ne!(git(&project.root(), &["merge-tree", "--write-tree", "main", &name]).code, Some(0));
    let shown = project.tgp(&["branch", "merge", "clash", "--yes"]);
    assert!(shown.stderr.contains("a.txt") && shown.stderr.contains("tgp branch reopen"), "{}", shown.stderr);
}

#[test]
fn a_squash_is_one_commit_with_one_parent_and_a_picked_action_is_that_action_alone() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(
        &project,
        "coder/three-1",
        &[&[("b.txt", Some("b\n"))], &[("c.txt", Some("c\n"))], &[("d.txt", Some("d\n"))]],
    );
    let picked =
        done(&project, &["branch", "merge", "three", "--action", &action(0), "--action", "9R02", "--yes"]);
    assert_eq!(
        (picked["how"].as_str(), paths(&picked["files"])),
        (Some("pick"), vec!["b.txt".to_owned(), "d.txt".to_owned()])
    );
    assert!(!exists(&project.path("c.txt")));
    assert_eq!(done(&project, &["branch", "list"])["branches"][0]["name"], name, "the rest still waits");
    done(&project, &["branch", "merge", "three", "--squash", "--yes"]);
    assert_eq!(said(&project, &["rev-list", "--parents", "-1", "main"]).split(' ').count(), 2);
    assert_eq!(
        tree(&project, "main"),
        said(
            &project,
            &[
                "rev-parse",
                &format!(
                    "{}^{{tree}}",
                    said(&project, &["for-each-ref", "--format=%(objectname)", "refs/tgp/merged"])
                )
            ]
        )
    );
    let refusal = refused(&project, &["branch", "merge", "three", "--action", "NOPE", "--yes"]);
    assert_eq!(refusal["code"], "branch.closed", "{refusal:#}");
    assert_sound(&project);
}

#[test]
fn an_action_that_is_not_the_branch_s_is_no_pick() {
    let project = repository(&[("a.txt", "a\n")]);
    branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    let before = persons(&project);
    for wrong in ["01M7Z02YZK8KQ51VFEZFYY9R77", "00", ""] {
        let refusal = refused(&project, &["branch", "merge", "one", "--action", wrong, "--yes"]);
        assert_eq!(refusal["code"], "arguments.invalid", "{wrong:?}");
    }
    assert!(persons(&project) == before, "nothing of the person\'s changed");
}

#[test]
fn a_branch_nobody_has_checked_out_is_merged_into_and_a_linked_worktree_follows() {
    let project = repository(&[("a.txt", "a\n")]);
    said(&project, &["branch", "release"]);
    branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    branch(&project, "coder/two-1", &[&[("c.txt", Some("c\n"))]]);
    let merged = done(&project, &["branch", "merge", "one", "--into", "release", "--yes"]);
    assert!(merged.get("followed").is_none() && !exists(&project.path("b.txt")), "{merged:#}");
    assert_eq!(said(&project, &["show", "release:b.txt"]), "b");
    let linked = project.above().join("linked");
    said(&project, &["worktree", "add", "--quiet", linked.to_str().unwrap(), "release"]);
    let merged = done(&project, &["branch", "merge", "two", "--into", "release", "--yes"]);
    assert_eq!(merged["followed"], json!([linked]));
    assert!(exists(&linked.join("c.txt")) && !exists(&project.path("c.txt")));
    assert_eq!(git(&linked, &["status", "--porcelain"]).stdout, "");
    let wrong = refused(&project, &["branch", "merge", "one", "--into", "nothing", "--yes"]);
    assert_eq!(wrong["code"], "branch.closed", "{wrong:#}");
    branch(&project, "coder/three-1", &[&[("d.txt", Some("d\n"))]]);
    for into in ["nothing", "agent/coder/three-1", "-x", "../main", "refs/tgp/x"] {
        let wrong = refused(&project, &["branch", "merge", "three", &format!("--into={into}"), "--yes"]);
        assert_eq!(wrong["code"], "arguments.invalid", "{into}: {wrong:#}");
    }
}

#[test]
fn uncommitted_work_a_task_began_from_stays_the_person_s() {
    let project = repository(&[("a.txt", LINES), ("b.txt", "b\n")]);
    // As `start_task` captures it: a commit beside HEAD with the person's draft.
    project.write("b.txt", "a draft\n");
    said(&project, &["add", "b.txt"]);
    let draft = said(&project, &["write-tree"]);
    let draft = said(&project, &["commit-tree", &draft, "-p", "main", "-m", "Captured"]);
    said(&project, &["reset", "--quiet"]);
    branch_from(&project, "coder/on-draft-1", &draft, &[&[("a.txt", Some(&LINES.replace("5\n", "five\n")))]]);
    let merged = done(&project, &["branch", "merge", "on-draft", "--yes"]);
    assert_eq!(paths(&merged["files"]), ["a.txt"]);
    assert_eq!(said(&project, &["show", "main:b.txt"]), "b", "the draft is in no commit of the person's");
    assert_eq!(project.read("b.txt"), "a draft\n");
    assert_eq!(said(&project, &["status", "--porcelain"]), " M b.txt");
    let known = said(&project, &["rev-list", "main"]);
    assert!(!known.contains(&draft), "nor in its history");
}

#[test]
fn the_first_commit_of_an_empty_repository_may_be_a_merge() {
    let project = Project::untouched();
    git(&project.root(), &["init", "--quiet", "--initial-branch=main"]).succeeded();
    project.tgp(&["init"]).succeeded();
    let empty = said(&project, &["hash-object", "-t", "tree", "/dev/null", "-w"]);
    let begin = said(&project, &["commit-tree", &empty, "-m", "Begin"]);
    branch_from(&project, "coder/first-1", &begin, &[&[("a.txt", Some("a\n"))]]);
    done(&project, &["branch", "merge", "first", "--yes"]);
    assert_eq!(project.read("a.txt"), "a\n");
    assert_eq!(said(&project, &["show", "main:a.txt"]), "a");
    assert_sound(&project);
}

#[test]
fn of_many_processes_that_merge_at_once_each_branch_goes_in_once_and_nothing_is_lost() {
    let project = repository(&[("a.txt", "a\n")]);
    let names: Vec<String> = (0..8)
        .map(|number| {
            branch(&project, &format!("coder/task-{number}"), &[&[(&format!("f{number}.txt"), Some("x\n"))]])
        })
        .collect();
    let project = &project;
    std::thread::scope(|scope| {
        for name in names.iter().chain(&names) {
            scope.spawn(move || {
                for _ in 0..50 {
                    let ended = project.tgp(&["branch", "merge", name, "--yes", "--json"]);
                    let code = ended.json()["error"]["code"].as_str().unwrap_or("done").to_owned();
                    match code.as_str() {
                        "done" | "branch.closed" | "branch.missing" | "merge.nothing" => return,
                        "branch.moved" | "merge.blocked" | "repository.busy" | "repository.unusable" => {}
                        other => panic!("{other}: {}", ended.both()),
                    }
                }
                panic!("{name} was never merged");
            });
        }
    });
    for number in 0..8 {
        assert!(exists(&project.path(&format!("f{number}.txt"))), "{number}");
    }
    assert_eq!(said(project, &["rev-list", "--merges", "--count", "main"]), "8");
    assert_eq!(said(project, &["status", "--porcelain"]), "");
    assert_sound(project);
}
