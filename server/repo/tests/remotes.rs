//! Bare remotes: cloning, pulling, pushing, races, conflicts, refusals.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use tgp_repo::{
    Credentials, Hydration, Library, LibrarySettings, RemoteError, RemoteUrl, SyncError, SyncReport,
    SyncRequest, Tree,
};

use crate::support::{
    NOW, assert_clean, assert_sound, bare, folder, git, message, no_pause, path, read, request,
    settings_with, write,
};

/// A registry as the engine derives it: paths and hashes of all tools.
fn registry(tree: &dyn Tree) -> Vec<u8> {
    let lines: Vec<String> =
        tree.list(&path("tools")).unwrap().iter().map(|(path, blob)| format!("{path} {blob}\n")).collect();
    lines.concat().into_bytes()
}

fn kernel(root: impl AsRef<Path>, remote: &Path) -> Library {
    Library::init(root.as_ref(), &settings_with(remote), NOW).unwrap()
}

fn hydrate(library: &Library, number: u128) -> Hydration {
    library
        .hydrate(library.settings().remote.as_ref().unwrap(), &Credentials::none(), &request(number))
        .unwrap()
}

fn sync(library: &Library, number: u128) -> SyncReport {
    library.sync(&registry, &Credentials::none(), &request(number)).unwrap()
}

/// A person pushes a file with nothing but git.
fn person_pushes(folder: &Path, remote: &Path, at: &str, content: &str) {
    let clone = folder.join("person");
    if !clone.exists() {
        git(folder, &["clone", "--quiet", remote.to_str().unwrap(), "person"]);
    }
    if !git(&clone, &["ls-remote", "--heads", "origin"]).is_empty() {
        git(&clone, &["pull", "--quiet", "origin", "main"]);
    }
    std::fs::create_dir_all(clone.join(at).parent().unwrap()).unwrap();
    std::fs::write(clone.join(at), content).unwrap();
    git(&clone, &["add", "-A"]);
    git(&clone, &["commit", "--quiet", "-m", "a person's tool"]);
    git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
}

#[test]
fn hydration_clones_what_a_person_committed() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    person_pushes(folder.path(), &remote, "tools/hello.ts", "hello");
    let library = kernel(folder.path().join(".tgp"), &remote);
    assert!(
        matches!(hydrate(&library, 1), Hydration::Cloned { ref left_alone, .. } if left_alone.is_empty())
    );
    assert_eq!(read(&library, "tools/hello.ts").as_deref(), Some("hello"));
    assert_eq!(std::fs::read_to_string(library.folder().join("tools/hello.ts")).unwrap(), "hello");
    assert_eq!(git(library.folder(), &["rev-parse", "HEAD"]), git(&remote, &["rev-parse", "main"]));
    assert_eq!(hydrate(&library, 2), Hydration::UpToDate);
    person_pushes(folder.path(), &remote, "tools/second.ts", "second");
    assert!(matches!(hydrate(&library, 3), Hydration::Pulled { joined: false, .. }));
    assert_eq!(read(&library, "tools/second.ts").as_deref(), Some("second"));
    library.update_index().unwrap();
    // The remote has no .gitignore; the library's own exclusions keep a person's status right all the same.
    assert_clean(&library);
}

#[test]
fn an_empty_remote_is_fine_and_takes_the_first_push() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let library = kernel(folder.path().join(".tgp"), &remote);
    assert_eq!(hydrate(&library, 1), Hydration::UpToDate);
    write(&library, 2, "tools/new.ts", "new");
    let report = sync(&library, 3);
    assert!(report.pushed && !report.pulled && !report.joined);
    assert!(git(&remote, &["log", "--format=%s", "main"]).contains("Write number 2"));
    assert_eq!(git(&remote, &["show", "main:tools/new.ts"]), "new");
    assert!(git(&remote, &["show", "main:meta.json"]).starts_with("tools/new.ts "));
    let again = sync(&library, 4);
    assert!(!again.pushed && !again.pulled && again.attempts == 1);
    assert_clean(&library);
}

#[test]
fn work_goes_on_without_the_remote() {
    let folder = folder();
    let library = kernel(folder.path().join(".tgp"), &folder.path().join("nowhere.git"));
    match hydrate(&library, 1) {
        Hydration::Offline { reason } => assert!(reason.to_string().contains("nowhere.git"), "{reason}"),
        other => panic!("{other:?}"),
    }
    write(&library, 2, "tools/a.ts", "1");
    match library.sync(&registry, &Credentials::none(), &request(3)) {
        Err(SyncError::Remote(error)) => assert!(error.is_offline(), "{error}"),
        other => panic!("{other:?}"),
    }
    assert_clean(&library);
    let free = Library::init(&folder.path().join("free"), &LibrarySettings::default(), NOW).unwrap();
    assert!(matches!(free.sync(&registry, &Credentials::none(), &request(4)), Err(SyncError::NoRemote)));
}

