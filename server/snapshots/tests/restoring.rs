//! Restoring snapshots.

use tgp_git::{Project, ProjectSettings};
use tgp_snapshots::{Options, RestoreError};

use crate::support::*;

const BEFORE: [(&str, &str); 5] =
    [("a.txt", "a\n"), ("b.txt", "b\n"), ("run.sh", "x\n"), ("dir/c.txt", "c\n"), (".gitignore", "*.log\n")];

fn all() -> Options {
    Options { index: true, ..Options::default() }
}

/// A working tree with one of everything a person may have.
fn busy() -> tempfile::TempDir {
    let root = repository(&BEFORE);
    put(root.path(), "a.txt", "staged\n");
    git(root.path(), &["add", "a.txt"]);
    put(root.path(), "a.txt", b"changed\r\n\0\xff");
    std::fs::remove_file(root.path().join("b.txt")).unwrap();
    executable(root.path(), "run.sh");
    put(root.path(), "untracked/deep/no end", "no final newline");
    std::os::unix::fs::symlink("nowhere", root.path().join("link")).unwrap();
    put(root.path(), "empty", "");
    std::fs::create_dir_all(root.path().join("hollow/inner")).unwrap();
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"latin-\xe9");
    std::fs::write(root.path().join(odd), b"x").unwrap();
    root
}

fn devastate(root: &std::path::Path) {
    put(root, "a.txt", "overwritten\n");
    put(root, "b.txt", "back again\n");
    put(root, "run.sh", "x\n");
    std::fs::remove_dir_all(root.join("untracked")).unwrap();
    put(root, "untracked", "a file where a folder was\n");
    std::fs::remove_file(root.join("link")).unwrap();
    std::fs::remove_file(root.join("empty")).unwrap();
    std::fs::remove_dir_all(root.join("hollow")).unwrap();
    std::fs::remove_file(root.join("dir/c.txt")).unwrap();
    git(root, &["add", "--all"]);
}

#[test]
fn a_working_tree_and_its_index_come_back_byte_for_byte() {
    let root = busy();
    let (before, shown) = (files(root.path()), status(root.path()));
    let index = std::fs::read(root.path().join(".git/index")).unwrap();
    let taken = take(root.path(), "one");
    devastate(root.path());
    let options = Options { remove_unknown: true, ..all() };
    restore(root.path(), &taken, &options).unwrap();
    assert_eq!(std::fs::read(root.path().join(".git/index")).unwrap(), index);
    assert_eq!(files(root.path()), before);
    assert_eq!(status(root.path()), shown);
    assert_eq!(restore(root.path(), &taken, &options).unwrap().written, [], "again does nothing");
    assert_sound(root.path());
}

#[test]
fn a_snapshot_restored_can_itself_be_undone() {
    let root = busy();
    let first = take(root.path(), "first");
    devastate(root.path());
    let (after, shown) = (files(root.path()), status(root.path()));
    let second = take(root.path(), "second");
    let restored = restore(root.path(), &first, &Options { remove_unknown: true, ..all() }).unwrap();
    assert!(!restored.made.is_empty() && files(root.path()) != after);
    let back = Options { remove: restored.made, remove_folders: first.about.empty_folders, ..all() };
    restore(root.path(), &second, &back).unwrap();
    assert_eq!(files(root.path()), after, "also the folders it made are gone");
    assert_eq!(status(root.path()), shown);
}

#[test]
fn what_the_snapshot_did_not_know_stays_unless_told() {
    let root = repository(&BEFORE);
    let taken = take(root.path(), "one");
    put(root.path(), "new.txt", "mine\n");
    put(root.path(), "dir/new.txt", "mine\n");
    put(root.path(), "noise.log", "ignored\n");
    put(root.path(), "committed.txt", "committed since\n");
    git(root.path(), &["add", "committed.txt"]);
    git(root.path(), &["commit", "--quiet", "-m", "Since"]);
    put(root.path(), "a.txt", "changed\n");
    let restored = restore(root.path(), &taken, &Options::default()).unwrap();
    assert_eq!(restored.written, [path("a.txt")]);
    assert_eq!(restored.unknown, [path("committed.txt"), path("dir/new.txt"), path("new.txt")]);
    assert!(root.path().join("new.txt").exists() && root.path().join("committed.txt").exists());
    let restored =
        restore(root.path(), &taken, &Options { remove_unknown: true, ..Options::default() }).unwrap();
    assert_eq!(restored.removed.len(), 3);
    assert!(root.path().join("noise.log").exists(), "ignored files stay even then");
}

