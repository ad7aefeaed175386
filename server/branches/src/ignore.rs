//! Globs and ignore files over the tree of a commit.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use tgp_git::{GitPath, Leaf, MODE_FOLDER, ProjectFault, rules};

use crate::task::Branches;

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{glob}` is not a glob: {why}")]
pub struct GlobProblem {
    /// The glob.
    pub glob: String,
    /// What is wrong with it.
    pub why: String,
}

/// Which files of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only in this folder.
    pub folder: GitPath,
    /// Only files one of these takes in (all, where there is none). A glob without `/` looks at the name alone; one that
    /// begins with `!` takes files out.
    pub globs: Vec<String>,
    /// Files the tree's ignore files name as well.
    pub ignored: bool,
}

/// Globs, ready to be asked.
pub(crate) struct Globs {
    takes: Option<GlobSet>,
    leaves: GlobSet,
}

impl Globs {
    pub(crate) fn new(globs: &[String]) -> Result<Self, GlobProblem> {
        let (mut takes, mut leaves) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut any = false;
        for text in globs {
            let taken_out = text.strip_prefix('!');
            any |= taken_out.is_none();
            let into = if taken_out.is_some() { &mut leaves } else { &mut takes };
            let glob = taken_out.unwrap_or(text);
            let plain = glob.trim_start_matches("./").trim_start_matches('/');
            let whole = if plain.contains('/') { plain.to_owned() } else { format!("**/{plain}") };
            let whole = if whole.ends_with('/') { format!("{whole}**") } else { whole };
            let built = GlobBuilder::new(&whole).literal_separator(true).build();
            into.add(
                built.map_err(|error| GlobProblem { glob: text.clone(), why: error.kind().to_string() })?,
            );
        }
        let build = |builder: GlobSetBuilder| {
            builder.build().map_err(|error| GlobProblem {
                glob: error.glob().unwrap_or_default().to_owned(),
                why: error.kind().to_string(),
            })
        };
        Ok(Self { takes: if any { Some(build(takes)?) } else { None }, leaves: build(leaves)? })
    }

    pub(crate) fn take(&self, path: &GitPath) -> bool {
        let path = path.below(std::path::Path::new(""));
        self.takes.as_ref().is_none_or(|takes| takes.is_match(&path)) && !self.leaves.is_match(&path)
    }
}

impl Branches {
    /// The files of a tree that are selected, in Git's order; symlinks and submodules among them.
    pub(crate) fn select(
        &self,
        tree: gix::ObjectId,
        selection: &Selection,
        globs: &Globs,
    ) -> Result<Vec<(GitPath, Leaf)>, ProjectFault> {
        let root = self.project.leaf(tree, &selection.folder)?.filter(|leaf| leaf.mode == MODE_FOLDER);
        let Some(root) = root else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        let mut rule_files =
            self.project.rule_files(tree, rules::IGNORE, std::iter::once(&selection.folder.entry(b"x")))?;
        let mut folders = Vec::new();
        self.project.walk(root.id, &selection.folder, &mut |path, leaf| {
            if leaf.mode == MODE_FOLDER {
                folders.push(path.clone());
            } else {
                if path.file_name() == rules::IGNORE && leaf.is_file() {
                    rule_files.push((path.clone(), leaf.id));
                }
                files.push((path.clone(), leaf));
            }
            true
        })?;
        rule_files.sort();
        rule_files.dedup();
        // Files no glob takes need no look at the ignore rules.
        files.retain(|(path, _)| globs.take(path));
        if selection.ignored || rule_files.is_empty() {
            return Ok(files);
        }
        let asked: Vec<(GitPath, bool)> = files.iter().map(|(path, _)| (path.clone(), false)).collect();
        let ignored = self.project.ignored(&rule_files, &asked)?;
        Ok(files.into_iter().zip(ignored).filter(|(_, ignored)| !ignored).map(|(file, _)| file).collect())
    }
}
