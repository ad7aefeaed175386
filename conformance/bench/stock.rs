//! Libraries of many tools: a tgp project, and a Git repository with the same files for the peers.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tgp_tests::Project;
use tgp_tests::remote::git;

/// Number at place `n` of the Fibonacci sequence, as everybody here runs it.
pub(crate) const FIB: &str = "\
/** Number at place `n` of the Fibonacci sequence. */
export default function fib({ n }: { n: number }): number {
  return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });
}
";

/// A file of 1 KiB that every size of library holds.
pub(crate) const KIBIBYTE: &str = "tools/kibibyte.ts";

/// Both sides' libraries of one size.
pub(crate) struct Stock {
    /// Tools in each.
    pub(crate) size: usize,
    /// The tgp project.
    pub(crate) project: Project,
    peers: TempDir,
}

impl Stock {
    /// Makes both.
    pub(crate) fn of(size: usize) -> Self {
        let project = Project::new();
        let library = project.path(".tgp");
        fill(&library, size);
        git(&library, &["add", "tools"]).succeeded();
        git(&library, &["commit", "--quiet", "-m", "a library"]).succeeded();
        let peers = tempfile::Builder::new().prefix("tgp-test-peers-").tempdir().expect("a temporary folder");
        git(peers.path(), &["init", "--quiet", "--initial-branch=main"]).succeeded();
        for (name, value) in [("user.name", "A Person"), ("user.email", "person@example.com")] {
            git(peers.path(), &["config", name, value]).succeeded();
        }
        fill(peers.path(), size);
        git(peers.path(), &["add", "tools"]).succeeded();
        git(peers.path(), &["commit", "--quiet", "-m", "a library"]).succeeded();
        Self { size, project, peers }
    }

    /// The peers' folder.
    pub(crate) fn peers(&self) -> PathBuf {
        self.peers.path().canonicalize().expect("the folder is there")
    }
}

/// A file of exactly 1 KiB that is a tool.
pub(crate) fn kibibyte(number: usize) -> String {
    let mut text = format!("/** Note {number}. */\nexport default () => 'note';\n");
    while text.len() < 1_000 {
        text.push_str("// a line of a note\n");
    }
    text.truncate(1_020);
    writeln!(text, "//").unwrap();
    text
}

fn fill(folder: &Path, size: usize) {
    let words =
        ["orders", "users", "stock", "prices", "weights", "reports", "plans", "taxes", "parcels", "carts"];
    for number in 0..size.saturating_sub(2) {
        let word = words[number % words.len()];
        let path = folder.join(format!("tools/{word}/t{number}.ts"));
        fs::create_dir_all(path.parent().unwrap()).expect("the folder can be made");
        let source = format!(
            "/** Scales the {word} of group {number} by a factor. */\nexport default ({{ value, factor }}: {{ value: number; factor: number }}): number => value * factor;\n"
        );
        fs::write(path, source).expect("the tool can be written");
    }
    fs::create_dir_all(folder.join("tools/math")).expect("the folder can be made");
    fs::write(folder.join("tools/math/fib.ts"), FIB).expect("the tool can be written");
    fs::write(folder.join(KIBIBYTE), kibibyte(0)).expect("the tool can be written");
}
