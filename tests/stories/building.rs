//! Building from a clean machine: what is missing is named with what to install.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use tgp_tests::{Finished, places};

/// The build script of the engine, as cargo built it for this very build.
fn build_script() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.ancestors().nth(2).unwrap().join("build");
    let scripts = fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("tgp-wasm-guest-"));
    let scripts = scripts.map(|entry| entry.path().join("build-script-build")).filter(|path| path.is_file());
    let newest = |path: &PathBuf| {
        fs::metadata(path).and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    scripts.max_by_key(newest).expect("cargo built the build script")
}

#[test]
fn without_clang_the_build_says_in_two_lines_what_to_install() {
    let out = tempfile::tempdir().unwrap();
    let folder = places::repository().join("wasm-guest");
    let said = Finished::run(
        Command::new(build_script())
            .current_dir(&folder)
            .env_clear()
            .env("PATH", out.path())
            .env("OUT_DIR", out.path())
            .env("CARGO_MANIFEST_DIR", &folder),
    );
    assert_eq!(said.code, Some(1), "{}", said.both());
    let lines: Vec<&str> = said.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", said.stderr);
    assert!(lines[0].contains("clang"), "{}", lines[0]);
    for package in ["clang", "lld", "wasi-libc"] {
        assert!(lines[1].contains("apt-get install") && lines[1].contains(package), "{}", lines[1]);
    }
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "nothing was begun");
}

#[test]
fn a_clang_without_its_linker_is_no_clang() {
    let out = tempfile::tempdir().unwrap();
    let folder = places::repository().join("wasm-guest");
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .flat_map(|folder| {
            let numbered = (14..=24).rev().map(|version| format!("clang-{version}"));
            ["clang".to_owned()]
                .into_iter()
                .chain(numbered)
                .map(move |name| folder.join(name))
                .collect::<Vec<_>>()
        })
        .find(|path| path.is_file())
        .expect("the engine was built with a clang");
    // The real compiler, alone in its folder, and told that it is installed there.
    let clang = out.path().join("clang");
    fs::copy(found.canonicalize().unwrap(), &clang).unwrap();
    let said = Finished::run(
        Command::new(build_script())
            .current_dir(&folder)
            .env_clear()
            .env("PATH", out.path())
            .env("OUT_DIR", out.path())
            .env("CARGO_MANIFEST_DIR", &folder),
    );
    assert_eq!(said.code, Some(1), "{}", said.both());
    assert_eq!(said.stderr.lines().count(), 2, "{}", said.stderr);
}
