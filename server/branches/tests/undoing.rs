//! Undo and redo on a branch, and branches that are put away and taken back.

use tgp_branches::discard::{Done, KEPT_SECONDS};
use tgp_branches::undo::UndoBranchError;
use tgp_branches::{CommitId, TaskError};
use tgp_model::Timestamp;

use crate::support::*;

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

#[test]
fn one_action_of_many_is_undone_and_redone_byte_for_byte() {
    let root = repository(&[("a.txt", LINES), ("link", "x")]);
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "undo");
    let first = act(
        &branches,
        &begun.branch,
        1,
        &[write("a.txt", LINES.replace("1\n2", "one\n2")), write("b\u{e9}", b"\0\r\n\xff")],
    );
    act(
        &branches,
        &begun.branch,
        2,
        &[write("a.txt", LINES.replace("1\n2", "one\n2").replace("9\n", "nine")), rename("link", "d/link")],
    );
    let after = tree(root.path(), begun.branch.as_str());
    let mut words = message(3);
    words.undoes = vec![message(1).action];
    let undone = branches.undo(&begun.branch, &[first.commit], &words).unwrap();
    assert_eq!(content(&branches, undone.commit, "a.txt").unwrap(), LINES.replace("9\n", "nine"));
    assert_eq!(branches.content(undone.commit, &path("b\u{e9}")).unwrap(), None);
    assert_eq!(branches.log(&begun.branch, 1).unwrap()[0].undoes, [message(1).action]);
    assert!(matches!(
        branches.undo(&begun.branch, &[first.commit], &message(4)),
        Err(UndoBranchError::Nothing)
    ));
    branches.undo(&begun.branch, &[undone.commit], &message(5)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), after, "undo of an undo is byte-equal");
    before.assert_unchanged(root.path());
    assert_sound(root.path());
}

#[test]
fn what_was_changed_since_is_named_and_nothing_is_undone() {
    let root = repository(&[("a.txt", LINES), ("b.txt", "b\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "undo");
    let first = act(
        &branches,
        &begun.branch,
        1,
        &[write("a.txt", LINES.replace("5\n", "five\n")), write("b.txt", "B\n")],
    );
    let second = act(&branches, &begun.branch, 2, &[write("a.txt", LINES.replace("5\n", "FIVE\n"))]);
    let error = branches.undo(&begun.branch, &[first.commit], &message(3)).unwrap_err();
    assert_eq!(error.to_string(), format!("`a.txt` changed since commit {}", first.commit));
    assert!(matches!(error, UndoBranchError::Conflict { conflicts, .. } if conflicts.len() == 1));
    assert_eq!(branches.tip(&begun.branch).unwrap(), second.commit);
    branches.undo(&begun.branch, &[second.commit, first.commit], &message(4)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), tree(root.path(), "main"));
}

#[test]
fn a_session_and_a_point_give_the_tree_they_had_hash_for_hash() {
    let root = repository(&[("a.txt", LINES), ("old/b.txt", LINES)]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "session");
    act(&branches, &begun.branch, 1, &[write("a.txt", "x\n"), write("n/e/w", "new\n")]);
    let point = act(&branches, &begun.branch, 2, &[rename("old/b.txt", "new.txt")]);
    let at_point = tree(root.path(), begun.branch.as_str());
    act(&branches, &begun.branch, 3, &[delete("a.txt"), write("new.txt", "changed\n")]);
    act(&branches, &begun.branch, 4, &[write("a.txt/now", "a folder\n")]);
    branches.undo_to(&begun.branch, point.commit, &message(5)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), at_point);
    branches.undo_to(&begun.branch, begun.tip, &message(6)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), tree(root.path(), "main"));
    let error = branches
        .undo_to(&begun.branch, CommitId(point.commit.0), &message(7))
        .map(|applied| applied.files.len());
    assert!(error.is_ok(), "going back to a point takes back what undid it: {error:?}");
    assert_eq!(tree(root.path(), begun.branch.as_str()), at_point);
    let main = git(root.path(), &["commit-tree", "-m", "x", "main^{tree}"]).parse().unwrap();
    let error = branches.undo(&begun.branch, &[main], &message(8)).unwrap_err();
    assert!(matches!(error, UndoBranchError::NotOfBranch { .. }), "{error}");
}

#[test]
fn a_person_s_commit_on_the_branch_survives_going_back() {
    let root = repository(&[("a.txt", LINES)]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "together");
    act(&branches, &begun.branch, 1, &[write("a.txt", LINES.replace("1\n2", "one\n2"))]);
    git(root.path(), &["checkout", "--quiet", begun.branch.as_str()]);
    put(root.path(), "a.txt", LINES.replace("1\n2", "one\n2").replace("9\n", "nine\n"));
    git(root.path(), &["commit", "--quiet", "-am", "By hand"]);
    git(root.path(), &["checkout", "--quiet", "main"]);
    let undone = branches.undo_to(&begun.branch, begun.tip, &message(2)).unwrap();
    assert_eq!(content(&branches, undone.commit, "a.txt").unwrap(), LINES.replace("9\n", "nine\n"));
}

