//! Changes on a branch.

use tgp_branches::{ApplyError, Change, GitPath, TaskError};
use tgp_git::{MODE_EXECUTABLE, MODE_SYMLINK};

use crate::support::*;

#[test]
fn each_action_is_one_commit_by_the_agent_with_trailers() {
    let root = repository(&[("a.txt", "a\n")]);
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "Add a thing");
    assert_eq!(begun.branch.as_str(), "agent/coder/add-a-thing-1790000000");
    assert_eq!(begun.tip.to_string(), git(root.path(), &["rev-parse", "HEAD"]), "opening writes no commit");
    let applied =
        act(&branches, &begun.branch, 1, &[write("src/b.rs", "fn b() {}\n"), write("a.txt", "A\n")]);
    assert_eq!(applied.parent, begun.tip);
    assert_eq!(
        applied.files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>(),
        ["a.txt", "src/b.rs"]
    );
    let shown = git(root.path(), &["log", "-1", "--format=%an <%ae>%n%B", begun.branch.as_str()]);
    assert_eq!(
        shown,
        "coder <coder@agents.invalid>\nAction 1\n\nTgp-Action: 01M3A74C000000000000000001\n\
         Tgp-Session: 01M3A74C000000000000000007\nTgp-Agent: coder\nTgp-Installation: here"
            .replace("01M3A74C000000000000000001", &message(1).action.to_string())
            .replace("01M3A74C000000000000000007", &message(1).session.to_string())
    );
    let log = branches.log(&begun.branch, 10).unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].action, log[0].agent.clone()), (Some(message(1).action), Some(agent("coder"))));
    before.assert_unchanged(root.path());
    assert_sound(root.path());
}

#[test]
fn the_same_content_makes_no_commit() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "same");
    let applied = act(&branches, &begun.branch, 1, &[write("a.txt", "a\n")]);
    assert_eq!((applied.commit, applied.files.len()), (begun.tip, 0));
}

#[test]
fn files_are_moved_deleted_and_made_in_one_action_as_git_would_store_it() {
    let root =
        repository(&[("a/one", "1\n"), ("a/two", "2\n"), ("b", "b\n"), ("a-b", "x\n"), ("a.b", "y\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "moves");
    let changes =
        [rename("a", "c/d"), delete("b"), write("b/now/a/folder", "f\n"), write("a", "now a file\n")];
    act(&branches, &begun.branch, 1, &changes);
    std::fs::create_dir_all(root.path().join("c")).unwrap();
    std::fs::rename(root.path().join("a"), root.path().join("c/d")).unwrap();
    std::fs::remove_file(root.path().join("b")).unwrap();
    put(root.path(), "b/now/a/folder", "f\n");
    put(root.path(), "a", "now a file\n");
    git(root.path(), &["add", "--all"]);
    assert_eq!(git(root.path(), &["write-tree"]), tree(root.path(), begun.branch.as_str()));
    let refused = |change: Change| try_act(&branches, &begun.branch, 2, &[change]).unwrap_err().to_string();
    assert_eq!(refused(delete("nothing")), "there is no file `nothing` in the branch");
    assert_eq!(refused(rename("a", "c/d/one")), "`c/d/one` exists; it is not overwritten by a move");
    assert_eq!(refused(write("c", "x")), "`c` is a folder and no file");
    assert_eq!(refused(write("a/under", "x")), "`a/under` cannot be written: `a` is in the way");
    assert_eq!(refused(rename("c", "c/d/e")), "`c/d/e` exists; it is not overwritten by a move");
}

#[test]
fn mode_bits_symlinks_crlf_nul_bytes_and_names_that_are_no_text_come_through() {
    let root = repository(&[
        ("run.sh", "#!/bin/sh\n"),
        ("crlf.txt", "a\r\nb\r\n"),
        (".gitattributes", "*.txt text=auto\n"),
    ]);
    std::os::unix::fs::symlink("run.sh", root.path().join("link")).unwrap();
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["update-index", "--chmod=+x", "run.sh"]);
    git(root.path(), &["commit", "--quiet", "-m", "More"]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "bytes");
    let odd = GitPath::to_write(b"latin-\xe9\tx.bin").unwrap();
    let applied = act(
        &branches,
        &begun.branch,
        1,
        &[
            write("run.sh", "#!/bin/sh\necho\n"),
            write("crlf.txt", "c\r\nd"),
            Change::Write { path: odd.clone(), content: b"\0\xff\n".to_vec(), executable: Some(true) },
            rename("link", "other/link"),
        ],
    );
    let mode = |at: &GitPath| branches.leaf(applied.commit, at).unwrap().unwrap().mode;
    assert_eq!(mode(&path("run.sh")), MODE_EXECUTABLE, "an executable file stays one");
    assert_eq!(mode(&path("other/link")), MODE_SYMLINK);
    assert_eq!(mode(&odd), MODE_EXECUTABLE);
    assert_eq!(branches.content(applied.commit, &odd).unwrap().unwrap(), b"\0\xff\n");
    assert_eq!(
        content(&branches, applied.commit, "crlf.txt").unwrap(),
        "c\r\nd",
        "what an agent writes is not converted"
    );
    let error = try_act(&branches, &begun.branch, 2, &[write("other/link", "x")]).unwrap_err();
    assert_eq!(error.to_string(), "`other/link` is a symlink and no file");
    assert_sound(root.path());
}

#[test]
fn nothing_is_written_under_git_or_the_tool_library_however_it_is_spelled() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "hostile");
    for text in [
        ".git/hooks/pre-commit",
        "a/.GIT/config",
        "git~1/x",
        ".tgp/policy/x.yaml",
        ".TGP/x",
        ".g\u{200c}it/x",
        "../out",
        "/etc/x",
    ] {
        let hostile = GitPath::from_tree(text.as_bytes());
        for change in [
            Change::Write { path: hostile.clone(), content: Vec::new(), executable: None },
            Change::Move { from: path("a.txt"), to: hostile.clone() },
            Change::Delete { path: hostile.clone() },
        ] {
            let error = try_act(&branches, &begun.branch, 1, &[change]).unwrap_err();
            assert!(matches!(error, ApplyError::Path(_)), "{text}: {error}");
        }
    }
    let moved = [write("x/git~1x", "ok"), rename("x", "y")];
    act(&branches, &begun.branch, 2, &moved);
    let error = try_act(
        &branches,
        &begun.branch,
        3,
        &[Change::Move { from: path("y"), to: GitPath::from_tree(b".tgp") }],
    )
    .unwrap_err();
    assert!(matches!(error, ApplyError::Path(_)), "{error}");
}

