//! VS Code: its server is installed, the extension is packaged, and both are tested together beside a real agent.
//!
//! The extension's folder in the repository stays as it is: it is copied to the cache, where its packages lie.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Failure, build, quietly, root, target, watched};
use crate::setup::{STAMP, cache, install, npm, once};
use crate::tools::{CLIENT, CODE_SERVER, FOR_VSCODE, NODE_OF_VSCODE, NODE_PACKAGE};

/// Folders of the extension that are copied, with the files that lie in them.
const COPIED: &[&str] =
    &["", "src", "src/views", "src/webview", "media", "media/walkthrough", "test", "test/host"];
/// Scripts that drive VS Code, each a suite; the first takes the picture of the README.
const SUITES: &[&str] = &["workbench", "live", "decisions", "looks", "host"];
/// The picture of the README, and its name among those the tests take.
const PICTURE: (&str, &str) = ("docs/images/vscode.png", "05-review.png");
/// Names what the picture shows, file by file, as it was when the picture was taken.
const SHOWN: &str = "docs/images/vscode.sources.txt";
/// Files and folders the picture shows: views, buttons, and the story it is taken in.
const SOURCES: &[&str] = &[
    "docs/images/vscode.png",
    "editors/vscode/media/tgp.svg",
    "editors/vscode/package.json",
    "editors/vscode/src/review.ts",
    "editors/vscode/src/views",
    "editors/vscode/test/workbench.mjs",
];
/// No package's own scripts, and nothing said about money.
const QUIET: &[&str] = &["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

fn code_server() -> PathBuf {
    cache().join("npm").join(CODE_SERVER.name).join("node_modules/code-server")
}

fn extension() -> PathBuf {
    cache().join("vscode-extension")
}

/// A program that finds the Node of VS Code first; the Node itself with `node`.
fn with_node(program: &str) -> Result<Command, Failure> {
    let packages = cache().join("npm").join(NODE_OF_VSCODE.name).join("node_modules");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::iter::once(packages.join(NODE_PACKAGE).join("bin")).chain(std::env::split_paths(&path));
    let joined = std::env::join_paths(folders).map_err(|error| Failure::said(error.to_string()))?;
    let mut command = Command::new("env");
    command.arg(["PATH=", &joined.to_string_lossy()].concat()).arg(program);
    Ok(command)
}

fn npm_in(folder: &Path, words: &[&str]) -> Result<(), Failure> {
    quietly(with_node("npm")?.current_dir(folder).args(words).args(QUIET)).map(|_| ())
}

/// Installs VS Code's server and the packages of the extension, unless they are there.
pub(crate) fn set_up() -> Result<(), Failure> {
    npm(&NODE_OF_VSCODE)?;
    npm(&CODE_SERVER)?;
    complete()?;
    let home = root().join("editors/vscode");
    let lock = home.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).map_err(|error| Failure::file("read", &lock, &error))?;
    once(&extension(), &wanted, || {
        println!("setup: npm ci for the extension of VS Code");
        copy(&home)?;
        npm_in(&extension(), &["ci"])
    })
}

/// Installs what VS Code and its own extensions import: the package brings the lists, and the script of its own that
/// would read them is not run.
fn complete() -> Result<(), Failure> {
    let server = code_server().join("lib/vscode");
    let wanted = format!("{:?}", CODE_SERVER.packages);
    let stamp = server.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|holds| holds == wanted) {
        return Ok(());
    }
    println!("setup: npm install for VS Code's server (about a minute)");
    npm_in(&server, &["install", "--omit=dev"])?;
    npm_in(&server.join("extensions"), &["install", "--omit=dev"])?;
    fs::write(&stamp, &wanted).map_err(|error| Failure::file("write", &stamp, &error))
}

/// Copies the extension's files over those of an earlier run; what is gone in the repository goes.
fn copy(home: &Path) -> Result<(), Failure> {
    for folder in COPIED {
        let (from, to) = (home.join(folder), extension().join(folder));
        if !folder.is_empty() && to.exists() {
            fs::remove_dir_all(&to).map_err(|error| Failure::file("empty", &to, &error))?;
        }
        fs::create_dir_all(&to).map_err(|error| Failure::file("create", &to, &error))?;
        let entries = fs::read_dir(&from).map_err(|error| Failure::file("list", &from, &error))?;
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            let file = to.join(entry.file_name());
            fs::copy(entry.path(), &file).map_err(|error| Failure::file("write", &file, &error))?;
        }
    }
    Ok(())
}

/// Packages the extension and runs its suites; each line they print goes to `look`. True when all held.
pub(crate) fn test(tgp: &Path, look: impl FnMut(&str)) -> Result<bool, Failure> {
    suites(tgp, SUITES, look)
}

fn suites(tgp: &Path, wanted: &[&str], mut look: impl FnMut(&str)) -> Result<bool, Failure> {
    copy(&root().join("editors/vscode"))?;
    let package = extension().join("dist/tgp.vsix");
    quietly(with_node("npm")?.current_dir(extension()).args(["run", "package"]))?;
    let pictures = target().join("pictures/vscode");
    let mut held = true;
    for suite in wanted {
        let mut command = with_node("node")?;
        let script = Path::new("test").join(format!("{suite}.mjs"));
        command.current_dir(extension()).arg(script).env("TGP_BIN", tgp);
        command.env("TGP_NPM", cache().join("npm").join(CLIENT.name)).env("TGP_SHOTS", &pictures);
        command.env("TGP_CODE_SERVER", code_server()).env("TGP_VSIX", &package);
        held &= watched(&mut command, &mut look)?;
    }
    if held && wanted.contains(&SUITES[0]) && std::env::var_os("UPDATE_DOCS").is_some() {
        renew(&pictures)?;
    }
    Ok(held)
}

/// Puts the picture that was taken into the documents, with the names of what it shows.
fn renew(pictures: &Path) -> Result<(), Failure> {
    let picture = root().join(PICTURE.0);
    fs::create_dir_all(root().join("docs/images"))
        .and_then(|()| fs::copy(pictures.join(PICTURE.1), &picture))
        .map_err(|error| Failure::file("write", &picture, &error))?;
    let git = |words: &[&str]| quietly(Command::new("git").current_dir(root()).args(words));
    let mut text = String::from(
        "# What the picture shows, as it was when the picture was taken. `UPDATE_DOCS=1 cargo xtask vscode workbench` renews both.\n",
    );
    let files = git(&[&["ls-files", "--cached", "--others", "--exclude-standard", "--"], SOURCES].concat())?;
    for file in files.lines() {
        let _ = writeln!(text, "{} {file}", git(&["hash-object", file])?.trim_end());
    }
    let shown = root().join(SHOWN);
    fs::write(&shown, text).map_err(|error| Failure::file("write", &shown, &error))
}

/// `cargo xtask vscode`: nothing but this, or only the suites that are named; with `TGP_BIN` for a program that is built
/// already.
pub(crate) fn alone(words: &[String]) -> Result<bool, Failure> {
    if let Some(unknown) = words.iter().find(|word| !SUITES.contains(&word.as_str())) {
        return Err(Failure::said(format!("`{unknown}` is no suite; there are {}", SUITES.join(", "))));
    }
    install(FOR_VSCODE)?;
    let built = std::env::var_os("TGP_BIN").map(PathBuf::from);
    let wanted: Vec<&str> = words.iter().map(String::as_str).collect();
    let tgp = built.map_or_else(|| build("tgp"), Ok)?;
    suites(&tgp, if wanted.is_empty() { SUITES } else { &wanted }, |_| ())
}
