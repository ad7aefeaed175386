//! Taking a snapshot. What Git has already is named, what it has not is stored as the bytes it has.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::index::entry::{Flags, Stage};
use gix::objs::Kind;
use tgp_git::capture::Keeper;
use tgp_git::edit::{EditError, Step};
use tgp_git::scan::{Different, OnDisk, Scan, ScanOptions};
use tgp_git::{
    CommitMessage, Entry, GitPath, Leaf, LeftOut, LeftOutWhy, MODE_FILE, MODE_FOLDER, MODE_SUBMODULE,
    MoveRefError, Project, ProjectFault, RefMove,
};
use tgp_model::Timestamp;
use tgp_objects::id::CommitId;

use crate::about::{About, SnapshotId};
use crate::nested::with_work;
use crate::shelf::{Shelf, Snapshot};
use crate::sparse::{Sparse, read};

/// Bounds on what a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub largest: u64,
    /// All that is newly stored, in bytes.
    pub most: u64,
    /// Whether ignored files are kept as well.
    pub ignored: bool,
}

impl Default for Limits {
    /// 50 MiB a file and 500 MiB together: more is a data set, not somebody's uncommitted work.
    fn default() -> Self {
        Self { largest: 50 << 20, most: 500 << 20, ignored: false }
    }
}

/// A snapshot to be taken.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Its name, new in the repository.
    pub id: SnapshotId,
    /// Why, in a few words.
    pub reason: &'a str,
    /// When.
    pub now: Timestamp,
    /// Bytes the caller keeps beside it.
    pub context: Option<&'a [u8]>,
    /// What its commit says.
    pub message: &'a CommitMessage,
    /// Bounds.
    pub limits: Limits,
}

/// A snapshot that was not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is one of this name.
    #[error("there is a snapshot `{id}` already")]
    Exists {
        /// The name.
        id: SnapshotId,
    },
    /// The repository has no working tree.
    #[error("the repository at `{}` has no working tree to take a snapshot of", root.display())]
    Bare {
        /// Its folder.
        root: std::path::PathBuf,
    },
    /// Paths of the working tree cannot stand beside each other in a tree.
    #[error("the working tree cannot be kept: {0}")]
    Tree(String),
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

impl From<EditError> for CreateError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Fault(fault) => Self::Fault(fault),
            other => Self::Tree(other.to_string()),
        }
    }
}

/// HEAD, index and working tree of one moment, as objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub(crate) branch: Option<String>,
    pub(crate) commit: Option<ObjectId>,
    pub(crate) index: ObjectId,
    pub(crate) index_bytes: Option<ObjectId>,
    pub(crate) stages: ObjectId,
    /// Files that stand as Git would check them out.
    pub(crate) clean: ObjectId,
    /// All others, as the bytes they have.
    pub(crate) disk: ObjectId,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) empty_folders: Vec<GitPath>,
    pub(crate) sparse: Sparse,
}

