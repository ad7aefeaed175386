//! What of a person's repository no agent may touch: recorded before, compared after.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::project::{Project, walk};
use crate::remote::git;

/// Refs that are tgp's own.
const OWN_REFS: [&str; 2] = ["refs/heads/agent/", "refs/tgp/"];
/// What lies in `.git` and is a person's; the folders of objects and refs are compared by what they mean.
const OF_PERSON: [&str; 12] = [
    "HEAD",
    "index",
    "config",
    "config.worktree",
    "hooks",
    "info",
    "logs",
    "description",
    "ORIG_HEAD",
    "MERGE_HEAD",
    "rebase-merge",
    "index.lock",
];

impl Project {
    /// A project in a Git repository of its own, with these files in one commit on `main`.
    pub fn in_git(files: &[(&str, &str)]) -> Self {
        let project = Self::untouched();
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.tgp(&["init"]).succeeded();
        for (name, text) in files {
            project.write(name, text);
        }
        project.commit("Begin");
        project
    }

    /// Runs `git` in the project as its person does.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.root(), arguments).succeeded().stdout.trim_end().to_owned()
    }

    /// Commits all there is, as its person does.
    pub fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
    }

    /// A file as a branch has it; none where it has none.
    pub fn on_branch(&self, branch: &str, path: &str) -> Option<String> {
        let shown = git(&self.root(), &["show", &format!("{branch}:{path}")]);
        (shown.code == Some(0)).then_some(shown.stdout)
    }

    /// The branches of agents, sorted.
    pub fn agent_branches(&self) -> Vec<String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/agent/"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// What no agent may touch, as it is now.
    pub fn protect(&self) -> Protection {
        Protection { root: self.root(), before: recorded(&self.root()) }
    }
}

/// A person's repository as it was.
#[derive(Debug)]
pub struct Protection {
    root: PathBuf,
    before: BTreeMap<String, String>,
}

impl Protection {
    /// Ends the test where anything of the person's is not as it was, byte by byte; names what is not.
    pub fn holds(&self) {
        let after = recorded(&self.root);
        let mut wrong = Vec::new();
        for (name, value) in &self.before {
            match after.get(name) {
                Some(now) if now == value => {}
                Some(now) => wrong.push(format!("{name}: {value} became {now}")),
                None => wrong.push(format!("{name} is gone")),
            }
        }
        wrong.extend(
            after.keys().filter(|name| !self.before.contains_key(*name)).map(|name| format!("{name} is new")),
        );
        assert!(wrong.is_empty(), "of the person's: {wrong:#?}");
    }
}

fn recorded(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let refs = git(root, &["for-each-ref", "--format=%(refname) %(objectname)"]).stdout;
    for line in refs.lines().filter(|line| !OWN_REFS.iter().any(|own| line.starts_with(own))) {
        found.insert(format!("ref {line}"), String::new());
    }
    found.insert("stash".to_owned(), git(root, &["stash", "list"]).stdout);
    let git_dir = git(root, &["rev-parse", "--absolute-git-dir"]).stdout;
    let git_dir = Path::new(git_dir.trim_end());
    for name in OF_PERSON {
        let path = git_dir.join(name);
        let files = if path.is_dir() { walk(&path) } else { vec![path] };
        for file in files.iter().filter(|file| file.symlink_metadata().is_ok()) {
            found.insert(format!("git {}", file.display()), described(file));
        }
    }
    working_tree(root, root, &mut found);
    found
}

/// Every file and folder of the working tree. The tool library is tgp's own.
fn working_tree(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.strip_prefix(root).expect("it lies in the root").display().to_string();
        if name == ".git" || name == ".tgp" {
            continue;
        }
        let metadata = path.symlink_metadata().expect("it is there");
        if metadata.is_dir() {
            found.insert(format!("folder {name}"), format!("{:o}", metadata.mode()));
            working_tree(root, &path, found);
        } else {
            found.insert(format!("file {name}"), described(&path));
        }
    }
}

/// Mode, times and content.
fn described(path: &Path) -> String {
    let metadata = path.symlink_metadata().expect("it is there");
    let content = if metadata.is_symlink() {
        fs::read_link(path).expect("it is a link").display().to_string()
    } else {
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    };
    format!("{:o} {}.{} {content:?}", metadata.mode(), metadata.mtime(), metadata.mtime_nsec())
}