#[test]
fn files_no_snapshot_could_bring_back_refuse_before_anything_is_changed() {
    let root = repository(&BEFORE);
    put(root.path(), "notes", "known\n");
    let taken = take(root.path(), "one");
    std::fs::remove_file(root.path().join("notes")).unwrap();
    put(root.path(), "notes/private.log", "ignored, in the way\n");
    std::fs::remove_file(root.path().join("b.txt")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.path().join("b.txt"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    put(root.path(), "a.txt", "changed\n");
    let error =
        restore(root.path(), &taken, &Options { remove_unknown: true, ..Options::default() }).unwrap_err();
    let RestoreError::Blocked { files } = error else { panic!("{error}") };
    assert_eq!(files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>(), ["b.txt", "notes"]);
    assert_eq!(
        std::fs::read_to_string(root.path().join("a.txt")).unwrap(),
        "changed\n",
        "nothing was changed"
    );
}

#[test]
fn a_large_file_a_snapshot_could_not_keep_is_never_overwritten() {
    let root = repository(&BEFORE);
    put(root.path(), "data", "small\n");
    let limits = tgp_snapshots::Limits { largest: 1000, ..tgp_snapshots::Limits::default() };
    let taken = take_with(root.path(), "one", limits);
    put(root.path(), "data", vec![9_u8; 2000]);
    let options = Options { limits, remove_unknown: true, ..Options::default() };
    assert!(matches!(restore(root.path(), &taken, &options), Err(RestoreError::Blocked { .. })));
    let large = take_with(root.path(), "two", limits);
    put(root.path(), "other", vec![9_u8; 2000]);
    restore(root.path(), &large, &options).unwrap();
    assert_eq!(std::fs::read(root.path().join("data")).unwrap().len(), 2000);
    assert!(root.path().join("other").exists());
}

#[test]
fn a_folder_swapped_for_a_symlink_leads_nowhere() {
    let outside = folder();
    put(outside.path(), "c.txt", "outside\n");
    let root = repository(&BEFORE);
    put(root.path(), "dir/c.txt", "changed\n");
    let taken = take(root.path(), "one");
    std::fs::remove_dir_all(root.path().join("dir")).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("dir")).unwrap();
    let kept = restore(root.path(), &taken, &Options::default());
    assert!(matches!(kept, Err(RestoreError::Blocked { .. })), "{kept:?}");
    restore(root.path(), &taken, &Options { remove_unknown: true, ..Options::default() }).unwrap();
    assert_eq!(std::fs::read_to_string(outside.path().join("c.txt")).unwrap(), "outside\n");
    assert_eq!(std::fs::read_to_string(root.path().join("dir/c.txt")).unwrap(), "changed\n");
}

#[test]
fn a_branch_comes_back_with_its_reflog_and_another_one_refuses() {
    let root = repository(&BEFORE);
    put(root.path(), "a.txt", "changed\n");
    let (before, shown) = (files(root.path()), status(root.path()));
    let taken = take(root.path(), "one");
    let then = git(root.path(), &["rev-parse", "HEAD"]);
    put(root.path(), "a.txt", "committed\n");
    git(root.path(), &["commit", "--quiet", "-am", "Since"]);
    assert!(matches!(restore(root.path(), &taken, &all()), Err(RestoreError::Head { .. })));
    let options = Options { branch: true, ..all() };
    restore(root.path(), &taken, &options).unwrap();
    assert_eq!(
        (git(root.path(), &["rev-parse", "main"]), files(root.path()), status(root.path())),
        (then, before, shown)
    );
    assert!(git(root.path(), &["reflog", "-1", "main"]).contains("tgp: restore a snapshot"));
    git(root.path(), &["stash", "--quiet"]);
    git(root.path(), &["checkout", "--quiet", "-b", "other"]);
    git(root.path(), &["commit", "--quiet", "--allow-empty", "-m", "Other"]);
    let before = Protected::of(root.path());
    assert!(matches!(restore(root.path(), &taken, &options), Err(RestoreError::Head { .. })));
    before.assert_unchanged(root.path());
}

#[test]
fn an_index_lock_and_a_rebase_refuse() {
    let root = repository(&BEFORE);
    let taken = take(root.path(), "one");
    put(root.path(), "a.txt", "changed\n");
    std::fs::write(root.path().join(".git/index.lock"), b"").unwrap();
    assert!(matches!(restore(root.path(), &taken, &all()), Err(RestoreError::IndexLocked { .. })));
    std::fs::remove_file(root.path().join(".git/index.lock")).unwrap();
    std::fs::create_dir(root.path().join(".git/rebase-merge")).unwrap();
    assert!(matches!(restore(root.path(), &taken, &all()), Err(RestoreError::Busy { doing: "a rebase" })));
    assert_eq!(std::fs::read_to_string(root.path().join("a.txt")).unwrap(), "changed\n");
}

#[test]
fn while_it_is_restored_no_git_program_changes_the_index_and_a_killed_process_leaves_no_lock() {
    let root = repository(&BEFORE);
    let project = open(root.path());
    let index = std::fs::read(root.path().join(".git/index")).unwrap();
    put(root.path(), "a.txt", "changed\n");
    let held = project.hold_index().unwrap();
    let refused =
        std::process::Command::new("git").args(["add", "a.txt"]).current_dir(root.path()).output().unwrap();
    assert!(!refused.status.success(), "git add while the index is held");
    let lock = root.path().join(".git/index.lock");
    let settings =
        ProjectSettings { lock_limit: std::time::Duration::from_millis(50), ..ProjectSettings::default() };
    let other = Project::open(root.path(), settings).unwrap();
    assert_eq!(
        other.index_locked(other.git_dir()).unwrap(),
        Some(lock.clone()),
        "it lives, and is not taken from"
    );
    assert!(matches!(other.hold_index(), Err(tgp_git::ProjectFault::Locked { .. })));
    drop(held);
    assert!(!lock.exists() && std::fs::read(root.path().join(".git/index")).unwrap() == index);
    // What a process leaves that is killed: both names, and nobody who has them locked.
    let own = root.path().join(".git/tgp/lock-index");
    std::fs::write(&own, "half an index").unwrap();
    std::fs::hard_link(&own, &lock).unwrap();
    assert_eq!(other.index_locked(other.git_dir()).unwrap(), None);
    assert!(!lock.exists() && !own.exists());
    std::fs::write(&own, "half an index").unwrap();
    std::fs::hard_link(&own, &lock).unwrap();
    other.hold_index().unwrap().replace(&index).unwrap();
    assert!(!lock.exists() && !own.exists());
    git(root.path(), &["add", "a.txt"]);
}

#[test]
fn what_a_person_stages_after_what_is_there_was_kept_is_not_lost() {
    let root = repository(&BEFORE);
    let taken = take(root.path(), "one");
    put(root.path(), "a.txt", "changed\n");
    git(root.path(), &["add", "a.txt"]);
    let before = take(root.path(), "two");
    let project = open(root.path());
    let shelf = tgp_snapshots::Shelf::new(&project);
    put(root.path(), "a.txt", "staged since\n");
    git(root.path(), &["add", "a.txt"]);
    let index = std::fs::read(root.path().join(".git/index")).unwrap();
    let refused = shelf.ready(&taken, Some(&before), &all()).err().unwrap();
    assert!(matches!(refused, RestoreError::Staged), "{refused}");
    assert_eq!(std::fs::read(root.path().join(".git/index")).unwrap(), index);
    assert!(!root.path().join(".git/index.lock").exists());
    // That Git looks at the files anew is nobody's work.
    put(root.path(), "a.txt", "changed\n");
    git(root.path(), &["add", "a.txt"]);
    git(root.path(), &["update-index", "--refresh"]);
    let ready = shelf.ready(&taken, Some(&before), &all()).unwrap();
    shelf.carry_out(ready, &taken, &all(), NOW).unwrap();
    assert_eq!(std::fs::read_to_string(root.path().join("a.txt")).unwrap(), "a\n");
}

#[test]
fn an_index_that_is_free_in_a_moment_is_waited_for() {
    let root = repository(&BEFORE);
    let taken = take(root.path(), "one");
    put(root.path(), "a.txt", "changed\n");
    let settings =
        ProjectSettings { lock_limit: std::time::Duration::from_mins(1), ..ProjectSettings::default() };
    let project = Project::open(root.path(), settings).unwrap();
    let lock = root.path().join(".git/index.lock");
    std::fs::write(&lock, b"").unwrap();
    std::thread::scope(|scope| {
        let restored = scope.spawn(|| tgp_snapshots::Shelf::new(&project).restore(&taken, &all(), NOW));
        // It tries again and again to take the lock, each time with a file of its own beside it.
        while !root.path().join(".git/tgp/lock-index").exists() && !restored.is_finished() {
            std::thread::yield_now();
        }
        assert_eq!(std::fs::read_to_string(root.path().join("a.txt")).unwrap(), "changed\n", "nothing yet");
        std::fs::remove_file(&lock).unwrap();
        assert_eq!(restored.join().unwrap().unwrap().written.len(), 1);
    });
    assert_eq!(std::fs::read_to_string(root.path().join("a.txt")).unwrap(), "a\n");
}

#[test]
fn line_endings_come_back_as_they_stood_on_the_disk() {
    let root = repository(&[(".gitattributes", "*.txt text eol=crlf\n"), ("a.txt", "a\n"), ("b.txt", "b\n")]);
    std::fs::remove_file(root.path().join("a.txt")).unwrap();
    git(root.path(), &["checkout", "--quiet", "a.txt"]);
    put(root.path(), "b.txt", "changed\nwith lf\n");
    let before = files(root.path());
    let taken = take(root.path(), "one");
    put(root.path(), "a.txt", "x\r\n");
    put(root.path(), "b.txt", "y\r\n");
    restore(root.path(), &taken, &Options::default()).unwrap();
    assert_eq!(files(root.path()), before);
}

#[test]
fn a_conflict_a_person_has_not_resolved_comes_back_with_its_sides() {
    let root = repository(&BEFORE);
    git(root.path(), &["branch", "other"]);
    put(root.path(), "a.txt", "ours\n");
    git(root.path(), &["commit", "--quiet", "-am", "Ours"]);
    git(root.path(), &["checkout", "--quiet", "other"]);
    put(root.path(), "a.txt", "theirs\n");
    git(root.path(), &["commit", "--quiet", "-am", "Theirs"]);
    assert!(!try_git(root.path(), &["merge", "main"]).status.success());
    let (before, shown) = (files(root.path()), git(root.path(), &["ls-files", "--stage"]));
    let taken = take(root.path(), "one");
    git(root.path(), &["merge", "--abort"]);
    git(root.path(), &["gc", "--quiet", "--prune=now"]);
    restore(root.path(), &taken, &all()).unwrap();
    assert_eq!((files(root.path()), git(root.path(), &["ls-files", "--stage"])), (before, shown));
    assert_sound(root.path());
}

#[test]
fn a_file_a_shell_command_changed_and_an_ignored_one_are_restored() {
    let root = repository(&BEFORE);
    put(root.path(), "build/cache.log", "ignored\n");
    let limits = tgp_snapshots::Limits { ignored: true, ..tgp_snapshots::Limits::default() };
    let taken = take_with(root.path(), "one", limits);
    let before = files(root.path());
    let script = "sed -i s/a/z/ a.txt; rm dir/c.txt; echo more >> build/cache.log; chmod +x b.txt; echo '*.txt' > .gitignore; echo x > hidden.txt";
    assert!(
        std::process::Command::new("sh")
            .args(["-c", script])
            .current_dir(root.path())
            .status()
            .unwrap()
            .success()
    );
    let restored = restore(root.path(), &taken, &Options { limits, ..Options::default() }).unwrap();
    assert_eq!(
        restored.unknown,
        [path("hidden.txt")],
        "what became ignored in the same action is still told"
    );
    std::fs::remove_file(root.path().join("hidden.txt")).unwrap();
    assert_eq!(files(root.path()), before);
}

#[test]
fn a_path_in_stored_state_that_leads_outside_is_refused() {
    let outside = folder();
    let root = repository(&BEFORE);
    put(root.path(), "new.txt", "new\n");
    let taken = take(root.path(), "one");
    let blob = git(root.path(), &["rev-parse", &format!("{}:disk/new.txt", taken.commit)]);
    for name in ["..", ".git", ".GIT"] {
        // A tree no git program writes, put together by hand.
        let mut bytes =
            format!("100644 evil-{}\0", outside.path().file_name().unwrap().to_str().unwrap()).into_bytes();
        bytes.extend((0..20).map(|at| u8::from_str_radix(&blob[at * 2..at * 2 + 2], 16).unwrap()));
        let inner = write_tree(root.path(), &bytes);
        let mut bytes = format!("40000 {name}\0").into_bytes();
        bytes.extend((0..20).map(|at| u8::from_str_radix(&inner[at * 2..at * 2 + 2], 16).unwrap()));
        let disk = write_tree(root.path(), &bytes);
        let listed = git(root.path(), &["ls-tree", &taken.commit.to_string()]);
        let parts: Vec<String> =
            listed
                .lines()
                .map(|line| {
                    if line.ends_with("\tdisk") {
                        format!("040000 tree {disk}\tdisk")
                    } else {
                        line.to_owned()
                    }
                })
                .collect();
        let tree = piped(root.path(), &["mktree", "--missing"], parts.join("\n").as_bytes());
        let commit = git(root.path(), &["commit-tree", "-m", "x", &tree]);
        git(root.path(), &["update-ref", "refs/tgp/snapshots/evil", &commit]);
        let project = open(root.path());
        let evil = tgp_snapshots::Shelf::new(&project).show(&"evil".parse().unwrap()).unwrap().unwrap();
        let error = restore(root.path(), &evil, &Options::default()).unwrap_err();
        assert!(matches!(error, RestoreError::Blocked { .. }), "{name}: {error}");
    }
    assert!(
        !root
            .path()
            .parent()
            .unwrap()
            .join(format!("evil-{}", outside.path().file_name().unwrap().to_str().unwrap()))
            .exists()
    );
}

fn piped(root: &std::path::Path, args: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    let mut git = std::process::Command::new("git")
        .args(args)
        .current_dir(root)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(input).unwrap();
    let output = git.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write_tree(root: &std::path::Path, bytes: &[u8]) -> String {
    piped(root, &["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], bytes)
}

#[test]
fn a_full_disk_half_way_leaves_whole_files_and_the_same_restore_ends_it() {
    if let Ok(root) = std::env::var("TGP_TEST_ROOT") {
        let root = std::path::Path::new(&root);
        let project = open(root);
        let taken = tgp_snapshots::Shelf::new(&project).show(&"one".parse().unwrap()).unwrap().unwrap();
        let error = restore(root, &taken, &Options::default()).unwrap_err();
        assert!(matches!(&error, RestoreError::Fault(fault) if fault.is_unwritable()), "{error}");
        return;
    }
    let root = repository(&BEFORE);
    for name in ["a.txt", "m.bin", "z.txt"] {
        put(root.path(), name, if name == "m.bin" { vec![b'm'; 300_000] } else { b"then\n".to_vec() });
    }
    let before = files(root.path());
    let taken = take(root.path(), "one");
    for name in ["a.txt", "m.bin", "z.txt"] {
        put(root.path(), name, "now\n");
    }
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["restoring::a_full_disk_half_way_leaves_whole_files_and_the_same_restore_ends_it", "--exact"])
        .env("TGP_TEST_ROOT", root.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let half = files(root.path());
    assert_eq!(
        half.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>(),
        "nothing is left lying about"
    );
    assert_eq!(std::fs::read(root.path().join("m.bin")).unwrap(), b"now\n", "whole, and the old one");
    restore(root.path(), &taken, &Options::default()).unwrap();
    assert_eq!(files(root.path()), before);
}