#[test]
fn a_host_that_does_not_exist_is_offline() {
    let folder = folder();
    let url = RemoteUrl::from_settings(None, "https://tgp.invalid/a/b.git", folder.path()).unwrap();
    let library = Library::init(&folder.path().join(".tgp"), &LibrarySettings::default(), NOW).unwrap();
    assert!(matches!(
        library.hydrate(&url, &Credentials::none(), &request(1)).unwrap(),
        Hydration::Offline { .. }
    ));
}

#[test]
fn two_kernels_that_began_from_an_empty_remote_end_with_both_files() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let a = kernel(folder.path().join("a"), &remote);
    let b = kernel(folder.path().join("b"), &remote);
    write(&a, 1, "tools/toolA.ts", "A");
    write(&b, 2, "tools/toolB.ts", "B");
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        for (library, number) in [(&a, 3), (&b, 4)] {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                sync(library, number)
            });
        }
    });
    assert_eq!(git(&remote, &["show", "main:tools/toolA.ts"]), "A");
    assert_eq!(git(&remote, &["show", "main:tools/toolB.ts"]), "B");
    let meta = git(&remote, &["show", "main:meta.json"]);
    assert_eq!(meta.lines().count(), 2, "{meta}");
    sync(&a, 5);
    sync(&b, 6);
    assert_eq!(a.head().unwrap(), b.head().unwrap());
    for library in [&a, &b] {
        assert_eq!(read(library, "tools/toolA.ts").as_deref(), Some("A"));
        assert_eq!(read(library, "tools/toolB.ts").as_deref(), Some("B"));
        assert_clean(library);
    }
    assert_sound(&remote);
}

#[test]
fn six_kernels_push_again_and_again_and_lose_nothing() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let kernels: Vec<Library> =
        (0..6).map(|at| kernel(folder.path().join(format!("k{at}")), &remote)).collect();
    std::thread::scope(|scope| {
        for (at, library) in kernels.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..3_u128 {
                    let number = at as u128 * 100 + round * 2;
                    write(library, number, &format!("tools/k{at}/r{round}.ts"), "x");
                    let request = SyncRequest {
                        message: message(number + 1),
                        attempts: 100,
                        pause: &no_pause,
                        push_trunk: true,
                    };
                    library.sync(&registry, &Credentials::none(), &request).unwrap();
                }
            });
        }
    });
    assert_eq!(git(&remote, &["ls-tree", "-r", "--name-only", "main", "tools/"]).lines().count(), 18);
    assert_eq!(git(&remote, &["show", "main:meta.json"]).lines().count(), 18);
    assert_sound(&remote);
    for library in &kernels {
        sync(library, 999);
        assert_eq!(library.list(&path("tools")).unwrap().len(), 18);
        assert_clean(library);
    }
}

#[test]
fn changes_of_one_file_in_different_lines_are_joined() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let (a, b) = (kernel(folder.path().join("a"), &remote), kernel(folder.path().join("b"), &remote));
    write(&a, 1, "tools/x.ts", "1\n2\n3\n4\n5\n6\n7\n");
    sync(&a, 2);
    hydrate(&b, 3);
    write(&a, 4, "tools/x.ts", "one\n2\n3\n4\n5\n6\n7\n");
    write(&b, 5, "tools/x.ts", "1\n2\n3\n4\n5\n6\nseven\n");
    sync(&a, 6);
    let report = sync(&b, 7);
    assert!(report.joined && report.pushed);
    assert_eq!(read(&b, "tools/x.ts").as_deref(), Some("one\n2\n3\n4\n5\n6\nseven\n"));
    assert!(
        git(b.folder(), &["log", "-3", "--format=%s %(trailers:key=Tgp-Action,valueonly)"])
            .contains("Join the remote's tools with ours")
    );
    assert_clean(&b);
}

