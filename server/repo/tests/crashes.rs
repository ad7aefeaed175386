//! Killed, out of space, out of power: the old state or the new one, and an open that puts things right.

use std::io::{BufRead as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tgp_lock::{ProcessLock, ProcessLockError};
use tgp_repo::{Library, LibrarySettings, Line, Repair, WriteError};

use crate::support::{
    another_process, assert_clean, assert_sound, change, folder, git, library, message, path, read,
    with_small_files, write,
};

fn open(folder: &Path) -> Library {
    Library::open(folder, &LibrarySettings::default()).unwrap()
}

/// Alone it writes fifty times into a library of its own; started by the next test, without end.
#[test]
fn a_process_writes_one_file_again_and_again() {
    let own = folder();
    let given = std::env::var_os("TGP_TEST_LIBRARY");
    let root = given.as_ref().map_or_else(|| own.path().to_owned(), std::path::PathBuf::from);
    let library = library(&root);
    let most = if given.is_some() { u128::MAX } else { 50 };
    let mut number = 0;
    while number < most {
        write(&library, number, &format!("tools/{}.ts", number % 5), &format!("content {number}"));
        println!("\nwritten");
        number += 1;
    }
    assert_eq!(library.list(&path("tools")).unwrap().len(), 5);
}

#[test]
fn killed_at_any_moment_the_library_is_old_or_new() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    drop(library(&root));
    for round in 0..8 {
        let environment = [("TGP_TEST_LIBRARY", root.to_str().unwrap())];
        let mut child = another_process("crashes::a_process_writes_one_file_again_and_again", &environment)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let seen = lines.map(Result::unwrap).filter(|line| line == "written").take(round * 7 + 1).count();
        assert_eq!(seen, round * 7 + 1);
        child.kill().unwrap();
        child.wait().unwrap();
        let library = open(&root);
        assert_sound(&root);
        for file in library.list(&path("tools")).unwrap() {
            let on_disk = std::fs::read(root.join(file.as_str())).unwrap();
            assert_eq!(
                library.read(&file).unwrap().unwrap(),
                on_disk,
                "round {round}: {:?}",
                library.repairs()
            );
        }
        write(&library, 1, "tools/after.ts", &round.to_string());
        assert_clean(&library);
    }
}

#[test]
fn a_lock_of_a_dead_tgp_process_is_cleared() {
    let folder = folder();
    drop(library(folder.path()));
    for (own, lock) in
        [("state/lock-index", ".git/index.lock"), ("state/lock-ref", ".git/refs/heads/main.lock")]
    {
        std::fs::write(folder.path().join(own), "half-written").unwrap();
        std::fs::hard_link(folder.path().join(own), folder.path().join(lock)).unwrap();
    }
    let library = open(folder.path());
    let cleared = library
        .repairs()
        .iter()
        .filter(|repair| matches!(repair, Repair::LockRemoved { foreign: false, .. }))
        .count();
    assert_eq!(cleared, 2);
    write(&library, 1, "tools/a.ts", "1");
    assert_clean(&library);
}

fn old_lock(folder: &Path) -> std::path::PathBuf {
    let lock = folder.join(".git/index.lock");
    let file = std::fs::File::create(&lock).unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - Duration::from_secs(700)).unwrap();
    lock
}

#[test]
fn an_old_lock_of_git_that_nobody_works_with_is_cleared() {
    let folder = folder();
    drop(library(folder.path()));
    let lock = old_lock(folder.path());
    let library = open(folder.path());
    assert!(
        library.repairs().iter().any(|repair| matches!(repair, Repair::LockRemoved { foreign: true, .. }))
    );
    assert!(!lock.exists());
    write(&library, 1, "tools/a.ts", "1");
    assert_clean(&library);
}

