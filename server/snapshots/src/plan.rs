//! What a restore would do, before it does anything.

use std::collections::{BTreeMap, BTreeSet};

use gix::ObjectId;
use tgp_git::{GitPath, MODE_FOLDER, ProjectFault};
use tgp_objects::id::{BlobId, CommitId};

use crate::create::{CreateError, Limits};
use crate::diff::Stands;
use crate::place::{Found, Place};
use crate::restore::RestoreError;
use crate::shelf::{Shelf, Snapshot};
use crate::sparse::Sparse;

/// What is restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The index as well.
    pub index: bool,
    /// The branch HEAD is on, back to the snapshot's commit.
    pub branch: bool,
    /// Files the snapshot did not know go. Ignored ones stay.
    pub remove_unknown: bool,
    /// Files that go although the snapshot did not know them, if they are still these bytes: what an earlier restore
    /// made, which is being undone.
    pub remove: Vec<(GitPath, BlobId)>,
    /// The only files that are touched; none means all. An undo touches what it takes back, and nothing else.
    pub only: Option<Vec<GitPath>>,
    /// Folders that go if nothing is in them: what an earlier restore made, which is being undone.
    pub remove_folders: Vec<GitPath>,
    /// Bounds on what is compared.
    pub limits: Limits,
}

/// A file that keeps a restore from being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The file.
    pub path: GitPath,
    /// Why.
    pub why: &'static str,
}

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Files that get other content, or are made.
    pub writes: Vec<GitPath>,
    /// Files that go.
    pub removes: Vec<GitPath>,
    /// Files the snapshot did not know, which stay.
    pub unknown: Vec<GitPath>,
    /// Files the present sparse checkout leaves out, and that stay out.
    pub left_out: Vec<GitPath>,
    /// Files that keep it from being done.
    pub blocked: Vec<Blocked>,
    /// The branch that would move, from and to.
    pub branch: Option<(String, Option<CommitId>, CommitId)>,
    pub(crate) then: [ObjectId; 2],
    pub(crate) now: [ObjectId; 2],
    pub(crate) sparse: Sparse,
}

