//! What Git's library needs to compare and merge contents: the attributes of the tree at hand, and no program of the
//! user's.

use gix::diff::blob::pipeline::Mode as DiffMode;
use gix::merge::blob::pipeline::Mode as MergeMode;
use gix::worktree::stack::state::attributes::Source;
use tgp_git::{GitPath, Project, ProjectFault, rules};

/// Larger contents are not compared; they are told apart by their names.
const LARGEST: u64 = 64 << 20;

fn attributes(
    handle: &gix::Repository,
    files: &[(GitPath, gix::ObjectId)],
) -> Result<gix::worktree::Stack, ProjectFault> {
    let index = rules::index_of(files);
    let stack = handle
        .attributes_only(&index, Source::IdMapping)
        .map_err(ProjectFault::git("read the attributes"))?;
    Ok(stack.detach())
}

fn conversions(handle: &gix::Repository) -> Result<gix::filter::plumbing::Pipeline, ProjectFault> {
    let mut options =
        gix::filter::Pipeline::options(handle).map_err(ProjectFault::git("read the conversions"))?;
    options.drivers = Vec::new();
    let context = handle.command_context().map_err(ProjectFault::git("read the conversions"))?;
    Ok(gix::filter::plumbing::Pipeline::new(context, handle.object_hash(), options))
}

/// For telling how similar two contents are. `files` are the `.gitattributes` that count.
pub(crate) fn to_diff(
    handle: &gix::Repository,
    files: &[(GitPath, gix::ObjectId)],
) -> Result<gix::diff::blob::Platform, ProjectFault> {
    let options = gix::diff::blob::platform::Options {
        algorithm: Some(gix::diff::blob::Algorithm::Histogram),
        skip_internal_diff_if_external_is_configured: false,
    };
    let pipeline = gix::diff::blob::Pipeline::new(
        gix::diff::blob::pipeline::WorktreeRoots::default(),
        conversions(handle)?,
        Vec::new(),
        gix::diff::blob::pipeline::Options { large_file_threshold_bytes: LARGEST, ..Default::default() },
    );
    Ok(gix::diff::blob::Platform::new(options, pipeline, DiffMode::ToGit, attributes(handle, files)?))
}

/// For merging contents.
pub(crate) fn to_merge(
    handle: &gix::Repository,
    files: &[(GitPath, gix::ObjectId)],
) -> Result<gix::merge::blob::Platform, ProjectFault> {
    let pipeline = gix::merge::blob::Pipeline::new(
        gix::merge::blob::pipeline::WorktreeRoots::default(),
        conversions(handle)?,
        gix::merge::blob::pipeline::Options { large_file_threshold_bytes: LARGEST },
    );
    Ok(gix::merge::blob::Platform::new(
        pipeline,
        MergeMode::ToGit,
        attributes(handle, files)?,
        Vec::new(),
        gix::merge::blob::platform::Options::default(),
    ))
}

/// Renames are followed as `git merge` and `git diff` do: half of the lines the same, a thousand candidates.
pub(crate) fn renames() -> gix::diff::Rewrites {
    gix::diff::Rewrites { copies: None, percentage: Some(0.5), limit: 1000, track_empty: false }
}

/// The `.gitattributes` files of a tree that say something about some paths.
pub(crate) fn rule_files<'a>(
    project: &Project,
    tree: gix::ObjectId,
    paths: impl Iterator<Item = &'a GitPath>,
) -> Result<Vec<(GitPath, gix::ObjectId)>, ProjectFault> {
    project.rule_files(tree, rules::ATTRIBUTES, paths)
}
