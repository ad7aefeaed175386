//! Beginning and opening a library. The repository is laid out by hand, so that no template, hook or setting of the
//! user's Git gets into it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tgp_model::{RepoPath, Timestamp};

use super::commit::{PrepareError, PublishError};
use super::durability::Follower;
use super::objects::Objects;
use super::tree::TreeView;
use super::{Library, Line, OpenLibraryError, Shared, branch, hold};
use crate::fault::LibraryFault;
use crate::message::Change;
use crate::settings::LibrarySettings;
use tgp_lock::Gate;

/// The registry of a library without tools. It is written anew by every sync.
pub const EMPTY_REGISTRY: &str = "{\n  \"version\": 1,\n  \"tools\": []\n}\n";
/// What Git ignores in the library: the program's link, and this machine's state.
const IGNORED: &str = "/bin/\n/state/\n";
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\tautocrlf = false\n";
/// The folders of a library, whether or not there is anything in them.
const FOLDERS: [&str; 7] = ["tools", "policy", "scopes", "bin", "state", "state/tmp", "state/durable"];

impl Library {
    /// Begins a library, or opens the one that is there. Twice is harmless; begun and not finished is finished.
    pub fn init(folder: &Path, settings: &LibrarySettings, now: Timestamp) -> Result<Self, OpenLibraryError> {
        let trunk = check_branch(settings)?;
        std::fs::create_dir_all(folder).map_err(LibraryFault::io("create", folder))?;
        let git = folder.join(".git");
        if std::fs::symlink_metadata(&git).is_err() {
            super::ours::check_folder(folder)?;
            lay_out(folder, &git, &trunk)?;
        }
        let library = Self::open(folder, settings)?;
        library.begin(now)?;
        Ok(library)
    }

    /// Opens a library that exists, and puts right what a dead process left in it.
    pub fn open(folder: &Path, settings: &LibrarySettings) -> Result<Self, OpenLibraryError> {
        let trunk = check_branch(settings)?;
        if std::fs::symlink_metadata(folder.join(".git")).is_err() {
            return Err(OpenLibraryError::Missing { folder: folder.to_owned() });
        }
        let folder = folder.canonicalize().map_err(LibraryFault::io("open", folder))?;
        let repository = open_repository(&folder)?;
        let git = repository.to_thread_local().common_dir().to_owned();
        let state = folder.join("state");
        let shared = Shared {
            objects: Objects::new(&folder, repository),
            gate: Gate::new(&state, settings.lock_limit),
            recent: Mutex::default(),
            syncing: Mutex::default(),
            moved: Mutex::default(),
            reviews: Mutex::default(),
            settings: settings.clone(),
            folder,
            git,
            state,
            trunk,
        };
        shared.check_ours()?;
        for name in FOLDERS {
            let path = shared.folder.join(name);
            std::fs::create_dir_all(&path).map_err(LibraryFault::io("create", &path))?;
        }
        let repairs = shared.recover()?;
        shared.check_head()?;
        let library = Self { shared: Arc::new(shared), follower: Follower::default(), repairs };
        let shared = &library.shared;
        if shared.head(&Line::Trunk)?.is_some_and(|head| shared.durable_head() != Some(head)) {
            library.follower.settle(shared);
        }
        // What a dead process moved is not known to be on the disk; the next sync sees to it.
        let reviews = shared.review_branches()?.into_iter().map(|(branch, _)| format!("refs/heads/{branch}"));
        hold(&shared.moved).extend(reviews);
        Ok(library)
    }

    fn begin(&self, now: Timestamp) -> Result<(), OpenLibraryError> {
        let shared = &self.shared;
        if shared.head(&Line::Trunk)?.is_some() {
            return Ok(());
        }
        shared.adopt_unborn_head()?;
        let changes: Vec<Change> = [(".gitignore", IGNORED), ("meta.json", EMPTY_REGISTRY)]
            .into_iter()
            .filter_map(|(path, text)| {
                Some(Change { path: path.parse::<RepoPath>().ok()?, content: Some(text.into()) })
            })
            .collect();
        let author = &shared.settings.committer;
        let prepared = shared.prepare_as(&Line::Trunk, None, &changes, author, now, FIRST_COMMIT);
        let prepared = prepared.map_err(|error| match error {
            PrepareError::Library(fault) => fault,
            other => shared.damaged(other.to_string()),
        })?;
        match shared.publish(&prepared) {
            // Another process began it at the same moment; its first commit is as good.
            Ok(_) | Err(PublishError::Moved { .. }) => {}
            Err(PublishError::Library(fault)) => return Err(fault.into()),
        }
        shared.catch_up_index(shared.settings.lock_limit)?;
        shared.sync_all()?;
        Ok(())
    }
}

