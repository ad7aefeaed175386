//! Branches for review: names of their own, broken ones, what the remote and other people do with them.

use std::path::Path;

use tgp_repo::{
    BranchName, Credentials, Hydration, Library, LibraryFault, LibrarySettings, Line, PrepareError,
    PushOutcome, Repair, SyncReport, SyncRequest, WriteError, Written,
};

use crate::support::{
    NOW, assert_clean, assert_sound, bare, change, folder, git, library, message, no_pause, path, read,
    settings_with, write,
};

fn line(at: &str) -> Line {
    Line::Branch(BranchName::for_tool(&path(at)))
}

fn propose(library: &Library, number: u128, at: &str, content: &str) -> Result<Written, WriteError> {
    library.write(&line(at), &[change(at, content)], &message(number), None)
}

fn waiting(library: &Library) -> Vec<String> {
    let branches = library.pending_branches().unwrap();
    branches.iter().flat_map(|branch| &branch.files).map(|file| file.path.to_string()).collect()
}

fn pending(library: &Library, at: &str) -> Option<String> {
    let branch = library.pending_file(&path(at)).unwrap()?;
    let content = library.content(branch.blob(&path(at))?).unwrap();
    Some(String::from_utf8(content).unwrap())
}

fn open(folder: &Path) -> Library {
    Library::open(folder, &LibrarySettings::default()).unwrap()
}

fn kernel(folder: &Path, remote: &Path) -> Library {
    Library::init(folder, &settings_with(remote), NOW).unwrap()
}

fn sync(library: &Library, number: u128) -> SyncReport {
    let request = SyncRequest { message: message(number), attempts: 5, pause: &no_pause, push_trunk: false };
    library.sync(&|_| Vec::new(), &Credentials::none(), &request).unwrap()
}

fn hydrate(library: &Library, number: u128) -> Hydration {
    let request = SyncRequest { message: message(number), attempts: 1, pause: &no_pause, push_trunk: false };
    let remote = library.settings().remote.clone().unwrap();
    library.hydrate(&remote, &Credentials::none(), &request).unwrap()
}

#[test]
fn tools_whose_names_look_alike_have_branches_and_authors_of_their_own() {
    let folder = folder();
    let library = library(folder.path());
    let (nested, dotted) = ("tools/math/add.ts", "tools/math.add.ts");
    propose(&library, 1, nested, "nested").unwrap();
    let mut other = message(2);
    other.agent = "reviewer".parse().unwrap();
    library.write(&line(dotted), &[change(dotted, "dotted")], &other, None).unwrap();
    assert_eq!(pending(&library, nested).as_deref(), Some("nested"));
    assert_eq!(pending(&library, dotted).as_deref(), Some("dotted"));
    let author = |at: &str| {
        let branch = library.pending_file(&path(at)).unwrap().unwrap();
        branch.file(&path(at)).unwrap().author.clone().unwrap().agent
    };
    assert_eq!(author(nested), message(1).agent);
    assert_eq!(author(dotted), other.agent);
    assert_eq!(git(folder.path(), &["show", "feat/math.add:tools/math/add.ts"]), "nested");
    for (number, at) in ["tools/x.lock.ts", "tools/-x.ts", "tools/a b.ts", "tools/a_b.ts"].iter().enumerate()
    {
        propose(&library, 10 + number as u128, at, at).unwrap();
        assert_eq!(pending(&library, at).as_deref(), Some(*at));
    }
    assert_clean(&library);
}

#[test]
fn a_branch_that_an_earlier_version_named_is_found_and_goes_on() {
    let folder = folder();
    let library = library(folder.path());
    let old = Line::Branch("feat/math.add".parse().unwrap());
    library.write(&old, &[change("tools/math.add.ts", "old")], &message(1), None).unwrap();
    assert_eq!(pending(&library, "tools/math.add.ts").as_deref(), Some("old"));
    assert_eq!(pending(&library, "tools/math/add.ts"), None, "the branch holds another path");
    assert_eq!(library.branch_of(&path("tools/math.add.ts")).unwrap().as_str(), "feat/math.add");
    // Two files on one branch: each has the author of its own last change.
    let mut other = message(2);
    other.agent = "reviewer".parse().unwrap();
    library.write(&old, &[change("tools/math/add.ts", "new")], &other, None).unwrap();
    let branch = library.pending_file(&path("tools/math.add.ts")).unwrap().unwrap();
    let author = |at: &str| branch.file(&path(at)).unwrap().author.clone().unwrap().agent;
    assert_eq!(author("tools/math.add.ts"), message(1).agent);
    assert_eq!(author("tools/math/add.ts"), other.agent);
}

