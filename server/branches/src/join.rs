//! Three trees joined in memory, as `git merge` joins them. No merge driver and no filter of any configuration runs.

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::merge::blob::builtin_driver::text;
use gix::merge::plumbing::tree::{Conflict as GixConflict, Resolution, ResolutionFailure, TreatAsUnresolved};
use gix::objs::Kind;
use tgp_git::edit::{EditError, Step};
use tgp_git::{GitPath, Leaf, MODE_FOLDER, Project, ProjectFault};

use crate::resources;

/// How two sides contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both changed the same lines (or the file is binary).
    Content,
    /// One changed what the other deleted.
    ChangedAndDeleted,
    /// Both renamed it, or different files to one name.
    Renamed,
    /// Both made something else at one path: a file and a folder, a file and a symlink.
    Kinds,
    /// Both moved a submodule.
    Submodule,
}

/// A path two sides changed in ways that cannot be joined, with all sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path.
    pub path: GitPath,
    /// How they contradict.
    pub kind: ConflictKind,
    /// Where they parted; none where it was not there.
    pub base: Option<Leaf>,
    /// This side; none where it is gone.
    pub ours: Option<Leaf>,
    /// The side to be brought in; none where it is gone.
    pub theirs: Option<Leaf>,
}

/// Two sides joined, or what stands against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// The joined tree.
    Tree(ObjectId),
    /// Every path that contradicts.
    Conflicts(Vec<Conflict>),
}

/// Brings what changed from `base` to `theirs` into `ours`.
pub fn join(
    project: &Project,
    base: ObjectId,
    ours: ObjectId,
    theirs: ObjectId,
) -> Result<Joined, ProjectFault> {
    if ours == theirs || theirs == base {
        return Ok(Joined::Tree(ours));
    }
    if ours == base {
        return Ok(Joined::Tree(theirs));
    }
    let (our_steps, their_steps) = (project.difference(base, ours)?, project.difference(base, theirs)?);
    if apart(&our_steps, &their_steps) {
        match project.apply(ours, &their_steps) {
            Ok(tree) => return Ok(Joined::Tree(tree)),
            Err(EditError::Fault(fault)) => return Err(fault),
            // A name in the way is for the full merge to name.
            Err(EditError::InTheWay { .. } | EditError::CaseClash { .. }) => {}
        }
    }
    let joined = full(project, [base, ours, theirs], &our_steps, &their_steps)?;
    match joined {
        Joined::Tree(tree) => clashes(project, ours, tree),
        conflicts @ Joined::Conflicts(_) => Ok(conflicts),
    }
}

/// Whether two sides touch different files and neither may have renamed any: then each change simply stands.
fn apart(ours: &[Step], theirs: &[Step]) -> bool {
    let may_rename = |steps: &[Step]| {
        steps.iter().any(|step| step.old.is_none()) && steps.iter().any(|step| step.new.is_none())
    };
    if may_rename(ours) || may_rename(theirs) {
        return false;
    }
    let mut taken: BTreeSet<GitPath> = BTreeSet::new();
    let mut files: BTreeSet<&GitPath> = BTreeSet::new();
    for step in ours {
        files.insert(&step.path);
        let mut path = step.path.clone();
        while !path.is_root() && taken.insert(path.clone()) {
            path = path.parent();
        }
    }
    theirs.iter().all(|step| {
        let mut above = step.path.parent();
        let mut free = !taken.contains(&step.path);
        while free && !above.is_root() {
            free = !files.contains(&above);
            above = above.parent();
        }
        free
    })
}

fn full(
    project: &Project,
    [base, ours, theirs]: [ObjectId; 3],
    our_steps: &[Step],
    their_steps: &[Step],
) -> Result<Joined, ProjectFault> {
    let paths = || our_steps.iter().chain(their_steps).map(|step| &step.path);
    let rules = resources::rule_files(project, ours, paths())?;
    project.objects().with(|handle| {
        let mut compare = resources::to_diff(handle, &rules)?;
        let mut merge = resources::to_merge(handle, &rules)?;
        let labels = text::Labels { ancestor: None, current: None, other: None };
        let write = |kind: Kind, bytes: &[u8]| {
            project
                .write(kind, bytes)
                .map_err(|fault| gix::Error::from_error(std::io::Error::other(fault.to_string())))
        };
        let mut outcome = gix::merge::plumbing::tree(
            &base,
            &ours,
            &theirs,
            labels,
            handle,
            |bytes| write(Kind::Blob, bytes),
            &mut gix::diff::tree::State::default(),
            &mut compare,
            &mut merge,
            options(),
        )
        .map_err(ProjectFault::git("merge"))?;
        let unresolved: Vec<&GixConflict> = outcome
            .conflicts
            .iter()
            .filter(|conflict| conflict.is_unresolved(TreatAsUnresolved::git()))
            .collect();
        if !unresolved.is_empty() {
            let mut conflicts = Vec::new();
            for conflict in unresolved {
                conflicts.push(named(project, conflict, [base, ours, theirs])?);
            }
            conflicts.sort_by(|a, b| a.path.cmp(&b.path));
            conflicts.dedup_by(|a, b| a.path == b.path);
            return Ok(Joined::Conflicts(conflicts));
        }
        let tree = outcome
            .tree
            .write(|tree| {
                let mut bytes = Vec::new();
                gix::objs::WriteTo::write_to(tree, &mut bytes).map_err(gix::Error::from_error)?;
                write(Kind::Tree, &bytes)
            })
            .map_err(ProjectFault::git("write the merged tree"))?;
        let mut moved = outcome.conflicts.iter().filter_map(|conflict| match &conflict.resolution {
            Ok(Resolution::SourceLocationAffectedByRename { final_location }) => {
                let sides = [&conflict.ours, &conflict.theirs]; // One renamed the folder, the other put the file there.
                let file = sides.into_iter().find(|change| !change.entry_mode().is_tree())?;
                Some([file.location(), final_location.as_bstr()].map(|path| GitPath::from_tree(path)))
            }
            _ => None,
        });
        moved.try_fold(Joined::Tree(tree), |joined, [own, new]| match joined {
            Joined::Tree(tree) => kept_where_it_was_put(project, tree, &own, &new),
            conflicts @ Joined::Conflicts(_) => Ok(conflicts),
        })
    })
}

