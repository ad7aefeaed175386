//! Which repositories are used, and how the others are refused.

use tgp_branches::{Branches, Change, OpenProjectError, ProjectSettings, Start};

use crate::support::*;

fn refused(root: &std::path::Path) -> String {
    Branches::open(root, ProjectSettings::default()).unwrap_err().to_string()
}

/// Opens a task, writes a file, and checks that git sees it and the person's things are as they were.
fn works(root: &std::path::Path) {
    let before = Protected::of(root);
    let branches = open(root);
    let task = task(&branches, "coder", "try it");
    let applied = act(&branches, &task.branch, 1, &[write("dir/new.txt", "new\n")]);
    assert_eq!(git(root, &["show", &format!("{}:dir/new.txt", task.branch)]), "new");
    assert_eq!(git(root, &["rev-parse", task.branch.as_str()]), applied.commit.to_string());
    before.assert_unchanged(root);
    assert_sound(root);
}

#[test]
fn a_plain_repository_and_a_detached_head_are_used() {
    let root = repository(&[("a.txt", "a\n")]);
    works(root.path());
    git(root.path(), &["checkout", "--quiet", "--detach"]);
    works(root.path());
}

#[test]
fn a_linked_worktree_shares_branches_and_keeps_its_own_head() {
    let root = repository(&[("a.txt", "a\n")]);
    let other = folder();
    let linked = other.path().join("linked");
    git(root.path(), &["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    put(&linked, "a.txt", "side\n");
    git(&linked, &["commit", "--quiet", "-am", "Side"]);
    works(&linked);
    let begun = task(&open(&linked), "coder", "from the side");
    assert_eq!(begun.tip.to_string(), git(&linked, &["rev-parse", "side"]));
    assert!(open(root.path()).tasks().unwrap().len() >= 2, "both worktrees see the same branches");
}

#[test]
fn a_bare_repository_is_used_and_has_no_work_to_capture() {
    let root = repository(&[("a.txt", "a\n")]);
    let other = folder();
    let bare = other.path().join("bare.git");
    git(root.path(), &["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    works(&bare);
    let start = Start::Captured { untracked: true, largest: 1 << 20, most: 1 << 20 };
    let error = open(&bare).open_task(&agent("coder"), "x", &start, &message(1), NOW).unwrap_err();
    assert!(error.to_string().contains("no working tree"), "{error}");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let inner = repository(&[("lib.c", "int x;\n")]);
    let root = repository(&[("a.txt", "a\n")]);
    git(root.path(), &["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib"]);
    git(root.path(), &["commit", "--quiet", "-m", "Add lib"]);
    works(&root.path().join("lib"));
    works(root.path());
}

#[test]
fn an_empty_repository_gets_its_first_commit_on_the_agent_s_branch_only() {
    let root = folder();
    git(root.path(), &["init", "--quiet"]);
    put(root.path(), "draft.txt", "draft\n");
    works(root.path());
    assert!(!try_git(root.path(), &["rev-parse", "--verify", "--quiet", "HEAD"]).status.success());
}

#[test]
fn a_shallow_clone_is_used() {
    let root = repository(&[("a.txt", "a\n")]);
    git(root.path(), &["commit", "--quiet", "--allow-empty", "-m", "Second"]);
    let other = folder();
    let clone = other.path().join("clone");
    let url = format!("file://{}", root.path().display());
    git(root.path(), &["clone", "--quiet", "--depth", "1", &url, clone.to_str().unwrap()]);
    works(&clone);
    let branches = open(&clone);
    let begun = task(&branches, "coder", "merge in shallow");
    act(&branches, &begun.branch, 1, &[write("b.txt", "b\n")]);
    put(&clone, "c.txt", "c\n");
    git(&clone, &["add", "c.txt"]);
    git(&clone, &["commit", "--quiet", "-m", "Own"]);
    let merged = branches
        .prepare_merge(&begun.branch, "refs/heads/main", tgp_branches::integrate::How::Merge)
        .unwrap();
    branches.publish(&merged, &message(2), NOW).unwrap();
    assert!(clone.join("b.txt").exists() && clone.join("c.txt").exists());
}

#[test]
fn a_partial_clone_is_used_and_what_was_never_fetched_is_named() {
    let root = repository(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    git(root.path(), &["config", "uploadpack.allowFilter", "true"]);
    let other = folder();
    let clone = other.path().join("clone");
    let url = format!("file://{}", root.path().display());
    git(
        root.path(),
        &["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, clone.to_str().unwrap()],
    );
    let branches = open(&clone);
    let begun = task(&branches, "coder", "partial");
    let applied = act(&branches, &begun.branch, 1, &[write("a.txt", "mine\n"), delete("b.txt")]);
    assert_eq!(content(&branches, applied.commit, "a.txt").as_deref(), Some("mine\n"));
    let error = branches.content(begun.tip, &path("a.txt")).unwrap_err().to_string();
    assert!(error.contains("partial clone"), "{error}");
}

#[test]
fn a_sparse_checkout_is_used_with_and_without_a_sparse_index() {
    let root = repository(&[("in/a.txt", "a\n"), ("out/b.txt", "b\n"), ("out/deep/c.txt", "c\n")]);
    for sparse_index in ["--no-sparse-index", "--sparse-index"] {
        git(root.path(), &["sparse-checkout", "set", "--cone", sparse_index, "in"]);
        assert!(!root.path().join("out").exists());
        works(root.path());
        put(root.path(), "in/a.txt", "changed\n");
        let branches = open(root.path());
        let start = Start::Captured { untracked: true, largest: 1 << 20, most: 1 << 20 };
        let opened = branches.open_task(&agent("coder"), "x", &start, &message(1), NOW).unwrap();
        assert_eq!(content(&branches, opened.task.tip, "in/a.txt").as_deref(), Some("changed\n"));
        assert_eq!(
            content(&branches, opened.task.tip, "out/deep/c.txt").as_deref(),
            Some("c\n"),
            "{sparse_index}"
        );
        git(root.path(), &["checkout", "--quiet", "in/a.txt"]);
    }
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let root = folder();
    git(root.path(), &["init", "--quiet", "--object-format=sha256"]);
    assert!(refused(root.path()).contains("object names of SHA256, which is not supported"));
    let root = folder();
    git(root.path(), &["init", "--quiet", "--ref-format=reftable"]);
    assert!(refused(root.path()).contains("refs in reftable, which is not supported"));
    let root = repository(&[]);
    git(root.path(), &["config", "core.repositoryFormatVersion", "1"]);
    git(root.path(), &["config", "extensions.fromTheFuture", "yes"]);
    assert!(refused(root.path()).contains("the extension `fromthefuture`, which is not supported"));
}

#[test]
fn no_repository_and_a_folder_inside_one_are_told_apart() {
    let root = folder();
    assert!(matches!(
        Branches::open(root.path(), ProjectSettings::default()),
        Err(OpenProjectError::Missing { .. })
    ));
    let root = repository(&[("deep/a.txt", "a\n")]);
    let error = Branches::open(&root.path().join("deep"), ProjectSettings::default()).unwrap_err();
    assert!(matches!(error, OpenProjectError::Inside { top, .. } if top == root.path()));
}

#[test]
fn a_corrupt_object_is_named_and_nothing_is_lost() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "corrupt");
    let blob = git(root.path(), &["rev-parse", "HEAD:a.txt"]);
    let file = root.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let whole = std::fs::read(&file).unwrap();
    let mut mode = std::fs::metadata(&file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o644);
    std::fs::set_permissions(&file, mode).unwrap();
    std::fs::write(&file, b"nonsense").unwrap();
    let fresh = open(root.path());
    let error = fresh.content(begun.tip, &path("a.txt")).unwrap_err().to_string();
    assert!(error.contains(&blob), "{error}");
    act(
        &fresh,
        &begun.branch,
        1,
        &[Change::Write { path: path("b.txt"), content: b"b".to_vec(), executable: None }],
    );
    std::fs::write(&file, whole).unwrap();
    assert_sound(root.path());
}
