//! Two agents and a person in one real project: one branch is merged, one conflicts and is refused, one action of the
//! merged one is undone, the other branch is discarded and taken back. Plain Git agrees with everything tgp shows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tgp_tests::remote::git;
use tgp_tests::{Era, Project, Session, walk};

/// A service in six languages.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    (
        "src/lib.rs",
        "//! The shop.\n\npub mod cart;\n\npub fn greet(name: &str) -> String {\n    format!(\"Hello, {name}\")\n}\n",
    ),
    ("src/cart.rs", "//! The cart.\n\npub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n"),
    ("src/web/app.ts", "export function page(title: string): string {\n  return `<h1>${title}</h1>`;\n}\n"),
    ("src/report.py", "def lines(rows):\n    return [str(row) for row in rows]\n"),
    ("src/agent/main.go", "package main\n\nfunc main() {\n\tprintln(\"shop\")\n}\n"),
    ("deploy/compose.yaml", "services:\n  shop:\n    image: shop:1\n"),
    ("README.md", "# Shop\n\nSells things.\n"),
    (".gitignore", "target/\n.tgp/\n"),
];

/// What the person has open: an edit that is staged, one that is not, a file nobody added, an ignored one.
fn uncommitted(project: &Project) {
    project.write("deploy/compose.yaml", "services:\n  shop:\n    image: shop:2\n");
    git(&project.root(), &["add", "deploy/compose.yaml"]).succeeded();
    project.write("README.md", "# Shop\n\nSells things.\n\nThe person is still writing this.\n");
    project.write("notes.txt", "buy milk\n");
    project.write("target/debug/shop", [0, 159, 146, 150]);
}

fn bytes_of(project: &Project) -> BTreeMap<String, Vec<u8>> {
    ["deploy/compose.yaml", "README.md", "notes.txt", "target/debug/shop"]
        .into_iter()
        .map(|path| (path.to_owned(), fs::read(project.path(path)).unwrap()))
        .collect()
}

fn shop() -> Project {
    let project = Project::untouched();
    for (path, text) in FILES {
        project.write(path, text);
    }
    let root = project.root();
    git(&root, &["init", "--quiet", "--initial-branch=main"]).succeeded();
    for (name, value) in [("user.name", "A Person"), ("user.email", "person@example.com")] {
        git(&root, &["config", name, value]).succeeded();
    }
    project.tgp(&["init"]).succeeded();
    git(&root, &["add", "--all"]).succeeded();
    git(&root, &["commit", "--quiet", "-m", "The shop"]).succeeded();
    uncommitted(&project);
    project
}

/// An agent that may do what `coder` may.
fn agent(project: &Project, name: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", name]));
    session.connect(Era::Legacy);
    session
}

fn give_painter_a_scope(project: &Project) {
    let shown = project.json(&["scope", "show", "coder"]);
    assert!(shown.is_object() || shown.is_array(), "{shown:#}");
    project.write(
        ".tgp/scopes/painter.yaml",
        "version: 1\nagent: painter\npaths: { read: [\"**\"], write: [\"src/**\"] }\ntasks: { open: true, undo: own }\n",
    );
}

fn branch_of(session: &mut Session, description: &str) -> String {
    let opened = session.call("start_task", json!({ "description": description })).done().clone();
    opened["branch"].as_str().unwrap_or_else(|| panic!("{opened:#}")).to_owned()
}

fn wrote(session: &mut Session, path: &str, content: &str) -> String {
    session.write(path, content).done()["action"].as_str().unwrap().to_owned()
}

fn main_of(root: &Path) -> String {
    git(root, &["rev-parse", "main"]).succeeded().stdout.trim().to_owned()
}

fn names(root: &Path, range: &[&str]) -> Vec<String> {
    let mut arguments = vec!["diff", "--name-only", "-M"];
    arguments.extend(range);
    git(root, &arguments).succeeded().stdout.lines().map(str::to_owned).collect()
}

