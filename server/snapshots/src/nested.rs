//! Submodules: a snapshot names their commits, and what is not committed in them is said to be left out.

use tgp_git::scan::{Scan, ScanOptions};
use tgp_git::{GitPath, Project, ProjectSettings};

/// The submodules that are checked out and have work in them that is not committed, or of which that cannot be told.
pub(crate) fn with_work(project: &Project, scan: &Scan) -> Vec<GitPath> {
    let Some(top) = project.work_dir() else { return Vec::new() };
    let modules = scan.index.entries().iter().filter(|entry| entry.mode.is_submodule());
    let paths = modules.map(|entry| GitPath::from_tree(entry.path(&scan.index)));
    paths.filter(|path| has_work(&path.below(top))).collect()
}

/// Larger files are taken for changed where their times do not say.
const LARGEST: u64 = 50 << 20;

fn has_work(folder: &std::path::Path) -> bool {
    // Without that it is not checked out.
    if !folder.join(".git").exists() {
        return false;
    }
    let options = ScanOptions { untracked: true, ignored: false, largest: LARGEST };
    let scanned = Project::open(folder, ProjectSettings::default()).ok().and_then(|module| {
        let staged = module.tree_of(module.head().ok()?.commit()).ok()?;
        let scan = module.scan(options).ok()?;
        let changed = !module.index_steps(staged, &scan.index).ok()?.is_empty();
        Some(changed || !scan.tracked.is_empty() || !scan.untracked.is_empty())
    });
    scanned.unwrap_or(true)
}