#[test]
fn a_flushed_branch_that_a_power_loss_tore_is_as_it_was_flushed() {
    let folder = folder();
    let first = {
        let library = library(folder.path());
        let first = propose(&library, 1, "tools/x.ts", "1").unwrap().commit;
        library.flush().unwrap();
        propose(&library, 2, "tools/x.ts", "2").unwrap();
        propose(&library, 3, "tools/y.ts", "y").unwrap();
        first
    };
    assert_eq!(
        std::fs::read_to_string(folder.path().join("state/durable/x")).unwrap().trim(),
        first.to_string(),
        "a flush makes branches durable, not the trunk alone"
    );
    // What was renamed and never synced is an empty file; the reflog is gone as well.
    for name in ["x", "y"] {
        std::fs::write(folder.path().join(".git/refs/heads/feat").join(name), "").unwrap();
    }
    std::fs::remove_dir_all(folder.path().join(".git/logs")).unwrap();
    let library = open(folder.path());
    assert!(library.repairs().contains(&Repair::RefRestored { commit: first }));
    let removed = Repair::RefRemoved { name: "refs/heads/feat/y".to_owned() };
    assert!(library.repairs().contains(&removed), "{:?}", library.repairs());
    assert_eq!(pending(&library, "tools/x.ts").as_deref(), Some("1"));
    assert_eq!(library.find_action(message(2).action, 100).unwrap(), None, "it is made again");
    propose(&library, 2, "tools/x.ts", "2").unwrap();
    propose(&library, 3, "tools/y.ts", "y").unwrap();
    assert_eq!(waiting(&library), ["tools/x.ts", "tools/y.ts"]);
    assert_clean(&library);
}

#[test]
fn a_branch_whose_commit_never_reached_the_disk_goes_back_to_the_last_whole_one() {
    let folder = folder();
    let (first, second) = {
        let library = library(folder.path());
        let first = propose(&library, 1, "tools/x.ts", "1").unwrap().commit;
        library.flush().unwrap();
        (first, propose(&library, 2, "tools/x.ts", "2").unwrap().commit.to_string())
    };
    let lost = folder.path().join(".git/objects").join(&second[..2]).join(&second[2..]);
    std::fs::remove_file(lost).unwrap();
    let library = open(folder.path());
    assert_eq!(library.head_of(&line("tools/x.ts")).unwrap(), Some(first));
    assert_eq!(waiting(&library), ["tools/x.ts"]);
}

#[test]
fn what_a_dead_process_moved_is_synced_by_the_next_one() {
    let folder = folder();
    let first = propose(&library(folder.path()), 1, "tools/x.ts", "1").unwrap().commit;
    let note = folder.path().join("state/durable/x");
    assert!(!note.exists());
    open(folder.path()).flush().unwrap();
    assert_eq!(std::fs::read_to_string(note).unwrap().trim(), first.to_string());
}

#[test]
fn a_broken_or_symbolic_branch_costs_only_itself_and_is_named() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/bad.ts", "merged");
    propose(&library, 2, "tools/good.ts", "good").unwrap();
    let refs = folder.path().join(".git/refs/heads/feat");
    std::fs::write(refs.join("bad"), "garbage\n").unwrap();
    std::fs::write(refs.join("gone"), format!("{}\n", "1".repeat(40))).unwrap();
    git(folder.path(), &["symbolic-ref", "refs/heads/feat/alias", "refs/heads/feat/good"]);
    assert_eq!(waiting(&library), ["tools/good.ts"]);
    assert_eq!(pending(&library, "tools/bad.ts"), None);
    assert_eq!(read(&library, "tools/bad.ts").as_deref(), Some("merged"));
    assert!(library.find_action(message(2).action, 100).unwrap().is_some());
    assert_eq!(library.unpushed().unwrap().len(), 1);
    propose(&library, 3, "tools/other.ts", "other").unwrap();
    let broken = library.broken_branches().unwrap();
    let names: Vec<&str> = broken.iter().map(|broken| broken.branch.as_str()).collect();
    assert_eq!(names, ["feat/bad", "feat/gone"]);
    let error = propose(&library, 4, "tools/alias.ts", "x").unwrap_err();
    assert!(error.to_string().contains("feat/alias"), "{error}");
}

