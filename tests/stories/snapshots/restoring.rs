//! Restoring: what comes back, what stays, and the undo of it.

use std::process::Stdio;

use tgp_tests::beside;

use super::*;

/// Files of a person, without Git's own.
fn files(project: &Project) -> Vec<(String, Vec<u8>)> {
    let index = |path: &String| path == ".git/index" || path.starts_with(".git/refs/heads/");
    persons(project).into_iter().filter(|(path, _)| !path.starts_with(".git/") || index(path)).collect()
}

/// As it was, and as somebody left it.
fn changed() -> (Project, String) {
    let project = shop();
    project.write("a.txt", "edited\n");
    project.write("b.txt", "staged\n");
    said(&project, &["add", "b.txt"]);
    project.write("untracked.txt", "u\n");
    let id = take(&project);
    (project, id)
}

fn destroy(project: &Project) {
    project.write("a.txt", "destroyed\n");
    said(project, &["rm", "--quiet", "--force", "b.txt"]);
    fs::remove_file(project.path("untracked.txt")).unwrap();
    project.write("later.txt", "later\n");
    project.write("x.log", "ignored\n");
    commit(project, "Destroyed");
    project.write("unknown.txt", "not committed\n");
    set(project, 0);
}

#[test]
fn files_index_branch_and_database_come_back_and_what_it_did_not_know_stays() {
    let (project, id) = changed();
    let before = files(&project);
    let status = said(&project, &["status", "--porcelain"]);
    destroy(&project);
    let planned = done(&project, &["snapshot", "restore", &id, "--dry-run"]);
    assert_eq!(left_over(&project), 0, "a dry run changes nothing");
    let restored = done(&project, &["snapshot", "restore", &id, "--yes"]);
    assert_eq!(restored["written"], planned["written"]);
    assert_eq!(restored["unknown"], json!(["later.txt", "unknown.txt"]));
    assert_eq!(left_over(&project), 10);
    assert_eq!(project.read("later.txt"), "later\n");
    let known: Vec<_> = files(&project)
        .into_iter()
        .filter(|(path, _)| !["later.txt", "unknown.txt", "x.log"].contains(&path.as_str()))
        .collect();
    let without = |all: Vec<(String, Vec<u8>)>| {
        all.into_iter().filter(|(path, _)| !path.starts_with("shop.db")).collect::<Vec<_>>()
    };
    assert!(without(known) == without(before), "every file, the index and the branch are as they were");
    assert_eq!(
        said(&project, &["status", "--porcelain"]),
        format!("{status}\n?? later.txt\n?? unknown.txt").replace(
            "?? untracked.txt\n?? later.txt\n?? unknown.txt",
            "?? later.txt\n?? unknown.txt\n?? untracked.txt"
        )
    );
    assert_sound(&project);
}

