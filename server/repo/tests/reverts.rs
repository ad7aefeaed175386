//! Undo: one commit, several, an undo itself; among the writes of others, and byte for byte.

use tgp_repo::{Change, CommitId, Library, Line, PublishError, RevertError};

use crate::support::{assert_clean, change, delete, folder, git, library, message, path, read, write};

fn bytes(library: &Library, number: u128, at: &str, content: &[u8]) -> CommitId {
    let change = Change { path: path(at), content: Some(content.to_vec()) };
    library.write(&Line::Trunk, &[change], &message(number), None).unwrap().commit
}

fn revert(library: &Library, number: u128, commits: &[CommitId]) -> Result<CommitId, RevertError> {
    let prepared = library.prepare_revert(&Line::Trunk, commits, &message(number), None)?;
    Ok(library.publish(prepared).unwrap().commit)
}

fn tree(library: &Library) -> String {
    git(library.folder(), &["rev-parse", "main^{tree}"])
}

fn conflicts(result: Result<CommitId, RevertError>) -> Vec<String> {
    let Err(RevertError::Conflict { files, .. }) = result else { return vec![format!("none: {result:?}")] };
    files.iter().map(|file| file.path.to_string()).collect()
}

#[test]
fn one_write_is_undone_among_the_writes_of_others() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "one\ntwo\nthree\nfour\nfive\n");
    let own = write(&library, 2, "tools/a.ts", "ONE\ntwo\nthree\nfour\nfive\n").commit;
    write(&library, 3, "tools/a.ts", "ONE\ntwo\nthree\nfour\nFIVE\n");
    write(&library, 4, "tools/b.ts", "b\n");
    let undone = revert(&library, 5, &[own]).unwrap();
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("one\ntwo\nthree\nfour\nFIVE\n"));
    assert_eq!(read(&library, "tools/b.ts").as_deref(), Some("b\n"));
    assert_eq!(
        std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(),
        "one\ntwo\nthree\nfour\nFIVE\n"
    );
    assert_eq!(library.find_action(message(5).action, 10).unwrap(), Some(undone));
    assert_clean(&library);
}

#[test]
fn what_others_changed_since_is_a_conflict_that_names_the_file_and_changes_nothing() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "one\n");
    write(&library, 2, "tools/b.ts", "one\n");
    let changes = [change("tools/a.ts", "two\n"), change("tools/b.ts", "two\n")];
    let own = library.write(&Line::Trunk, &changes, &message(3), None).unwrap().commit;
    let head = write(&library, 4, "tools/a.ts", "three\n").commit;
    assert_eq!(conflicts(revert(&library, 5, &[own])), ["tools/a.ts"]);
    assert_eq!(library.head().unwrap(), Some(head));
    assert_eq!(read(&library, "tools/b.ts").as_deref(), Some("two\n"), "not half of it");
    // What was deleted since is no less changed.
    library.write(&Line::Trunk, &[delete("tools/a.ts")], &message(6), None).unwrap();
    assert_eq!(conflicts(revert(&library, 7, &[own])), ["tools/a.ts"]);
    assert_clean(&library);
}

#[test]
fn a_session_is_undone_at_once_newest_first_and_the_other_agent_s_work_stays() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/old.ts", "old\n");
    let mut own = Vec::new();
    own.push(write(&library, 2, "tools/a.ts", "1\n").commit);
    write(&library, 3, "tools/other.ts", "other\n");
    own.push(write(&library, 4, "tools/a.ts", "2\n").commit);
    own.push(library.write(&Line::Trunk, &[delete("tools/old.ts")], &message(5), None).unwrap().commit);
    write(&library, 6, "tools/other.ts", "other 2\n");
    own.push(write(&library, 7, "tools/deep/new.ts", "new\n").commit);
    assert_eq!(
        conflicts(revert(&library, 8, &own[..1])),
        ["tools/a.ts"],
        "alone, the first is changed since"
    );
    own.reverse();
    revert(&library, 9, &own).unwrap();
    assert_eq!(read(&library, "tools/a.ts"), None);
    assert_eq!(read(&library, "tools/old.ts").as_deref(), Some("old\n"));
    assert_eq!(read(&library, "tools/other.ts").as_deref(), Some("other 2\n"));
    assert!(!folder.path().join("tools/deep").exists());
    assert_clean(&library);
}

#[test]
fn any_sequence_of_writes_comes_back_to_the_starting_tree_and_undo_of_undo_to_the_end() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/kept.ts", "kept\n");
    let start = tree(&library);
    let mut commits = Vec::new();
    // A fixed sequence from a small generator: four files, written with lines of varying number, or deleted.
    let mut state: u64 = 42;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    for number in 2..80 {
        let at = format!("tools/{}/x.ts", next(4));
        let exists = read(&library, &at).is_some();
        let change = if exists && next(4) == 0 {
            delete(&at)
        } else {
            change(
                &at,
                &"line\n".repeat(usize::try_from(next(9)).unwrap()).replacen(
                    "line",
                    &next(100).to_string(),
                    1,
                ),
            )
        };
        commits.push(library.write(&Line::Trunk, &[change], &message(number), None).unwrap().commit);
    }
    let end = tree(&library);
    commits.reverse();
    let undone = revert(&library, 100, &commits).unwrap();
    assert_eq!(tree(&library), start);
    let redone = revert(&library, 101, &[undone]).unwrap();
    assert_eq!(tree(&library), end);
    revert(&library, 102, &[redone]).unwrap();
    assert_eq!(tree(&library), start);
    assert_clean(&library);
}

