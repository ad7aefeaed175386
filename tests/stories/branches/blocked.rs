//! What stands against a merge: each refusal says what, and everything is as it was.

use serde_json::json;
use tgp_tests::remote::git;

use super::*;

fn one() -> Project {
    let project =
        repository(&[("a.txt", "a\n"), ("b.txt", "b\n"), ("c.txt", "c\n"), (".gitignore", "*.log\n.tgp/\n")]);
    branch(
        &project,
        "coder/one-1",
        &[&[
            ("a.txt", Some("A\n")),
            ("b.txt", Some("B\n")),
            ("new.log", Some("theirs\n")),
            ("dir/x", Some("x\n")),
        ]],
    );
    project
}

#[test]
fn a_dirty_checkout_refuses_with_the_list_of_files_and_touches_none() {
    let project = one();
    project.write("a.txt", "not committed\n");
    project.write("b.txt", "staged\n");
    said(&project, &["add", "b.txt"]);
    project.write("c.txt", "in nobody's way\n");
    project.write("new.log", "ignored and mine\n");
    project.write("dir", "a file where a folder is to come\n");
    let before = persons(&project);
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "merge.blocked");
    assert_eq!(paths(&refusal["details"]["files"]), ["a.txt", "b.txt", "dir", "new.log"]);
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    for file in ["a.txt", "b.txt"] {
        said(&project, &["checkout", "HEAD", "--", file]);
    }
    std::fs::remove_file(project.path("dir")).unwrap();
    std::fs::remove_file(project.path("new.log")).unwrap();
    done(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(project.read("c.txt"), "in nobody's way\n");
    assert_eq!(project.read("new.log"), "theirs\n");
}

#[test]
fn a_file_git_was_told_not_to_look_at_refuses_by_its_name_and_stays() {
    for flag in ["--skip-worktree", "--assume-unchanged"] {
        let project = one();
        said(&project, &["update-index", flag, "a.txt"]);
        project.write("a.txt", "mine alone\n");
        let before = persons(&project);
        let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
        assert_eq!(refusal["code"], "merge.blocked", "{flag}: {refusal:#}");
        assert_eq!(paths(&refusal["details"]["files"]), ["a.txt"]);
        assert!(persons(&project) == before, "nothing of the person's changed");
    }
}

#[test]
fn a_detached_head_refuses_and_says_how_to_name_a_branch() {
    let project = one();
    said(&project, &["checkout", "--quiet", "--detach"]);
    let before = persons(&project);
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "merge.blocked");
    assert!(refusal["hint"].as_str().unwrap().contains("--into"), "{refusal:#}");
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    done(&project, &["branch", "merge", "one", "--into", "main", "--yes"]);
    assert_eq!(said(&project, &["show", "main:a.txt"]), "A");
    assert_eq!(project.read("a.txt"), "a\n", "nobody has main checked out");
}

/// Two branches that contradict each other in `c.txt`, for what git leaves in the middle.
fn contradicting(project: &Project) {
    said(project, &["checkout", "--quiet", "-b", "other"]);
    project.write("c.txt", "other\n");
    commit(project, "Other");
    said(project, &["checkout", "--quiet", "main"]);
    project.write("c.txt", "main\n");
    commit(project, "Main");
}

#[test]
fn a_merge_a_rebase_a_cherry_pick_and_a_revert_in_progress_refuse() {
    for begun in [
        &["merge", "other"][..],
        &["rebase", "other"],
        &["cherry-pick", "other"],
        &["revert", "--no-edit", "HEAD~1"],
    ] {
        let project = one();
        contradicting(&project);
        if begun[0] == "revert" {
            project.write("a.txt", "later\n");
            commit(&project, "Later");
            project.write("c.txt", "even later\n");
            commit(&project, "Even later");
            git(&project.root(), &["revert", "--no-edit", "HEAD~2"]);
        } else {
            git(&project.root(), begun);
        }
        let before = persons(&project);
        let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
        assert_eq!(refusal["code"], "merge.blocked", "{begun:?}: {refusal:#}");
        assert!(persons(&project) == before, "{begun:?}");
        let refusal = refused(&project, &["branch", "merge", "one", "--into", "main", "--yes"]);
        assert!(
            ["merge.blocked", "branch.conflict"].contains(&refusal["code"].as_str().unwrap()),
            "{begun:?}: {refusal:#}"
        );
        assert!(persons(&project) == before, "{begun:?}");
    }
}

