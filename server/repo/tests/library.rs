//! Beginning, opening, reading, listing and writing.

use tgp_model::AgentName;
use tgp_repo::{
    Library, LibrarySettings, Line, OpenLibraryError, PrepareError, PublishError, ReadError, WriteError,
};

use crate::support::{
    NOW, assert_clean, assert_sound, change, delete, folder, git, library, message, path, read, write,
};

#[test]
fn an_empty_folder_becomes_a_library() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    let library = library(&root);
    for name in ["tools", "policy", "scopes", "bin", "state"] {
        assert!(root.join(name).is_dir(), "{name}");
    }
    assert!(root.join("meta.json").is_file());
    assert_eq!(git(&root, &["branch", "--show-current"]), "main");
    assert_eq!(git(&root, &["log", "--format=%s"]), "Begin the tool library");
    assert_clean(&library);
}

#[test]
fn beginning_twice_is_harmless() {
    let folder = folder();
    let first = library(folder.path());
    write(&first, 1, "tools/a.ts", "1");
    let head = first.head().unwrap();
    drop(first);
    let second = library(folder.path());
    assert_eq!(second.head().unwrap(), head);
    assert_clean(&second);
}

#[test]
fn a_library_inside_a_git_repository_is_one_of_its_own() {
    let folder = folder();
    git(folder.path(), &["init", "--quiet"]);
    std::fs::write(folder.path().join("app.js"), "x").unwrap();
    git(folder.path(), &["add", "app.js"]);
    git(folder.path(), &["commit", "--quiet", "-m", "app"]);
    let before = git(folder.path(), &["rev-parse", "HEAD"]);
    let library = library(&folder.path().join(".tgp"));
    write(&library, 1, "tools/a.ts", "1");
    assert_clean(&library);
    assert_eq!(git(folder.path(), &["rev-parse", "HEAD"]), before);
    assert_eq!(git(folder.path(), &["diff", "--cached", "--name-only"]), "");
}

#[test]
fn the_branch_comes_from_the_settings() {
    let folder = folder();
    let settings = LibrarySettings { branch: "trunk".to_owned(), ..LibrarySettings::default() };
    let library = Library::init(folder.path(), &settings, NOW).unwrap();
    assert_eq!(git(folder.path(), &["branch", "--show-current"]), "trunk");
    assert_clean(&library);
    for branch in ["-x", "a..b", "", "feat/x", "a b", "x.lock"] {
        let settings = LibrarySettings { branch: branch.to_owned(), ..LibrarySettings::default() };
        assert!(
            matches!(Library::open(folder.path(), &settings), Err(OpenLibraryError::Branch { .. })),
            "{branch}"
        );
    }
}

#[test]
fn an_empty_repository_a_person_began_is_taken_over() {
    let folder = folder();
    git(folder.path(), &["init", "--quiet", "-b", "master"]);
    let library = library(folder.path());
    assert_eq!(git(folder.path(), &["branch", "--show-current"]), "main");
    write(&library, 1, "tools/a.ts", "1");
    assert_clean(&library);
}

#[test]
fn where_nothing_is_nothing_opens() {
    let folder = folder();
    let opened = Library::open(folder.path(), &LibrarySettings::default());
    assert!(matches!(opened, Err(OpenLibraryError::Missing { .. })));
}

#[test]
fn a_damaged_repository_is_a_clear_error() {
    let folder = folder();
    let library_ = library(folder.path());
    let head = library_.head().unwrap().unwrap().to_string();
    drop(library_);
    let objects = folder.path().join(".git/objects").join(&head[..2]).join(&head[2..]);
    std::fs::remove_file(&objects).unwrap();
    std::fs::remove_file(folder.path().join("state/durable-head")).unwrap();
    let error = Library::open(folder.path(), &LibrarySettings::default()).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains(&head), "{error}");
    std::fs::write(folder.path().join(".git/HEAD"), "nonsense").unwrap();
    let error = Library::open(folder.path(), &LibrarySettings::default()).unwrap_err().to_string();
    assert!(error.contains("is damaged"), "{error}");
}

