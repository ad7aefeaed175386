//! A person's uncommitted work as the start of a task: as git would store it, and without touching it.

use tgp_branches::{LeftOutWhy, Start};

use crate::support::*;

const ALL: Start = Start::Captured { untracked: true, largest: 1 << 20, most: 10 << 20 };

/// Captures, and compares with what `git add --all` stores in a copy.
fn captured_as_git_would(root: &std::path::Path) -> tgp_branches::task::Opened {
    let before = Protected::of(root);
    let opened = open(root).open_task(&agent("coder"), "capture", &ALL, &message(1), NOW).unwrap();
    before.assert_unchanged(root);
    let copy = folder();
    let target = copy.path().join("copy");
    assert!(std::process::Command::new("cp").arg("-a").arg(root).arg(&target).status().unwrap().success());
    git(&target, &["add", "--all"]);
    assert_eq!(git(&target, &["write-tree"]), tree(root, opened.task.branch.as_str()));
    assert_sound(root);
    opened
}

#[test]
fn staged_unstaged_deleted_renamed_and_untracked_work_is_captured() {
    let root = repository(&[
        ("a.txt", "a\n"),
        ("b.txt", "b\n"),
        ("old/c.txt", "c\n"),
        ("d.txt", "d\n"),
        (".gitignore", "*.log\nout/\n"),
    ]);
    put(root.path(), "a.txt", "staged\n");
    git(root.path(), &["add", "a.txt"]);
    put(root.path(), "a.txt", "staged and changed\n");
    std::fs::remove_file(root.path().join("b.txt")).unwrap();
    git(root.path(), &["mv", "old/c.txt", "moved.txt"]);
    std::fs::remove_file(root.path().join("d.txt")).unwrap();
    put(root.path(), "d.txt/now a folder", "x\n");
    put(root.path(), "new/deep/file", "new\n");
    put(root.path(), "noise.log", "ignored\n");
    put(root.path(), "out/x", "ignored\n");
    std::os::unix::fs::symlink("a.txt", root.path().join("link")).unwrap();
    std::os::unix::fs::PermissionsExt::set_mode(
        &mut std::fs::metadata(root.path().join("a.txt")).unwrap().permissions(),
        0o755,
    );
    put(root.path(), "intended", "i\n");
    git(root.path(), &["add", "--intent-to-add", "intended"]);
    let opened = captured_as_git_would(root.path());
    assert_eq!(opened.left_out, []);
    let start = Start::Captured { untracked: false, largest: 1 << 20, most: 10 << 20 };
    let branches = open(root.path());
    let tracked = branches.open_task(&agent("coder"), "tracked", &start, &message(2), NOW).unwrap();
    assert_eq!(content(&branches, tracked.task.tip, "new/deep/file"), None);
    assert_eq!(content(&branches, tracked.task.tip, "a.txt").unwrap(), "staged and changed\n");
}

#[test]
fn nothing_uncommitted_is_head_itself() {
    let root = repository(&[("a.txt", "a\n")]);
    let opened = captured_as_git_would(root.path());
    assert_eq!(opened.task.tip.to_string(), git(root.path(), &["rev-parse", "HEAD"]));
}

#[test]
fn line_endings_are_converted_as_git_does_and_git_diff_agrees() {
    for (attributes, setting) in [
        ("* text=auto\n", "false"),
        ("*.txt text eol=crlf\n*.bin -text\n", "false"),
        ("", "true"),
        ("", "input"),
        ("*.txt ident\n*.utf working-tree-encoding=UTF-16LE\n", "true"),
    ] {
        let root = repository(&[
            (".gitattributes", attributes),
            ("a.txt", "a\nb\n"),
            ("keep.txt", "k\n"),
            ("x.bin", "1\n"),
        ]);
        git(root.path(), &["config", "core.autocrlf", setting]);
        put(root.path(), "a.txt", "a\r\nchanged $Id: 123$\r\n");
        put(root.path(), "keep.txt", "k\r\n");
        put(root.path(), "x.bin", "1\r\n2\r\n");
        put(root.path(), "new.txt", "n\r\nm\r\n");
        put(root.path(), "mixed.txt", "n\r\nm\n");
        put(root.path(), "w.utf", "w\0\r\0\n\0");
        put(root.path(), "nul.dat", "w\0\r\n");
        let opened = captured_as_git_would(root.path());
        let diff =
            git(root.path(), &["diff", opened.task.branch.as_str(), "--", "a.txt", "keep.txt", "x.bin"]);
        assert_eq!(diff, "", "{attributes} {setting}");
    }
}