/// The files of `tgp branch diff --json`.
fn shown_files(diff: &Value) -> Vec<String> {
    let files = diff["files"].as_array().unwrap_or_else(|| panic!("{diff:#}"));
    files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_agents_and_a_person_work_in_one_project() {
    let project = shop();
    give_painter_a_scope(&project);
    let root = project.root();
    let (before, begun) = (bytes_of(&project), main_of(&root));
    let index = fs::read(root.join(".git/index")).unwrap();

    // Both begin at the same commit and touch the same function.
    let (mut coder, mut painter) = (agent(&project, "coder"), agent(&project, "painter"));
    let login = branch_of(&mut coder, "Add a login");
    let colours = branch_of(&mut painter, "Greet in colours");
    wrote(
        &mut coder,
        "src/login.rs",
        "//! Who is there.\n\npub fn login(name: &str) -> bool {\n    !name.is_empty()\n}\n",
    );
    wrote(&mut painter, "src/web/colour.ts", "export const red = '#f00';\n");
    let patched = coder
        .call("patch_file", json!({ "path": "src/lib.rs", "search": "format!(\"Hello, {name}\")", "replace": "format!(\"Welcome, {name}\")" }))
        .done()
        .clone();
    wrote(
        &mut painter,
        "src/lib.rs",
        "//! The shop.\n\npub mod cart;\n\npub fn greet(name: &str) -> String {\n    format!(\"\\u{1b}[31mHello, {name}\")\n}\n",
    );
    let report =
        wrote(&mut coder, "src/report.py", "def lines(rows):\n    return sorted(str(row) for row in rows)\n");
    assert!(patched["commit"].is_string(), "{patched:#}");

    // Neither sees the other's work, nor the person's drafts.
    assert!(painter.call("read_file", json!({ "path": "src/login.rs" })).is_error());
    let seen = painter.call("read_file", json!({ "path": "README.md" })).done().clone();
    assert!(!seen["content"].as_str().unwrap().contains("still writing"), "{seen:#}");
    coder.call("finish_task", json!({ "summary": "A login, and a friendlier greeting" })).done();
    painter.call("finish_task", json!({ "summary": "Colours" })).done();

    // Until the person decides, nothing of the person's moved.
    assert_eq!(main_of(&root), begun);
    assert_eq!(fs::read(root.join(".git/index")).unwrap(), index);
    assert_eq!(bytes_of(&project), before);

    // What tgp shows is what Git shows.
    let listed = project.json(&["branch", "list"]);
    for branch in [&login, &colours] {
        assert!(listed.to_string().contains(branch.as_str()), "{listed:#}");
    }
    let shown = project.json(&["branch", "diff", &login]);
    assert_eq!(shown_files(&shown), names(&root, &[&format!("main...{login}")]));

    // One is merged: Git's history has it, and the working tree follows.
    project.tgp(&["branch", "merge", &login, "--yes"]).succeeded();
    let merged = main_of(&root);
    assert_ne!(merged, begun);
    assert_eq!(project.read("src/lib.rs").matches("Welcome").count(), 1);
    assert!(root.join("src/login.rs").is_file());
    assert_eq!(bytes_of(&project), before, "the person's uncommitted work is the same bytes");
    let log = git(&root, &["log", "--format=%an %s", "main"]).succeeded().stdout.clone();
    assert!(log.contains("The shop"), "{log}");
    let status = git(&root, &["status", "--porcelain"]).succeeded().stdout.clone();
    for line in ["M  deploy/compose.yaml", " M README.md", "?? notes.txt"] {
        assert!(status.contains(line), "{status}");
    }

    // The other contradicts: refused, file by file, and Git agrees that it would.
    let refused = project.tgp(&["branch", "merge", &colours, "--yes"]);
    assert_ne!(refused.code, Some(0), "{}", refused.both());
    assert!(refused.both().contains("src/lib.rs"), "{}", refused.both());
    assert_eq!(main_of(&root), merged);
    assert_eq!(bytes_of(&project), before);
    let tried = git(&root, &["merge-tree", "--write-tree", "--name-only", "main", &colours]);
    assert_eq!(tried.code, Some(1), "Git finds a conflict as well: {}", tried.both());
    assert!(tried.stdout.contains("src/lib.rs"), "{}", tried.stdout);

    // One action of the merged branch goes; the rest of it stays.
    project.tgp(&["undo", &report]).succeeded();
    assert_eq!(project.read("src/report.py"), "def lines(rows):\n    return [str(row) for row in rows]\n");
    assert_eq!(project.read("src/lib.rs").matches("Welcome").count(), 1);
    assert_eq!(names(&root, &[&merged, "main"]), ["src/report.py"]);
    assert_eq!(bytes_of(&project), before);

    // The other is discarded, and taken back as it was.
    let tip = git(&root, &["rev-parse", &colours]).succeeded().stdout.clone();
    project.tgp(&["branch", "discard", &colours, "--yes"]).succeeded();
    assert_ne!(
        git(&root, &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{colours}")]).code,
        Some(0)
    );
    git(&root, &["gc", "--prune=now", "--quiet"]).succeeded();
    project.tgp(&["branch", "restore", &colours]).succeeded();
    assert_eq!(git(&root, &["rev-parse", &colours]).succeeded().stdout, tip);

    coder.stop();
    painter.stop();
    assert_eq!(bytes_of(&project), before);
    let whole = git(&root, &["fsck", "--full", "--strict"]);
    assert_eq!(whole.code, Some(0), "{}", whole.both());
    // Git's own lock files; tgp's locks of the system lie in a folder of its own.
    let left = walk(&root.join(".git")).into_iter().find(|file| {
        file.extension().is_some_and(|end| end == "lock") && !file.starts_with(root.join(".git/tgp"))
    });
    assert_eq!(left, None);
}
