//! What is kept on disk, found damaged, made twice at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;
use tgp_model::CancelToken;
use tgp_sandbox::{Budget, OpenSandboxError, RunInput, Sandbox};

use crate::harness::{NoHost, cache, module, sandbox, std_modules, wide};

const CODE: &str = "export default () => 'right';";

/// A cache of its own that holds the engine already, because preparing takes seconds.
fn prepared() -> TempDir {
    sandbox();
    let folder = tempfile::tempdir().unwrap();
    for path in files(&cache()) {
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

fn open(folder: &Path) -> (Sandbox, usize) {
    let told = AtomicUsize::new(0);
    let sandbox = Sandbox::open(folder, &std_modules(), &mut |_| {
        told.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    (sandbox, told.into_inner())
}

fn answer(sandbox: &Sandbox) -> String {
    let tool = sandbox.build("tools/a.ts", &[module("tools/a.ts", CODE)], "hash").unwrap();
    let input = RunInput { args: "{}", seed: 0, now_ms: 0, env: None };
    sandbox.run(&tool, input, &Budget::new(&wide(), CancelToken::new()), &mut NoHost).result.unwrap()
}

#[test]
fn the_engine_is_prepared_once_and_then_mapped() {
    let folder = prepared();
    assert!(Sandbox::is_prepared(folder.path(), &std_modules()));
    let (sandbox, told) = open(folder.path());
    assert_eq!((answer(&sandbox).as_str(), told), (r#""right""#, 0));
}

#[test]
fn another_standard_library_is_another_engine() {
    let folder = prepared();
    assert!(!Sandbox::is_prepared(folder.path(), &[module("@tgp/std", "export const a = 2;")]));
}

#[test]
fn a_damaged_engine_file_is_made_again() {
    let folder = prepared();
    let code = files(folder.path())
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "bin"))
        .unwrap();
    let mut bytes = fs::read(&code).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&code, bytes).unwrap();
    assert!(!Sandbox::is_prepared(folder.path(), &std_modules()));
    let (sandbox, told) = open(folder.path());
    assert_eq!((answer(&sandbox).as_str(), told), (r#""right""#, 2));
    assert!(Sandbox::is_prepared(folder.path(), &std_modules()));
}

#[test]
fn an_engine_file_cut_short_or_empty_is_not_used() {
    let folder = prepared();
    for path in files(folder.path()) {
        let bytes = fs::read(&path).unwrap();
        for length in [0, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(!Sandbox::is_prepared(folder.path(), &std_modules()), "{path:?} {length}");
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(Sandbox::is_prepared(folder.path(), &std_modules()));
}

#[cfg(unix)]
#[test]
fn an_engine_file_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = prepared();
    for path in files(folder.path()) {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(!Sandbox::is_prepared(folder.path(), &std_modules()), "{path:?}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(Sandbox::is_prepared(folder.path(), &std_modules()));
}

#[cfg(unix)]
#[test]
fn an_engine_file_that_is_a_link_is_not_used() {
    let folder = prepared();
    for path in files(folder.path()) {
        let elsewhere = path.with_extension("moved");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(!Sandbox::is_prepared(folder.path(), &std_modules()), "{path:?}");
        fs::remove_file(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("a/b");
    // A standard library that throws ends the preparation early; the folder of a good one is looked at below.
    let failed = Sandbox::open(&cache, &[module("@tgp/std", "throw new Error('no');")], &mut |_| ());
    assert!(matches!(failed, Err(OpenSandboxError::Std { .. })), "{failed:?}");
    sandbox();
    for path in files(&self::cache()) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
    let tools = prepared();
    let (sandbox, _) = open(tools.path());
    answer(&sandbox);
    let of_tools = fs::read_dir(tools.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    assert_eq!(fs::metadata(&of_tools).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_tool_is_found_again_by_the_next_process_and_made_again_where_its_file_is_damaged() {
    let folder = prepared();
    let (sandbox, _) = open(folder.path());
    assert_eq!(answer(&sandbox), r#""right""#);
    let of_tools = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    let file = files(&of_tools).pop().unwrap();
    let whole = fs::read(&file).unwrap();
    // Found: a build with no modules at all has nothing to be made of.
    let (again, _) = open(folder.path());
    assert!(again.build("tools/a.ts", &[], "hash").is_ok());
    for damaged in [&whole[..0], &whole[..20], &whole[..whole.len() - 1], &[whole.as_slice(), b"x"].concat()]
    {
        fs::write(&file, damaged).unwrap();
        let (again, _) = open(folder.path());
        assert!(again.build("tools/a.ts", &[], "hash").is_err());
        assert_eq!(answer(&again), r#""right""#);
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
}

#[test]
fn two_openers_and_many_builders_at_once_all_succeed() {
    let folder = prepared();
    for path in files(folder.path()) {
        fs::remove_file(path).unwrap();
    }
    thread::scope(|scope| {
        let openers: Vec<_> = (0..2).map(|_| scope.spawn(|| answer(&open(folder.path()).0))).collect();
        for opener in openers {
            assert_eq!(opener.join().unwrap(), r#""right""#);
        }
    });
    let (sandbox, told) = open(folder.path());
    assert_eq!(told, 0);
    thread::scope(|scope| {
        let builders: Vec<_> = (0..8).map(|_| scope.spawn(|| answer(&sandbox))).collect();
        for builder in builders {
            assert_eq!(builder.join().unwrap(), r#""right""#);
        }
    });
    let left: Vec<_> = files(folder.path())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_cache_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let failed = Sandbox::open(&file.join("cache"), &std_modules(), &mut |_| ());
    assert!(matches!(&failed, Err(OpenSandboxError::Cache { .. })), "{failed:?}");
}
