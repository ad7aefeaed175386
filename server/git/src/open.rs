//! Opening a repository: what is read as it is, and what is refused by name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gix::ObjectId;
use tgp_lock::Gate;
use tgp_objects::objects::{CommitParts, Objects};

use crate::fault::ProjectFault;
use crate::index_at_hand::IndexAtHand;
use crate::message::Identity;
use crate::{Entry, Leaf};

/// Extensions of the repository format we know to keep. Anything else may change what a ref or object is.
const KNOWN_EXTENSIONS: [&str; 7] = [
    "noop",
    "noop-v1",
    "preciousobjects",
    "partialclone",
    "worktreeconfig",
    "relativeworktrees",
    "objectformat",
];
/// Longest file that may say where a repository lies.
const LONGEST_LINK: usize = 8192;

/// How often an object is written again because its folder went away.
const MOST_REPEATS: u32 = 20;

/// A repository that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenProjectError {
    /// There is no repository.
    #[error("there is no Git repository at `{}`", root.display())]
    Missing {
        /// Where it was looked for.
        root: PathBuf,
    },
    /// The folder lies inside a repository and is not its top.
    #[error("`{}` lies inside the Git repository at `{}`; open that one", root.display(), top.display())]
    Inside {
        /// The folder.
        root: PathBuf,
        /// The top of the repository.
        top: PathBuf,
    },
    /// It keeps its objects or refs in a way we do not read.
    #[error("the repository at `{}` uses {what}, which is not supported", root.display())]
    Unsupported {
        /// Its folder.
        root: PathBuf,
        /// What it uses.
        what: String,
    },
    /// It cannot be read.
    #[error("the repository at `{}` cannot be opened: {reason}", root.display())]
    Unreadable {
        /// Its folder.
        root: PathBuf,
        /// Why.
        reason: String,
    },
}

/// How a repository is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSettings {
    /// How long a lock of another living process is waited for.
    pub lock_limit: Duration,
    /// Who stands in reflogs of a person's branches, where a merge moved one.
    pub committer: Identity,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            lock_limit: Duration::from_secs(5),
            committer: Identity { name: "tgp".to_owned(), email: "tgp@localhost".to_owned() },
        }
    }
}