#[test]
fn what_is_written_is_read_listed_and_on_the_disk() {
    let folder = folder();
    let library = library(folder.path());
    let written = write(&library, 1, "tools/deep/nested/file.ts", "content\r\n\0end");
    assert!(written.checked_out && written.left_alone.is_empty());
    assert_eq!(read(&library, "tools/deep/nested/file.ts").as_deref(), Some("content\r\n\0end"));
    assert_eq!(std::fs::read(folder.path().join("tools/deep/nested/file.ts")).unwrap(), b"content\r\n\0end");
    write(&library, 2, "tools/a.ts", "a");
    write(&library, 3, "tools/deep.ts", "b");
    let listed: Vec<String> = library.list(&path("tools")).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["tools/a.ts", "tools/deep.ts", "tools/deep/nested/file.ts"]);
    assert!(library.list(&path("tools/none")).unwrap().is_empty());
    assert_eq!(read(&library, "tools/none.ts"), None);
    assert_eq!(read(&library, "tools/a.ts/x"), None);
    assert!(matches!(library.read(&path("tools/deep")), Err(ReadError::NotAFile { kind: "folder", .. })));
    assert_clean(&library);
}

#[test]
fn a_commit_names_its_action_its_agent_and_its_committer() {
    let folder = folder();
    let library = library(folder.path());
    let mut message = message(5);
    message.agent = "weather-bot".parse::<AgentName>().unwrap();
    let written = library.write(&Line::Trunk, &[change("tools/a.ts", "a")], &message, None).unwrap();
    assert_eq!(
        git(folder.path(), &["log", "-1", "--format=%an <%ae> %cn <%ce> %at"]),
        "weather-bot <weather-bot@agents.invalid> tgp <tgp@localhost> 1790000000"
    );
    let trailers = git(folder.path(), &["log", "-1", "--format=%(trailers:only)"]);
    for (name, value) in [
        ("Tgp-Action", message.action.to_string()),
        ("Tgp-Session", message.session.to_string()),
        ("Tgp-Agent", "weather-bot".to_owned()),
        ("Tgp-Installation", "here".to_owned()),
    ] {
        assert!(trailers.contains(&format!("{name}: {value}")), "{trailers}");
    }
    assert_eq!(library.find_action(message.action, 100).unwrap(), Some(written.commit));
    assert_eq!(library.find_action(crate::support::message(6).action, 100).unwrap(), None);
    assert!(git(folder.path(), &["reflog"]).contains("tgp: Write number 5"));
}

#[test]
fn nothing_is_visible_before_it_is_published() {
    let folder = folder();
    let library = library(folder.path());
    let head = library.head().unwrap();
    let prepared = library.prepare(&Line::Trunk, &[change("tools/a.ts", "a")], &message(1), head).unwrap();
    assert_eq!(prepared.parent(), head);
    assert_eq!(library.head().unwrap(), head);
    assert_eq!(read(&library, "tools/a.ts"), None);
    assert!(!folder.path().join("tools/a.ts").exists());
    drop(prepared);
    assert_clean(&library);
}

#[test]
fn a_file_is_deleted_with_its_empty_folders_and_the_librarys_own_stay() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a/b/c.ts", "c");
    library.write(&Line::Trunk, &[delete("tools/a/b/c.ts")], &message(2), None).unwrap();
    assert!(!folder.path().join("tools/a").exists());
    assert!(folder.path().join("tools").is_dir());
    assert_clean(&library);
    let again = library.prepare(&Line::Trunk, &[delete("tools/a/b/c.ts")], &message(3), None);
    assert!(matches!(again, Err(PrepareError::NothingToDelete { .. })));
}

#[test]
fn a_file_and_a_folder_cannot_share_a_name() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "a");
    write(&library, 2, "tools/f/x.ts", "x");
    let prepare =
        |changes: &[_]| library.prepare(&Line::Trunk, changes, &message(3), None).unwrap_err().to_string();
    assert_eq!(
        prepare(&[change("tools/a.ts/b.ts", "b")]),
        "`tools/a.ts/b.ts` cannot be written: `tools/a.ts` is in the way"
    );
    assert_eq!(prepare(&[change("tools/f", "b")]), "`tools/f` cannot be written: `tools/f/` is in the way");
    // In one commit a file may make room for a folder, and the other way round.
    let turned = [
        delete("tools/a.ts"),
        change("tools/a.ts/b.ts", "b"),
        delete("tools/f/x.ts"),
        change("tools/f", "f"),
    ];
    library.write(&Line::Trunk, &turned, &message(4), None).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts/b.ts")).unwrap(), "b");
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/f")).unwrap(), "f");
    assert_clean(&library);
}

