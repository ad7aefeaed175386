//! Lines of the list of incidents that no other test is named after.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use tgp_branches::integrate::How;
use tgp_branches::undo::UndoBranchError;

use crate::support::*;

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

/// Runs a test of this binary in a process of its own, and kills it wherever it is after it said some lines.
fn killed_after(test: &str, root: &std::path::Path, lines: usize) {
    let environment = [("TGP_TEST_ROOT", root.to_str().unwrap())];
    let mut child =
        another_process(test, &environment).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().take(lines).count();
    assert_eq!(said, lines, "it ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn killed_at_any_point_during_undo_the_branch_has_the_old_state_or_the_new() {
    if let Ok(root) = std::env::var("TGP_TEST_ROOT") {
        let branches = open(std::path::Path::new(&root));
        let branch = branches.tasks().unwrap().remove(0).branch;
        for number in 0.. {
            let tip = branches.tip(&branch).unwrap();
            branches.undo(&branch, &[tip], &message(number + 10)).unwrap();
            println!("undone");
        }
    }
    let root = repository(&[("a.txt", LINES), ("b.txt", "b\n")]);
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "killed");
    let old = tree(root.path(), begun.branch.as_str());
    act(&branches, &begun.branch, 1, &[write("a.txt", "changed\n"), delete("b.txt"), write("c/d", "d\n")]);
    let new = tree(root.path(), begun.branch.as_str());
    let name = "safety::killed_at_any_point_during_undo_the_branch_has_the_old_state_or_the_new";
    for round in 0..25 {
        killed_after(name, root.path(), 4 + round % 9);
        let now = tree(root.path(), begun.branch.as_str());
        assert!(now == old || now == new, "a third state");
        let fresh = open(root.path());
        let tip = fresh.tip(&begun.branch).unwrap();
        fresh.undo(&begun.branch, &[tip], &message(5)).unwrap();
        assert!(!root.path().join(".git").join(format!("{}.lock", begun.branch.head_ref())).exists());
    }
    assert!(branches.log(&begun.branch, 10_000).unwrap().len() > 60, "the killed processes did work");
    before.assert_unchanged(root.path());
    assert_sound(root.path());
}

#[test]
fn a_full_disk_half_way_changes_nothing() {
    if let Ok(root) = std::env::var("TGP_TEST_ROOT") {
        let branches = open(std::path::Path::new(&root));
        let branch = branches.tasks().unwrap().remove(0).branch;
        let mut noise = 1_u32;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        })
        .take(300_000)
        .collect();
        let error = try_act(&branches, &branch, 2, &[write("small.txt", "s\n"), write("big.bin", bytes)])
            .unwrap_err();
        println!("SAID {error}");
        return;
    }
    let root = repository(&[("a.txt", LINES)]);
    let before = Protected::of(root.path());
    let begun = task(&open(root.path()), "coder", "full");
    let test = "safety::a_full_disk_half_way_changes_nothing";
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env("TGP_TEST_ROOT", root.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("SAID could not write an object into"), "{said}");
    assert_eq!(open(root.path()).tip(&begun.branch).unwrap(), begun.tip);
    before.assert_unchanged(root.path());
    act(&open(root.path()), &begun.branch, 3, &[write("small.txt", "s\n")]);
    assert_sound(root.path());
}

