//! Plain files: reading, listing and writing inside the jail.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tgp_files::{FileError, FileKind, ProjectFiles};

use crate::support::{folder, path};

fn open(root: &std::path::Path) -> ProjectFiles {
    ProjectFiles::open(root, &[".".to_owned()]).unwrap()
}

fn put(files: &ProjectFiles, at: &str, content: &[u8]) {
    files.commit(files.stage(&path(at), content).unwrap()).unwrap();
}

#[test]
fn a_deep_path_makes_its_folders_and_reads_back() {
    let folder = folder();
    let files = open(folder.path());
    put(&files, "deep/nested/file.txt", b"exact\0bytes\r\n");
    assert!(folder.path().join("deep/nested").is_dir());
    assert_eq!(files.read(&path("deep/nested/file.txt"), 100).unwrap(), b"exact\0bytes\r\n");
    put(&files, "deep/other.txt", b"");
    let listed: Vec<String> =
        files.list(&path("deep"), &|_| false, 100).unwrap().files.iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["deep/nested/file.txt", "deep/other.txt"]);
}

#[test]
fn what_is_staged_is_invisible_and_goes_when_dropped() {
    let folder = folder();
    let files = open(folder.path());
    let staged = files.stage(&path("a/b/c"), b"x").unwrap();
    assert_eq!(staged.place().path(), &path("a/b/c"));
    assert!(!staged.replaces());
    assert!(files.list(&path("."), &|_| false, 100).unwrap().files.is_empty());
    drop(staged);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_leftover_of_a_dead_process_is_replaced_and_a_living_ones_is_not() {
    let folder = folder();
    let files = open(folder.path());
    std::fs::write(folder.path().join(".tgp-tmp-x"), "left by a dead process").unwrap();
    put(&files, "x", b"1");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let held = files.stage(&path("x"), b"2").unwrap();
    assert!(matches!(files.stage(&path("x"), b"3"), Err(FileError::Io { .. })));
    files.commit(held).unwrap();
    assert_eq!(files.read(&path("x"), 10).unwrap(), b"2");
}

#[test]
fn a_file_changed_between_look_and_commit_is_not_overwritten() {
    let folder = folder();
    let files = open(folder.path());
    put(&files, "x", b"1");
    let staged = files.stage(&path("x"), b"agent").unwrap();
    std::fs::write(folder.path().join("x"), "a person, meanwhile").unwrap();
    assert!(matches!(files.commit(staged), Err(FileError::Changed { .. })));
    assert_eq!(std::fs::read_to_string(folder.path().join("x")).unwrap(), "a person, meanwhile");
    let staged = files.stage(&path("new"), b"agent").unwrap();
    std::fs::write(folder.path().join("new"), "a person").unwrap();
    assert!(matches!(files.commit(staged), Err(FileError::Changed { .. })));
    assert_eq!(std::fs::read_to_string(folder.path().join("new")).unwrap(), "a person");
}

#[test]
fn the_mode_of_a_file_is_kept() {
    let folder = folder();
    let files = open(folder.path());
    put(&files, "x", b"1");
    std::fs::set_permissions(folder.path().join("x"), std::fs::Permissions::from_mode(0o750)).unwrap();
    put(&files, "x", b"2");
    assert_eq!(std::fs::metadata(folder.path().join("x")).unwrap().permissions().mode() & 0o777, 0o750);
}

#[test]
fn large_files_are_refused_whole_and_read_in_parts() {
    let folder = folder();
    let files = open(folder.path());
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    put(&files, "large", &content);
    match files.read(&path("large"), 99_999).unwrap_err() {
        FileError::TooLarge { size, limit, .. } => assert_eq!((size, limit), (100_000, 99_999)),
        other => panic!("{other}"),
    }
    let part = files.read_part(&path("large"), 50_000, 10).unwrap();
    assert_eq!((part.content.as_slice(), part.size), (&content[50_000..50_010], 100_000));
    assert!(files.read_part(&path("large"), 200_000, 10).unwrap().content.is_empty());
    let fingerprint = files.fingerprint(&path("large")).unwrap().unwrap();
    put(&files, "large", b"other");
    assert_ne!(files.fingerprint(&path("large")).unwrap().unwrap(), fingerprint);
    assert_eq!(files.fingerprint(&path("none")).unwrap(), None);
}

#[test]
fn missing_files_and_folders_are_told_apart() {
    let folder = folder();
    let files = open(folder.path());
    put(&files, "f/x", b"1");
    assert!(matches!(files.read(&path("none"), 1), Err(FileError::Missing { .. })));
    assert!(matches!(files.read(&path("f/none/x"), 1), Err(FileError::Missing { .. })));
    assert!(matches!(files.read(&path("f"), 1), Err(FileError::Kind { kind: FileKind::Folder, .. })));
    assert!(matches!(files.read(&path("f/x/y"), 1), Err(FileError::Kind { kind: FileKind::File, .. })));
    assert!(matches!(files.list(&path("none"), &|_| false, 1), Err(FileError::Missing { .. })));
    assert!(matches!(
        files.list(&path("f/x"), &|_| false, 1),
        Err(FileError::Kind { kind: FileKind::File, .. })
    ));
    assert!(matches!(files.stage(&path("f"), b""), Err(FileError::Kind { kind: FileKind::Folder, .. })));
    assert!(matches!(files.stage(&path("f/x/y"), b""), Err(FileError::Kind { kind: FileKind::File, .. })));
    assert!(!files.look(&path("none")).unwrap().exists());
}

#[test]
fn a_listing_is_bounded_skips_what_it_is_told_and_never_follows_folders() {
    let folder = folder();
    let root = folder.path().join("project");
    for name in ["a", "node_modules/x", ".git", "b"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
        std::fs::write(root.join(name).join("file"), "x").unwrap();
    }
    std::fs::write(folder.path().join("outside"), "x").unwrap();
    symlink("..", root.join("a/up")).unwrap();
    symlink("../b", root.join("a/b")).unwrap();
    symlink("../b/file", root.join("a/inside")).unwrap();
    symlink("../../outside", root.join("a/outside")).unwrap();
    symlink("../.git/file", root.join("a/skipped")).unwrap();
    std::fs::write(root.join(std::ffi::OsStr::from_bytes(b"b/\xff\xfe")), "x").unwrap();
    std::fs::write(root.join("b/back\\slash"), "x").unwrap();
    let files = open(&root);
    let skip = |at: &tgp_model::RepoPath| {
        at.components().next() == Some(".git") || at.file_name() == Some("node_modules")
    };
    let listing = files.list(&path("."), &skip, 100).unwrap();
    let listed: Vec<String> = listing.files.iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["a/file", "a/inside", "b/file"]);
    assert_eq!((listing.unnameable, listing.cut), (2, false));
    let listing = files.list(&path("."), &skip, 2).unwrap();
    assert_eq!((listing.files.len(), listing.cut), (2, true));
}