#[test]
fn names_that_some_file_systems_cannot_hold_are_refused() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "a");
    let prepare = |at: &str| library.prepare(&Line::Trunk, &[change(at, "b")], &message(3), None);
    assert!(matches!(prepare("tools/A.ts"), Err(PrepareError::CaseClash { .. })));
    assert!(matches!(prepare("TOOLS/b.ts"), Err(PrepareError::CaseClash { .. })));
    for at in [
        ".git/config",
        ".GIT/hooks/x",
        "tools/.git/x",
        "tools/.Git",
        "tools/git~1/x",
        "state/x",
        "bin/x",
        "State/x",
        "tools/con",
        "tools/a:b",
        ".",
    ] {
        assert!(matches!(prepare(at), Err(PrepareError::Path { .. })), "{at}");
    }
    let twice = library.prepare(
        &Line::Trunk,
        &[change("tools/x.ts", "1"), change("tools/x.ts", "2")],
        &message(3),
        None,
    );
    assert!(matches!(twice, Err(PrepareError::Twice { .. })));
}

#[test]
fn the_loser_of_a_race_is_told_where_the_library_is() {
    let folder = folder();
    let library = library(folder.path());
    let head = library.head().unwrap();
    let one = library.prepare(&Line::Trunk, &[change("tools/a.ts", "1")], &message(1), head).unwrap();
    let two = library.prepare(&Line::Trunk, &[change("tools/b.ts", "2")], &message(2), head).unwrap();
    let won = library.publish(one).unwrap().commit;
    match library.publish(two) {
        Err(PublishError::Moved { head }) => assert_eq!(head, Some(won)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        library.prepare(&Line::Trunk, &[change("tools/b.ts", "2")], &message(2), head),
        Err(PrepareError::Moved { .. })
    ));
    assert_clean(&library);
}

#[test]
fn a_write_goes_on_top_when_others_wrote_other_files_and_stops_when_they_wrote_this_one() {
    let folder = folder();
    let library = library(folder.path());
    let seen = library.head().unwrap();
    write(&library, 1, "tools/other.ts", "1");
    library.write(&Line::Trunk, &[change("tools/mine.ts", "1")], &message(2), seen).unwrap();
    match library.write(&Line::Trunk, &[change("tools/mine.ts", "2")], &message(3), seen) {
        Err(WriteError::Moved { path: moved, .. }) => assert_eq!(moved, path("tools/mine.ts")),
        other => panic!("{other:?}"),
    }
    assert_eq!(read(&library, "tools/mine.ts").as_deref(), Some("1"));
}

