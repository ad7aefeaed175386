//! Where a path leads: into the tool library or into the project.

use crate::path::RepoPath;

/// The library's own folder for tools; agents see it under the mount.
pub const TOOLS: &str = "tools";

/// Where an agent's path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A path of the library's repository, such as `tools/a.ts`.
    Library(RepoPath),
    /// A path of the project.
    Project(RepoPath),
}

/// Translates between the agent's paths and the library's.
#[derive(Debug, Clone)]
pub struct Mount {
    seen: RepoPath,
    stored: RepoPath,
}

impl Mount {
    /// The library's tools seen under `seen`.
    pub fn new(seen: RepoPath) -> Self {
        let stored = RepoPath::root().join(TOOLS).unwrap_or_default();
        Self { seen, stored }
    }

    /// The path agents see the tools under.
    pub fn seen(&self) -> &RepoPath {
        &self.seen
    }

    /// The folder of the tools in the library.
    pub fn stored(&self) -> &RepoPath {
        &self.stored
    }

    /// Where the agent's path leads.
    pub fn locate(&self, path: &RepoPath) -> Location {
        match path.strip_prefix(&self.seen) {
            Some(rest) => Location::Library(rebase(&self.stored, &rest)),
            None => Location::Project(path.clone()),
        }
    }

    /// How the agent sees a path of the library, where it sees it.
    pub fn show(&self, stored: &RepoPath) -> Option<RepoPath> {
        stored.strip_prefix(&self.stored).map(|rest| rebase(&self.seen, &rest))
    }
}

fn rebase(onto: &RepoPath, rest: &RepoPath) -> RepoPath {
    onto.join(rest.as_str()).unwrap_or_else(|_| onto.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_translates_both_ways() {
        let mount = Mount::new("kit".parse().unwrap());
        let stored: RepoPath = "tools/a/b.ts".parse().unwrap();
        assert_eq!(mount.locate(&"kit/a/b.ts".parse().unwrap()), Location::Library(stored.clone()));
        assert_eq!(mount.show(&stored).unwrap().as_str(), "kit/a/b.ts");
        assert!(matches!(mount.locate(&"tools/a.ts".parse().unwrap()), Location::Project(_)));
        assert!(matches!(mount.locate(&"kitchen/a.ts".parse().unwrap()), Location::Project(_)));
    }
}
