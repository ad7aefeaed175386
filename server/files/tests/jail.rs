//! Nothing outside the project is read, listed or written, whatever is in the way.

use std::os::unix::fs::symlink;
use std::path::Path;

use tgp_files::{FileError, FileKind, Place, ProjectFiles};

use crate::support::{folder, path};

fn open(root: &Path, allowed: &[&str]) -> ProjectFiles {
    let allowed: Vec<String> = allowed.iter().map(|text| (*text).to_owned()).collect();
    ProjectFiles::open(root, &allowed).unwrap()
}

fn put(files: &ProjectFiles, at: &str, content: &str) -> Result<(), FileError> {
    let place = files.place(at)?;
    let staged = files.stage(&place, content.as_bytes())?;
    files.commit(staged)
}

#[test]
fn dots_and_absolute_paths_lead_nowhere() {
    let folder = folder();
    let root = folder.path().join("project");
    std::fs::create_dir_all(root.join("out")).unwrap();
    let files = open(&root, &["out"]);
    for at in [
        "../outside.txt",
        "out/../../outside.txt",
        "/etc/passwd",
        "out/./../../x",
        "a\\..\\b",
        "/proc/self/root/etc/passwd",
    ] {
        assert!(matches!(files.place(at), Err(FileError::Path(_))), "{at}");
    }
    assert!(!folder.path().join("outside.txt").exists());
    let inside = root.canonicalize().unwrap().join("out/x");
    assert_eq!(files.place(inside.to_str().unwrap()).unwrap().path(), &path("out/x"));
}

#[test]
fn a_symlink_out_of_the_project_is_not_followed() {
    let folder = folder();
    let root = folder.path().join("project");
    std::fs::create_dir_all(root.join("out")).unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    symlink("/etc/passwd", root.join("passwd")).unwrap();
    symlink("../secret", root.join("relative")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("/proc/self/root", root.join("magic")).unwrap();
    symlink(folder.path(), root.join("out/away")).unwrap();
    let files = open(&root, &["out"]);
    for at in ["passwd", "relative", "up/secret", "magic/etc/passwd", "out/away/secret"] {
        assert!(matches!(files.read(&path(at), 1 << 20), Err(FileError::Escape { .. })), "{at}");
        assert!(matches!(files.look(&path(at)), Err(FileError::Escape { .. })), "{at}");
        assert!(matches!(files.stage(&path(at), b"x"), Err(FileError::Escape { .. })), "{at}");
        assert!(files.read_direct(&path(at), 1 << 20).is_err(), "{at}");
    }
    assert!(matches!(put(&files, "out/away/new", "x"), Err(FileError::Escape { .. })));
    assert!(!folder.path().join("new").exists());
    assert_eq!(std::fs::read_to_string(folder.path().join("secret")).unwrap(), "secret");
}

#[test]
fn a_symlink_inside_is_followed_and_said_where_it_leads() {
    let folder = folder();
    let root = folder.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("real/deep")).unwrap();
    std::fs::write(root.join("real/deep/file"), "content").unwrap();
    symlink("real/deep", root.join("folder")).unwrap();
    symlink("../real/deep/../deep/file", root.join("real/again")).unwrap();
    symlink(root.join("real/deep/file"), root.join("absolute")).unwrap();
    symlink("folder/file", root.join("twice")).unwrap();
    symlink("real/deep/..", root.join("back")).unwrap();
    let files = open(&root, &[]);
    for at in ["folder/file", "real/again", "absolute", "twice", "back/deep/file"] {
        let looked = files.look(&path(at)).unwrap();
        assert_eq!(looked.leads_to.path(), &path("real/deep/file"), "{at}");
        assert_eq!(looked.size, 7);
        assert_eq!(files.read(&path(at), 100).unwrap(), b"content", "{at}");
        assert_eq!(files.read_direct(&looked.leads_to, 100).unwrap(), b"content");
    }
    assert_eq!(files.look(&path("back")).unwrap().leads_to.path(), &path("real"));
    assert_eq!(files.look(&path("folder/none/x")).unwrap().leads_to.path(), &path("real/deep/none/x"));
    assert_eq!(files.look(&path(".")).unwrap().kind, Some(FileKind::Folder));
}