#[test]
fn threads_write_at_once_and_nothing_is_lost() {
    let folder = folder();
    let library = library(folder.path());
    std::thread::scope(|scope| {
        for thread in 0..8_u128 {
            let library = &library;
            scope.spawn(move || {
                for at in 0..10_u128 {
                    let mut done = false;
                    while !done {
                        let changes =
                            [change(&format!("tools/t{thread}/f{at}.ts"), &format!("{thread} {at}"))];
                        match library.write(&Line::Trunk, &changes, &message(thread * 100 + at), None) {
                            Ok(_) => done = true,
                            Err(WriteError::Contended { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(library.list(&path("tools")).unwrap().len(), 80);
    assert_eq!(git(folder.path(), &["rev-list", "--count", "HEAD"]), "81");
    assert_clean(&library);
}

/// What `git prune` and `git gc` do to each folder they find empty, done without a pause.
#[test]
fn folders_of_objects_that_git_removes_meanwhile_fail_no_write() {
    let folder = folder();
    let library = library(folder.path());
    let kept = tgp_repo::KeptRef::new(folder.path(), "kept");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for first in 0..=255_u8 {
                    let _ = std::fs::remove_dir(folder.path().join(format!(".git/objects/{first:02x}")));
                }
            }
        });
        let wrote = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for at in 0..60 {
                write(&library, at, &format!("tools/f{at}.ts"), &at.to_string());
                kept.write(format!("kept {at}").as_bytes()).unwrap();
            }
        }));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        wrote.unwrap_or_else(|failure| std::panic::resume_unwind(failure));
    });
    assert_eq!(kept.read().unwrap().as_deref(), Some(b"kept 59".as_slice()));
    assert_eq!(library.list(&path("tools")).unwrap().len(), 60);
    assert_clean(&library);
}

/// Alone it writes into a library of its own; started by the next test, into the one given.
#[test]
fn a_process_writes_twenty_files() {
    let own = folder();
    let root =
        std::env::var_os("TGP_TEST_LIBRARY").map_or_else(|| own.path().to_owned(), std::path::PathBuf::from);
    let name = std::env::var("TGP_TEST_NAME").unwrap_or_else(|_| "alone".to_owned());
    let library = library(&root);
    for at in 0..20 {
        while let Err(error) = library.write(
            &Line::Trunk,
            &[change(&format!("tools/{name}/{at}.ts"), &name)],
            &message(at),
            None,
        ) {
            assert!(matches!(error, WriteError::Contended { .. }), "{error}");
        }
    }
    assert_eq!(library.list(&path(&format!("tools/{name}"))).unwrap().len(), 20);
}

#[test]
fn processes_write_at_once_and_nothing_is_lost() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    let children: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|name| {
            let environment = [("TGP_TEST_LIBRARY", root.to_str().unwrap()), ("TGP_TEST_NAME", name)];
            crate::support::another_process("library::a_process_writes_twenty_files", &environment).output()
        })
        .collect();
    // `output` waits, so the real race is between these two, started before either is waited for.
    let spawn = |name: &str| {
        let environment = [("TGP_TEST_LIBRARY", root.to_str().unwrap()), ("TGP_TEST_NAME", name)];
        crate::support::another_process("library::a_process_writes_twenty_files", &environment)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let racing = [spawn("four"), spawn("five"), spawn("six")];
    for output in
        children.into_iter().map(Result::unwrap).chain(racing.map(|child| child.wait_with_output().unwrap()))
    {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let library = library(&root);
    assert_eq!(library.list(&path("tools")).unwrap().len(), 120);
    assert_eq!(git(&root, &["rev-list", "--count", "HEAD"]), "121");
    assert_clean(&library);
}

#[test]
fn packed_refs_and_packed_objects_are_read_as_well() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    library.update_index().unwrap();
    git(folder.path(), &["gc", "--quiet", "--prune=now"]);
    assert!(!folder.path().join(".git/refs/heads/main").exists());
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("1"));
    write(&library, 2, "tools/a.ts", "2");
    write(&library, 3, "tools/b.ts", "2");
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("2"));
    assert_clean(&library);
}

#[test]
fn the_same_content_again_is_a_commit_of_its_own() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "1");
    let prepared = library.prepare(&Line::Trunk, &[change("tools/a.ts", "1")], &message(2), None).unwrap();
    assert!(prepared.is_unchanged());
    library.publish(prepared).unwrap();
    assert_clean(&library);
    assert_sound(folder.path());
}

#[test]
fn earlier_states_can_be_read() {
    let folder = folder();
    let library = library(folder.path());
    let first = write(&library, 1, "tools/a.ts", "1").commit;
    write(&library, 2, "tools/a.ts", "2");
    assert_eq!(library.read_at(first, &path("tools/a.ts")).unwrap().as_deref(), Some(&b"1"[..]));
    let unknown = "0123456789012345678901234567890123456789".parse().unwrap();
    assert!(matches!(library.read_at(unknown, &path("tools/a.ts")), Err(ReadError::NoCommit { .. })));
    let blob = library.blob(&path("tools/a.ts")).unwrap();
    assert_eq!(blob, tgp_repo::BlobId::of(b"2"));
}
