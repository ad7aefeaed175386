//! Unified diffs over several files.

use tgp_branches::patch::PatchError;

use crate::support::*;

const BEFORE: [(&str, &str); 4] = [
    ("src/a.rs", "fn a() {\n    1\n}\n\nfn b() {\n    2\n}\n"),
    ("gone.txt", "gone\n"),
    ("old name.txt", "one\ntwo\nthree\nfour\nfive\n"),
    ("run.sh", "echo\n"),
];

#[test]
fn a_patch_git_made_gives_the_tree_git_has() {
    let root = repository(&BEFORE);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "patch");
    put(root.path(), "src/a.rs", "fn a() {\n    11\n}\n\nfn b() {\n    2\n}\n\nfn c() {}");
    std::fs::remove_file(root.path().join("gone.txt")).unwrap();
    git(root.path(), &["mv", "old name.txt", "caf\u{e9}.txt"]);
    put(root.path(), "caf\u{e9}.txt", "one\ntwo\nTHREE\nfour\nfive\n");
    put(root.path(), "new/file", "new\n");
    put(root.path(), "empty", "");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(root.path().join("run.sh"), mode).unwrap();
    git(root.path(), &["add", "--all"]);
    let patch = try_git(root.path(), &["diff", "--cached", "-M", "HEAD"]).stdout;
    let applied = branches.apply_patch(&begun.branch, begun.tip, &patch, &message(1)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), git(root.path(), &["write-tree"]));
    let shown = branches.patch_of(&branches.diff(Some(begun.tip), applied.commit).unwrap()).unwrap();
    git(root.path(), &["reset", "--quiet", "--hard"]);
    std::fs::write(root.path().join(".git/shown.patch"), shown).unwrap();
    git(root.path(), &["apply", "--index", ".git/shown.patch"]);
    assert_eq!(
        git(root.path(), &["write-tree"]),
        tree(root.path(), begun.branch.as_str()),
        "git takes what we show"
    );
}

#[test]
fn a_multi_file_patch_is_all_or_nothing() {
    let root = repository(&BEFORE);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "patch");
    let patch = b"--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-echo\n+echo 1\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,3 +1,3 @@\n fn a() {\n-    9\n+    10\n }\n";
    let error = branches.apply_patch(&begun.branch, begun.tip, patch, &message(1)).unwrap_err();
    assert!(matches!(&error, PatchError::Hunk { path, .. } if path.to_string() == "src/a.rs"));
    assert_eq!(
        error.to_string(),
        "`src/a.rs`: hunk 1 does not fit: from line 2 on `    9` was expected and `    1` is there"
    );
    assert_eq!(branches.tip(&begun.branch).unwrap(), begun.tip);
}

#[test]
fn patches_of_hostile_or_missing_files_are_refused() {
    let root = repository(&BEFORE);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "patch");
    let refused = |patch: &[u8]| {
        branches.apply_patch(&begun.branch, begun.tip, patch, &message(1)).unwrap_err().to_string()
    };
    assert!(refused(b"--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+x\n").contains("read as `.git`"));
    assert!(refused(b"--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n").contains("`..`"));
    assert!(refused(b"--- a/none\n+++ b/none\n@@ -1 +1 @@\n-x\n+y\n").contains("there is no file `none`"));
    assert!(refused(b"--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+x\n").contains("`run.sh` exists"));
    assert!(
        refused(b"--- a/run.sh\n+++ /dev/null\n@@ -1 +1 @@\n-echo\n+x\n")
            .contains("the patch deletes the file")
    );
    assert!(refused(b"--- a/src\n+++ b/src\n@@ -1 +1 @@\n-x\n+y\n").contains("`src` is a folder"));
    assert_eq!(branches.tip(&begun.branch).unwrap(), begun.tip);
}
