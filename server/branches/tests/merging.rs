//! Bringing an agent's work into a person's branch.

use tgp_branches::follow::{BlockedWhy, FollowError};
use tgp_branches::integrate::{How, IntegrateError};
use tgp_branches::publish::PublishError;
use tgp_branches::{Branches, ConflictKind, ProjectSettings, Start, Task};

use crate::support::*;

const MAIN: &str = "refs/heads/main";
const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

fn begin(files: &[(&str, &str)]) -> (tempfile::TempDir, Branches, Task) {
    let root = repository(files);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "feature");
    (root, branches, begun)
}

fn commit_all(root: &std::path::Path, words: &str) {
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "-m", words]);
}

/// The tree `git merge` makes of two revisions, without a checkout.
fn git_merge_tree(root: &std::path::Path, one: &str, two: &str) -> String {
    git(root, &["merge-tree", "--write-tree", one, two])
}

#[test]
fn a_merge_has_the_tree_git_merge_makes_and_the_checkout_follows() {
    let (root, branches, begun) = begin(&[
        ("a.txt", LINES),
        ("gone.txt", "g\n"),
        ("dir/moved.txt", LINES),
        ("kept.txt", "k\n"),
        ("run.sh", "x\n"),
    ]);
    act(&branches, &begun.branch, 1, &[write("a.txt", LINES.replace("2\n3", "two\n3")), delete("gone.txt")]);
    act(
        &branches,
        &begun.branch,
        2,
        &[rename("dir/moved.txt", "new/place.txt"), write("new/made.txt", "made\n")],
    );
    put(root.path(), "a.txt", LINES.replace("11\n", "eleven\n"));
    put(root.path(), "dir/moved.txt", LINES.replace("6\n", "six\n"));
    commit_all(root.path(), "Meanwhile");
    put(root.path(), "kept.txt", "uncommitted\n");
    put(root.path(), "untracked.txt", "mine\n");
    let wanted = git_merge_tree(root.path(), "main", begun.branch.as_str());
    let before = Protected::of(root.path());
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    before.assert_unchanged(root.path());
    let published = branches.publish(&merge, &message(3), NOW).unwrap();
    assert_eq!(published.followed, [root.path()]);
    assert_eq!(tree(root.path(), "main"), wanted);
    assert_eq!(git(root.path(), &["rev-list", "--parents", "-1", "main"]).split(' ').count(), 3);
    assert_eq!(git(root.path(), &["status", "--porcelain"]), " M kept.txt\n?? untracked.txt");
    assert_eq!(
        std::fs::read_to_string(root.path().join("new/place.txt")).unwrap(),
        LINES.replace("6\n", "six\n")
    );
    assert!(!root.path().join("dir").exists() && !root.path().join("gone.txt").exists());
    assert!(git(root.path(), &["reflog", "-1", "main"]).contains("tgp: Action 3"));
    assert!(git(root.path(), &["reflog", "-1", "HEAD"]).contains("tgp: Action 3"));
    assert!(matches!(
        branches.prepare_merge(&begun.branch, MAIN, How::Merge),
        Err(IntegrateError::Nothing { .. })
    ));
    assert_sound(root.path());
}