#[test]
fn a_conflict_names_the_file_with_all_sides_and_changes_nothing() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let (a, b) = (kernel(folder.path().join("a"), &remote), kernel(folder.path().join("b"), &remote));
    write(&a, 1, "tools/x.ts", "base\n");
    write(&a, 2, "tools/gone.ts", "base\n");
    sync(&a, 3);
    hydrate(&b, 4);
    write(&a, 5, "tools/x.ts", "ours\n");
    a.write(&tgp_repo::Line::Trunk, &[crate::support::delete("tools/gone.ts")], &message(6), None).unwrap();
    write(&b, 7, "tools/x.ts", "theirs\n");
    write(&b, 8, "tools/gone.ts", "changed\n");
    write(&b, 9, "tools/fine.ts", "fine\n");
    sync(&b, 10);
    let (head, pushed) = (a.head().unwrap(), git(&remote, &["rev-parse", "main"]));
    let files = match a.sync(&registry, &Credentials::none(), &request(11)).unwrap_err() {
        SyncError::Conflict { files } => files,
        other => panic!("{other}"),
    };
    let told: Vec<_> = files
        .iter()
        .map(|file| (file.path.as_str(), file.ours.as_deref(), file.theirs.as_deref(), file.base.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("tools/gone.ts", None, Some(&b"changed\n"[..]), Some(&b"base\n"[..])),
            ("tools/x.ts", Some(&b"ours\n"[..]), Some(&b"theirs\n"[..]), Some(&b"base\n"[..])),
        ]
    );
    assert_eq!(a.head().unwrap(), head);
    assert_eq!(git(&remote, &["rev-parse", "main"]), pushed);
    assert_eq!(read(&a, "tools/fine.ts"), None);
    assert_clean(&a);
    // Either side settles it: here ours is given up, and the next sync goes through.
    write(&a, 12, "tools/x.ts", "theirs\n");
    write(&a, 13, "tools/gone.ts", "changed\n");
    assert!(sync(&a, 14).pushed);
    assert_eq!(read(&a, "tools/fine.ts").as_deref(), Some("fine\n"));
}

#[test]
fn histories_that_never_met_and_both_have_a_tool_of_one_name_conflict() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    person_pushes(folder.path(), &remote, "tools/x.ts", "theirs");
    let library = kernel(folder.path().join(".tgp"), &remote);
    write(&library, 1, "tools/x.ts", "ours");
    match library.hydrate(library.settings().remote.as_ref().unwrap(), &Credentials::none(), &request(2)) {
        Err(SyncError::Conflict { files }) => assert_eq!((files.len(), files[0].base.as_deref()), (1, None)),
        other => panic!("{other:?}"),
    }
    assert_clean(&library);
}