/// What the first commit says; a library that holds nothing else has nothing of its own to keep.
pub(crate) const FIRST_COMMIT: &str = "Begin the tool library\n";

pub(crate) fn check_branch(settings: &LibrarySettings) -> Result<String, OpenLibraryError> {
    let name = format!("refs/heads/{}", settings.branch);
    let checked = branch::check_ref_name(&name);
    let checked = checked.and_then(|()| {
        if settings.branch.starts_with("feat/") { Err("`feat/` is for review".to_owned()) } else { Ok(()) }
    });
    checked.map_err(|why| OpenLibraryError::Branch { branch: settings.branch.clone(), why })?;
    Ok(name)
}

/// Makes `.git` whole in one step: laid out beside, then renamed.
fn lay_out(folder: &Path, git: &Path, trunk: &str) -> Result<(), LibraryFault> {
    let beside = folder.join(format!(".git-new-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&beside);
    for name in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
        let path = beside.join(name);
        std::fs::create_dir_all(&path).map_err(LibraryFault::io("create", &path))?;
    }
    for (name, text) in [
        ("config", format!("{CONFIG}{}", super::ours::MARK).as_str()),
        ("info/exclude", IGNORED),
        ("HEAD", format!("ref: {trunk}\n").as_str()),
    ] {
        let path = beside.join(name);
        std::fs::write(&path, text).map_err(LibraryFault::io("write", &path))?;
    }
    match std::fs::rename(&beside, git) {
        Ok(()) => Ok(()),
        // Another process was quicker; a folder with something in it is never replaced by a rename.
        Err(_) if git.join("HEAD").exists() => {
            std::fs::remove_dir_all(&beside).map_err(LibraryFault::io("delete", &beside))
        }
        Err(error) => Err(LibraryFault::io("create", git)(error)),
    }
}

pub(crate) fn open_repository(folder: &Path) -> Result<gix::ThreadSafeRepository, OpenLibraryError> {
    // Nothing of the user's or the machine's configuration, nothing of the environment: only the library's own file.
    let options = gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        .config_overrides(["core.looseCompression=1", "gitoxide.core.useNsec=true"]);
    let repository = gix::ThreadSafeRepository::open_opts(folder, options);
    let repository = repository
        .map_err(|error| LibraryFault::Damaged { folder: folder.to_owned(), what: error.to_string() })?;
    let local = repository.to_thread_local();
    let unsupported =
        |what: &str| OpenLibraryError::Unsupported { folder: folder.to_owned(), what: what.to_owned() };
    if local.object_hash() != gix::hash::Kind::Sha1 {
        return Err(unsupported("SHA-256 object names"));
    }
    if local.common_dir().join("reftable").exists() {
        return Err(unsupported("reftable refs"));
    }
    Ok(repository)
}

impl Shared {
    /// In an empty repository somebody else began, the checked-out branch may have another name than ours.
    fn adopt_unborn_head(&self) -> Result<(), LibraryFault> {
        let path = self.git.join("HEAD");
        let text = std::fs::read_to_string(&path).map_err(LibraryFault::io("read", &path))?;
        if let Some(name) = text.strip_prefix("ref:").map(str::trim)
            && name != self.trunk
            && self.read_ref(name)?.is_none()
        {
            let _passage = self.gate.pass()?;
            let mut lock = tgp_lock::GitLock::take(
                &path,
                &self.state.join("lock-ref"),
                self.settings.lock_limit,
                &self.folder,
            )?;
            std::io::Write::write_all(&mut lock, format!("ref: {}\n", self.trunk).as_bytes())
                .map_err(LibraryFault::io("write", &path))?;
            lock.commit()?;
        }
        Ok(())
    }

    /// The last commit and its root can be read; what lies deeper is met when it is read.
    fn check_head(&self) -> Result<(), LibraryFault> {
        let Some(head) = self.head(&Line::Trunk)? else { return Ok(()) };
        let view = TreeView { objects: &self.objects, tree: self.tree_of(head)? };
        view.leaf(&RepoPath::root())?;
        self.objects.tree(view.tree).map(|_| ())
    }
}