#[test]
fn an_index_lock_left_behind_refuses_and_is_named() {
    let project = one();
    project.write(".git/index.lock", "");
    let before = persons(&project);
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "merge.blocked");
    assert!(refusal["hint"].as_str().unwrap().contains("index.lock"), "{refusal:#}");
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    std::fs::remove_file(project.path(".git/index.lock")).unwrap();
    done(&project, &["branch", "merge", "one", "--yes"]);
}

#[test]
fn without_a_terminal_nothing_is_merged_or_discarded_unless_yes_is_said() {
    let project = one();
    let before = persons(&project);
    for arguments in [&["branch", "merge", "one"][..], &["branch", "discard", "one"]] {
        assert_eq!(refused(&project, arguments)["code"], "terminal.required");
    }
    let no = project.at_a_terminal(&["branch", "merge", "one"], "no");
    assert!(
        no.stdout.contains("Merge agent/coder/one-1 into main?") && no.stdout.contains("Nothing was changed"),
        "{}",
        no.stdout
    );
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    let yes = project.at_a_terminal(&["branch", "merge", "one"], "y");
    assert!(yes.stdout.contains("Merged into main"), "{}", yes.stdout);
    assert_eq!(project.read("a.txt"), "A\n");
}

#[test]
fn a_project_without_a_repository_says_so_and_an_unusable_one_why() {
    let project = Project::new();
    let listed = done(&project, &["branch", "list"]);
    assert_eq!(listed["branches"], json!([]));
    assert!(listed["project_missing"].as_str().unwrap().contains("Git repository"), "{listed:#}");
    let refusal = refused(&project, &["branch", "merge", "x", "--yes"]);
    assert_eq!(refusal["code"], "repository.unusable", "{refusal:#}");
    for kind in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let project = Project::untouched();
        git(&project.root(), &[&["init", "--quiet"], kind].concat()).succeeded();
        project.tgp(&["init"]).succeeded();
        let refusal = refused(&project, &["branch", "diff", "x"]);
        assert_eq!(refusal["code"], "repository.unusable", "{kind:?}: {refusal:#}");
    }
}

#[test]
fn a_corrupt_object_of_a_branch_refuses_its_merge_and_costs_no_other_branch() {
    let project = one();
    branch(&project, "coder/two-1", &[&[("fine.txt", Some("fine\n"))]]);
    let blob = said(&project, &["rev-parse", "agent/coder/one-1:dir/x"]);
    let (folder, file) = blob.split_at(2);
    let object = project.path(&format!(".git/objects/{folder}/{file}"));
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, "no object").unwrap();
    let before = persons(&project);
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "repository.unusable", "{refusal:#}");
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    done(&project, &["branch", "merge", "two", "--yes"]);
    assert_eq!(project.read("fine.txt"), "fine\n");
}

#[test]
fn nothing_of_a_person_s_configuration_runs_when_a_branch_is_merged() {
    let project = one();
    project.write(".gitattributes", "*.txt merge=evil diff=evil filter=none\n");
    commit(&project, "Attributes");
    let mark = project.above().join("marks");
    std::fs::create_dir(&mark).unwrap();
    let program = format!("touch {}/ran; true", mark.display());
    for hook in [
        "pre-commit",
        "post-commit",
        "post-merge",
        "pre-merge-commit",
        "post-checkout",
        "reference-transaction",
        "commit-msg",
        "post-index-change",
    ] {
        let file = project.path(&format!(".git/hooks/{hook}"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, format!("#!/bin/sh\n{program}\n")).unwrap();
        let mut modes = std::fs::metadata(&file).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut modes, 0o755);
        std::fs::set_permissions(&file, modes).unwrap();
    }
    for (name, value) in [
        ("commit.gpgsign", "true"),
        ("gpg.program", program.as_str()),
        ("core.fsmonitor", program.as_str()),
        ("merge.evil.driver", program.as_str()),
        ("diff.evil.command", program.as_str()),
        ("diff.evil.textconv", program.as_str()),
        ("alias.read-tree", &format!("!{program}")),
    ] {
        said(&project, &["config", name, value]);
    }
    let mut command = project.command(&["branch", "merge", "one", "--yes"]);
    command.env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", "/nowhere").env("GIT_EXTERNAL_DIFF", &program);
    Finished::run(&mut command).succeeded();
    done(&project, &["branch", "list", "--all"]);
    assert_eq!(walk(&mark), Vec::<std::path::PathBuf>::new());
    assert_eq!(project.read("a.txt"), "A\n");
}

