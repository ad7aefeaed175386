//! `cargo xtask setup`: installs what is missing, and nothing twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::debian;
use crate::run::{Failure, quietly};
use crate::tools::{NODE, NODE_PACKAGE, Need, NpmGroup, PEERS, PythonGroup, Sign, SystemPackage};
use crate::vscode;

/// Name of the file that says what a folder of the cache holds.
pub(crate) const STAMP: &str = ".holds";

/// The folder that holds test clients and peers; outside the repository, so that it outlives a clone.
pub(crate) fn cache() -> PathBuf {
    if let Some(folder) = std::env::var_os("TGP_TEST_CACHE") {
        return PathBuf::from(folder);
    }
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("tgp-test")
}

/// The Node of the table.
pub(crate) fn node() -> PathBuf {
    cache().join("npm").join(NODE.name).join("node_modules").join(NODE_PACKAGE).join("bin/node")
}

/// Installs what is needed and missing.
pub(crate) fn install(needs: &[Need]) -> Result<(), Failure> {
    let begun = Instant::now();
    for need in needs {
        match need {
            Need::System(packages) => system(packages)?,
            Need::Npm(group) => npm(group)?,
            Need::IsolatedVm => isolated_vm()?,
            Need::Python(group) => python(group)?,
            Need::Debian(program) => debian::install(program)?,
            Need::VsCode => vscode::set_up()?,
        }
    }
    println!("setup: ready ({:.1} s)", begun.elapsed().as_secs_f64());
    Ok(())
}

fn system(packages: &[SystemPackage]) -> Result<(), Failure> {
    let missing: Vec<&str> =
        packages.iter().filter(|package| !is_there(&package.sign)).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("setup: apt-get install {}", missing.join(" "));
    quietly(as_root("apt-get").args(["update", "--quiet"]))?;
    quietly(
        as_root("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&missing),
    )?;
    Ok(())
}

/// The command as root: plainly where we are root, through sudo otherwise.
fn as_root(program: &str) -> Command {
    let we_are_root = quietly(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if we_are_root {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

fn is_there(sign: &Sign) -> bool {
    match sign {
        Sign::Program(name) => std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file())),
        Sign::File(pattern) => matches(Path::new("/"), pattern.trim_start_matches('/')),
        Sign::PythonModule(module) => {
            quietly(Command::new("python3").args(["-c", &format!("import {module}")])).is_ok()
        }
    }
}

/// Whether a file below `folder` fits the pattern, whose components may hold one `*` each.
fn matches(folder: &Path, pattern: &str) -> bool {
    let (head, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
    let Some((before, after)) = head.split_once('*') else {
        let next = folder.join(head);
        return if rest.is_empty() { next.is_file() } else { matches(&next, rest) };
    };
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with(before) && name.ends_with(after) && matches(&entry.path(), rest)
    })
}

/// Does `work` in an empty folder of the cache, unless the folder already holds what is wanted.
pub(crate) fn once(
    folder: &Path,
    wanted: &str,
    work: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|holds| holds == wanted) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| Failure::file("empty", folder, &error))?;
    }
    fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    work()?;
    fs::write(&stamp, wanted).map_err(|error| Failure::file("write", &stamp, &error))
}

pub(crate) fn npm(group: &NpmGroup) -> Result<(), Failure> {
    let folder = cache().join("npm").join(group.name);
    let wanted: Vec<String> =
        group.packages.iter().map(|(name, version)| format!("\"{name}\": \"{version}\"")).collect();
    let manifest = format!("{{ \"private\": true, \"dependencies\": {{ {} }} }}\n", wanted.join(", "));
    once(&folder, &manifest, || {
        let names: Vec<String> =
            group.packages.iter().map(|(name, version)| format!("{name}@{version}")).collect();
        println!("setup: npm install {}", names.join(" "));
        let file = folder.join("package.json");
        fs::write(&file, &manifest).map_err(|error| Failure::file("write", &file, &error))?;
        // No package's own scripts: they fetch from elsewhere (`isolated-vm` its prebuilt binaries).
        let arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        quietly(Command::new("npm").current_dir(&folder).args(arguments)).map(|_| ())
    })
}

/// Compiles `isolated-vm` against the headers that come with the Node of the table.
fn isolated_vm() -> Result<(), Failure> {
    let modules = cache().join("npm").join(PEERS.name).join("node_modules");
    let package = modules.join("isolated-vm");
    let node_home = cache().join("npm").join(NODE.name).join("node_modules").join(NODE_PACKAGE);
    let wanted = format!("{:?} for {:?}", PEERS.packages, NODE.packages);
    let stamp = package.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|holds| holds == wanted) {
        return Ok(());
    }
    println!("setup: compiling isolated-vm (about a minute)");
    quietly(
        Command::new(node())
            .current_dir(&package)
            .arg(modules.join("node-gyp/bin/node-gyp.js"))
            .args(["rebuild", "--release", "-j", "max"])
            .arg(format!("--nodedir={}", node_home.display())),
    )?;
    fs::write(&stamp, &wanted).map_err(|error| Failure::file("write", &stamp, &error))
}

fn python(group: &PythonGroup) -> Result<(), Failure> {
    let folder = cache().join(group.name);
    once(&folder, &group.packages.join("\n"), || {
        println!("setup: pip install {}", group.packages.join(" "));
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        quietly(Command::new(folder.join("bin/python")).args(arguments).args(group.packages)).map(|_| ())
    })
}