impl Shelf<'_> {
    /// What a restore would do. Present files are stored as objects on the way, which nothing names.
    pub fn plan(&self, snapshot: &Snapshot, options: &Options) -> Result<Plan, RestoreError> {
        let contents = self.contents(options.limits).map_err(|error| match error {
            CreateError::Fault(fault) => RestoreError::Fault(fault),
            other => RestoreError::Contents(other.to_string()),
        })?;
        let (then, now) = (self.both(snapshot)?, [contents.clean, contents.disk]);
        let index = self.folder(snapshot, b"index")?;
        let branch = self.branch_move(snapshot, options)?;
        let mut plan = Plan {
            writes: Vec::new(),
            removes: Vec::new(),
            unknown: Vec::new(),
            left_out: Vec::new(),
            blocked: Vec::new(),
            branch,
            then,
            now,
            sparse: contents.sparse,
        };
        let sparse = self.sparse_of(snapshot)?;
        let only: Option<BTreeSet<&GitPath>> = options.only.as_ref().map(|only| only.iter().collect());
        let made: BTreeMap<&GitPath, BlobId> =
            options.remove.iter().map(|(path, blob)| (path, *blob)).collect();
        let spared: BTreeSet<&GitPath> = snapshot.about.left_out.iter().map(|left| &left.path).collect();
        let unkept: BTreeSet<&GitPath> = contents.left_out.iter().map(|left| &left.path).collect();
        for path in self.apart(then, now)? {
            let is_ours = path.components().next().is_some_and(|first| first.eq_ignore_ascii_case(b".tgp"));
            if is_ours || only.as_ref().is_some_and(|only| !only.contains(&path)) {
                continue;
            }
            if path.problem().is_some() {
                // Stored state is not believed: a path in it may have been made by hand to lead elsewhere.
                plan.blocked.push(Blocked { path, why: "nothing is restored under such a path" });
                continue;
            }
            let (wanted, present) = (self.stands(then, &path)?, self.stands(now, &path)?);
            if wanted == present || unkept.iter().any(|left| path.is_within(left)) && wanted.is_none() {
                continue;
            }
            match (wanted, present) {
                (Some(_), None) if unkept.iter().any(|left| path.is_within(left)) => {
                    plan.blocked.push(Blocked { path, why: "what stands there now is too large to be kept" });
                }
                // Left out by the person's choice, now or then: neither missing nor to be deleted.
                (Some(Stands::AsGit(_)), None) if plan.sparse.contains(&path) => plan.left_out.push(path),
                (Some(_), _) => plan.writes.push(path),
                (None, Some(_)) if sparse.contains(&path) => {}
                (None, Some(present)) => {
                    let known_gone =
                        self.project.leaf(index, &path)?.is_some_and(|leaf| leaf.mode != MODE_FOLDER);
                    let made = made.get(&path).is_some_and(|blob| is(present, *blob));
                    let spared = spared.iter().any(|left| path.is_within(left));
                    if !spared && (known_gone || made || options.remove_unknown) {
                        plan.removes.push(path);
                    } else {
                        plan.unknown.push(path);
                    }
                }
                (None, None) => {}
            }
        }
        self.find_obstacles(&mut plan)?;
        Ok(plan)
    }

    /// What stands where something is to come and is in no tree: ignored files, folders, devices.
    fn find_obstacles(&self, plan: &mut Plan) -> Result<(), RestoreError> {
        let place = self.place()?;
        let removes: BTreeSet<&GitPath> = plan.removes.iter().collect();
        let mut blocked = Vec::new();
        for path in &plan.writes {
            let full = path.below(self.project.root());
            let found = place.look(path).map_err(ProjectFault::io("look at", &full))?;
            let why = match found {
                Found::File(..) if self.stands(plan.now, path)?.is_none() => {
                    Some("a file that is in no snapshot stands there")
                }
                Found::Nothing | Found::File(..) => None,
                Found::Folder if place.is_empty(path) || only_removed(plan, path) => None,
                Found::Folder => Some("a folder with files of its own stands there"),
                Found::Other if removes.iter().any(|gone| path.is_within(gone)) => None,
                Found::Other => Some("something else stands there, or in place of its folder"),
            };
            blocked.extend(why.map(|why| Blocked { path: path.clone(), why }));
        }
        plan.blocked.extend(blocked);
        Ok(())
    }

    pub(crate) fn place(&self) -> Result<Place, ProjectFault> {
        let work_dir = self.project.work_dir().unwrap_or(self.project.root());
        let temporary = self.project.private().join("tmp");
        Place::new(work_dir, &temporary).map_err(ProjectFault::io("open", work_dir))
    }

    fn branch_move(
        &self,
        snapshot: &Snapshot,
        options: &Options,
    ) -> Result<Option<(String, Option<CommitId>, CommitId)>, RestoreError> {
        let head = self.project.head()?;
        let now = head.commit().map(CommitId);
        let then: Option<CommitId> = snapshot.about.commit.as_deref().and_then(|text| text.parse().ok());
        if now == then && head.branch().map(str::to_owned) == snapshot.about.branch {
            return Ok(None);
        }
        if !options.branch && !options.index {
            return Ok(None);
        }
        let shown = |branch: Option<&str>, commit: Option<CommitId>| {
            let commit = commit.map_or_else(|| "no commit".to_owned(), |commit| commit.to_string());
            format!("{} at {commit}", branch.unwrap_or("no branch"))
        };
        match (head.branch(), then) {
            (Some(branch), Some(then))
                if options.branch && snapshot.about.branch.as_deref() == Some(branch) =>
            {
                Ok(Some((branch.to_owned(), now, then)))
            }
            _ => Err(RestoreError::Head {
                then: shown(snapshot.about.branch.as_deref(), then),
                now: shown(head.branch(), now),
            }),
        }
    }
}

fn is(present: Stands, blob: BlobId) -> bool {
    present.leaf().id == blob.0
}

/// Whether all that stands in a folder now goes.
fn only_removed(plan: &Plan, folder: &GitPath) -> bool {
    plan.removes.iter().any(|path| path.is_within(folder))
        && !plan.unknown.iter().any(|path| path.is_within(folder))
}