#[test]
fn what_waits_at_the_remote_is_seen_by_a_second_kernel_and_goes_on_there() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let one = kernel(&folder.path().join("one"), &remote);
    let two = kernel(&folder.path().join("two"), &remote);
    propose(&one, 1, "tools/x.ts", "1").unwrap();
    assert_eq!(sync(&one, 2).branches[0].outcome, PushOutcome::Pushed);
    hydrate(&two, 3);
    assert_eq!(waiting(&two), ["tools/x.ts"]);
    assert!(two.unpushed().unwrap().is_empty());
    propose(&two, 4, "tools/x.ts", "2").unwrap();
    assert_eq!(sync(&two, 5).branches[0].outcome, PushOutcome::Pushed);
    assert!(sync(&one, 6).branches.is_empty());
    assert_eq!(pending(&one, "tools/x.ts").as_deref(), Some("2"), "only the remote moved: forward");
    assert_eq!(one.head_of(&line("tools/x.ts")).unwrap(), two.head_of(&line("tools/x.ts")).unwrap());
    assert_clean(&one);
    assert_clean(&two);
}

#[test]
fn a_branch_both_sides_changed_is_joined_and_pushed() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let one = kernel(&folder.path().join("one"), &remote);
    let two = kernel(&folder.path().join("two"), &remote);
    let text = |first: &str, last: &str| format!("{first}\n1\n2\n3\n4\n5\n{last}\n");
    propose(&one, 1, "tools/x.ts", &text("a", "b")).unwrap();
    sync(&one, 2);
    hydrate(&two, 3);
    propose(&two, 4, "tools/x.ts", &text("A", "b")).unwrap();
    sync(&two, 5);
    propose(&one, 6, "tools/x.ts", &text("a", "B")).unwrap();
    let report = sync(&one, 7);
    assert_eq!(report.branches.len(), 1);
    assert_eq!(report.branches[0].outcome, PushOutcome::Pushed);
    assert_eq!(pending(&one, "tools/x.ts"), Some(text("A", "B")));
    let branch = one.pending_file(&path("tools/x.ts")).unwrap().unwrap();
    assert_eq!(branch.files[0].author, None, "what was joined is nobody's");
    sync(&two, 8);
    assert_eq!(pending(&two, "tools/x.ts"), Some(text("A", "B")));
    assert_sound(&remote);
}

#[test]
fn a_branch_that_cannot_be_joined_is_named_with_its_file_and_stays() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let one = kernel(&folder.path().join("one"), &remote);
    let two = kernel(&folder.path().join("two"), &remote);
    propose(&one, 1, "tools/x.ts", "base\n").unwrap();
    sync(&one, 2);
    hydrate(&two, 3);
    propose(&two, 4, "tools/x.ts", "theirs\n").unwrap();
    sync(&two, 5);
    propose(&one, 6, "tools/x.ts", "ours\n").unwrap();
    propose(&one, 7, "tools/y.ts", "y\n").unwrap();
    let report = sync(&one, 8);
    let outcomes: Vec<_> =
        report.branches.iter().map(|push| (push.branch.as_str(), push.outcome.clone())).collect();
    assert!(outcomes.contains(&("feat/x", PushOutcome::Conflict(vec![path("tools/x.ts")]))), "{outcomes:?}");
    assert!(outcomes.contains(&("feat/y", PushOutcome::Pushed)), "{outcomes:?}");
    assert_eq!(pending(&one, "tools/x.ts").as_deref(), Some("ours\n"));
    assert_eq!(git(&remote, &["show", "feat/x:tools/x.ts"]), "theirs");
}

