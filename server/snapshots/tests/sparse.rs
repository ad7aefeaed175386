//! Snapshots and sparse checkouts: what a person leaves out is neither deleted nor missing.

use tgp_snapshots::{Options, Shelf};

use crate::support::*;

const FILES: [(&str, &str); 5] =
    [("top.txt", "t\n"), ("in/x", "x\n"), ("in/z", "z\n"), ("out/y", "y\n"), ("out/deep/w", "w\n")];

fn all() -> Options {
    Options { index: true, ..Options::default() }
}

fn from_sparse(how: &[&str]) {
    let root = repository(&FILES);
    git(root.path(), &[&["sparse-checkout", "set", "--cone"], how, &["in"]].concat());
    put(root.path(), "in/x", "changed\n");
    std::fs::remove_file(root.path().join("in/z")).unwrap();
    let shown = status(root.path());
    let taken = take(root.path(), "one");
    git(root.path(), &["sparse-checkout", "disable"]);
    put(root.path(), "in/x", "else\n");
    put(root.path(), "in/z", "back\n");
    let differs = {
        let project = open(root.path());
        Shelf::new(&project).diff_now(&taken, tgp_snapshots::Limits::default()).unwrap()
    };
    assert_eq!(differs.iter().map(|one| one.path.to_string()).collect::<Vec<_>>(), ["in/x", "in/z"]);
    let restored = restore(root.path(), &taken, &Options { remove_unknown: true, ..all() }).unwrap();
    assert_eq!(restored.removed, [path("in/z")], "what was really deleted, and nothing else");
    assert_eq!(std::fs::read_to_string(root.path().join("out/y")).unwrap(), "y\n");
    assert_eq!(std::fs::read_to_string(root.path().join("out/deep/w")).unwrap(), "w\n");
    assert_eq!(status(root.path()), shown);
    put(root.path(), "out/y", "git must see this\n");
    assert!(status(root.path()).contains("out/y"), "{}", status(root.path()));
    assert_sound(root.path());
}

#[test]
fn files_a_sparse_checkout_left_out_stay_when_it_ended_before_the_restore() {
    from_sparse(&["--no-sparse-index"]);
}

#[test]
fn folders_a_sparse_index_left_out_whole_stay_when_it_ended_before_the_restore() {
    from_sparse(&["--sparse-index"]);
}

#[test]
fn a_restore_writes_nothing_a_sparse_checkout_leaves_out_now() {
    for how in ["--no-sparse-index", "--sparse-index"] {
        let root = repository(&FILES);
        put(root.path(), "in/x", "changed\n");
        let shown = status(root.path());
        let taken = take(root.path(), "one");
        git(root.path(), &["checkout", "--quiet", "in/x"]);
        git(root.path(), &["sparse-checkout", "set", "--cone", how, "in"]);
        let restored = restore(root.path(), &taken, &all()).unwrap();
        assert_eq!(restored.written, [path("in/x")]);
        assert!(!root.path().join("out").exists());
        assert_eq!(status(root.path()), shown);
        git(root.path(), &["sparse-checkout", "disable"]);
        assert_eq!(std::fs::read_to_string(root.path().join("out/deep/w")).unwrap(), "w\n");
        assert_eq!(status(root.path()), shown);
        assert_sound(root.path());
    }
}

#[test]
fn uncommitted_work_comes_back_also_where_a_sparse_checkout_leaves_its_file_out() {
    let root = repository(&FILES);
    put(root.path(), "out/y", "work\n");
    let taken = take(root.path(), "one");
    git(root.path(), &["checkout", "--quiet", "out/y"]);
    git(root.path(), &["sparse-checkout", "set", "--cone", "in"]);
    restore(root.path(), &taken, &all()).unwrap();
    assert_eq!(std::fs::read_to_string(root.path().join("out/y")).unwrap(), "work\n");
    assert!(!root.path().join("out/deep/w").exists());
    assert!(status(root.path()).contains("out/y"), "{}", status(root.path()));
}

#[test]
fn files_that_are_left_out_are_no_uncommitted_work() {
    let root = repository(&FILES);
    git(root.path(), &["sparse-checkout", "set", "--cone", "in"]);
    put(root.path(), "in/x", "changed\n");
    let taken = take(root.path(), "one");
    let project = open(root.path());
    assert_eq!(Shelf::new(&project).uncommitted(&taken).unwrap(), 1);
}