#[test]
fn an_old_lock_stays_while_a_git_process_works_in_the_library() {
    let folder = folder();
    drop(library(folder.path()));
    let mut working = std::process::Command::new("git")
        .args(["cat-file", "--batch"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // An answer to a question shows that it runs.
    let mut stdin = working.stdin.take().unwrap();
    writeln!(stdin, "HEAD:meta.json").unwrap();
    let mut answer = String::new();
    let mut stdout = std::io::BufReader::new(working.stdout.take().unwrap());
    stdout.read_line(&mut answer).unwrap();
    assert!(answer.contains("blob"));
    let lock = old_lock(folder.path());
    drop(open(folder.path()));
    assert!(lock.exists());
    drop((stdin, stdout));
    working.wait().unwrap();
    drop(open(folder.path()));
    assert!(!lock.exists());
}

#[test]
fn a_ref_locked_by_a_living_git_is_waited_for_and_then_named() {
    let folder = folder();
    let settings = LibrarySettings { lock_limit: Duration::from_millis(50), ..LibrarySettings::default() };
    let library = Library::init(folder.path(), &settings, crate::support::NOW).unwrap();
    let lock = folder.path().join(".git/refs/heads/main.lock");
    std::fs::write(&lock, "").unwrap();
    let error = library.write(&Line::Trunk, &[change("tools/a.ts", "1")], &message(1), None).unwrap_err();
    assert!(
        matches!(&error, WriteError::Library(fault) if fault.to_string().contains("main.lock")),
        "{error}"
    );
    assert_eq!(read(&library, "tools/a.ts"), None);
    assert!(!folder.path().join("tools/a.ts").exists());
    std::fs::remove_file(&lock).unwrap();
    write(&library, 2, "tools/a.ts", "1");
    assert_clean(&library);
}

/// What a process leaves that dies between the ref and the working tree.
fn die_after_the_ref(root: &Path) {
    let library = open(root);
    let from = library.head().unwrap().unwrap();
    library.update_index().unwrap();
    let prepared = library
        .prepare(
            &Line::Trunk,
            &[change("tools/a.ts", "new"), change("tools/edited.ts", "new")],
            &message(9),
            None,
        )
        .unwrap();
    let to = prepared.commit();
    // A process that publishes holds the gate until it dies.
    let gate = std::fs::File::options().write(true).open(root.join("state/library.lock")).unwrap();
    rustix::fs::flock(&gate, rustix::fs::FlockOperation::LockExclusive).unwrap();
    std::fs::write(root.join("state/checkout"), format!("tree {from} {to}\nindex {from}\n")).unwrap();
    git(root, &["update-ref", "refs/heads/main", &to.to_string()]);
    // The library's own drop must not finish what a dead process would have left.
    std::mem::forget(library);
}

#[test]
fn a_commit_whose_files_never_arrived_is_finished() {
    let folder = folder();
    let first = library(folder.path());
    write(&first, 1, "tools/a.ts", "old");
    write(&first, 2, "tools/edited.ts", "old");
    drop(first);
    die_after_the_ref(folder.path());
    std::fs::write(folder.path().join("tools/edited.ts"), "a person's").unwrap();
    let library = open(folder.path());
    assert_eq!(library.repairs(), [Repair::WorkingTreeFinished { files: 2 }]);
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "new");
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/edited.ts")).unwrap(), "a person's");
    library.update_index().unwrap();
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), " M tools/edited.ts");
}

#[test]
fn another_process_finishes_it_with_its_next_write() {
    let folder = folder();
    let library = library(folder.path());
    write(&library, 1, "tools/a.ts", "old");
    write(&library, 2, "tools/edited.ts", "old");
    die_after_the_ref(folder.path());
    write(&library, 3, "tools/b.ts", "b");
    assert_eq!(std::fs::read_to_string(folder.path().join("tools/a.ts")).unwrap(), "new");
    assert_clean(&library);
}