#[test]
fn a_branch_that_was_squashed_and_kept_at_the_remote_can_go_on() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let one = kernel(&folder.path().join("one"), &remote);
    propose(&one, 1, "tools/x.ts", "1\n").unwrap();
    sync(&one, 2);
    write(&one, 3, "tools/x.ts", "1\n");
    propose(&one, 4, "tools/x.ts", "2\n").unwrap();
    let report = sync(&one, 5);
    assert_eq!(report.branches[0].outcome, PushOutcome::Pushed);
    assert_eq!(git(&remote, &["show", "feat/x:tools/x.ts"]), "2");
    assert_eq!(waiting(&one), ["tools/x.ts"]);
}

#[test]
fn a_branch_a_person_has_checked_out_is_not_moved_beneath_them() {
    let folder = folder();
    let library = library(folder.path());
    propose(&library, 1, "tools/x.ts", "1").unwrap();
    library.update_index().unwrap();
    git(folder.path(), &["checkout", "--quiet", "feat/x"]);
    let error = propose(&library, 2, "tools/x.ts", "2").unwrap_err();
    assert!(error.to_string().contains("checked out"), "{error}");
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/x.ts")).unwrap(), "1");
    git(folder.path(), &["checkout", "--quiet", "main"]);
    propose(&library, 2, "tools/x.ts", "2").unwrap();
    let beside = folder.path().join("state/beside");
    git(folder.path(), &["worktree", "add", "--quiet", beside.to_str().unwrap(), "feat/x"]);
    assert!(propose(&library, 3, "tools/x.ts", "3").is_err());
    assert_eq!(git(&beside, &["status", "--porcelain"]), "");
}

#[test]
fn a_file_and_a_folder_of_one_name_do_not_both_wait() {
    let folder = folder();
    let library = library(folder.path());
    propose(&library, 1, "tools/q.ts", "1").unwrap();
    for at in ["tools/q.ts/inner.ts", "tools/Q.ts"] {
        let error = propose(&library, 2, at, "2").unwrap_err();
        assert!(
            matches!(
                error,
                WriteError::Prepare(PrepareError::InTheWay { .. } | PrepareError::CaseClash { .. })
            ),
            "{error}"
        );
    }
    assert_eq!(waiting(&library), ["tools/q.ts"]);
}

#[test]
fn a_persons_branch_in_the_place_of_a_tools_is_named() {
    let folder = folder();
    let library = library(folder.path());
    git(folder.path(), &["branch", "feat/x/y"]);
    let error = propose(&library, 1, "tools/x.ts", "1").unwrap_err();
    assert!(
        matches!(
            &error,
            WriteError::Prepare(PrepareError::Library(LibraryFault::BranchTaken { branch, why }))
                if branch == "feat/x" && why.contains("`feat/x/y`")
        ),
        "{error:?}"
    );
    git(folder.path(), &["branch", "-D", "feat/x/y"]);
    propose(&library, 2, "tools/x.ts", "1").unwrap();
    let other = crate::support::folder();
    let library = crate::support::library(other.path());
    git(other.path(), &["branch", "feat"]);
    let error = propose(&library, 1, "tools/x.ts", "1").unwrap_err();
    assert!(error.to_string().contains("a branch `feat` exists"), "{error}");
}

#[test]
fn a_broken_branch_does_not_keep_the_library_from_its_remote() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let one = kernel(&folder.path().join("one"), &remote);
    let two = kernel(&folder.path().join("two"), &remote);
    propose(&one, 1, "tools/x.ts", "1").unwrap();
    sync(&one, 2);
    let refs = two.folder().join(".git/refs/heads/feat");
    std::fs::create_dir_all(&refs).unwrap();
    std::fs::write(refs.join("broken"), "garbage\n").unwrap();
    std::fs::write(refs.join("gone"), format!("{}\n", "1".repeat(40))).unwrap();
    sync(&two, 3);
    assert_eq!(waiting(&two), ["tools/x.ts"]);
    let broken = two.broken_branches().unwrap();
    let mut names: Vec<&str> = broken.iter().map(|broken| broken.branch.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["feat/broken", "feat/gone"]);
}