#[test]
fn a_conflict_is_told_file_by_file_with_both_sides_and_leaves_everything_as_it_was() {
    let (root, branches, begun) =
        begin(&[("a.txt", LINES), ("b.txt", "b\n"), ("c.bin", "c\n"), ("fine.txt", "f\n")]);
    let changes = [
        write("a.txt", LINES.replace("5\n", "five\n")),
        delete("b.txt"),
        write("c.bin", b"\0one"),
        write("fine.txt", "fine\n"),
        write("d", "file\n"),
    ];
    act(&branches, &begun.branch, 1, &changes);
    put(root.path(), "a.txt", LINES.replace("5\n", "FIVE\n"));
    put(root.path(), "b.txt", "changed\n");
    put(root.path(), "c.bin", b"\0two");
    put(root.path(), "d/e", "folder\n");
    commit_all(root.path(), "Meanwhile");
    let before = Protected::of(root.path());
    let IntegrateError::Conflict { conflicts, .. } =
        branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap_err()
    else {
        panic!("a conflict is expected")
    };
    let named: Vec<(String, ConflictKind)> = conflicts.iter().map(|c| (c.path.to_string(), c.kind)).collect();
    assert_eq!(named[0], ("a.txt".to_owned(), ConflictKind::Content));
    assert_eq!(named[1], ("b.txt".to_owned(), ConflictKind::ChangedAndDeleted));
    assert_eq!(named[2], ("c.bin".to_owned(), ConflictKind::Content));
    assert!(named[3].0.starts_with('d') && named[3].1 == ConflictKind::Kinds, "{named:?}");
    let side =
        |leaf: Option<tgp_git::Leaf>| leaf.map(|leaf| branches.blob(tgp_branches::BlobId(leaf.id)).unwrap());
    assert_eq!(side(conflicts[0].ours).unwrap(), LINES.replace("5\n", "FIVE\n").into_bytes());
    assert_eq!(side(conflicts[0].theirs).unwrap(), LINES.replace("5\n", "five\n").into_bytes());
    assert_eq!(side(conflicts[0].base).unwrap(), LINES.as_bytes());
    assert_eq!((side(conflicts[1].ours).unwrap(), side(conflicts[1].theirs)), (b"changed\n".to_vec(), None));
    before.assert_unchanged(root.path());
    assert!(
        !try_git(root.path(), &["merge-tree", "--write-tree", "main", begun.branch.as_str()])
            .status
            .success()
    );
}

#[test]
fn a_dirty_checkout_refuses_with_the_list_or_goes_through_without_touching_the_files() {
    let (root, branches, begun) = begin(&[
        ("a.txt", "a\n"),
        ("b.txt", "b\n"),
        ("c.txt", "c\n"),
        ("d.txt", "d\n"),
        (".gitignore", "*.log\n"),
    ]);
    let changes =
        [write("a.txt", "A\n"), write("b.txt", "B\n"), write("new.log", "theirs\n"), write("dir/x", "x\n")];
    act(&branches, &begun.branch, 1, &changes);
    put(root.path(), "a.txt", "uncommitted\n");
    put(root.path(), "b.txt", "staged\n");
    git(root.path(), &["add", "b.txt"]);
    put(root.path(), "b.txt", "b\n");
    put(root.path(), "c.txt", "untouched by the merge\n");
    put(root.path(), "new.log", "ignored and mine\n");
    put(root.path(), "dir", "a file where a folder is to come\n");
    let before = Protected::of(root.path());
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    let error = branches.publish(&merge, &message(2), NOW).unwrap_err();
    let PublishError::Follow(FollowError::LocalChanges { files, .. }) = error else { panic!("{error}") };
    let files: Vec<(String, BlockedWhy)> =
        files.into_iter().map(|file| (file.path.to_string(), file.why)).collect();
    let own = |text: &str| text.to_owned();
    assert_eq!(
        files,
        [
            (own("a.txt"), BlockedWhy::Changed),
            (own("b.txt"), BlockedWhy::Changed),
            (own("dir"), BlockedWhy::Untracked),
            (own("new.log"), BlockedWhy::Untracked),
        ]
    );
    before.assert_unchanged(root.path());
    git(root.path(), &["checkout", "--quiet", "HEAD", "a.txt", "b.txt"]);
    std::fs::remove_file(root.path().join("new.log")).unwrap();
    std::fs::remove_file(root.path().join("dir")).unwrap();
    branches.publish(&merge, &message(2), NOW).unwrap();
    assert_eq!(git(root.path(), &["status", "--porcelain"]), " M c.txt");
    assert_eq!(std::fs::read_to_string(root.path().join("c.txt")).unwrap(), "untouched by the merge\n");
}