#[test]
fn a_ref_that_never_moved_leaves_the_old_state() {
    let folder = folder();
    let library_ = library(folder.path());
    write(&library_, 1, "tools/a.ts", "old");
    library_.update_index().unwrap();
    let head = library_.head().unwrap().unwrap();
    let never =
        library_.prepare(&Line::Trunk, &[change("tools/a.ts", "never")], &message(2), None).unwrap().commit();
    drop(library_);
    std::fs::write(folder.path().join("state/checkout"), format!("tree {head} {never}\nindex {head}\n"))
        .unwrap();
    let library = open(folder.path());
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("old"));
    assert_eq!(library.find_action(message(2).action, 100).unwrap(), None);
    assert_clean(&library);
}

#[test]
fn after_a_power_loss_the_last_whole_commit_is_found_and_the_rest_written_again() {
    // What an unsynced file looks like afterwards: of length zero, or not there.
    for damage in ["ref", "commit", "tree", "blob", "blob-gone"] {
        let folder = folder();
        let library = library(folder.path());
        write(&library, 1, "tools/a.ts", "durable");
        let durable = library.flush().unwrap().head.unwrap();
        let changes = [change("tools/b/c.ts", "lost")];
        let written = library.write(&Line::Trunk, &changes, &message(2), Some(durable)).unwrap();
        library.update_index().unwrap();
        let name = match damage {
            "tree" => git(folder.path(), &["rev-parse", "HEAD:tools"]),
            "blob" | "blob-gone" => git(folder.path(), &["rev-parse", "HEAD:tools/b/c.ts"]),
            _ => written.commit.to_string(),
        };
        drop(library);
        let object = folder.path().join(".git/objects").join(&name[..2]).join(&name[2..]);
        let broken = if damage == "ref" { folder.path().join(".git/refs/heads/main") } else { object };
        std::fs::remove_file(&broken).unwrap();
        if damage != "blob-gone" {
            std::fs::write(&broken, "").unwrap();
        }
        let library = open(folder.path());
        assert!(
            library.repairs().contains(&Repair::RefRestored { commit: durable }),
            "{damage}: {:?}",
            library.repairs()
        );
        assert_eq!(library.head().unwrap(), Some(durable));
        // The engine's intent holds what is needed; the same commit comes out, byte for byte.
        assert_eq!(library.find_action(message(2).action, 100).unwrap(), None);
        let again = library.prepare(&Line::Trunk, &changes, &message(2), Some(durable)).unwrap();
        assert_eq!(again.commit(), written.commit);
        library.publish(again).unwrap();
        assert_eq!(library.find_action(message(2).action, 100).unwrap(), Some(written.commit));
        assert_clean(&library);
    }
}

#[test]
fn what_is_flushed_is_noted_as_whole() {
    let folder = folder();
    let library = library(folder.path());
    let prepared = library.prepare(&Line::Trunk, &[change("tools/a.ts", "1")], &message(1), None).unwrap();
    let commit = library.publish(prepared).unwrap().commit;
    assert_eq!(library.flush().unwrap().head, Some(commit));
    assert_eq!(
        std::fs::read_to_string(folder.path().join("state/durable-head")).unwrap().trim(),
        commit.to_string()
    );
    assert_clean(&library);
}

#[test]
fn a_process_tries_to_write_a_megabyte() {
    let own = folder();
    let limited = std::env::var_os("TGP_TEST_LIBRARY");
    let root = limited.as_ref().map_or_else(|| own.path().to_owned(), std::path::PathBuf::from);
    let library = library(&root);
    write(&library, 1, "tools/small.ts", "small");
    // Bytes that do not compress, so that the object is as large as the content.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_le_bytes()[5]
    })
    .take(1 << 20)
    .collect();
    let changes = [tgp_repo::Change { path: path("tools/large.ts"), content: Some(noise.clone()) }];
    match library.write(&Line::Trunk, &changes, &message(2), None) {
        Ok(_) => assert_eq!(library.read(&path("tools/large.ts")).unwrap(), Some(noise)),
        Err(error) => assert!(limited.is_some() && error.to_string().contains("write an object"), "{error}"),
    }
    write(&library, 3, "tools/after.ts", "after");
}