#[test]
fn two_agents_work_interleaved_and_one_is_undone() {
    let root = repository(&[("a.txt", LINES)]);
    let branches = open(root.path());
    let (one, two) = (task(&branches, "one", "x"), task(&branches, "two", "x"));
    for number in 0..5 {
        act(&branches, &one.branch, number + 1, &[write("a.txt", format!("one {number}\n"))]);
        act(&branches, &two.branch, number + 1, &[write("a.txt", format!("two {number}\n"))]);
    }
    branches.undo_to(&one.branch, one.tip, &message_of("one", 9)).unwrap();
    assert_eq!(tree(root.path(), one.branch.as_str()), tree(root.path(), "main"));
    assert_eq!(content(&branches, branches.tip(&two.branch).unwrap(), "a.txt").unwrap(), "two 4\n");
}

#[test]
fn git_gc_with_prune_now_loses_no_undo_and_no_discarded_branch() {
    let root = repository(&[("a.txt", LINES)]);
    let branches = open(root.path());
    let (kept, merged, begun) =
        (task(&branches, "one", "kept"), task(&branches, "one", "merged"), task(&branches, "two", "undo"));
    for branch in [&kept.branch, &merged.branch] {
        act(&branches, branch, 1, &[write("a.txt", format!("{branch}\n"))]);
    }
    let first = act(&branches, &begun.branch, 1, &[write("secret.txt", "bytes\n")]);
    let undone = branches.undo(&begun.branch, &[first.commit], &message(2)).unwrap();
    branches.put_away(&kept.branch, Done::Discarded, NOW).unwrap();
    branches.put_away(&merged.branch, Done::Merged, NOW).unwrap();
    // The person rewrites the history the tasks began from.
    git(root.path(), &["commit", "--quiet", "--amend", "-m", "Rewritten"]);
    git(root.path(), &["reflog", "expire", "--expire=now", "--all"]);
    git(root.path(), &["gc", "--quiet", "--prune=now"]);
    let branches = open(root.path());
    branches.undo(&begun.branch, &[undone.commit], &message(3)).unwrap();
    assert_eq!(content(&branches, branches.tip(&begun.branch).unwrap(), "secret.txt").unwrap(), "bytes\n");
    branches.undo_to(&begun.branch, begun.start.unwrap(), &message(4)).unwrap();
    let away = branches.kept(Done::Discarded).unwrap();
    branches.take_back(&away[0]).unwrap();
    assert_eq!(
        content(&branches, branches.tip(&kept.branch).unwrap(), "a.txt").unwrap(),
        format!("{}\n", kept.branch)
    );
    assert_eq!(branches.kept(Done::Merged).unwrap().len(), 1);
    assert_sound(root.path());
}

#[test]
fn discard_can_be_taken_back_for_thirty_days_also_when_refs_are_packed() {
    let root = repository(&[("a.txt", "a\n")]);
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "away");
    let tip = act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]).commit;
    branches.put_away(&begun.branch, Done::Discarded, NOW).unwrap();
    assert!(matches!(branches.tip(&begun.branch), Err(TaskError::NoBranch { .. })));
    assert_eq!(branches.tasks().unwrap(), []);
    before.assert_unchanged(root.path());
    git(root.path(), &["pack-refs", "--all"]);
    let kept = branches.kept(Done::Discarded).unwrap();
    assert_eq!((kept.len(), kept[0].branch.clone(), kept[0].when), (1, begun.branch.clone(), NOW));
    let days = |days: i64| Timestamp(NOW.0 + days * 24 * 60 * 60 * 1000);
    assert_eq!(KEPT_SECONDS, 2_592_000);
    assert_eq!(branches.expire(days(30)).unwrap(), []);
    branches.take_back(&kept[0]).unwrap();
    assert_eq!(branches.tip(&begun.branch).unwrap(), tip);
    assert_eq!(branches.task(&begun.branch).unwrap().start, begun.start);
    git(root.path(), &["pack-refs", "--all"]);
    branches.put_away(&begun.branch, Done::Discarded, NOW).unwrap();
    assert_eq!(branches.expire(days(31)).unwrap().len(), 1);
    assert_eq!(branches.kept(Done::Discarded).unwrap(), []);
    assert_eq!(
        git(root.path(), &["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main",
        "nothing is left behind"
    );
    assert_eq!(
        branches.take_back(&kept[0]).map_err(|error| error.to_string()),
        Ok(()),
        "while Git has its objects"
    );
}

#[test]
fn a_branch_of_the_same_name_is_not_overwritten_by_taking_one_back() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "twice");
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
    let kept = branches.put_away(&begun.branch, Done::Discarded, NOW).unwrap();
    git(root.path(), &["branch", begun.branch.as_str()]);
    let error = branches.take_back(&kept).unwrap_err().to_string();
    assert_eq!(error, format!("a branch `{}` is there already", begun.branch));
    assert_eq!(branches.kept(Done::Discarded).unwrap().len(), 1);
}