#[test]
fn a_damaged_branch_hides_no_other_and_doctor_names_it() {
    let project = one();
    branch(&project, "coder/two-1", &[&[("fine.txt", Some("fine\n"))]]);
    let lost = branch(&project, "coder/tree-1", &[&[("deep/er/x.txt", Some("x\n"))]]);
    let whole = project.tgp(&["doctor"]).both();
    assert!(whole.contains("3 agents' branches"), "{whole}");
    for object in ["agent/coder/one-1", "agent/coder/tree-1:deep/er"] {
        let id = said(&project, &["rev-parse", object]);
        std::fs::remove_file(project.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    }
    let listed = done(&project, &["branch", "list"]);
    let of = |name: &str| {
        let all = listed["branches"].as_array().unwrap();
        all.iter().find(|one| one["name"].as_str().unwrap().contains(name)).unwrap().clone()
    };
    assert_eq!(listed["branches"].as_array().unwrap().len(), 3);
    assert_eq!(of("two")["files_changed"], 1);
    assert!(of("one-1")["note"].as_str().unwrap().contains("cannot be compared"), "{listed:#}");
    let examined = project.tgp(&["doctor", "--json"]);
    assert_ne!(examined.code, Some(0), "{}", examined.both());
    let text = examined.both();
    assert!(text.contains("agent/coder/one-1") && text.contains(&lost), "{text}");
    assert!(!text.contains("agent/coder/two-1"), "{text}");
}

#[test]
fn a_person_at_a_terminal_reads_why_of_each_file_and_what_to_do() {
    let project = one();
    project.write("a.txt", "not committed\n");
    project.write("new.log", "ignored and mine\n");
    let said = project.tgp(&["branch", "merge", "one", "--yes"]).stderr;
    assert!(said.contains("a.txt: has changes that are not committed"), "{said}");
    assert!(said.contains("new.log: is a file no commit knows, where one is to come"), "{said}");
    assert!(
        said.contains("hint: Commit or stash what is not committed, move the files no commit knows"),
        "{said}"
    );
    std::fs::remove_file(project.path("a.txt")).unwrap();
    git(&project.root(), &["checkout", "--", "a.txt"]).succeeded();
    let said = project.tgp(&["branch", "merge", "one", "--yes"]).stderr;
    assert!(said.contains("hint: Move the files") && !said.contains("stash"), "{said}");
    let open = project.tgp(&["branch", "restore", "one", "--json"]).json()["error"].clone();
    assert!(open["hint"].as_str().unwrap().contains("tgp branch show"), "{open:#}");
}

#[test]
fn a_git_program_that_has_the_index_is_waited_for_and_then_refuses_the_whole_merge() {
    let project = one();
    let before = persons(&project);
    let holder = IndexHolder::of(&project);
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "merge.blocked", "{refusal:#}");
    let message = refusal["message"].as_str().unwrap();
    assert!(message.starts_with("nothing was changed") && message.contains("index.lock"), "{message}");
    drop(holder);
    assert!(persons(&project) == before, "nothing of the person's changed");
    let holder = IndexHolder::of(&project);
    let merge = project
        .command(&["branch", "merge", "one", "--yes", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..20 {
        said(&project, &["log", "--oneline"]);
    }
    drop(holder);
    let ended = merge.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(
        (said(&project, &["show", "main:a.txt"]), project.read("a.txt")),
        ("A".to_owned(), "A\n".to_owned())
    );
    assert_eq!(said(&project, &["status", "--porcelain"]), "");
}