#[test]
fn a_disk_that_refuses_leaves_the_old_state_and_no_half_object() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    let output = with_small_files(
        "crashes::a_process_tries_to_write_a_megabyte",
        &[("TGP_TEST_LIBRARY", root.to_str().unwrap())],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let library = open(&root);
    assert_eq!(read(&library, "tools/large.ts"), None);
    assert_eq!(read(&library, "tools/after.ts").as_deref(), Some("after"));
    let left = std::fs::read_dir(root.join(".git/objects"))
        .unwrap()
        .flatten()
        .filter(|item| item.path().is_file())
        .count();
    assert_eq!(left, 0, "no temporary object stays");
    assert_clean(&library);
}

#[test]
fn a_process_that_may_not_write_says_so() {
    let own = folder();
    let given = std::env::var_os("TGP_TEST_LIBRARY");
    if given.is_none() {
        drop(library(own.path()));
    }
    let root = given.as_ref().map_or_else(|| own.path().to_owned(), std::path::PathBuf::from);
    match Library::open(&root, &LibrarySettings::default()) {
        Ok(library) => {
            let result = library.write(&Line::Trunk, &[change("tools/a.ts", "1")], &message(1), None);
            assert_eq!(result.is_err(), given.is_some(), "{result:?}");
        }
        Err(error) => assert!(given.is_some() && error.to_string().contains("could not"), "{error}"),
    }
}

#[test]
fn a_library_that_may_not_be_written_is_a_clear_error() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    drop(library(&root));
    let readable =
        std::process::Command::new("chmod").args(["-R", "a+rX,a-w"]).arg(folder.path()).status().unwrap();
    assert!(readable.success());
    let mut child = another_process(
        "crashes::a_process_that_may_not_write_says_so",
        &[("TGP_TEST_LIBRARY", root.to_str().unwrap())],
    );
    if rustix::process::geteuid().is_root() {
        // Permissions bind nobody who is root.
        child.uid(65_534).gid(65_534);
    }
    let output = child.output().unwrap();
    std::process::Command::new("chmod").args(["-R", "u+w"]).arg(folder.path()).status().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_clean(&library(&root));
}

#[test]
fn a_process_holds_its_lock_until_it_is_told() {
    let own = folder();
    let given = std::env::var_os("TGP_TEST_STATE");
    let state = given.as_ref().map_or_else(|| own.path().to_owned(), std::path::PathBuf::from);
    let lock = ProcessLock::hold(&state, "01CHILD").unwrap();
    assert!(ProcessLock::is_alive(&state, lock.id()).unwrap());
    println!("\nheld");
    if given.is_some() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
    }
}

#[test]
fn a_process_lock_dies_with_its_process() {
    let folder = folder();
    let state = folder.path();
    let own = ProcessLock::hold(state, "01OWN").unwrap();
    assert!(ProcessLock::is_alive(state, "01OWN").unwrap());
    assert!(matches!(ProcessLock::hold(state, "01OWN"), Err(ProcessLockError::Held { .. })));
    drop(own);
    assert!(!ProcessLock::is_alive(state, "01OWN").unwrap());
    assert!(matches!(ProcessLock::hold(state, "../x"), Err(ProcessLockError::Name { .. })));
    let environment = [("TGP_TEST_STATE", state.to_str().unwrap())];
    let mut child = another_process("crashes::a_process_holds_its_lock_until_it_is_told", &environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line == "held"));
    assert!(ProcessLock::is_alive(state, "01CHILD").unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!ProcessLock::is_alive(state, "01CHILD").unwrap());
    assert_eq!(std::fs::read_dir(state.join("processes")).unwrap().count(), 0);
}