#[test]
fn the_undo_of_a_restore_brings_everything_back_and_the_undo_of_that_too() {
    let (project, id) = changed();
    destroy(&project);
    let before = (files(&project), said(&project, &["rev-parse", "HEAD"]));
    let restored = done(&project, &["snapshot", "restore", &id, "--yes"]);
    let after = (files(&project), said(&project, &["rev-parse", "HEAD"]));
    let rows = |all: &[(String, Vec<u8>)]| {
        all.iter().filter(|(path, _)| !path.starts_with("shop.db")).cloned().collect::<Vec<_>>()
    };
    let undone = done(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert!(rows(&files(&project)) == rows(&before.0), "byte for byte");
    assert_eq!((said(&project, &["rev-parse", "HEAD"]), left_over(&project)), (before.1, 0));
    done(&project, &["undo", undone["action"].as_str().unwrap()]);
    assert!(rows(&files(&project)) == rows(&after.0), "and again");
    assert_eq!((said(&project, &["rev-parse", "HEAD"]), left_over(&project)), (after.1, 10));
}

#[test]
fn with_delete_unknown_files_go_and_ignored_ones_stay_and_the_undo_brings_them_back() {
    let (project, id) = changed();
    destroy(&project);
    let restored = done(&project, &["snapshot", "restore", &id, "--delete", "--yes"]);
    assert_eq!(restored["removed"], json!(["later.txt", "unknown.txt"]));
    assert!(!exists(&project.path("unknown.txt")) && exists(&project.path("x.log")));
    done(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert_eq!(
        (project.read("unknown.txt"), project.read("later.txt")),
        ("not committed\n".to_owned(), "later\n".to_owned())
    );
}

#[test]
fn one_part_alone_can_be_restored() {
    let (project, id) = changed();
    destroy(&project);
    done(&project, &["snapshot", "restore", &id, "--only", "database", "--yes"]);
    assert_eq!((left_over(&project), project.read("a.txt")), (10, "destroyed\n".to_owned()));
    set(&project, 4);
    done(&project, &["snapshot", "restore", &id, "--only", "tree", "--yes"]);
    assert_eq!((left_over(&project), project.read("a.txt")), (4, "edited\n".to_owned()));
}

#[test]
fn what_a_person_changed_after_a_restore_is_never_overwritten_by_its_undo() {
    let (project, id) = changed();
    project.write("a.txt", "destroyed\n");
    let restored = done(&project, &["snapshot", "restore", &id, "--only", "tree", "--yes"]);
    let action = restored["action"].as_str().unwrap();
    project.write("b.txt", "mine, and not of the restore\n");
    project.write("a.txt", "mine\n");
    let before = persons(&project);
    let refusal = refused(&project, &["undo", action]);
    assert_eq!(
        (refusal["code"].as_str(), paths(&refusal["details"]["files"])),
        (Some("undo.conflict"), vec!["a.txt".to_owned()])
    );
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    project.write("a.txt", "edited\n");
    done(&project, &["undo", action]);
    assert_eq!(project.read("a.txt"), "destroyed\n");
    assert_eq!(project.read("b.txt"), "mine, and not of the restore\n");
    let restored = done(&project, &["snapshot", "restore", &id, "--only", "database", "--yes"]);
    set(&project, 7);
    let refusal = refused(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert_eq!(refusal["code"], "undo.conflict");
    assert_eq!(left_over(&project), 7, "a row changed since is reported");
}

#[test]
fn what_stands_against_a_restore_is_said_and_changes_nothing() {
    let (project, id) = changed();
    destroy(&project);
    let look = |why: &str| {
        let before = (persons(&project), left_over(&project));
        let refusal = refused(&project, &["snapshot", "restore", &id, "--yes"]);
        assert_eq!(refusal["code"], "snapshot.blocked", "{why}: {refusal:#}");
        assert!(persons(&project) == before.0 && left_over(&project) == before.1, "{why}");
    };
    project.write(".git/index.lock", "");
    look("an index.lock");
    fs::remove_file(project.path(".git/index.lock")).unwrap();
    fs::create_dir(project.path("untracked.txt")).unwrap();
    project.write("untracked.txt/x.log", "ignored\n");
    look("a folder with an ignored file where a file is to come");
    fs::remove_dir_all(project.path("untracked.txt")).unwrap();
    said(&project, &["checkout", "--quiet", "-b", "elsewhere"]);
    look("another branch is checked out");
    said(&project, &["checkout", "--quiet", "main"]);
    let no = refused(&project, &["snapshot", "restore", &id]);
    assert_eq!(no["code"], "terminal.required");
    done(&project, &["snapshot", "restore", &id, "--yes"]);
    for wrong in ["", "nothing", "01M7Z02YZK8KQ51VFEZFYY9R77"] {
        assert_eq!(refused(&project, &["snapshot", "restore", wrong, "--yes"])["code"], "snapshot.missing");
    }
}

#[test]
fn a_git_program_that_has_the_index_is_waited_for_and_then_refuses_the_whole_restore() {
    let (project, id) = changed();
    destroy(&project);
    let before = (persons(&project), left_over(&project));
    let holder = IndexHolder::of(&project);
    let refusal = refused(&project, &["snapshot", "restore", &id, "--yes"]);
    assert_eq!(refusal["code"], "snapshot.blocked", "{refusal:#}");
    let message = refusal["message"].as_str().unwrap();
    assert!(message.starts_with("nothing was changed") && message.contains("index.lock"), "{message}");
    assert!(refusal["hint"].as_str().unwrap().contains("do this again"), "{refusal:#}");
    drop(holder);
    assert!(persons(&project) == before.0 && left_over(&project) == before.1, "all of it is as it was");
    let holder = IndexHolder::of(&project);
    let restore = project
        .command(&["snapshot", "restore", &id, "--yes", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..20 {
        said(&project, &["log", "--oneline"]);
    }
    drop(holder);
    let ended = restore.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!((project.read("a.txt"), left_over(&project)), ("edited\n".to_owned(), 10));
}

#[test]
fn an_editor_that_looks_at_the_index_all_the_time_stops_no_restore_and_sees_no_half() {
    let (project, id) = changed();
    let status = said(&project, &["status", "--porcelain"]);
    let root = project.root();
    let look = || drop(git(&root, &["update-index", "-q", "--refresh"]));
    let ((), looks) = beside(look, || {
        for round in 0..6 {
            project.write("a.txt", format!("broken {round}\n"));
            // What the person does meanwhile waits for the editor as well.
            while git(&root, &["rm", "--quiet", "--cached", "b.txt"]).code != Some(0) {}
            done(&project, &["snapshot", "restore", &id, "--yes"]);
            assert_eq!(project.read("a.txt"), "edited\n", "round {round}");
            assert_eq!(said(&project, &["status", "--porcelain"]), status, "round {round}");
        }
    });
    assert!(looks > 6);
    assert!(!project.path(".git/index.lock").exists());
}

#[test]
fn git_gc_loses_no_snapshot() {
    let (project, id) = changed();
    destroy(&project);
    said(&project, &["reflog", "expire", "--expire=now", "--all"]);
    said(&project, &["gc", "--quiet", "--prune=now"]);
    done(&project, &["snapshot", "restore", &id, "--yes"]);
    assert_eq!(
        (project.read("a.txt"), project.read("untracked.txt")),
        ("edited\n".to_owned(), "u\n".to_owned())
    );
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_comes_back_by_the_undo_of_a_restore() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = shop();
    let odd = project.root().join(std::ffi::OsStr::from_bytes(b"lat\xe9"));
    fs::write(&odd, "kept\n").unwrap();
    commit(&project, "A name of another time");
    let id = take(&project);
    fs::write(&odd, "later\n").unwrap();
    let restored = done(&project, &["snapshot", "restore", &id, "--yes"]);
    assert_eq!(fs::read_to_string(&odd).unwrap(), "kept\n");
    done(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert_eq!(fs::read_to_string(&odd).unwrap(), "later\n");
}

/// All folders of the working tree.
fn folders(project: &Project) -> Vec<std::path::PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![project.root()]);
    while let Some(next) = open.pop() {
        for item in fs::read_dir(next).unwrap().flatten() {
            let ours = [".git", ".tgp"].iter().any(|name| item.file_name() == **name);
            if item.file_type().unwrap().is_dir() && !ours {
                found.push(item.path());
                open.push(item.path());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_undo_of_a_restore_takes_away_the_folders_and_new_files_it_made() {
    let project = shop();
    project.write("work/deep/untracked.txt", "u\n");
    fs::create_dir_all(project.path("hollow/inner")).unwrap();
    let id = take(&project);
    fs::remove_dir_all(project.path("work")).unwrap();
    fs::remove_dir_all(project.path("hollow")).unwrap();
    fs::create_dir_all(project.path("kept/empty")).unwrap();
    let before = (files(&project), folders(&project));
    let restored = done(&project, &["snapshot", "restore", &id, "--only", "tree", "--yes"]);
    let after = (files(&project), folders(&project));
    assert!(exists(&project.path("hollow/inner")) && exists(&project.path("work/deep/untracked.txt")));
    let undone = done(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert!(files(&project) == before.0, "byte for byte");
    assert_eq!(folders(&project), before.1);
    done(&project, &["undo", undone["action"].as_str().unwrap()]);
    assert!(files(&project) == after.0, "and again");
    assert_eq!(folders(&project), after.1);
}