#[test]
fn gitignore_changed_in_the_same_action_as_ignored_files_is_undone_with_them() {
    let root = repository(&[("a.txt", "a\n"), (".gitignore", "*.log\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "ignored");
    let changes = [
        write(".gitignore", "*.txt\n"),
        write("x.log", "log\n"),
        write("a.txt", "A\n"),
        write("new.txt", "n\n"),
    ];
    let applied = act(&branches, &begun.branch, 1, &changes);
    assert_eq!(applied.files.len(), 4, "an ignored file an agent writes is written");
    branches.undo(&begun.branch, &[applied.commit], &message(2)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), tree(root.path(), "main"));
}

#[test]
fn a_file_the_agent_only_read_and_one_the_user_made_meanwhile_survive() {
    let root = repository(&[("read.txt", "r\n")]);
    put(root.path(), "mine.txt", "mine\n");
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "reads");
    assert!(content(&branches, begun.tip, "read.txt").is_some());
    act(&branches, &begun.branch, 1, &[write("mine.txt", "the agent's\n")]);
    branches.undo_to(&begun.branch, begun.tip, &message(2)).unwrap();
    branches.put_away(&begun.branch, tgp_branches::discard::Done::Discarded, NOW).unwrap();
    before.assert_unchanged(root.path());
}

#[test]
fn a_rebase_in_progress_and_an_index_lock_left_behind_do_not_keep_agents_from_working() {
    let root = repository(&[("a.txt", LINES)]);
    git(root.path(), &["checkout", "--quiet", "-b", "topic"]);
    put(root.path(), "a.txt", "topic\n");
    git(root.path(), &["commit", "--quiet", "-am", "Topic"]);
    git(root.path(), &["checkout", "--quiet", "main"]);
    put(root.path(), "a.txt", "main\n");
    git(root.path(), &["commit", "--quiet", "-am", "Main"]);
    git(root.path(), &["checkout", "--quiet", "topic"]);
    assert!(!try_git(root.path(), &["rebase", "main"]).status.success());
    std::fs::write(root.path().join(".git/index.lock"), b"").unwrap();
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "meanwhile");
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
    before.assert_unchanged(root.path());
    // The branch being rebased is nobody's to merge into, though HEAD is detached by now.
    let merge = branches.prepare_merge(&begun.branch, "refs/heads/topic", How::Squash).unwrap();
    assert!(
        branches
            .publish(&merge, &message(2), NOW)
            .unwrap_err()
            .to_string()
            .starts_with("a rebase is going on")
    );
    before.assert_unchanged(root.path());
}

#[test]
fn the_user_s_edit_of_the_same_lines_after_the_agent_is_never_overwritten() {
    let root = repository(&[("a.txt", LINES)]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "both");
    let agents = act(&branches, &begun.branch, 1, &[write("a.txt", LINES.replace("5\n", "five\n"))]);
    git(root.path(), &["checkout", "--quiet", begun.branch.as_str()]);
    put(root.path(), "a.txt", LINES.replace("5\n", "FIVE\n"));
    git(root.path(), &["commit", "--quiet", "-am", "By hand"]);
    git(root.path(), &["checkout", "--quiet", "main"]);
    let error = branches.undo(&begun.branch, &[agents.commit], &message(2)).unwrap_err();
    assert!(matches!(error, UndoBranchError::Conflict { .. }), "{error}");
    assert_eq!(
        git(root.path(), &["show", &format!("{}:a.txt", begun.branch)]),
        LINES.replace("5\n", "FIVE\n").trim_end()
    );
}

#[test]
fn a_large_file_is_written_undone_and_redone() {
    let root = repository(&[("a.txt", LINES)]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "large");
    let big: Vec<u8> = (0..64_u32 << 20).map(|at| at.to_le_bytes()[(at % 3) as usize]).collect();
    let applied = act(&branches, &begun.branch, 1, &[write("big.bin", &big)]);
    let undone = branches.undo(&begun.branch, &[applied.commit], &message(2)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), tree(root.path(), "main"));
    let redone = branches.undo(&begun.branch, &[undone.commit], &message(3)).unwrap();
    assert!(branches.content(redone.commit, &path("big.bin")).unwrap().unwrap() == big);
}

#[test]
fn a_lock_a_git_program_holds_is_waited_for_and_then_named() {
    let root = repository(&[("a.txt", LINES)]);
    let settings =
        tgp_branches::ProjectSettings { lock_limit: Duration::from_millis(200), ..Default::default() };
    let branches = tgp_branches::Branches::open(root.path(), settings).unwrap();
    let begun = task(&branches, "coder", "locked");
    let lock = root.path().join(".git").join(format!("{}.lock", begun.branch.head_ref()));
    std::fs::write(&lock, b"").unwrap();
    let error = try_act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]).unwrap_err().to_string();
    assert!(error.contains("is held by another process"), "{error}");
    assert!(lock.exists(), "somebody else's lock is not broken");
    std::fs::remove_file(&lock).unwrap();
    act(&branches, &begun.branch, 2, &[write("b.txt", "b\n")]);
}

#[test]
fn a_branch_that_went_on_since_somebody_decided_about_it_is_not_put_away() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "feature");
    let seen = act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]).commit;
    let more = act(&branches, &begun.branch, 2, &[write("c.txt", "c\n")]).commit;
    let refused = branches.put_away_at(&begun.branch, seen, tgp_branches::discard::Done::Merged, NOW);
    assert!(matches!(refused, Err(tgp_branches::discard::DiscardError::Moved { .. })));
    assert_eq!(branches.tip(&begun.branch).unwrap(), more);
    let kept = branches.put_away_at(&begun.branch, more, tgp_branches::discard::Done::Merged, NOW).unwrap();
    assert_eq!(kept.tip, more);
}
