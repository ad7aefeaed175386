//! What a person does in the library with git and an editor stays theirs.

use tgp_repo::{IndexState, LeftAloneWhy, Library, LibrarySettings, Line, WorkingCopy};

use crate::support::{
    assert_clean, change, delete, folder, git, library, message, path, read, try_git, write,
};

#[test]
fn an_uncommitted_edit_is_never_overwritten() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "committed");
    std::fs::write(folder.path().join("tools/a.ts"), "edited by a person").unwrap();
    assert_eq!(
        library.working_copy(&path("tools/a.ts")).unwrap(),
        WorkingCopy::Edited(b"edited by a person".to_vec())
    );
    let written = write(&library, 2, "tools/a.ts", "written by an agent");
    assert_eq!(written.left_alone.len(), 1);
    assert_eq!(written.left_alone[0].why, LeftAloneWhy::Edited);
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "edited by a person");
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("written by an agent"));
    library.update_index().unwrap();
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), " M tools/a.ts");
    assert_eq!(git(folder.path(), &["diff", "--cached", "--name-only"]), "");
}

#[test]
fn deleted_untracked_and_strange_files_are_left_alone() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/gone.ts", "1");
    std::fs::remove_file(folder.path().join("tools/gone.ts")).unwrap();
    assert_eq!(library.working_copy(&path("tools/gone.ts")).unwrap(), WorkingCopy::Deleted);
    std::fs::write(folder.path().join("tools/new.ts"), "a person's draft").unwrap();
    std::fs::create_dir(folder.path().join("tools/folder.ts")).unwrap();
    let why = |number, at: &str| {
        write(&library, number, at, "agent").left_alone.into_iter().map(|left| left.why).collect::<Vec<_>>()
    };
    assert_eq!(why(2, "tools/gone.ts"), [LeftAloneWhy::Deleted]);
    assert_eq!(why(3, "tools/new.ts"), [LeftAloneWhy::Untracked]);
    assert_eq!(why(4, "tools/folder.ts"), [LeftAloneWhy::NotAFile]);
    assert!(!folder.path().join("tools/gone.ts").exists());
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/new.ts")).unwrap(), "a person's draft");
    assert!(folder.path().join("tools/folder.ts").is_dir());
}

#[test]
fn an_edited_file_the_agent_deletes_stays_on_the_disk() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    std::fs::write(folder.path().join("tools/a.ts"), "mine").unwrap();
    let written = library.write(&Line::Trunk, &[delete("tools/a.ts")], &message(2), None).unwrap();
    assert_eq!(written.left_alone[0].why, LeftAloneWhy::Edited);
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "mine");
}

#[test]
fn symlinks_are_never_written_through() {
    let folder = folder();
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("victim.ts"), "victim").unwrap();
    let root = folder.path().join(".tgp");
    let library = library(&root);
    std::os::unix::fs::symlink(&outside, root.join("tools/link")).unwrap();
    std::os::unix::fs::symlink(outside.join("victim.ts"), root.join("tools/file.ts")).unwrap();
    let through = write(&library, 1, "tools/link/victim.ts", "x");
    assert_eq!(through.left_alone[0].why, LeftAloneWhy::NotAFile);
    let onto = write(&library, 2, "tools/file.ts", "x");
    assert_eq!(onto.left_alone[0].why, LeftAloneWhy::NotAFile);
    let new = write(&library, 3, "tools/link/new.ts", "x");
    assert_eq!(new.left_alone[0].why, LeftAloneWhy::NotAFile);
    assert_eq!(std::fs::read_to_string(outside.join("victim.ts")).unwrap(), "victim");
    assert!(!outside.join("new.ts").exists());
    assert_eq!(read(&library, "tools/file.ts").as_deref(), Some("x"));
}

#[test]
fn staged_changes_survive() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    write(&library, 2, "tools/b.ts", "1");
    library.update_index().unwrap();
    std::fs::write(folder.path().join("tools/a.ts"), "staged").unwrap();
    std::fs::write(folder.path().join("tools/draft.ts"), "draft").unwrap();
    git(folder.path(), &["add", "tools/a.ts", "tools/draft.ts"]);
    write(&library, 3, "tools/b.ts", "2");
    write(&library, 4, "tools/a.ts", "agent");
    library.update_index().unwrap();
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "M  tools/a.ts\nA  tools/draft.ts");
    assert_eq!(git(folder.path(), &["show", ":tools/a.ts"]), "staged");
    assert_eq!(git(folder.path(), &["show", ":tools/b.ts"]), "2");
    git(folder.path(), &["commit", "--quiet", "-m", "mine"]);
    assert_eq!(read(&library, "tools/draft.ts").as_deref(), Some("draft"));
    assert_eq!(read(&library, "tools/b.ts").as_deref(), Some("2"));
    write(&library, 5, "tools/c.ts", "3");
    assert_clean(&library);
}