#[test]
fn bytes_come_back_as_they_were_whatever_they_are() {
    let folder = folder();
    let library = library(folder.path());
    let (crlf, noise) = (b"one\r\ntwo\r\n\r\nthree".as_slice(), b"\xff\xfe\x00\x01\x80binary".as_slice());
    let latin = b"caf\xe9\nna\xefve\nend\n".as_slice();
    for (number, content) in [(1, crlf), (2, noise), (3, latin)] {
        bytes(&library, number, &format!("tools/{number}.ts"), content);
    }
    let start = tree(&library);
    let changed = [
        bytes(&library, 4, "tools/1.ts", b"one\ntwo\n\nthree\n"),
        bytes(&library, 5, "tools/2.ts", b"\x00other"),
        bytes(&library, 6, "tools/3.ts", b"cafe\nna\xefve\nend\n"),
    ];
    for (number, commit) in (7..).zip(changed) {
        revert(&library, number, &[commit]).unwrap();
    }
    assert_eq!(tree(&library), start);
    // Lines that are no text are still lines: another's change of the end stays.
    let own = bytes(&library, 11, "tools/3.ts", b"caf\xe8\nna\xefve\nend\n");
    bytes(&library, 12, "tools/3.ts", b"caf\xe8\nna\xefve\nend\xff\n");
    revert(&library, 13, &[own]).unwrap();
    assert_eq!(library.read(&path("tools/3.ts")).unwrap().unwrap(), b"caf\xe9\nna\xefve\nend\xff\n");
    assert_clean(&library);
}

#[test]
fn renames_and_modes_come_back() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1\n");
    library.update_index().unwrap();
    let start = tree(&library);
    git(folder.path(), &["mv", "tools/a.ts", "tools/b.ts"]);
    git(folder.path(), &["update-index", "--chmod=+x", "tools/b.ts"]);
    git(folder.path(), &["commit", "--quiet", "-m", "rename"]);
    git(folder.path(), &["checkout", "--quiet", "--", "."]);
    let renamed = library.head().unwrap().unwrap();
    let after = tree(&library);
    let undone = revert(&library, 2, &[renamed]).unwrap();
    assert_eq!(tree(&library), start);
    assert!(folder.path().join("tools/a.ts").exists() && !folder.path().join("tools/b.ts").exists());
    revert(&library, 3, &[undone]).unwrap();
    assert_eq!(tree(&library), after);
    // A file that became a folder, and back.
    library
        .write(&Line::Trunk, &[delete("tools/b.ts"), change("tools/b.ts/in.ts", "x\n")], &message(4), None)
        .unwrap();
    let nested = library.head().unwrap().unwrap();
    revert(&library, 5, &[nested]).unwrap();
    assert_eq!(tree(&library), after);
    assert_clean(&library);
}

#[test]
fn an_undo_is_published_like_a_write_and_loses_to_whoever_was_quicker() {
    let folder = folder();
    let library = library(folder.path());
    let own = write(&library, 1, "tools/a.ts", "1\n").commit;
    let prepared = library.prepare_revert(&Line::Trunk, &[own], &message(2), Some(own)).unwrap();
    let theirs = write(&library, 3, "tools/b.ts", "2\n").commit;
    assert!(matches!(library.publish(prepared), Err(PublishError::Moved { head }) if head == Some(theirs)));
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("1\n"));
    let late = library.prepare_revert(&Line::Trunk, &[own], &message(2), Some(own));
    assert!(matches!(late, Err(RevertError::Moved { head }) if head == Some(theirs)));
    revert(&library, 4, &[own]).unwrap();
    assert!(matches!(revert(&library, 5, &[own]), Err(RevertError::Nothing)), "it was undone already");
    let nobody: CommitId = "0123456789012345678901234567890123456789".parse().unwrap();
    assert!(matches!(revert(&library, 6, &[nobody]), Err(RevertError::NoCommit { .. })));
}

#[test]
fn a_person_s_uncommitted_edit_survives_an_undo() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1\n");
    let own = write(&library, 2, "tools/a.ts", "2\n").commit;
    std::fs::write(folder.path().join("tools/a.ts"), "a person is at work\n").unwrap();
    let prepared = library.prepare_revert(&Line::Trunk, &[own], &message(3), None).unwrap();
    let written = library.publish(prepared).unwrap();
    assert_eq!(written.left_alone.len(), 1);
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("1\n"));
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "a person is at work\n");
}

#[test]
fn what_joined_two_histories_is_no_action_to_be_undone() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1\n");
    library.update_index().unwrap();
    git(folder.path(), &["checkout", "--quiet", "-b", "side"]);
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "side"]);
    git(folder.path(), &["checkout", "--quiet", "main"]);
    git(folder.path(), &["merge", "--quiet", "--no-ff", "-m", "join", "side"]);
    let joined = library.head().unwrap().unwrap();
    assert!(matches!(revert(&library, 2, &[joined]), Err(RevertError::Joins { .. })));
}

#[test]
fn in_pr_mode_an_undo_goes_to_the_branch_and_the_trunk_stays() {
    let folder = folder();
    let library = library(folder.path());
    let trunk = library.head().unwrap();
    let line = Line::Branch(tgp_repo::BranchName::for_tool(&path("tools/x.ts")));
    library.write(&line, &[change("tools/x.ts", "1\n")], &message(1), None).unwrap();
    let own = library.write(&line, &[change("tools/x.ts", "2\n")], &message(2), None).unwrap().commit;
    let prepared = library.prepare_revert(&line, &[own], &message(3), None).unwrap();
    library.publish(prepared).unwrap();
    assert_eq!(git(folder.path(), &["show", "feat/x:tools/x.ts"]), "1");
    assert_eq!(library.head().unwrap(), trunk);
    assert_clean(&library);
}
