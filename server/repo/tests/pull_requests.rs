//! The write strategy `pr`: branches for review, and a trunk that only people move.

use tgp_repo::{BranchName, Credentials, Library, Line, PublishError, PushOutcome, SyncRequest};

use crate::support::{
    NOW, assert_clean, bare, change, folder, git, library, message, no_pause, path, read, settings_with,
    write,
};

fn branch(at: &str) -> BranchName {
    BranchName::for_tool(&path(at)).unwrap()
}

#[test]
fn a_branch_for_review_leaves_trunk_and_working_tree_alone() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    let head = library.head().unwrap();
    let line = Line::Branch(branch("tools/new/tool.ts"));
    let written = library.write(&line, &[change("tools/new/tool.ts", "draft")], &message(2), None).unwrap();
    assert!(!written.checked_out);
    assert_eq!(library.head().unwrap(), head);
    assert_eq!(read(&library, "tools/new/tool.ts"), None);
    assert!(!folder.path().join("tools/new").exists());
    assert_eq!(git(folder.path(), &["show", "feat/new.tool:tools/new/tool.ts"]), "draft");
    let own = branch("tools/new/tool.ts");
    assert_eq!(
        library.read_branch(&own, &path("tools/new/tool.ts")).unwrap().as_deref(),
        Some(&b"draft"[..])
    );
    assert_eq!(library.read_branch(&own, &path("tools/a.ts")).unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(
        library.read_branch(&branch("tools/none.ts"), &path("tools/a.ts")).unwrap().as_deref(),
        Some(&b"1"[..])
    );
    let again = library.write(&line, &[change("tools/new/tool.ts", "better")], &message(3), None).unwrap();
    assert_eq!(git(folder.path(), &["rev-list", "--count", "main..feat/new.tool"]), "2");
    assert_eq!(library.head_of(&line).unwrap(), Some(again.commit));
    assert_eq!(library.find_action(message(3).action, 100).unwrap(), Some(again.commit));
    assert_clean(&library);
}

#[test]
fn two_writers_of_one_new_branch_do_not_overwrite_each_other() {
    let folder = folder();
    let library = library(folder.path());
    let line = Line::Branch(branch("tools/x.ts"));
    let one = library.prepare(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
    let two = library.prepare(&line, &[change("tools/x.ts", "2")], &message(2), None).unwrap();
    library.publish(one).unwrap();
    assert!(matches!(library.publish(two), Err(PublishError::Moved { .. })));
    assert_eq!(git(folder.path(), &["show", "feat/x:tools/x.ts"]), "1");
}

#[test]
fn sync_pushes_branches_and_not_the_trunk() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let library = Library::init(&folder.path().join(".tgp"), &settings_with(&remote), NOW).unwrap();
    let line = Line::Branch(branch("tools/x.ts"));
    library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
    let request = SyncRequest { message: message(2), attempts: 3, pause: &no_pause, push_trunk: false };
    let sync = || library.sync(&|_| Vec::new(), &Credentials::none(), &request).unwrap();
    let report = sync();
    assert!(!report.pushed);
    assert_eq!(report.branches.len(), 1);
    assert_eq!(
        (report.branches[0].branch.as_str(), &report.branches[0].outcome),
        ("feat/x", &PushOutcome::Pushed)
    );
    assert_eq!(git(&remote, &["for-each-ref", "--format=%(refname)"]), "refs/heads/feat/x");
    assert!(sync().branches.is_empty(), "what is pushed is not pushed again");
    library.write(&line, &[change("tools/x.ts", "2")], &message(3), None).unwrap();
    assert_eq!(sync().branches.len(), 1);
    assert_eq!(git(&remote, &["show", "feat/x:tools/x.ts"]), "2");
    // Somebody else pushed another history under the same name: theirs stays.
    let other = Library::init(&folder.path().join("other"), &settings_with(&remote), NOW).unwrap();
    other.write(&line, &[change("tools/x.ts", "theirs")], &message(4), None).unwrap();
    let report = other.sync(&|_| Vec::new(), &Credentials::none(), &request).unwrap();
    assert_eq!(report.branches[0].outcome, PushOutcome::Diverged);
    assert_eq!(git(&remote, &["show", "feat/x:tools/x.ts"]), "2");
}

#[test]
fn packed_branches_are_still_found() {
    let folder = folder();
    let library = library(folder.path());
    let line = Line::Branch(branch("tools/x.ts"));
    library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
    git(folder.path(), &["pack-refs", "--all"]);
    assert_eq!(
        library.read_branch(&branch("tools/x.ts"), &path("tools/x.ts")).unwrap().as_deref(),
        Some(&b"1"[..])
    );
    library.write(&line, &[change("tools/x.ts", "2")], &message(2), None).unwrap();
    assert_eq!(git(folder.path(), &["show", "feat/x:tools/x.ts"]), "2");
    assert_clean(&library);
}

#[test]
fn a_branch_that_was_merged_begins_again_at_the_trunk() {
    let folder = folder();
    let library = library(folder.path());
    let line = Line::Branch(branch("tools/x.ts"));
    let first = library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap().commit;
    library.update_index().unwrap();
    git(folder.path(), &["merge", "--quiet", "--no-ff", "-m", "merge", "feat/x"]);
    write(&library, 2, "tools/y.ts", "y");
    library.write(&line, &[change("tools/x.ts", "2")], &message(3), None).unwrap();
    assert_eq!(git(folder.path(), &["rev-parse", "feat/x^"]), library.head().unwrap().unwrap().to_string());
    assert_eq!(git(folder.path(), &["merge-base", "feat/x", &first.to_string()]), first.to_string());
    assert_clean(&library);
}