#[test]
fn a_person_commits_between_two_writes() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    library.update_index().unwrap();
    std::fs::write(folder.path().join("tools/a.ts"), "person").unwrap();
    git(folder.path(), &["commit", "--quiet", "-am", "edit"]);
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("person"));
    write(&library, 2, "tools/a.ts", "agent");
    assert_clean(&library);
    git(folder.path(), &["reset", "--quiet", "--hard", "HEAD~2"]);
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("1"));
    write(&library, 3, "tools/b.ts", "agent");
    assert_clean(&library);
}

#[test]
fn another_branch_or_a_detached_head_is_the_persons() {
    for checkout in [&["checkout", "--quiet", "-b", "experiment"][..], &["checkout", "--quiet", "--detach"]] {
        let folder = folder();
        let library = library(folder.path());
        write(&library, 1, "tools/a.ts", "1");
        library.update_index().unwrap();
        git(folder.path(), checkout);
        let written = write(&library, 2, "tools/a.ts", "2");
        assert!(!written.checked_out);
        assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "1");
        assert_eq!(library.update_index().unwrap(), IndexState::Current);
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
        assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("2"));
        git(folder.path(), &["checkout", "--quiet", "main"]);
        assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "2");
        write(&library, 3, "tools/a.ts", "3");
        assert_clean(&library);
    }
}

#[test]
fn a_person_leaves_the_branch_before_the_index_followed() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    library.update_index().unwrap();
    // The index lock keeps our own thread from following, as a person's open editor would.
    std::fs::write(folder.path().join(".git/index.lock"), "").unwrap();
    write(&library, 2, "tools/a.ts", "2");
    std::fs::remove_file(folder.path().join(".git/index.lock")).unwrap();
    library.update_index().unwrap();
    git(folder.path(), &["checkout", "--quiet", "-b", "experiment"]);
    write(&library, 3, "tools/a.ts", "3");
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
}

#[test]
fn a_commit_being_written_by_a_person_is_waited_for_and_not_disturbed() {
    let folder = folder();
    let settings =
        LibrarySettings { lock_limit: std::time::Duration::from_millis(50), ..LibrarySettings::default() };
    let library = Library::init(folder.path(), &settings, crate::support::NOW).unwrap();
    std::fs::write(folder.path().join(".git/index.lock"), "a person's").unwrap();
    write(&library, 1, "tools/a.ts", "1");
    match library.flush().unwrap().index {
        IndexState::Waiting { lock, age } => {
            assert!(lock.ends_with("index.lock"));
            assert!(age.is_some_and(|age| age < std::time::Duration::from_mins(1)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read_to_string(folder.path().join(".git/index.lock")).unwrap(), "a person's");
    std::fs::remove_file(folder.path().join(".git/index.lock")).unwrap();
    assert_eq!(library.flush().unwrap().index, IndexState::Current);
    assert_clean(&library);
}

#[test]
fn the_executable_bit_of_a_file_is_kept() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    library.update_index().unwrap();
    git(folder.path(), &["update-index", "--chmod=+x", "tools/a.ts"]);
    git(folder.path(), &["commit", "--quiet", "-m", "executable"]);
    git(folder.path(), &["checkout", "--quiet", "--", "tools/a.ts"]);
    git(folder.path(), &["reset", "--quiet", "--hard"]);
    write(&library, 2, "tools/a.ts", "2");
    assert!(git(folder.path(), &["ls-tree", "HEAD", "tools/a.ts"]).starts_with("100755"));
    assert_clean(&library);
}

#[test]
fn a_merge_in_progress_keeps_its_conflict() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "base\n");
    write(&library, 2, "tools/b.ts", "b\n");
    library.update_index().unwrap();
    git(folder.path(), &["checkout", "--quiet", "-b", "side"]);
    std::fs::write(folder.path().join("tools/a.ts"), "side\n").unwrap();
    git(folder.path(), &["commit", "--quiet", "-am", "side"]);
    git(folder.path(), &["checkout", "--quiet", "main"]);
    std::fs::write(folder.path().join("tools/a.ts"), "main\n").unwrap();
    git(folder.path(), &["commit", "--quiet", "-am", "main"]);
    assert!(!try_git(folder.path(), &["merge", "--quiet", "side"]).status.success());
    library.write(&Line::Trunk, &[change("tools/b.ts", "agent\n")], &message(3), None).unwrap();
    library.update_index().unwrap();
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "UU tools/a.ts");
}
