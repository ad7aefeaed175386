//! Programs of another release of Debian, in a folder of their own: the machine's own packages stay as they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Failure, quietly};
use crate::setup::{cache, once};
use crate::tools::DebianProgram;

/// Name of the folder with the unpacked packages.
const TREE: &str = "tree";

/// Downloads a program with all it needs, unpacks it, and makes it find its libraries there.
pub(crate) fn install(program: &DebianProgram) -> Result<(), Failure> {
    let folder = cache().join("editors").join(program.name);
    let wanted = format!("{} of {}, set up in way 2", program.package, program.suite);
    once(&folder, &wanted, || {
        println!("setup: {} of Debian {} for {}", program.package, program.suite, program.name);
        let packages = download(program, &folder)?;
        let tree = folder.join(TREE);
        for package in &packages {
            quietly(Command::new("dpkg-deb").arg("-x").arg(package).arg(&tree))?;
        }
        relocate(program, &folder, &tree)?;
        let archives = folder.join("apt");
        fs::remove_dir_all(&archives).map_err(|error| Failure::file("remove", &archives, &error))
    })
}

/// The packages, the C library included, so that the release of the machine does not matter.
fn download(program: &DebianProgram, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let apt = folder.join("apt");
    for part in ["state/lists/partial", "cache/archives/partial", "sources", "preferences"] {
        make(&apt.join(part))?;
    }
    write(&apt.join("status"), "")?;
    write(&apt.join("sources/suite.sources"), &sources(program.suite)?)?;
    let here = apt.display();
    let settings = [
        format!("Dir::State \"{here}/state\";"),
        format!("Dir::State::status \"{here}/status\";"),
        format!("Dir::Cache \"{here}/cache\";"),
        "Dir::Etc::sourcelist \"/dev/null\";".to_owned(),
        format!("Dir::Etc::sourceparts \"{here}/sources\";"),
        format!("Dir::Etc::preferencesparts \"{here}/preferences\";"),
        "Acquire::Languages \"none\";".to_owned(),
        "APT::Sandbox::User \"\";".to_owned(),
        "Debug::NoLocking \"true\";".to_owned(),
    ];
    write(&apt.join("apt.conf"), &settings.join("\n"))?;
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("APT_CONFIG", apt.join("apt.conf"));
        command
    };
    quietly(apt_get().args(["update", "--quiet"]))?;
    let arguments = ["install", "--yes", "--quiet", "--download-only", "--no-install-recommends"];
    quietly(apt_get().args(arguments).arg(program.package))?;
    let archives = apt.join("cache/archives");
    let entries = fs::read_dir(&archives).map_err(|error| Failure::file("read", &archives, &error))?;
    Ok(entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect())
}

/// The machine's own sources, with another suite: so mirrors and keys are those the machine trusts.
fn sources(suite: &str) -> Result<String, Failure> {
    let release = read(Path::new("/etc/os-release"))?;
    let own = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or_default();
    let mut found = String::new();
    for file in source_files() {
        let text = read(&file)?;
        if file.extension().is_some_and(|extension| extension == "sources") {
            text.split("\n\n").filter_map(|stanza| with_suite(stanza, own, suite)).for_each(|stanza| {
                found.push_str(&stanza);
                found.push('\n');
            });
        } else {
            text.lines()
                .filter_map(|line| from_line(line, own, suite))
                .for_each(|stanza| found.push_str(&stanza));
        }
    }
    if found.is_empty() {
        return Err(Failure::said(format!("the sources of apt name no suite `{own}`; is this Debian?")));
    }
    Ok(found)
}

fn source_files() -> Vec<PathBuf> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    let more =
        fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path());
    files.extend(more);
    files.retain(|file| file.is_file());
    files.sort();
    files
}

/// A paragraph of a `.sources` file with its suite exchanged; none where it is not about this release.
fn with_suite(stanza: &str, own: &str, suite: &str) -> Option<String> {
    let mut fits = false;
    let lines = stanza.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| {
        let Some(suites) = line.strip_prefix("Suites:") else { return line.to_owned() };
        fits |= suites.split_whitespace().any(|one| one == own);
        format!("Suites: {suite}")
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    fits.then_some(text)
}

/// A line of a `.list` file as such a paragraph.
fn from_line(line: &str, own: &str, suite: &str) -> Option<String> {
    let rest = line.trim().strip_prefix("deb ")?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let (address, named) = (words.next()?, words.next()?);
    if named != own {
        return None;
    }
    let components = words.collect::<Vec<_>>().join(" ");
    let key = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
    let signed = key.map(|key| format!("Signed-By: {key}\n")).unwrap_or_default();
    Some(format!("Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: {components}\n{signed}\n"))
}

/// Makes the program look for its loader and libraries in the tree, and a script that starts it.
fn relocate(program: &DebianProgram, folder: &Path, tree: &Path) -> Result<(), Failure> {
    let found = quietly(Command::new("find").arg(tree).args(["-name", "*.so*", "-not", "-path", "*gconv*"]))?;
    let mut folders: Vec<&Path> = found.lines().filter_map(|line| Path::new(line).parent()).collect();
    folders.sort();
    folders.dedup();
    let loader = found.lines().find(|line| line.contains("-linux-gnu/ld-linux-")).unwrap_or_default();
    let library = Path::new(loader).parent().unwrap_or(tree).display().to_string();
    let libraries = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":");
    // In its place: programs look for their own files from where they lie.
    let original = tree.join(program.program);
    let patch = ["--set-interpreter", loader, "--force-rpath", "--set-rpath", &libraries];
    quietly(Command::new("patchelf").args(patch).arg(&original))?;
    let set = program.environment.iter().map(|(name, value)| {
        let value = value.replace("{lib}", &library).replace("{}", &tree.display().to_string());
        format!("export {name}='{value}'\n")
    });
    let script = format!("#!/bin/sh\n{}exec '{}' \"$@\"\n", set.collect::<String>(), original.display());
    let start = folder.join("start");
    write(&start, &script)?;
    fs::set_permissions(&start, fs::Permissions::from_mode(0o755))
        .map_err(|error| Failure::file("make executable", &start, &error))
}

fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
}

#[cfg(test)]
mod tests {
    use super::{from_line, with_suite};

    #[test]
    fn a_paragraph_of_the_machine_is_asked_for_another_release() {
        let own = "Types: deb\n# a remark\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n";
        let expected = "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n";
        assert_eq!(with_suite(own, "bookworm", "trixie").as_deref(), Some(expected));
        let security = own.replace("bookworm bookworm-updates", "bookworm-security");
        assert_eq!(with_suite(&security, "bookworm", "trixie"), None);
    }

    #[test]
    fn a_line_of_the_machine_is_asked_for_another_release() {
        let own =
            "deb [arch=amd64 signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm main contrib";
        let expected = "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main contrib\nSigned-By: /keys/debian.gpg\n\n";
        assert_eq!(from_line(own, "bookworm", "sid").as_deref(), Some(expected));
        assert_eq!(from_line("# deb http://mirror.example/debian bookworm main", "bookworm", "sid"), None);
        assert_eq!(from_line("deb http://mirror.example/other stable main", "bookworm", "sid"), None);
    }
}