#[test]
fn a_squash_is_one_commit_and_a_pick_is_one_action() {
    let (root, branches, begun) = begin(&[("a.txt", LINES)]);
    let first = act(&branches, &begun.branch, 1, &[write("a.txt", LINES.replace("1\n2", "one\n2"))]);
    let second = act(&branches, &begun.branch, 2, &[write("b.txt", "b\n")]);
    let third = act(
        &branches,
        &begun.branch,
        3,
        &[write("a.txt", LINES.replace("1\n2", "one\n2").replace("12\n", "twelve\n"))],
    );
    let pick = branches.prepare_pick(third.commit, MAIN).unwrap();
    branches.publish(&pick, &message(4), NOW).unwrap();
    assert_eq!(
        std::fs::read_to_string(root.path().join("a.txt")).unwrap(),
        LINES.replace("12\n", "twelve\n")
    );
    assert!(!root.path().join("b.txt").exists());
    assert!(matches!(branches.prepare_pick(third.commit, MAIN), Err(IntegrateError::Nothing { .. })));
    let squash = branches.prepare_merge(&begun.branch, MAIN, How::Squash).unwrap();
    branches.publish(&squash, &message(5), NOW).unwrap();
    assert_eq!(tree(root.path(), "main"), tree(root.path(), begun.branch.as_str()));
    assert_eq!(git(root.path(), &["rev-list", "--parents", "-1", "main"]).split(' ').count(), 2);
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
    assert_ne!(first.commit, second.commit);
    assert_sound(root.path());
}

#[test]
fn a_merge_is_taken_back_by_a_revert_and_the_revert_by_another() {
    let (root, branches, begun) = begin(&[("a.txt", LINES)]);
    act(
        &branches,
        &begun.branch,
        1,
        &[write("a.txt", LINES.replace("1\n2", "one\n2")), write("b.txt", "b\n")],
    );
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    let merged = branches.publish(&merge, &message(2), NOW).unwrap().commit;
    put(root.path(), "a.txt", LINES.replace("1\n2", "one\n2").replace("12\n", "twelve\n"));
    commit_all(root.path(), "After");
    let revert = branches.prepare_revert(merged, MAIN).unwrap();
    let reverted = branches.publish(&revert, &message(3), NOW).unwrap().commit;
    assert_eq!(
        std::fs::read_to_string(root.path().join("a.txt")).unwrap(),
        LINES.replace("12\n", "twelve\n")
    );
    assert!(!root.path().join("b.txt").exists());
    let again = branches.prepare_revert(reverted, MAIN).unwrap();
    branches.publish(&again, &message(4), NOW).unwrap();
    assert_eq!(tree(root.path(), "main"), tree(root.path(), "main~2"));
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
    put(root.path(), "b.txt", "changed since\n");
    commit_all(root.path(), "Theirs");
    assert!(matches!(branches.prepare_revert(merged, MAIN), Err(IntegrateError::Conflict { .. })));
}