#[test]
fn a_persons_edits_survive_a_pull() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    person_pushes(folder.path(), &remote, "tools/x.ts", "1");
    let library = kernel(folder.path().join(".tgp"), &remote);
    hydrate(&library, 1);
    std::fs::write(library.folder().join("tools/x.ts"), "uncommitted").unwrap();
    std::fs::write(library.folder().join("tools/y.ts"), "untracked").unwrap();
    person_pushes(folder.path(), &remote, "tools/x.ts", "2");
    person_pushes(folder.path(), &remote, "tools/y.ts", "2");
    match hydrate(&library, 2) {
        Hydration::Pulled { left_alone, .. } => assert_eq!(left_alone.len(), 2, "{left_alone:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read_to_string(library.folder().join("tools/x.ts")).unwrap(), "uncommitted");
    assert_eq!(std::fs::read_to_string(library.folder().join("tools/y.ts")).unwrap(), "untracked");
    assert_eq!(read(&library, "tools/x.ts").as_deref(), Some("2"));
    library.update_index().unwrap();
    assert_eq!(git(library.folder(), &["status", "--porcelain"]), " M tools/x.ts\n M tools/y.ts");
}

#[test]
fn a_remote_that_refuses_is_quoted_and_the_work_stays() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let hook = remote.join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho 'main is protected' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let library = kernel(folder.path().join(".tgp"), &remote);
    write(&library, 1, "tools/a.ts", "1");
    match library.sync(&registry, &Credentials::none(), &request(2)) {
        Err(SyncError::Remote(RemoteError::Refused { reason, .. })) => {
            assert!(reason.contains("main is protected"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(read(&library, "tools/a.ts").as_deref(), Some("1"));
    assert_clean(&library);
    std::fs::remove_file(&hook).unwrap();
    assert!(sync(&library, 3).pushed);
}

#[test]
fn a_remote_that_moves_on_every_time_is_given_up() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    // The remote answers every push as one that lost a race does.
    let hook = remote.join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\n: > \"$1.lock\"\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let library = kernel(folder.path().join(".tgp"), &remote);
    write(&library, 1, "tools/a.ts", "1");
    let pauses = std::cell::RefCell::new(Vec::new());
    let pause = |attempt| pauses.borrow_mut().push(attempt);
    let request = SyncRequest { message: message(2), attempts: 3, pause: &pause, push_trunk: true };
    match library.sync(&registry, &Credentials::none(), &request) {
        Err(SyncError::Contended { attempts }) => assert_eq!(attempts, 3),
        other => panic!("{other:?}"),
    }
    assert_eq!(*pauses.borrow(), [1, 2]);
    assert_clean(&library);
}

/// A server that asks for a name and password and refuses them with an answer that repeats them.
fn refusing_server(requests: usize) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for stream in listener.incoming().take(requests) {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let answer =
                if head.contains("Authorization: Basic") { "403 Forbidden" } else { "401 Unauthorized" };
            let body = "remote: s3cr3t-t0ken is not welcome";
            let text = format!(
                "HTTP/1.1 {answer}\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(text.as_bytes()).unwrap();
            seen.push(head);
        }
        seen
    });
    (port, served)
}

#[test]
fn a_token_reaches_the_server_and_nothing_else() {
    let folder = folder();
    let (port, served) = refusing_server(2);
    let text = format!("http://127.0.0.1:{port}/a/b.git");
    let url = RemoteUrl::from_settings(None, &text, folder.path()).unwrap();
    let library = Library::init(&folder.path().join(".tgp"), &LibrarySettings::default(), NOW).unwrap();
    let credentials = Credentials::token("s3cr3t-t0ken", Some("bot".to_owned()));
    let error = library.hydrate(&url, &credentials, &request(1)).unwrap_err();
    assert!(matches!(error, SyncError::Remote(RemoteError::Unauthorized { .. })), "{error:?}");
    let told = format!("{error} {error:?} {credentials:?}");
    assert!(!told.contains("s3cr3t"), "{told}");
    let seen = served.join().unwrap();
    // "bot:s3cr3t-t0ken" in base64.
    assert!(seen.last().unwrap().contains("Authorization: Basic Ym90OnMzY3IzdC10MGtlbg=="), "{seen:?}");
    let everything =
        std::process::Command::new("grep").args(["-r", "s3cr3t"]).arg(folder.path()).output().unwrap();
    assert!(everything.stdout.is_empty(), "{}", String::from_utf8_lossy(&everything.stdout));
}

#[test]
fn a_token_inside_the_url_is_used_and_not_kept() {
    let folder = folder();
    let (port, served) = refusing_server(2);
    let url = RemoteUrl::from_settings(
        None,
        &format!("http://bot:s3cr3t-t0ken@127.0.0.1:{port}/a.git"),
        folder.path(),
    )
    .unwrap();
    let library = Library::init(&folder.path().join(".tgp"), &LibrarySettings::default(), NOW).unwrap();
    let error = library.hydrate(&url, &Credentials::none(), &request(1)).unwrap_err();
    assert!(!format!("{error} {error:?} {url} {url:?}").contains("s3cr3t"), "{error:?}");
    assert!(served.join().unwrap().last().unwrap().contains("Authorization: Basic Ym90OnMzY3IzdC10MGtlbg=="));
}

#[test]
fn a_server_that_never_answers_is_left_after_the_limit() {
    let folder = folder();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url =
        RemoteUrl::from_settings(None, &format!("http://127.0.0.1:{port}/a.git"), folder.path()).unwrap();
    let settings = LibrarySettings { remote_limit: Duration::from_millis(300), ..LibrarySettings::default() };
    let library = Library::init(&folder.path().join(".tgp"), &settings, NOW).unwrap();
    let begun = std::time::Instant::now();
    match library.hydrate(&url, &Credentials::none(), &request(1)).unwrap() {
        Hydration::Offline { reason } => assert!(matches!(reason, RemoteError::Timeout { .. }), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
    drop(listener);
}

#[test]
fn the_registry_a_person_spoiled_is_derived_anew() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let library = kernel(folder.path().join(".tgp"), &remote);
    write(&library, 1, "tools/a.ts", "1");
    sync(&library, 2);
    person_pushes(folder.path(), &remote, "meta.json", "<<<<<<< spoiled");
    let report = sync(&library, 3);
    assert!(report.pulled && report.pushed);
    assert!(git(&remote, &["show", "main:meta.json"]).starts_with("tools/a.ts "));
    assert_eq!(
        git(library.folder(), &["show", "HEAD:meta.json"]),
        std::fs::read_to_string(library.folder().join("meta.json")).unwrap().trim()
    );
    assert_clean(&library);
}