impl Shelf<'_> {
    /// Takes a snapshot.
    pub fn create(&self, request: &Request<'_>) -> Result<Snapshot, CreateError> {
        self.check_new(request)?;
        self.create_of(&self.contents(request.limits)?, request)
    }

    fn check_new(&self, request: &Request<'_>) -> Result<(), CreateError> {
        match self.project.read_ref(&request.id.name())? {
            Some(_) => Err(CreateError::Exists { id: request.id.clone() }),
            None => Ok(()),
        }
    }

    /// Takes a snapshot of what was looked at a moment ago: looking is what costs, and several may share it.
    pub fn create_of(&self, contents: &Contents, request: &Request<'_>) -> Result<Snapshot, CreateError> {
        self.check_new(request)?;
        let about = About {
            id: request.id.clone(),
            when: request.now.0,
            reason: request.reason.to_owned(),
            branch: contents.branch.clone(),
            commit: contents.commit.map(|commit| commit.to_string()),
            left_out: contents.left_out.clone(),
            empty_folders: contents.empty_folders.clone(),
        };
        let tree = self.write_root(contents, &about, request.context)?;
        // HEAD's commit is a parent, so that no `git gc` takes it while the snapshot is there.
        let parents: Vec<ObjectId> = contents.commit.into_iter().collect();
        let commit = self.project.write(Kind::Commit, &request.message.commit_bytes(tree, &parents))?;
        let name = request.id.name();
        match self.project.move_ref(&RefMove { name: &name, from: None, to: Some(commit), log: None }) {
            Ok(()) => Ok(Snapshot { about, commit: CommitId(commit), tree }),
            Err(MoveRefError::Fault(fault)) => Err(fault.into()),
            Err(_) => Err(CreateError::Exists { id: request.id.clone() }),
        }
    }

    fn write_root(
        &self,
        contents: &Contents,
        about: &About,
        context: Option<&[u8]>,
    ) -> Result<ObjectId, ProjectFault> {
        let mut parts: BTreeMap<&[u8], Leaf> = BTreeMap::new();
        let blob = |bytes: &[u8]| -> Result<Leaf, ProjectFault> {
            Ok(Leaf { mode: MODE_FILE, id: self.project.write(Kind::Blob, bytes)? })
        };
        parts.insert(b"about.json", blob(&about.to_json())?);
        if let Some(context) = context {
            parts.insert(b"context", blob(context)?);
        }
        if let Some(id) = contents.index_bytes {
            parts.insert(b"index.bin", Leaf { mode: MODE_FILE, id });
        }
        let folders: [(&[u8], ObjectId); 4] = [
            (b"clean", contents.clean),
            (b"disk", contents.disk),
            (b"index", contents.index),
            (b"stages", contents.stages),
        ];
        parts.extend(folders.map(|(name, id)| (name, Leaf { mode: MODE_FOLDER, id })));
        let mut entries: Vec<Entry> = parts
            .into_iter()
            .map(|(name, leaf)| Entry { mode: leaf.mode, name: name.into(), id: leaf.id })
            .collect();
        entries.sort_by(|a, b| a.sort_key().cmp(b.sort_key()));
        self.project.write_tree(entries)
    }

    /// Index and working tree as they are now, as objects nothing names yet.
    pub fn contents(&self, limits: Limits) -> Result<Contents, CreateError> {
        let project = self.project;
        if project.work_dir().is_none() {
            return Err(CreateError::Bare { root: project.root().to_owned() });
        }
        let options = ScanOptions { untracked: true, ignored: limits.ignored, largest: limits.largest };
        let now = project.head()?;
        let (scan, early) = self.scan_and_keep_index(options)?;
        let head = project.tree_of(now.commit())?;
        let index = project.apply(head, &project.index_steps(head, &scan.index)?)?;
        let clean = project.apply(index, &not_clean(project, index, &scan)?)?;
        let mut keeper = Keeper::new(project, limits.largest, limits.most)?;
        let mut steps = Vec::new();
        for file in scan.tracked.iter().chain(&scan.untracked).chain(&scan.ignored) {
            if let Some(new) = keep(project, &mut keeper, file)? {
                steps.push(Step { path: file.path.clone(), old: None, new: Some(new) });
            }
        }
        let disk = project.apply(project.tree_of(None)?, &steps)?;
        let mut left_out = keeper.left_out;
        left_out
            .extend(scan.nested.iter().map(|path| LeftOut { path: path.clone(), why: LeftOutWhy::Nested }));
        let mut leave = |path: GitPath, why| {
            if !left_out.iter().any(|left| left.path == path) {
                left_out.push(LeftOut { path, why });
            }
        };
        for path in with_work(project, &scan) {
            leave(path, LeftOutWhy::Submodule);
        }
        for path in project.begun_files() {
            leave(path, LeftOutWhy::Begun);
        }
        left_out.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Contents {
            branch: now.branch().map(str::to_owned),
            commit: now.commit(),
            index,
            index_bytes: index_bytes(project, &scan, early)?,
            stages: stages(project, &scan)?,
            clean,
            disk: if steps.is_empty() { project.write_tree(Vec::new())? } else { disk },
            left_out,
            sparse: Sparse::of(&scan.index),
            empty_folders: scan.empty_folders.into_iter().filter(|path| path.problem().is_none()).collect(),
        })
    }
}

/// A file of the working tree, as the bytes it has.
fn keep(project: &Project, keeper: &mut Keeper<'_>, file: &Different) -> Result<Option<Leaf>, ProjectFault> {
    let mode = match file.disk {
        OnDisk::Nothing => return Ok(None),
        OnDisk::Leaf(leaf) if leaf.mode == MODE_SUBMODULE => {
            keeper.leave(&file.path, LeftOutWhy::Nested);
            return Ok(None);
        }
        OnDisk::Leaf(leaf) => leaf.mode,
        OnDisk::Unread(_, tgp_git::scan::Unread::TooLarge) => {
            keeper.leave(&file.path, LeftOutWhy::TooLarge);
            return Ok(None);
        }
        OnDisk::Unread(mode, tgp_git::scan::Unread::Filtered) => mode,
    };
    if file.path.problem().is_some() {
        keeper.leave(&file.path, LeftOutWhy::Reserved);
        return Ok(None);
    }
    let Some(bytes) = keeper.raw(&file.path, mode)? else { return Ok(None) };
    Ok(Some(Leaf { mode, id: project.write(Kind::Blob, &bytes)? }))
}