#[test]
fn uncommitted_work_a_task_began_from_stays_the_person_s_when_it_is_merged() {
    let root = repository(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    put(root.path(), "a.txt", "half done\n");
    put(root.path(), "draft.txt", "draft\n");
    let branches = open(root.path());
    let start = Start::Captured { untracked: true, largest: 1 << 20, most: 1 << 20 };
    let begun = branches.open_task(&agent("coder"), "on top", &start, &message(0), NOW).unwrap().task;
    act(&branches, &begun.branch, 1, &[write("b.txt", "B\n"), write("c.txt", "c\n")]);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    branches.publish(&merge, &message(2), NOW).unwrap();
    assert_eq!(git(root.path(), &["show", "--name-only", "--format=", "main"]), "b.txt\nc.txt");
    assert_eq!(git(root.path(), &["rev-list", "--parents", "-1", "main"]).split(' ').count(), 2);
    assert_eq!(git(root.path(), &["status", "--porcelain"]), " M a.txt\n?? draft.txt");
    assert_eq!(std::fs::read_to_string(root.path().join("a.txt")).unwrap(), "half done\n");
}

#[test]
fn a_target_that_moves_meanwhile_a_rebase_and_an_index_lock_refuse() {
    let (root, branches, begun) = begin(&[("a.txt", "a\n")]);
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    std::fs::write(root.path().join(".git/index.lock"), b"").unwrap();
    let settings =
        ProjectSettings { lock_limit: std::time::Duration::from_millis(50), ..ProjectSettings::default() };
    let impatient = Branches::open(root.path(), settings).unwrap();
    let error = impatient.publish(&merge, &message(2), NOW).unwrap_err();
    assert!(matches!(error, PublishError::Follow(FollowError::IndexLocked { .. })), "{error}");
    std::fs::remove_file(root.path().join(".git/index.lock")).unwrap();
    std::fs::create_dir(root.path().join(".git/rebase-merge")).unwrap();
    let error = branches.publish(&merge, &message(2), NOW).unwrap_err();
    assert!(matches!(error, PublishError::Follow(FollowError::Busy { doing: "a rebase", .. })), "{error}");
    std::fs::remove_dir(root.path().join(".git/rebase-merge")).unwrap();
    git(root.path(), &["commit", "--quiet", "--allow-empty", "-m", "Meanwhile"]);
    let before = Protected::of(root.path());
    assert!(matches!(branches.publish(&merge, &message(2), NOW), Err(PublishError::Moved { .. })));
    before.assert_unchanged(root.path());
    for target in
        [begun.branch.head_ref().as_str(), "HEAD", "refs/heads/none", "refs/tags/x", "-x", "refs/heads/../x"]
    {
        let error = branches.prepare_merge(&begun.branch, target, How::Merge).unwrap_err();
        assert!(matches!(error, IntegrateError::Target { .. }), "{target}: {error}");
    }
}

#[test]
fn a_branch_no_worktree_has_is_merged_without_any_checkout_and_a_linked_one_follows() {
    let (root, branches, begun) = begin(&[("a.txt", "a\n")]);
    git(root.path(), &["branch", "side"]);
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
    let before = Protected::of(root.path());
    let merge = branches.prepare_merge(&begun.branch, "refs/heads/side", How::Squash).unwrap();
    assert_eq!(branches.publish(&merge, &message(2), NOW).unwrap().followed.len(), 0);
    assert!(Protected::of(root.path()) != before, "side moved");
    assert!(!root.path().join("b.txt").exists());
    let other = folder();
    let linked = other.path().join("linked");
    git(root.path(), &["worktree", "add", "--quiet", linked.to_str().unwrap(), "side"]);
    act(&branches, &begun.branch, 3, &[write("c.txt", "c\n")]);
    let merge = branches.prepare_merge(&begun.branch, "refs/heads/side", How::Squash).unwrap();
    assert_eq!(branches.publish(&merge, &message(4), NOW).unwrap().followed.len(), 1);
    assert!(linked.join("c.txt").exists() && !root.path().join("c.txt").exists());
    assert_eq!(git(&linked, &["status", "--porcelain"]), "");
}

#[test]
fn the_first_commit_of_an_empty_repository_is_a_merge_s() {
    let root = folder();
    git(root.path(), &["init", "--quiet"]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "first");
    act(&branches, &begun.branch, 1, &[write("a.txt", "a\n")]);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    branches.publish(&merge, &message(2), NOW).unwrap();
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
    assert!(root.path().join("a.txt").exists());
    assert_sound(root.path());
}

#[test]
fn hooks_fsmonitor_signing_merge_drivers_and_the_environment_run_nothing() {
    let (root, _, begun) = begin(&[("a.txt", LINES), (".gitattributes", "*.txt merge=evil diff=evil\n")]);
    let mark = folder();
    let program = format!("touch {}/$$; true", mark.path().display());
    for hook in [
        "pre-commit",
        "post-commit",
        "post-checkout",
        "post-index-change",
        "reference-transaction",
        "post-merge",
        "pre-merge-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-rewrite",
    ] {
        put(root.path(), &format!(".git/hooks/{hook}"), format!("#!/bin/sh\n{program}\n"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(root.path().join(".git/hooks").join(hook), mode).unwrap();
    }
    for (name, value) in [
        ("commit.gpgsign", "true"),
        ("gpg.program", program.as_str()),
        ("core.fsmonitor", program.as_str()),
        ("merge.evil.driver", program.as_str()),
        ("diff.evil.textconv", program.as_str()),
        ("diff.evil.command", program.as_str()),
        ("diff.external", program.as_str()),
        ("alias.read-tree", "!false"),
    ] {
        git(root.path(), &["config", name, value]);
    }
    let branches = open(root.path());
    act(
        &branches,
        &begun.branch,
        1,
        &[write("a.txt", LINES.replace("1\n2", "one\n2")), rename(".gitattributes", "x/.gitattributes")],
    );
    std::fs::write(root.path().join("a.txt"), LINES.replace("12\n", "twelve\n")).unwrap();
    for name in std::fs::read_dir(mark.path()).unwrap().flatten() {
        std::fs::remove_file(name.path()).unwrap();
    }
    git(
        root.path(),
        &[
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "--quiet",
            "-am",
            "Own",
        ],
    );
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    branches.diff(Some(begun.tip), branches.tip(&begun.branch).unwrap()).unwrap();
    branches.publish(&merge, &message(2), NOW).unwrap();
    let text = std::fs::read_to_string(root.path().join("a.txt")).unwrap();
    assert_eq!(text, LINES.replace("1\n2", "one\n2").replace("12\n", "twelve\n"));
    assert_eq!(std::fs::read_dir(mark.path()).unwrap().count(), 0, "something of the user's ran");
}

#[test]
fn git_variables_in_the_environment_lead_nowhere() {
    if let Ok(root) = std::env::var("TGP_TEST_ROOT") {
        let branches = open(std::path::Path::new(&root));
        let begun = task(&branches, "coder", "environment");
        act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
        let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
        branches.publish(&merge, &message(2), NOW).unwrap();
        return;
    }
    let root = repository(&[("a.txt", "a\n")]);
    let other = repository(&[("other.txt", "o\n")]);
    let before = Protected::of(other.path());
    let elsewhere = other.path().join(".git");
    let elsewhere = elsewhere.to_str().unwrap();
    let objects = format!("{elsewhere}/objects");
    let index = format!("{elsewhere}/index");
    let environment = [
        ("TGP_TEST_ROOT", root.path().to_str().unwrap()),
        ("GIT_DIR", elsewhere),
        ("GIT_WORK_TREE", other.path().to_str().unwrap()),
        ("GIT_INDEX_FILE", &index),
        ("GIT_OBJECT_DIRECTORY", &objects),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.bare"),
        ("GIT_CONFIG_VALUE_0", "true"),
        ("GIT_NAMESPACE", "evil"),
        ("GIT_AUTHOR_NAME", "Somebody"),
    ];
    let name = "merging::git_variables_in_the_environment_lead_nowhere";
    let output = another_process(name, &environment).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    before.assert_unchanged(other.path());
    assert!(root.path().join("b.txt").exists());
    assert!(!git(root.path(), &["log", "--format=%an", "main"]).contains("Somebody"));
    assert_sound(root.path());
    assert_sound(other.path());
}

#[test]
fn line_endings_of_a_checkout_that_follows_are_the_repository_s_own() {
    let (root, _, begun) = begin(&[("a.txt", "a\n"), (".gitattributes", "*.txt text eol=crlf\n")]);
    std::fs::remove_file(root.path().join("a.txt")).unwrap();
    git(root.path(), &["checkout", "--quiet", "a.txt"]);
    let branches = open(root.path());
    act(&branches, &begun.branch, 1, &[write("b.txt", "1\n2\n"), write("a.txt", "A\n")]);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    branches.publish(&merge, &message(2), NOW).unwrap();
    assert_eq!(std::fs::read(root.path().join("b.txt")).unwrap(), b"1\r\n2\r\n");
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
}

#[test]
fn asked_again_after_a_crash_the_checkout_goes_on_to_follow() {
    let (root, branches, begun) = begin(&[("a.txt", "a\n")]);
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n"), delete("a.txt")]);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    // Killed after the target moved and before the checkout followed.
    let commit = branches.integration_commit(&merge, &message(2)).unwrap();
    git(root.path(), &["update-ref", "--no-deref", MAIN, &commit.to_string()]);
    let checkout = branches.project().checkouts(MAIN).remove(0);
    branches.follow(&checkout, merge.from, commit).unwrap();
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
    assert!(root.path().join("b.txt").exists() && !root.path().join("a.txt").exists());
}

#[test]
fn files_git_was_writing_when_it_was_killed_are_no_change_of_a_person_s() {
    let old = [("gone.txt", "old\n"), ("torn.txt", "old\n"), ("came.txt", "old\n"), ("late.txt", "old\n")];
    let (root, branches, begun) = begin(&old);
    let mut changes: Vec<_> = old.iter().map(|(path, _)| write(path, "new content\n")).collect();
    changes.extend([write("made.txt", "made\n"), write("empty.txt", "not empty\n")]);
    act(&branches, &begun.branch, 1, &changes);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    let commit = branches.integration_commit(&merge, &message(2)).unwrap();
    git(root.path(), &["update-ref", "--no-deref", MAIN, &commit.to_string()]);
    // Git unlinks a file before it writes it, and ends in the middle of one.
    std::fs::remove_file(root.path().join("gone.txt")).unwrap();
    std::fs::write(root.path().join("torn.txt"), "new co").unwrap();
    std::fs::write(root.path().join("came.txt"), "new content\n").unwrap();
    std::fs::write(root.path().join("made.txt"), "made\n").unwrap();
    std::fs::write(root.path().join("empty.txt"), "").unwrap();
    let checkout = branches.project().checkouts(MAIN).remove(0);
    assert!(branches.follow_after_crash(&checkout, merge.from, commit).unwrap());
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_to_string(root.path().join("torn.txt")).unwrap(), "new content\n");
    assert_eq!(std::fs::read_to_string(root.path().join("empty.txt")).unwrap(), "not empty\n");
    assert!(!branches.follow_after_crash(&checkout, merge.from, commit).unwrap(), "it is done");
}

/// A process that ends with the index in its hand, its files half moved and the branch not at all.
fn dies_with_the_index(root: &std::path::Path) {
    let name = "merging::what_died_before_the_branch_moved_is_as_it_was_and_a_person_s_stays";
    let environment = [("TGP_TEST_ROOT", root.to_str().unwrap())];
    assert!(another_process(name, &environment).output().unwrap().status.success());
    assert!(root.join(".git/index.lock").exists(), "nobody took it away");
}

#[test]
fn what_died_before_the_branch_moved_is_as_it_was_and_a_person_s_stays() {
    if let Ok(root) = std::env::var("TGP_TEST_ROOT") {
        let held = open(std::path::Path::new(&root)).project().hold_index().unwrap();
        std::mem::forget(held); // The lock file stays, and the process ends.
        return;
    }
    let old = [
        ("gone.txt", "old\n"),
        ("torn.txt", "old\n"),
        ("came.txt", "old\n"),
        ("late.txt", "old\n"),
        ("mine.txt", "old\n"),
        ("folder", "old\n"),
        ("deleted.txt", "old\n"),
    ];
    let (root, branches, begun) = begin(&old);
    let written = ["gone.txt", "torn.txt", "came.txt", "late.txt", "mine.txt"];
    let mut changes: Vec<_> = written.iter().map(|path| write(path, "new content\n")).collect();
    changes.extend([delete("deleted.txt"), delete("folder"), write("folder/in/it.txt", "made\n")]);
    act(&branches, &begun.branch, 1, &changes);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    let commit = branches.integration_commit(&merge, &message(2)).unwrap();
    dies_with_the_index(root.path());
    let stand = || {
        std::fs::remove_file(root.path().join("gone.txt")).unwrap();
        std::fs::remove_file(root.path().join("deleted.txt")).unwrap();
        std::fs::remove_file(root.path().join("folder")).unwrap();
        put(root.path(), "torn.txt", "new co");
        put(root.path(), "came.txt", "new content\n");
        put(root.path(), "folder/in/it.txt", "made\n");
        put(root.path(), "mine.txt", "mine\n");
    };
    stand();
    assert!(branches.go_back_after_crash(MAIN, merge.from, commit).unwrap());
    assert_eq!(git(root.path(), &["status", "--porcelain"]), " M mine.txt");
    assert_eq!(std::fs::read_to_string(root.path().join("folder")).unwrap(), "old\n");
    assert!(!root.path().join(".git/index.lock").exists());
    // The index was in place already.
    put(root.path(), "mine.txt", "old\n");
    dies_with_the_index(root.path());
    std::fs::remove_file(root.path().join(".git/index.lock")).unwrap();
    git(root.path(), &["read-tree", "-m", "-u", "main", &commit.to_string()]);
    assert_ne!(git(root.path(), &["status", "--porcelain"]), "");
    assert!(branches.go_back_after_crash(MAIN, merge.from, commit).unwrap());
    assert_eq!(git(root.path(), &["status", "--porcelain"]), "");
    // Where nobody died, what looks the same is a person's.
    put(root.path(), "came.txt", "new content\n");
    assert!(!branches.go_back_after_crash(MAIN, merge.from, commit).unwrap());
    assert_eq!(git(root.path(), &["status", "--porcelain"]), " M came.txt");
}

#[test]
fn what_a_person_wrote_after_a_crash_is_not_taken_for_torn() {
    let (root, branches, begun) = begin(&[("a.txt", "old\n"), ("b.txt", "old\n")]);
    act(&branches, &begun.branch, 1, &[write("a.txt", "new\n"), write("b.txt", "new\n")]);
    let merge = branches.prepare_merge(&begun.branch, MAIN, How::Merge).unwrap();
    let commit = branches.integration_commit(&merge, &message(2)).unwrap();
    git(root.path(), &["update-ref", "--no-deref", MAIN, &commit.to_string()]);
    std::fs::write(root.path().join("a.txt"), "mine\n").unwrap();
    let checkout = branches.project().checkouts(MAIN).remove(0);
    let error = branches.follow_after_crash(&checkout, merge.from, commit).unwrap_err();
    assert!(matches!(error, FollowError::LocalChanges { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(root.path().join("a.txt")).unwrap(), "mine\n");
}

#[test]
fn a_worktree_whose_folder_was_deleted_holds_up_nobody_and_a_locked_one_refuses() {
    let (root, branches, begun) = begin(&[("a.txt", "a\n")]);
    let other = folder();
    let linked = other.path().join("linked");
    git(root.path(), &["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
    git(root.path(), &["worktree", "lock", linked.to_str().unwrap()]);
    std::fs::remove_dir_all(&linked).unwrap();
    let merge = branches.prepare_merge(&begun.branch, "refs/heads/side", How::Squash).unwrap();
    let error = branches.publish(&merge, &message(2), NOW).unwrap_err();
    assert!(matches!(error, PublishError::Follow(FollowError::Absent { .. })), "{error}");
    git(root.path(), &["worktree", "unlock", linked.to_str().unwrap()]);
    assert_eq!(branches.publish(&merge, &message(3), NOW).unwrap().followed.len(), 0);
    branches.sync(&begun.branch).unwrap();
    assert!(branches.project().objects().unsynced().is_empty());
    assert_sound(root.path());
}
