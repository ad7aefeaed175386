//! What differs between two commits: files with renames, then lines.

use gix::bstr::ByteSlice as _;
use gix::diff::tree_with_rewrites::ChangeRef;
use tgp_git::edit::Step;
use tgp_git::{GitPath, MODE_FOLDER, ProjectFault};

pub use tgp_git::Leaf;
use tgp_objects::id::CommitId;
use tgp_patch::hunks::FileHunks;
use tgp_patch::render;

use crate::name::BranchName;
use crate::resources;
use crate::task::{Branches, TaskError};

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path; the old one for a file that is gone.
    pub path: GitPath,
    /// Where it was before, if it was renamed.
    pub renamed_from: Option<GitPath>,
    /// What it was; none for a new file.
    pub before: Option<Leaf>,
    /// What it is; none for a file that is gone.
    pub after: Option<Leaf>,
}

impl Branches {
    /// What a branch changed since it began.
    pub fn branch_diff(&self, branch: &BranchName) -> Result<Vec<FileDiff>, TaskError> {
        let task = self.task(branch)?;
        let start = match task.start {
            Some(start) => Some(start),
            None => self.parted_from_head(task.tip)?,
        };
        Ok(self.diff(start, task.tip)?)
    }

    /// What differs between two commits, by path, with renames told from deleting and making. No commit is the empty
    /// state.
    pub fn diff(&self, from: Option<CommitId>, to: CommitId) -> Result<Vec<FileDiff>, ProjectFault> {
        let old = self.project.tree_of(from.map(|commit| commit.0))?;
        let new = self.project.commit(to.0)?.tree;
        self.diff_trees(old, new)
    }

    /// The same of two trees.
    pub(crate) fn diff_trees(
        &self,
        old: gix::ObjectId,
        new: gix::ObjectId,
    ) -> Result<Vec<FileDiff>, ProjectFault> {
        let steps = self.project.difference(old, new)?;
        let may_rename =
            steps.iter().any(|step| step.old.is_none()) && steps.iter().any(|step| step.new.is_none());
        if !may_rename {
            return Ok(steps.into_iter().map(FileDiff::from).collect());
        }
        let rules = resources::rule_files(&self.project, new, steps.iter().map(|step| &step.path))?;
        let renames = self.renames(old, new, &rules)?;
        let mut diffs: Vec<FileDiff> = steps
            .into_iter()
            .filter(|step| !renames.iter().any(|diff| takes(diff, step)))
            .map(FileDiff::from)
            .collect();
        diffs.extend(renames);
        diffs.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(diffs)
    }

    fn renames(
        &self,
        old: gix::ObjectId,
        new: gix::ObjectId,
        rules: &[(GitPath, gix::ObjectId)],
    ) -> Result<Vec<FileDiff>, ProjectFault> {
        self.project.objects().with(|handle| {
            let mut compare = resources::to_diff(handle, rules)?;
            let bytes = |id: gix::ObjectId| {
                let found = if id.is_empty_tree() {
                    Ok(Vec::new())
                } else {
                    handle.find_object(id).map(|o| o.data.clone())
                };
                found.map_err(ProjectFault::git("read a tree"))
            };
            let (old, new) = (bytes(old)?, bytes(new)?);
            let mut found = Vec::new();
            let options = gix::diff::tree_with_rewrites::Options {
                location: Some(gix::diff::tree::recorder::Location::Path),
                rewrites: Some(resources::renames()),
            };
            gix::diff::tree_with_rewrites(
                gix::objs::TreeRefIter::from_bytes(&old, gix::hash::Kind::Sha1),
                gix::objs::TreeRefIter::from_bytes(&new, gix::hash::Kind::Sha1),
                &mut compare,
                &mut gix::diff::tree::State::default(),
                &handle.objects,
                |change| {
                    if let ChangeRef::Rewrite {
                        source_location,
                        source_entry_mode,
                        source_id,
                        entry_mode,
                        id,
                        location,
                        copy: false,
                        ..
                    } = change
                        && u32::from(entry_mode.value()) != MODE_FOLDER
                    {
                        found.push(FileDiff {
                            path: GitPath::from_tree(location.as_bytes()),
                            renamed_from: Some(GitPath::from_tree(source_location.as_bytes())),
                            before: Some(Leaf { mode: u32::from(source_entry_mode.value()), id: source_id }),
                            after: Some(Leaf { mode: u32::from(entry_mode.value()), id }),
                        });
                    }
                    Ok(std::ops::ControlFlow::Continue(()))
                },
                options,
            )
            .map_err(|error| ProjectFault::Git { doing: "look for renames", reason: error.to_string() })?;
            Ok(found)
        })
    }