/// Steps that take out of the index's tree whatever does not stand on the disk as it says.
fn not_clean(project: &Project, index: ObjectId, scan: &Scan) -> Result<Vec<Step>, ProjectFault> {
    let mut gone: Vec<GitPath> = scan.tracked.iter().map(|file| file.path.clone()).collect();
    for entry in scan.index.entries() {
        let path = entry.path(&scan.index);
        if entry.flags.contains(Flags::SKIP_WORKTREE) || entry.mode.is_submodule() || entry.mode.is_sparse() {
            let path: &[u8] = path.as_ref();
            gone.push(GitPath::from_tree(path.strip_suffix(b"/").unwrap_or(path)));
        }
    }
    let mut steps = Vec::new();
    for path in gone {
        match project.leaf(index, &path)? {
            Some(leaf) if leaf.mode == MODE_FOLDER => project.walk(leaf.id, &path, &mut |path, leaf| {
                if leaf.mode != MODE_FOLDER {
                    steps.push(Step { path: path.clone(), old: Some(leaf), new: None });
                }
                true
            })?,
            Some(leaf) => steps.push(Step { path, old: Some(leaf), new: None }),
            None => {}
        }
    }
    Ok(steps)
}

/// The index as it was written while the working tree was looked at, with the checksum at its end.
struct EarlyIndex {
    blob: ObjectId,
    checksum: ObjectId,
}

impl Shelf<'_> {
    /// Looks at the working tree while the index is written: in a large repository each takes a while.
    fn scan_and_keep_index(&self, options: ScanOptions) -> Result<(Scan, Option<EarlyIndex>), ProjectFault> {
        std::thread::scope(|scope| {
            let early = scope.spawn(|| early_index(self.project));
            let scan = self.project.scan(options)?;
            // What went wrong there is met again where it is written later.
            Ok((scan, early.join().ok().flatten()))
        })
    }
}

fn early_index(project: &Project) -> Option<EarlyIndex> {
    let path = project.git_dir().join("index");
    if is_split(project, &path).ok()? {
        return None;
    }
    let bytes = std::fs::read(&path).ok()?;
    // One without a checksum could be any.
    let checksum = checksum_of(&bytes)?;
    Some(EarlyIndex { blob: project.write(Kind::Blob, &bytes).ok()?, checksum })
}

/// The index as the bytes of its file. A split one is written whole, because its other half may go.
fn index_bytes(
    project: &Project,
    scan: &Scan,
    early: Option<EarlyIndex>,
) -> Result<Option<ObjectId>, ProjectFault> {
    if let Some(early) = early.filter(|early| scan.index.checksum() == Some(early.checksum)) {
        project.objects().own(early.blob);
        return Ok(Some(early.blob));
    }
    let path = project.git_dir().join("index");
    if !path.exists() {
        return Ok(None);
    }
    let bytes = if is_split(project, &path)? {
        whole(scan)?
    } else {
        let bytes = std::fs::read(&path).map_err(ProjectFault::io("read", &path))?;
        let other = checksum_of(&bytes).is_some_and(|found| scan.index.checksum() != Some(found));
        // The person staged something since: what is kept is what was looked at.
        if other { whole(scan)? } else { bytes }
    };
    project.write(Kind::Blob, &bytes).map(Some)
}

/// The index that was looked at, written anew.
fn whole(scan: &Scan) -> Result<Vec<u8>, ProjectFault> {
    let (mut bytes, mut whole) = (Vec::new(), (*scan.index).clone());
    let more = Flags::SKIP_WORKTREE | Flags::INTENT_TO_ADD;
    for entry in whole.entries_mut().iter_mut().filter(|entry| entry.flags.intersects(more)) {
        // Without it these flags are not written.
        entry.flags.insert(Flags::EXTENDED);
    }
    whole
        .write_to(&mut bytes, gix::index::write::Options::default())
        .map_err(ProjectFault::git("write the index"))?;
    Ok(bytes)
}

/// The checksum at the end of an index; none where Git wrote it without.
fn checksum_of(bytes: &[u8]) -> Option<ObjectId> {
    let checksum = ObjectId::try_from(bytes.last_chunk::<20>()?.as_slice()).ok()?;
    (!checksum.is_null()).then_some(checksum)
}

/// Whether an index has its other half in a file of its own; read as it lies there, because gix joins the two.
fn is_split(project: &Project, path: &std::path::Path) -> Result<bool, ProjectFault> {
    let items = std::fs::read_dir(project.git_dir()).map_err(ProjectFault::io("list", project.git_dir()))?;
    let shared = |item: std::fs::DirEntry| item.file_name().as_encoded_bytes().starts_with(b"sharedindex.");
    if !items.flatten().any(shared) {
        return Ok(false);
    }
    let bytes = std::fs::read(path).map_err(ProjectFault::io("read", path))?;
    Ok(read(&bytes)?.link().is_some())
}

/// The sides of conflicts a person has not resolved, so that no `git gc` takes them.
fn stages(project: &Project, scan: &Scan) -> Result<ObjectId, ProjectFault> {
    let mut names: BTreeMap<String, ObjectId> = BTreeMap::new();
    for entry in scan.index.entries() {
        if entry.stage() != Stage::Unconflicted && !entry.mode.is_submodule() {
            names.insert(entry.id.to_string(), entry.id);
        }
    }
    let entry =
        |(name, id): (String, ObjectId)| Entry { mode: MODE_FILE, name: name.into_bytes().into(), id };
    project.write_tree(names.into_iter().map(entry).collect())
}