/// A file one side put into a folder the other side renamed stays where it was put: nobody asked for another place.
fn kept_where_it_was_put(
    project: &Project,
    tree: ObjectId,
    own: &GitPath,
    moved: &GitPath,
) -> Result<Joined, ProjectFault> {
    let there = project.leaf(tree, moved)?;
    if there.is_none() {
        return Ok(Joined::Tree(tree));
    }
    let step = |path: &GitPath, old, new| Step { path: path.clone(), old, new };
    match project.apply(tree, &[step(moved, there, None), step(own, None, there)]) {
        Ok(tree) => Ok(Joined::Tree(tree)),
        Err(EditError::Fault(fault)) => Err(fault),
        Err(EditError::InTheWay { path, .. } | EditError::CaseClash { path, .. }) => {
            Ok(in_the_way(path, there))
        }
    }
}

fn options() -> gix::merge::plumbing::tree::Options {
    gix::merge::plumbing::tree::Options {
        rewrites: Some(resources::renames()),
        blob_merge: gix::merge::blob::platform::merge::Options {
            is_virtual_ancestor: false,
            resolve_binary_with: None,
            text: text::Options::default(),
        },
        blob_merge_command_ctx: gix::command::Context::default(),
        fail_on_conflict: None,
        marker_size_multiplier: 0,
        symlink_conflicts: None,
        tree_conflicts: None,
    }
}

fn named(
    project: &Project,
    conflict: &GixConflict,
    [base, ours, theirs]: [ObjectId; 3],
) -> Result<Conflict, ProjectFault> {
    let (our_change, their_change) = conflict.changes_in_resolution();
    let path = GitPath::from_tree(our_change.location().as_bytes());
    let other = GitPath::from_tree(their_change.location().as_bytes());
    let kind = match &conflict.resolution {
        Ok(_) => ConflictKind::Content,
        Err(ResolutionFailure::SubmoduleMerge | ResolutionFailure::SubmoduleAddAdd) => {
            ConflictKind::Submodule
        }
        Err(ResolutionFailure::OursModifiedTheirsDeleted) => ConflictKind::ChangedAndDeleted,
        Err(
            ResolutionFailure::OursRenamedTheirsRenamedToSameLocation
            | ResolutionFailure::OursRenamedTheirsRenamedDifferently { .. }
            | ResolutionFailure::OursDeletedTheirsRenamed,
        ) => ConflictKind::Renamed,
        Err(_) => ConflictKind::Kinds,
    };
    let side = |tree: ObjectId| -> Result<Option<Leaf>, ProjectFault> {
        let at = project.leaf(tree, &path)?.filter(|leaf| leaf.mode != MODE_FOLDER);
        match at {
            None if other != path => Ok(project.leaf(tree, &other)?.filter(|leaf| leaf.mode != MODE_FOLDER)),
            found => Ok(found),
        }
    };
    let (base, ours, theirs) = (side(base)?, side(ours)?, side(theirs)?);
    Ok(Conflict { path, kind, base, ours, theirs })
}

/// In a repository that takes names for one that differ in case only, a merge may not bring two of them together.
fn clashes(project: &Project, ours: ObjectId, tree: ObjectId) -> Result<Joined, ProjectFault> {
    if !project.ignores_case() {
        return Ok(Joined::Tree(tree));
    }
    let steps = project.difference(ours, tree)?;
    match project.apply(ours, &steps) {
        Ok(_) => Ok(Joined::Tree(tree)),
        Err(EditError::Fault(fault)) => Err(fault),
        Err(EditError::InTheWay { path, .. } | EditError::CaseClash { path, .. }) => {
            let theirs = project.leaf(tree, &path)?;
            Ok(in_the_way(path, theirs))
        }
    }
}

fn in_the_way(path: GitPath, theirs: Option<Leaf>) -> Joined {
    Joined::Conflicts(vec![Conflict { path, kind: ConflictKind::Kinds, base: None, ours: None, theirs }])
}
