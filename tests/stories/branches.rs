//! Agents' branches as a person decides over them: what `tgp branch` shows and does is what plain git sees.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tgp_tests::project::walk;
use tgp_tests::remote::git;
use tgp_tests::{Finished, Project};

pub(crate) mod asking;
mod blocked;
mod killed;
mod library;
mod meanwhile;
mod merging;
mod putting_away;
mod shapes;
mod undoing;

pub(crate) const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

/// A project in a Git repository with these files committed.
pub(crate) fn repository(files: &[(&str, &str)]) -> Project {
    repository_with("", files)
}

/// The same with settings.
pub(crate) fn repository_with(settings: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::untouched();
    let root = project.root();
    git(&root, &["init", "--quiet", "--initial-branch=main"]).succeeded();
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
        git(&root, &["config", name, value]).succeeded();
    }
    for (path, text) in files {
        project.write(path, text);
    }
    project.tgp(&["init"]).succeeded();
    if !settings.is_empty() {
        project.configure(settings);
    }
    commit(&project, "Begin");
    project
}

pub(crate) fn commit(project: &Project, words: &str) {
    git(&project.root(), &["add", "--all"]).succeeded();
    git(&project.root(), &["commit", "--quiet", "--allow-empty", "-m", words]).succeeded();
}

/// What git prints, without the line's end.
pub(crate) fn said(project: &Project, arguments: &[&str]) -> String {
    git(&project.root(), arguments).succeeded().stdout.trim_end().to_owned()
}

/// A git program that has the index: it waits for paths, and has them all when this is dropped.
pub(crate) struct IndexHolder(std::process::Child);

impl IndexHolder {
    /// Starts it; when this is back it holds the lock.
    pub(crate) fn of(project: &Project) -> Self {
        let mut command = Command::new("git");
        command.args(["update-index", "--stdin"]).current_dir(project.root());
        let git = command.stdin(Stdio::piped()).spawn().unwrap();
        while !project.path(".git/index.lock").exists() {
            std::thread::yield_now();
        }
        Self(git)
    }
}

impl Drop for IndexHolder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        tgp_tests::process::wait(&mut self.0);
    }
}

pub(crate) fn tree(project: &Project, revision: &str) -> String {
    said(project, &["rev-parse", &format!("{revision}^{{tree}}")])
}

/// What of an action's number ends with this.
pub(crate) fn action(number: usize) -> String {
    format!("01M7Z02YZK8KQ51VFEZFYY9R{number:02}")
}

/// A branch of an agent's from a commit, one action each; no content removes the file. Made by plain git, as tgp makes it:
/// without a checkout, with the trailers of the actions, and the private ref that says where it began.
pub(crate) fn branch_from(
    project: &Project,
    name: &str,
    start: &str,
    actions: &[&[(&str, Option<&str>)]],
) -> String {
    let agent = name.split('/').next().unwrap();
    let full = format!("agent/{name}");
    let start = said(project, &["rev-parse", &format!("{start}^{{commit}}")]);
    said(project, &["update-ref", &format!("refs/tgp/starts/{full}"), &start]);
    let mut tip = start;
    for (number, changes) in actions.iter().enumerate() {
        let index = project.temporary().join("index");
        let _ = fs::remove_file(&index);
        let with_index = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.current_dir(project.root()).args(arguments).env("GIT_INDEX_FILE", &index);
            for role in ["AUTHOR", "COMMITTER"] {
                command.env(format!("GIT_{role}_NAME"), agent);
                command.env(format!("GIT_{role}_EMAIL"), format!("{agent}@agents.invalid"));
            }
            Finished::run(&mut command).succeeded().stdout.trim_end().to_owned()
        };
        with_index(&["read-tree", &tip]);
        for (path, content) in *changes {
            match content {
                Some(content) => {
                    let file = project.temporary().join("content");
                    fs::write(&file, content).unwrap();
                    let blob = with_index(&["hash-object", "-w", "--no-filters", file.to_str().unwrap()]);
                    with_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
                }
                None => drop(with_index(&["update-index", "--force-remove", path])),
            }
        }
        let written = with_index(&["write-tree"]);
        let message = format!(
            "Action {number}\n\nTgp-Action: {}\nTgp-Session: {}\nTgp-Agent: {agent}\nTgp-Installation: here\n",
            action(number),
            action(99)
        );
        tip = with_index(&["commit-tree", &written, "-p", &tip, "-m", &message]);
        fs::remove_file(&index).unwrap();
    }
    said(project, &["update-ref", &format!("refs/heads/{full}"), &tip]);
    full
}

/// The same from `main`.
pub(crate) fn branch(project: &Project, name: &str, actions: &[&[(&str, Option<&str>)]]) -> String {
    branch_from(project, name, "main", actions)
}

/// Everything of a person's: HEAD, branches that are not agents', index, stash, reflog, configuration and every file with
/// its bytes and mode.
pub(crate) fn persons(project: &Project) -> BTreeMap<String, Vec<u8>> {
    use std::os::unix::fs::PermissionsExt as _;
    let root = project.root();
    let mut found = BTreeMap::new();
    for file in walk(&root) {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let of_git = name.strip_prefix(".git/");
        let is_ours = name.starts_with(".tgp/")
            || of_git.is_some_and(|name| {
                name.starts_with("objects/")
                    || name.starts_with("tgp/")
                    || name.starts_with("refs/tgp/")
                    || name.starts_with("refs/heads/agent/")
            });
        if is_ours {
            continue;
        }
        let about = fs::symlink_metadata(&file).unwrap();
        let mut bytes = if about.is_symlink() {
            fs::read_link(&file).unwrap().into_os_string().into_encoded_bytes()
        } else {
            fs::read(&file).unwrap()
        };
        bytes.extend(format!(" {:o}", about.permissions().mode()).into_bytes());
        found.insert(name, bytes);
    }
    found
}

/// `tgp branch ...` with `--json`; it must succeed.
pub(crate) fn done(project: &Project, arguments: &[&str]) -> Value {
    let ended = project.tgp(&[arguments, &["--json"]].concat());
    ended.succeeded();
    ended.json()
}

/// The refusal of a command.
pub(crate) fn refused(project: &Project, arguments: &[&str]) -> Value {
    let ended = project.tgp(&[arguments, &["--json"]].concat());
    assert_eq!(ended.code, Some(1), "not refused: {}", ended.both());
    ended.json()["error"].clone()
}

pub(crate) fn assert_sound(project: &Project) {
    let checked = git(&project.root(), &["fsck", "--strict", "--no-dangling"]);
    assert_eq!(checked.code, Some(0), "{}", checked.both());
    assert_eq!(checked.stdout, "", "{}", checked.both());
}

pub(crate) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

pub(crate) fn paths(listed: &Value) -> Vec<String> {
    listed.as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}