#[test]
fn symlinks_in_a_circle_end() {
    let folder = folder();
    symlink("b", folder.path().join("a")).unwrap();
    symlink("a", folder.path().join("b")).unwrap();
    let files = open(folder.path(), &["."]);
    assert!(matches!(files.look(&path("a")), Err(FileError::Loop { .. })));
    assert!(matches!(files.read(&path("a/x"), 1), Err(FileError::Loop { .. })));
}

#[test]
fn an_allowed_folder_is_compared_by_whole_components() {
    let folder = folder();
    let root = folder.path().join("project");
    for name in ["allowed", "allowed_evil", "other"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    let files = open(&root, &["./allowed", "not/yet"]);
    put(&files, "allowed/x", "1").unwrap();
    put(&files, "allowed/deep/er/x", "2").unwrap();
    put(&files, "not/yet/there/x", "3").unwrap();
    assert_eq!(std::fs::read_to_string(root.join("not/yet/there/x")).unwrap(), "3");
    for at in ["allowed_evil/x", "other/x", "x", "allowed", "not/yet_evil/x", "not/x", "allowed/../other/x"] {
        let error = put(&files, at, "x").unwrap_err();
        assert!(matches!(error, FileError::NotAllowed { .. }), "{at}: {error}");
    }
    assert!(!root.join("not/yet_evil").exists() && !root.join("not/x").exists());
    assert!(!files.look(&path("other/x")).unwrap().writable);
    assert!(files.look(&path("allowed/y")).unwrap().writable);
}

#[test]
fn an_allowed_folder_that_a_symlink_turns_outside_allows_nothing() {
    let folder = folder();
    let root = folder.path().join("project");
    std::fs::create_dir_all(&root).unwrap();
    symlink(folder.path(), root.join("tmp")).unwrap();
    let files = open(&root, &["./tmp"]);
    assert!(matches!(put(&files, "tmp/x", "x"), Err(FileError::Escape { .. })));
    assert!(!folder.path().join("x").exists());
}

#[test]
fn a_symlink_may_lead_from_an_allowed_folder_into_another_only() {
    let folder = folder();
    let root = folder.path();
    for name in ["one", "two", "three"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    symlink("../two", root.join("one/two")).unwrap();
    symlink("../three", root.join("one/three")).unwrap();
    symlink("../three/new", root.join("one/new")).unwrap();
    let files = open(root, &["one", "two"]);
    put(&files, "one/two/x", "x").unwrap();
    assert!(root.join("two/x").exists());
    assert!(matches!(put(&files, "one/three/x", "x"), Err(FileError::NotAllowed { .. })));
    assert!(matches!(put(&files, "one/new", "x"), Err(FileError::NotAllowed { .. })));
    assert!(!root.join("three/x").exists() && !root.join("three/new").exists());
}

#[test]
fn a_host_folder_is_reached_by_its_absolute_path_and_nothing_beside_it() {
    let folder = folder();
    let base = folder.path().canonicalize().unwrap();
    for name in ["project", "host", "host_evil"] {
        std::fs::create_dir_all(base.join(name)).unwrap();
    }
    std::fs::write(base.join("host_evil/x"), "x").unwrap();
    let host = base.join("host");
    let files = open(&base.join("project"), &[host.to_str().unwrap()]);
    let at = |text: &str| files.place(base.join(text).to_str().unwrap());
    put(&files, host.join("sub/x").to_str().unwrap(), "1").unwrap();
    assert_eq!(files.read(at("host/sub/x").unwrap(), 10).unwrap(), b"1");
    assert!(!at("host/sub/x").unwrap().is_in_project());
    assert!(at("host_evil/x").is_err());
    assert!(at("host/../host_evil/x").is_err());
    // The same relative path is another file: the project's, which is not allowed.
    assert!(matches!(put(&files, "sub/x", "x"), Err(FileError::NotAllowed { .. })));
}

#[test]
fn a_parent_swapped_for_a_symlink_before_the_commit_is_refused() {
    let folder = folder();
    let root = folder.path().join("project");
    let outside = folder.path().join("outside");
    std::fs::create_dir_all(root.join("out/sub")).unwrap();
    std::fs::create_dir_all(&outside).unwrap();
    let files = open(&root, &["out"]);
    let staged = files.stage(&path("out/sub/x"), b"x").unwrap();
    std::fs::rename(root.join("out/sub"), root.join("out/moved")).unwrap();
    symlink(&outside, root.join("out/sub")).unwrap();
    assert!(matches!(files.commit(staged), Err(FileError::Changed { .. })));
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(root.join("out/moved")).unwrap().count(), 0, "the temporary file is gone");
}

#[test]
fn a_parent_swapped_again_and_again_never_leads_out() {
    let folder = folder();
    let root = folder.path().join("project");
    let outside = folder.path().join("outside");
    std::fs::create_dir_all(root.join("out/sub")).unwrap();
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::write(outside.join("x"), "secret").unwrap();
    std::fs::write(root.join("out/sub/x"), "inside").unwrap();
    symlink(&outside, root.join("out/link")).unwrap();
    let files = open(&root, &["out"]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                let (one, two) = (root.join("out/sub"), root.join("out/link"));
                rustix::fs::renameat_with(rustix::fs::CWD, &one, rustix::fs::CWD, &two, exchange).unwrap();
            }
        });
        // Where this fails, the other thread has to end all the same.
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for at in 0..3_000 {
                if let Ok(content) = files.read(&path("out/sub/x"), 100) {
                    assert_ne!(content, b"secret");
                }
                if at % 30 == 0 {
                    let _ = put(&files, "out/sub/new", "new");
                }
            }
        }));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        looked.unwrap_or_else(|failure| std::panic::resume_unwind(failure));
    });
    assert_eq!(std::fs::read_to_string(outside.join("x")).unwrap(), "secret");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn a_pipe_a_socket_and_a_device_are_not_files() {
    let folder = folder();
    let root = folder.path();
    rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let device =
        std::process::Command::new("mknod").arg(root.join("device")).args(["c", "1", "5"]).status().unwrap();
    assert!(device.success());
    let files = open(root, &["."]);
    let kinds = [("pipe", FileKind::Fifo), ("socket", FileKind::Socket), ("device", FileKind::Device)];
    for (at, kind) in kinds {
        assert_eq!(files.look(&path(at)).unwrap().kind, Some(kind));
        match files.read(&path(at), 1 << 20).unwrap_err() {
            FileError::Kind { kind: found, .. } => assert_eq!(found, kind),
            other => panic!("{at}: {other}"),
        }
        assert!(matches!(files.stage(&path(at), b"x"), Err(FileError::Kind { .. })), "{at}");
    }
    assert!(files.list(&path("."), &|_| false, 100).unwrap().files.is_empty());
}

#[test]
fn a_hard_link_is_read_and_its_other_names_are_counted() {
    let folder = folder();
    let root = folder.path().join("project");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(folder.path().join("elsewhere"), "shared").unwrap();
    std::fs::hard_link(folder.path().join("elsewhere"), root.join("link")).unwrap();
    let files = open(&root, &["."]);
    // No system can tell the names of a file apart; the caller sees that there are two, and writing makes a new file.
    assert_eq!(files.look(&path("link")).unwrap().links, 2);
    put(&files, "link", "mine").unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("elsewhere")).unwrap(), "shared");
}

#[test]
fn a_place_is_a_path_or_a_host_path() {
    let folder = folder();
    let files = open(folder.path(), &[]);
    assert_eq!(files.place("a/../b").unwrap(), Place::from(&path("b")));
    assert!(matches!(files.place("/etc/passwd"), Err(FileError::Path(_))));
}