/// The user's repository. All methods take `&self` and may be called from several threads and processes.
pub struct Project {
    pub(crate) root: PathBuf,
    pub(crate) work_dir: Option<PathBuf>,
    pub(crate) git_dir: PathBuf,
    pub(crate) common_dir: PathBuf,
    pub(crate) settings: ProjectSettings,
    pub(crate) objects: Objects,
    pub(crate) gate: Gate,
    pub(crate) ignore_case: bool,
    pub(crate) bare: bool,
    pub(crate) index: IndexAtHand,
    partial: bool,
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Project {
    /// Opens the repository whose top is `root`: plain, bare, a linked worktree or a submodule.
    pub fn open(root: &Path, settings: ProjectSettings) -> Result<Self, OpenProjectError> {
        let unreadable = |reason: String| OpenProjectError::Unreadable { root: root.to_owned(), reason };
        let git_dir = locate(root)?;
        let common_dir = common_of(&git_dir);
        check_format(root, &common_dir)?;
        let repository = gix::ThreadSafeRepository::open_opts(root, options())
            .map_err(|error| unreadable(error.to_string()))?;
        let handle = repository.to_thread_local();
        let config = handle.config_snapshot();
        let ignore_case = config.boolean("core.ignoreCase").unwrap_or(false);
        let bare = config.boolean("core.bare").unwrap_or(false);
        let partial =
            config.sections_by_name("remote").into_iter().flatten().any(|remote| {
                remote.value("promisor").is_some_and(|value| value.eq_ignore_ascii_case(b"true"))
            });
        let work_dir = handle.workdir().map(Path::to_owned);
        let (git_dir, common_dir) = (handle.git_dir().to_owned(), handle.common_dir().to_owned());
        Ok(Self {
            objects: Objects::new(root, repository),
            // Beside the refs it guards: two worktrees of one repository share it.
            gate: Gate::new(&common_dir.join("tgp"), settings.lock_limit),
            root: root.to_owned(),
            work_dir,
            git_dir,
            common_dir,
            settings,
            ignore_case,
            bare,
            index: IndexAtHand::default(),
            partial,
        })
    }

    /// The person, as their configuration names them (`user.name`, `user.email`).
    pub fn person(&self) -> Option<Identity> {
        self.objects.with(|handle| {
            let config = handle.config_snapshot();
            let text = |key: &str| config.string(key).map(|value| value.to_string());
            Some(Identity { name: text("user.name")?, email: text("user.email")? })
        })
    }

    /// The folder it was opened with.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Top of the working tree; none in a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// Where this worktree's HEAD and index lie.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Where refs and objects of all worktrees lie.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The objects.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// An object that should be there and is not.
    pub fn missing(&self, id: ObjectId) -> ProjectFault {
        self.damaged(format!("object {id} is missing"))
    }

    /// Whether names that differ in case only are one file here (`core.ignoreCase`).
    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// A fault of an object as one of this repository: in a partial clone, what is missing was not fetched.
    pub fn told<T>(&self, result: Result<T, tgp_objects::fault::LibraryFault>) -> Result<T, ProjectFault> {
        result.map_err(|fault| match ProjectFault::from(fault) {
            ProjectFault::Damaged { what, .. } if self.partial && what.ends_with("is missing") => {
                ProjectFault::NotFetched { what }
            }
            other => other,
        })
    }

    /// A file's content.
    pub fn blob(&self, id: ObjectId) -> Result<Vec<u8>, ProjectFault> {
        self.told(self.objects.blob(id))
    }

    /// A folder's entries.
    pub fn tree(&self, id: ObjectId) -> Result<Arc<Vec<Entry>>, ProjectFault> {
        self.told(self.objects.tree(id))
    }

    /// A commit's parts.
    pub fn commit(&self, id: ObjectId) -> Result<CommitParts, ProjectFault> {
        self.told(self.objects.commit(id))
    }

    /// The tree of a commit; the empty one where there is none.
    pub fn tree_of(&self, commit: Option<ObjectId>) -> Result<ObjectId, ProjectFault> {
        match commit {
            Some(commit) => Ok(self.commit(commit)?.tree),
            None => Ok(ObjectId::empty_tree(gix::hash::Kind::Sha1)),
        }
    }

    /// Writes an object nothing names yet.
    pub fn write(&self, kind: gix::objs::Kind, bytes: &[u8]) -> Result<ObjectId, ProjectFault> {
        for _ in 0..MOST_REPEATS {
            match self.objects.write(kind, bytes) {
                // `git gc` removes folders of objects it finds empty, also one that was made for this object just now.
                Err(tgp_objects::fault::LibraryFault::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound
                        && self.common_dir.join("objects").is_dir() => {}
                other => return self.told(other),
            }
        }
        self.told(self.objects.write(kind, bytes))
    }

    /// The entry at a path of a tree; folders and symlinks on the way are not followed.
    pub fn leaf(&self, tree: ObjectId, path: &crate::GitPath) -> Result<Option<Leaf>, ProjectFault> {
        let mut here = Leaf { mode: crate::MODE_FOLDER, id: tree };
        for part in path.components() {
            if here.mode != crate::MODE_FOLDER {
                return Ok(None);
            }
            let entries = self.tree(here.id)?;
            let Some(entry) = tgp_objects::tree::find(&entries, part) else { return Ok(None) };
            here = Leaf { mode: entry.mode, id: entry.id };
        }
        Ok(Some(here))
    }
}

/// The user's configuration counts (line endings, ignore files); the environment's `GIT_*` does not, because it belongs
/// to whoever started us.
fn options() -> gix::open::Options {
    let mut permissions = gix::open::Permissions::secure();
    let deny = gix::sec::Permission::Deny;
    permissions.env.git_prefix = deny;
    permissions.env.objects = deny;
    permissions.env.identity = deny;
    permissions.env.ssh_prefix = deny;
    permissions.env.http_transport = deny;
    permissions.env.other = deny;
    permissions.config.env = false;
    gix::open::Options::default().permissions(permissions).open_path_as_is(false)
}

fn locate(root: &Path) -> Result<PathBuf, OpenProjectError> {
    let dot_git = root.join(".git");
    if dot_git.join("HEAD").exists() {
        return Ok(dot_git);
    }
    if let Ok(link) = std::fs::read(&dot_git) {
        let text = String::from_utf8_lossy(link.get(..LONGEST_LINK).unwrap_or(&link)).into_owned();
        let unreadable = || OpenProjectError::Unreadable {
            root: root.to_owned(),
            reason: "its `.git` is a file and names no repository".to_owned(),
        };
        let target = root.join(text.trim_end().strip_prefix("gitdir: ").ok_or_else(unreadable)?);
        return if target.join("HEAD").exists() { Ok(target) } else { Err(unreadable()) };
    }
    if root.join("HEAD").exists() && root.join("objects").is_dir() && root.join("refs").is_dir() {
        return Ok(root.to_owned());
    }
    let above = root.ancestors().skip(1).find(|above| above.join(".git").exists());
    Err(match above {
        Some(top) => OpenProjectError::Inside { root: root.to_owned(), top: top.to_owned() },
        None => OpenProjectError::Missing { root: root.to_owned() },
    })
}

fn common_of(git_dir: &Path) -> PathBuf {
    match std::fs::read_to_string(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(text.trim_end()),
        Err(_) => git_dir.to_owned(),
    }
}

/// Refuses formats by name before Git's library fails on them with a stranger's words.
fn check_format(root: &Path, common_dir: &Path) -> Result<(), OpenProjectError> {
    let unsupported = |what: String| OpenProjectError::Unsupported { root: root.to_owned(), what };
    let unreadable = |reason: String| OpenProjectError::Unreadable { root: root.to_owned(), reason };
    let path = common_dir.join("config");
    if !path.exists() {
        return Ok(());
    }
    let config = gix::config::File::from_path_no_includes(path, gix::config::Source::Local)
        .map_err(|error| unreadable(error.to_string()))?;
    let version =
        config.string("core.repositoryFormatVersion").map_or_else(String::new, |text| text.to_string());
    if !matches!(version.trim(), "" | "0" | "1") {
        return Err(unsupported(format!("repository format {version}")));
    }
    for section in config.sections_by_name("extensions").into_iter().flatten() {
        for name in section.value_names() {
            let name = name.to_ascii_lowercase();
            let value = section.value(&name).map_or_else(String::new, |value| value.to_string());
            match name.as_str() {
                "objectformat" if !value.eq_ignore_ascii_case("sha1") => {
                    return Err(unsupported(format!("object names of {}", value.to_uppercase())));
                }
                "refstorage" if value.eq_ignore_ascii_case("files") => {}
                "refstorage" => return Err(unsupported(format!("refs in {value}"))),
                known if KNOWN_EXTENSIONS.contains(&known) => {}
                _ if version.trim() == "1" => return Err(unsupported(format!("the extension `{name}`"))),
                _ => {}
            }
        }
    }
    Ok(())
}