    /// The lines that differ in a file; a submodule's are the commits it names, as Git shows them.
    pub fn hunks(&self, diff: &FileDiff, context: u32) -> Result<FileHunks, ProjectFault> {
        let side = |leaf: Option<Leaf>| match leaf {
            None => Ok(Vec::new()),
            Some(leaf) if leaf.mode == tgp_git::MODE_SUBMODULE => {
                Ok(format!("Subproject commit {}\n", leaf.id).into_bytes())
            }
            Some(leaf) => self.project.blob(leaf.id),
        };
        Ok(tgp_patch::hunks(&side(diff.before)?, &side(diff.after)?, context))
    }

    /// Files as one patch that `git apply` takes; binary files are named and not carried.
    pub fn patch_of(&self, diffs: &[FileDiff]) -> Result<Vec<u8>, ProjectFault> {
        let mut out = Vec::new();
        for diff in diffs {
            let old_path = diff.renamed_from.as_ref().unwrap_or(&diff.path);
            let (old, new) =
                (render::name("a/", old_path.as_bytes()), render::name("b/", diff.path.as_bytes()));
            out.extend([&b"diff --git "[..], &old, b" ", &new, b"\n"].concat());
            match (diff.before, diff.after) {
                (None, Some(after)) => {
                    out.extend(format!("new file mode {:o}\n", after.mode).into_bytes());
                }
                (Some(before), None) => {
                    out.extend(format!("deleted file mode {:o}\n", before.mode).into_bytes());
                }
                (Some(before), Some(after)) if before.mode != after.mode => {
                    out.extend(
                        format!("old mode {:o}\nnew mode {:o}\n", before.mode, after.mode).into_bytes(),
                    );
                }
                _ => {}
            }
            if let Some(from) = &diff.renamed_from {
                let from = render::name("", from.as_bytes());
                let to = render::name("", diff.path.as_bytes());
                out.extend([&b"rename from "[..], &from, b"\nrename to ", &to, b"\n"].concat());
            }
            let none = b"/dev/null".to_vec();
            let old = if diff.before.is_some() { old } else { none.clone() };
            let new = if diff.after.is_some() { new } else { none };
            match self.hunks(diff, 3)? {
                FileHunks::Binary => {
                    out.extend([&b"Binary files "[..], &old, b" and ", &new, b" differ\n"].concat());
                }
                FileHunks::Text(hunks) if hunks.is_empty() => {}
                FileHunks::Text(hunks) => {
                    out.extend([&b"--- "[..], &old, b"\n+++ ", &new, b"\n"].concat());
                    out.extend(render::render(&hunks));
                }
            }
        }
        Ok(out)
    }
}

impl From<Step> for FileDiff {
    fn from(step: Step) -> Self {
        Self { path: step.path, renamed_from: None, before: step.old, after: step.new }
    }
}

/// Whether a step is one half of a rename.
fn takes(rename: &FileDiff, step: &Step) -> bool {
    (step.new.is_none() && Some(&step.path) == rename.renamed_from.as_ref())
        || (step.old.is_none() && step.path == rename.path)
}