#[test]
fn a_file_is_deleted_and_a_folder_is_not() {
    let folder = folder();
    let root = folder.path();
    std::fs::create_dir_all(root.join("out")).unwrap();
    std::fs::write(root.join("keep"), "x").unwrap();
    std::fs::write(root.join("out/x"), "x").unwrap();
    symlink("../keep", root.join("out/link")).unwrap();
    let files = ProjectFiles::open(root, &["out".to_owned()]).unwrap();
    files.delete(&path("out/x")).unwrap();
    files.delete(&path("out/link")).unwrap();
    assert!(root.join("keep").exists());
    assert!(matches!(files.delete(&path("keep")), Err(FileError::NotAllowed { .. })));
    assert!(matches!(files.delete(&path("out")), Err(FileError::NotAllowed { .. })));
    assert!(matches!(files.delete(&path("out/none")), Err(FileError::Missing { .. })));
}

/// Run with a limit on the size of files, which the kernel enforces as it does a full disk, also against root.
#[test]
fn a_write_the_disk_refuses_leaves_the_old_file() {
    let folder = folder();
    let root = folder.path().to_str().unwrap();
    let output = crate::support::with_small_files(
        "files::a_write_of_a_megabyte_is_whole_or_not_there",
        &[("TGP_TEST_FOLDER", root)],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(std::fs::read_to_string(folder.path().join("x")).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file and no folder stays");
}

#[test]
fn a_write_of_a_megabyte_is_whole_or_not_there() {
    let own = folder();
    let limited = std::env::var_os("TGP_TEST_FOLDER");
    let root = limited.as_ref().map_or_else(|| own.path().to_owned(), std::path::PathBuf::from);
    let files = open(&root);
    put(&files, "x", b"old");
    let megabyte = vec![7; 1 << 20];
    for at in ["x", "new/folder/y"] {
        match files.stage(&path(at), &megabyte) {
            Ok(staged) => {
                files.commit(staged).unwrap();
                assert_eq!(files.read(&path(at), 1 << 20).unwrap(), megabyte);
            }
            Err(error) => {
                assert!(limited.is_some() && matches!(error, FileError::Io { .. }), "{error}");
                assert!(!root.join("new").exists());
            }
        }
    }
}

#[test]
fn a_folder_that_vanished_is_told() {
    let folder = folder();
    let files = open(folder.path());
    std::fs::create_dir(folder.path().join("f")).unwrap();
    let staged = files.stage(&path("f/y"), b"new").unwrap();
    std::fs::remove_dir_all(folder.path().join("f")).unwrap();
    assert!(matches!(files.commit(staged), Err(FileError::Changed { .. })));
    std::fs::write(folder.path().join("f"), "a file now").unwrap();
    assert!(matches!(files.stage(&path("f/y"), b"new"), Err(FileError::Kind { kind: FileKind::File, .. })));
}