#[test]
fn a_name_that_differs_by_case_only_is_refused_where_the_repository_ignores_case() {
    let root = repository(&[("Read.me", "a\n")]);
    let begun = task(&open(root.path()), "coder", "case");
    act(&open(root.path()), &begun.branch, 1, &[write("READ.ME", "both\n")]);
    git(root.path(), &["config", "core.ignoreCase", "true"]);
    let error =
        try_act(&open(root.path()), &begun.branch, 2, &[write("read.ME", "x")]).unwrap_err().to_string();
    assert!(error.contains("differs by case only"), "{error}");
}

#[test]
fn a_state_the_branch_has_left_is_joined_or_refused_with_the_file() {
    let root = repository(&[("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), ("b.txt", "b\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "stale");
    act(&branches, &begun.branch, 1, &[write("a.txt", "one\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    let stale = |number, text: &str| {
        branches.apply(&begun.branch, begun.tip, &[write("a.txt", text)], &message(number))
    };
    let joined = stale(2, "1\n2\n3\n4\n5\n6\n7\n8\nnine\n").unwrap();
    assert!(joined.joined);
    assert_eq!(content(&branches, joined.commit, "a.txt").unwrap(), "one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    match stale(3, "ONE\n2\n3\n4\n5\n6\n7\n8\n9\n").unwrap_err() {
        ApplyError::Moved { tip, conflicts, .. } => {
            assert_eq!(tip, joined.commit);
            assert_eq!(conflicts.len(), 1);
            assert_eq!(conflicts[0].path, path("a.txt"));
            assert!(
                conflicts[0].base.is_some() && conflicts[0].ours.is_some() && conflicts[0].theirs.is_some()
            );
        }
        other => panic!("{other}"),
    }
    assert_eq!(branches.tip(&begun.branch).unwrap(), joined.commit, "nothing was changed");
}

#[test]
fn several_threads_on_one_branch_lose_no_commit() {
    let root = repository(&[("a.txt", "a\n")]);
    let begun = task(&open(root.path()), "coder", "many");
    std::thread::scope(|scope| {
        for thread in 0..4_u128 {
            let (root, branch) = (root.path(), &begun.branch);
            scope.spawn(move || {
                let branches = open(root);
                for number in 0..15 {
                    let name = format!("t{thread}/f{number}");
                    act(&branches, branch, thread * 100 + number + 1, &[write(&name, &name)]);
                }
            });
        }
    });
    let branches = open(root.path());
    assert_eq!(branches.log(&begun.branch, 1000).unwrap().len(), 60);
    let listed = git(root.path(), &["ls-tree", "-r", "--name-only", begun.branch.as_str()]);
    assert_eq!(listed.lines().count(), 61);
    assert_sound(root.path());
}

#[test]
fn several_processes_on_their_own_branches_do_not_wait_for_each_other_s_commits() {
    if let (Ok(root), Ok(name)) = (std::env::var("TGP_TEST_ROOT"), std::env::var("TGP_TEST_AGENT")) {
        let branches = open(std::path::Path::new(&root));
        let begun = task(&branches, &name, "in a process");
        for number in 0..20 {
            act(&branches, &begun.branch, number + 1, &[write(&format!("{name}/{number}"), &name)]);
        }
        return;
    }
    let root = repository(&[("a.txt", "a\n")]);
    let before = Protected::of(root.path());
    let name = "changing::several_processes_on_their_own_branches_do_not_wait_for_each_other_s_commits";
    let begun: Vec<_> = ["one", "two", "three", "four"]
        .map(|agent| {
            let environment = [("TGP_TEST_ROOT", root.path().to_str().unwrap()), ("TGP_TEST_AGENT", agent)];
            another_process(name, &environment).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .into_iter()
        .collect();
    for mut process in begun {
        assert!(process.wait().unwrap().success());
    }
    let tasks = open(root.path()).tasks().unwrap();
    assert_eq!(tasks.len(), 4);
    for task in tasks {
        assert_eq!(git(root.path(), &["rev-list", "--count", &format!("main..{}", task.branch)]), "20");
    }
    before.assert_unchanged(root.path());
    assert_sound(root.path());
}

#[test]
fn a_branch_a_person_has_checked_out_is_not_moved_beneath_their_files() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "looked at");
    git(root.path(), &["checkout", "--quiet", begun.branch.as_str()]);
    let before = Protected::of(root.path());
    let error = try_act(&branches, &begun.branch, 1, &[write("b", "b")]).unwrap_err();
    assert!(matches!(error, ApplyError::Task(TaskError::CheckedOut { .. })), "{error}");
    before.assert_unchanged(root.path());
    git(root.path(), &["checkout", "--quiet", "main"]);
    act(&branches, &begun.branch, 1, &[write("b", "b")]);
}

#[test]
fn a_branch_deleted_or_moved_by_hand_is_told_and_not_made_again() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "by hand");
    let first = act(&branches, &begun.branch, 1, &[write("b", "b\n")]);
    git(root.path(), &["update-ref", &begun.branch.head_ref(), "main"]);
    let second = branches.apply(&begun.branch, first.commit, &[write("c", "c\n")], &message(2)).unwrap();
    assert_eq!(content(&branches, second.commit, "b"), None, "what a person took back stays so");
    git(root.path(), &["branch", "--quiet", "-D", begun.branch.as_str()]);
    let error = branches.apply(&begun.branch, second.commit, &[write("d", "d\n")], &message(3)).unwrap_err();
    assert!(matches!(error, ApplyError::Task(TaskError::NoBranch { .. })), "{error}");
}

#[test]
fn a_branch_named_agent_stands_in_the_way_and_is_named() {
    let root = repository(&[("a.txt", "a\n")]);
    git(root.path(), &["branch", "agent"]);
    for packed in [false, true] {
        if packed {
            git(root.path(), &["pack-refs", "--all"]);
        }
        let error = open(root.path())
            .open_task(&agent("coder"), "x", &tgp_branches::Start::Head, &message(1), NOW)
            .unwrap_err();
        assert!(error.to_string().contains("`refs/heads/agent` exists"), "{error}");
    }
}

#[test]
fn tasks_of_one_name_and_second_get_names_of_their_own() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let names = [(); 3].map(|()| task(&branches, "coder", "same words").branch.to_string());
    assert_eq!(names[1], format!("{}-2", names[0]));
    assert_eq!(names[2], format!("{}-3", names[0]));
}
