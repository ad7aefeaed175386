//! The write strategy `pr`: branches for review, and a trunk that only people move.

use std::time::Duration;

use tgp_repo::{
    BranchName, Credentials, Library, Line, PublishError, PushOutcome, RemoteError, SyncError, SyncRequest,
};

use crate::support::{
    NOW, assert_clean, bare, change, folder, git, library, message, no_pause, path, read, settings_with,
    write,
};

fn branch(at: &str) -> BranchName {
    BranchName::for_tool(&path(at))
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
    // Somebody else wrote another history under the same name: a push alone says so, and never forces.
    let other = Library::init(&folder.path().join("other"), &settings_with(&remote), NOW).unwrap();
    other.write(&line, &[change("tools/x.ts", "theirs")], &message(4), None).unwrap();
    let pusher = other.pusher(Credentials::none(), Duration::from_secs(20));
    assert_eq!(pusher.push().unwrap()[0].outcome, PushOutcome::Diverged);
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

#[test]
fn what_waits_for_review_is_listed_with_who_wrote_it_until_the_trunk_holds_it() {
    let folder = folder();
    let library = library(folder.path());
    let line = Line::Branch(branch("tools/x.ts"));
    library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
    let pending = library.pending_branches().unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].branch, branch("tools/x.ts"));
    let author = pending[0].files[0].author.clone().unwrap();
    assert_eq!((author.agent, author.installation.as_deref()), (message(1).agent, Some("here")));
    let files: Vec<&str> = pending[0].files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["tools/x.ts"]);
    // What another tool's branch was begun from is not its own change.
    write(&library, 2, "tools/y.ts", "y");
    assert_eq!(library.pending_branches().unwrap()[0].files.len(), 1);
    library.update_index().unwrap();
    git(folder.path(), &["merge", "--quiet", "--no-ff", "-m", "merge", "feat/x"]);
    assert!(library.pending_branches().unwrap().is_empty());
    write(&library, 3, "tools/x.ts", "later");
    let seen = library.read_branch(&branch("tools/x.ts"), &path("tools/x.ts")).unwrap();
    assert_eq!(seen.as_deref(), Some(&b"later"[..]), "a branch that was merged hides nothing");
}

#[test]
fn a_branch_that_was_squashed_is_merged_too_and_begins_again() {
    let folder = folder();
    let library = library(folder.path());
    let line = Line::Branch(branch("tools/x.ts"));
    library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
    library.write(&line, &[change("tools/x.ts", "2")], &message(2), None).unwrap();
    // As hosting services do it: the branch's changes as one commit with another name.
    write(&library, 3, "tools/x.ts", "2");
    assert!(library.pending_branches().unwrap().is_empty());
    write(&library, 4, "tools/x.ts", "3");
    assert!(library.pending_branches().unwrap().is_empty(), "also after the trunk moved on");
    let seen = library.read_branch(&branch("tools/x.ts"), &path("tools/x.ts")).unwrap();
    assert_eq!(seen.as_deref(), Some(&b"3"[..]));
    library.write(&line, &[change("tools/x.ts", "4")], &message(5), None).unwrap();
    assert_eq!(git(folder.path(), &["rev-parse", "feat/x^"]), library.head().unwrap().unwrap().to_string());
    assert_eq!(library.pending_branches().unwrap().len(), 1);
}

#[test]
fn a_push_that_failed_is_made_by_whoever_pushes_next() {
    let folder = folder();
    let remote = folder.path().join("remote.git");
    let at = folder.path().join(".tgp");
    let line = Line::Branch(branch("tools/x.ts"));
    {
        let library = Library::init(&at, &settings_with(&remote), NOW).unwrap();
        library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
        let failed = library.pusher(Credentials::none(), Duration::from_secs(20)).push();
        assert!(matches!(failed, Err(SyncError::Remote(error)) if error.is_offline()));
    }
    bare(folder.path(), "remote.git");
    let library = Library::open(&at, &settings_with(&remote)).unwrap();
    assert_eq!(library.unpushed().unwrap(), [branch("tools/x.ts")]);
    let pusher = library.pusher(Credentials::none(), Duration::from_secs(20));
    assert_eq!(pusher.push().unwrap()[0].outcome, PushOutcome::Pushed);
    assert!(library.unpushed().unwrap().is_empty());
    assert_eq!(git(&remote, &["show", "feat/x:tools/x.ts"]), "1");
}

#[test]
fn an_interrupt_ends_a_talk_that_hangs_and_lets_no_other_begin() {
    let folder = folder();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.git", server.local_addr().unwrap());
    let settings = tgp_repo::LibrarySettings {
        remote: Some(tgp_repo::RemoteUrl::from_settings(None, &url, folder.path()).unwrap()),
        ..tgp_repo::LibrarySettings::default()
    };
    let library = Library::init(folder.path(), &settings, NOW).unwrap();
    let line = Line::Branch(branch("tools/x.ts"));
    library.write(&line, &[change("tools/x.ts", "1")], &message(1), None).unwrap();
    let pusher = library.pusher(Credentials::none(), Duration::from_mins(10));
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        let push = scope.spawn(|| pusher.push());
        // It speaks to the server before it is ended; the server never answers.
        let (connection, _) = server.accept().unwrap();
        settings.interrupt.end();
        let ended = push.join().unwrap();
        assert!(matches!(ended, Err(SyncError::Remote(RemoteError::Ended { .. }))), "{ended:?}");
        drop(connection);
    });
    assert!(matches!(pusher.push(), Err(SyncError::Remote(RemoteError::Ended { .. }))));
    assert!(begun.elapsed() < Duration::from_mins(1));
}