#[test]
fn a_filter_program_of_the_user_s_never_runs_and_its_files_are_named() {
    let root =
        repository(&[("a.dat", "pointer\n"), ("b.dat", "b\n"), (".gitattributes", "*.dat filter=evil\n")]);
    // Older than the index, so that their times alone say that they are unchanged.
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    for name in ["a.dat", "b.dat"] {
        std::fs::File::options().write(true).open(root.path().join(name)).unwrap().set_modified(old).unwrap();
    }
    git(root.path(), &["update-index", "--refresh"]);
    let mark = root.path().join(".git/ran");
    for part in ["clean", "smudge", "process"] {
        git(
            root.path(),
            &["config", &format!("filter.evil.{part}"), &format!("touch {}; cat", mark.display())],
        );
    }
    put(root.path(), "a.dat", "content that a filter would change\n");
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let opened = branches.open_task(&agent("coder"), "filters", &ALL, &message(1), NOW).unwrap();
    assert_eq!(opened.left_out.len(), 1);
    assert_eq!(
        (opened.left_out[0].path.clone(), opened.left_out[0].why),
        (path("a.dat"), LeftOutWhy::Filtered)
    );
    assert_eq!(content(&branches, opened.task.tip, "a.dat").unwrap(), "pointer\n");
    act(&branches, &opened.task.branch, 2, &[write("c.dat", "c\n")]);
    assert!(!mark.exists(), "the filter ran");
    before.assert_unchanged(root.path());
}

#[test]
fn large_files_nested_repositories_and_the_tool_library_are_left_out_and_listed() {
    let root = repository(&[("a.txt", "a\n")]);
    put(root.path(), "big.bin", vec![7_u8; 200_000]);
    put(root.path(), ".tgp/tools/x.ts", "x");
    put(root.path(), "nested/y", "y");
    git(&root.path().join("nested"), &["init", "--quiet"]);
    put(root.path(), "two.bin", vec![1_u8; 60_000]);
    put(root.path(), "zwei.bin", vec![2_u8; 60_000]);
    let start = Start::Captured { untracked: true, largest: 100_000, most: 100_000 };
    let branches = open(root.path());
    let opened = branches.open_task(&agent("coder"), "large", &start, &message(1), NOW).unwrap();
    let mut left: Vec<_> = opened.left_out.iter().map(|left| (left.path.to_string(), left.why)).collect();
    left.sort_by(|a, b| a.0.cmp(&b.0));
    let own = |text: &str| text.to_owned();
    assert_eq!(
        left,
        [
            (own(".tgp/tools/x.ts"), LeftOutWhy::Reserved),
            (own("big.bin"), LeftOutWhy::TooLarge),
            (own("nested"), LeftOutWhy::Nested),
            (own("zwei.bin"), LeftOutWhy::TooMuch),
        ]
    );
    assert_eq!(branches.content(opened.task.tip, &path("two.bin")).unwrap().unwrap().len(), 60_000);
}

#[test]
fn a_conflict_a_submodule_and_a_changed_mode_are_captured_as_they_stand() {
    let inner = repository(&[("lib.c", "1\n")]);
    let root = repository(&[("a.txt", "a\n"), ("run.sh", "x\n")]);
    git(root.path(), &["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib"]);
    git(root.path(), &["commit", "--quiet", "-m", "Add lib"]);
    git(root.path(), &["branch", "other"]);
    put(root.path(), "a.txt", "ours\n");
    git(root.path(), &["commit", "--quiet", "-am", "Ours"]);
    git(root.path(), &["checkout", "--quiet", "other"]);
    put(root.path(), "a.txt", "theirs\n");
    git(root.path(), &["commit", "--quiet", "-am", "Theirs"]);
    assert!(!try_git(root.path(), &["merge", "main"]).status.success());
    let lib = root.path().join("lib");
    git(&lib, &["commit", "--quiet", "--allow-empty", "-m", "Ahead"]);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(root.path().join("run.sh"), mode).unwrap();
    let opened = captured_as_git_would(root.path());
    let shown = content(&open(root.path()), opened.task.tip, "a.txt").unwrap();
    assert!(shown.contains("<<<<<<<"), "{shown}");
}

#[test]
fn a_folder_swapped_for_a_symlink_leads_nowhere() {
    let outside = folder();
    put(outside.path(), "secret.txt", "secret\n");
    let root = repository(&[("dir/secret.txt", "open\n")]);
    std::fs::remove_dir_all(root.path().join("dir")).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("dir")).unwrap();
    let opened = captured_as_git_would(root.path());
    let branches = open(root.path());
    assert_eq!(branches.content(opened.task.tip, &path("dir/secret.txt")).unwrap(), None);
}
