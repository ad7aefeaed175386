//! Opening a project: in which order the rooms come up, and what each failure means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tgp_files::{FileError, ProjectFiles};
use tgp_forge::Forge;
use tgp_forge::config::{self, CONFIG_FILE, ConfigError, Evaluated, Places};
use tgp_forge::prepare::open_sandbox;
use tgp_gate::{Clock, Gate, MachineClock, new_action_id, new_session_id};
use tgp_lock::{ProcessLock, process_lock_name};
use tgp_model::config::GitConfig;
use tgp_model::{AgentName, Config, RepoPath, SessionId};
use tgp_network::AllowedUrls;
use tgp_policy::{Judge, JudgeSettings};
use tgp_repo::{
    CommitMessage, Credentials, Hydration, Identity, Interrupt, Library, LibrarySettings, OpenLibraryError,
    RemoteUrl, SyncRequest,
};
use tgp_sandbox::Sandbox;
use tgp_store::Store;

use crate::engine::Engine;
use crate::tool_library::ToolLibrary;
use tgp_model::mount::Mount;

/// What to open.
pub struct OpenProject {
    /// Folder of the project: the one that holds `tgp.config.ts`.
    pub root: PathBuf,
    /// The agent the session works for.
    pub agent: AgentName,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// The environment variables the configuration may name, and `DATABASE_URL`.
    pub environment: BTreeMap<String, String>,
    /// Where the prepared engine and compiled tools are kept, for all projects of this user.
    pub cache: PathBuf,
    /// Whether the remote of the library is asked for news.
    pub hydrate: Hydrate,
    /// How long one talk with the remote may take.
    pub remote_limit: Duration,
    /// Ends talks with the remote early.
    pub interrupt: Interrupt,
}

/// Whether the remote of the library is asked when a project is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hydrate {
    /// Always: a session begins with the newest tools.
    Always,
    /// Only where nothing was ever fetched: a single command should not wait for the network.
    WhenEmpty,
}

impl OpenProject {
    /// The project at `root` with the machine's clock, this process's environment and the user's cache folder.
    pub fn new(root: impl Into<PathBuf>, agent: AgentName) -> Self {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            root: root.into(),
            agent,
            clock: Arc::new(MachineClock),
            cache: crate::prepare::cache_folder(&environment),
            environment,
            hydrate: Hydrate::WhenEmpty,
            remote_limit: LibrarySettings::default().remote_limit,
            interrupt: Interrupt::default(),
        }
    }
}

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenEngineError {
    /// There is no `tgp.config.ts`.
    #[error("there is no `{CONFIG_FILE}` at `{}`", root.display())]
    ProjectMissing {
        /// Where it was looked for.
        root: PathBuf,
    },
    /// The folder or its configuration cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The engine cannot be prepared or mapped.
    #[error("the sandbox cannot be opened: {0}")]
    Sandbox(#[from] tgp_sandbox::OpenSandboxError),
    /// The configuration has a mistake.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The library cannot be opened.
    #[error(transparent)]
    Library(#[from] tgp_repo::OpenLibraryError),
    /// The remote and the library cannot be joined.
    #[error("the library cannot be brought up to date: {0}")]
    Hydrate(#[from] tgp_repo::SyncError),
    /// The process lock cannot be taken.
    #[error(transparent)]
    Lock(#[from] tgp_lock::ProcessLockError),
    /// The state database cannot be opened.
    #[error(transparent)]
    Store(#[from] tgp_store::OpenStoreError),
    /// The project's files cannot be jailed.
    #[error(transparent)]
    Files(#[from] tgp_files::FileError),
    /// What is left from an earlier process cannot be put right.
    #[error("recovery failed: {message}")]
    Recover {
        /// What happened.
        message: String,
    },
}

impl Engine {
    /// Opens the rooms of a project.
    pub fn open(project: OpenProject) -> Result<Self, OpenEngineError> {
        let config_path = project.root.join(CONFIG_FILE);
        let source = std::fs::read_to_string(&config_path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => OpenEngineError::ProjectMissing { root: project.root.clone() },
            _ => OpenEngineError::Unreadable { path: config_path, source },
        })?;
        let root = std::fs::canonicalize(&project.root)
            .map_err(|source| OpenEngineError::Unreadable { path: project.root.clone(), source })?;
        let sandbox = open_sandbox(&project.cache, &mut |line| tracing::info!("{line}"))?;
        let evaluated = config::evaluate(&source, &project.environment, &sandbox)?;
        Self::open_rooms(project, root, evaluated, sandbox)
    }

    fn open_rooms(
        project: OpenProject,
        root: PathBuf,
        evaluated: Evaluated,
        sandbox: Sandbox,
    ) -> Result<Self, OpenEngineError> {
        let Evaluated { config, places } = evaluated;
        let library_folder = parse(config.root_dir.as_deref().unwrap_or(".tgp"), &["rootDir"], &places)?;
        let folder = root.join(library_folder.as_str());
        let state_folder = folder.join("state");
        let settings = LibrarySettings {
            remote_limit: project.remote_limit,
            interrupt: project.interrupt.clone(),
            ..library_settings(&config.git, &root, &places)?
        };
        let session = new_session_id(project.clock.as_ref());
        let now = project.clock.now();
        let library = match Library::open(&folder, &settings) {
            Err(OpenLibraryError::Missing { .. }) => Library::init(&folder, &settings, now),
            opened => opened,
        }
        .map_err(|error| match error {
            OpenLibraryError::Branch { .. } => places.wrong(&["git", "branch"], error).into(),
            OpenLibraryError::Foreign { .. } => places.wrong(&["rootDir"], error).into(),
            _ => OpenEngineError::from(error),
        })?;
        let mut notes: Vec<String> =
            library.repairs().iter().map(|repair| format!("put right: {repair:?}")).collect();
        let installation = tgp_gate::installation(&project.cache, project.clock.as_ref());
        if let Some(remote) = &settings.remote
            && (project.hydrate == Hydrate::Always || has_no_tools(&library))
        {
            let message = join_message(&project, session, &installation);
            let request = SyncRequest { message, attempts: 1, pause: &|_| {}, push_trunk: false };
            notes.extend(hydration_note(&library.hydrate(remote, &credentials(&config), &request)?));
        }
        let lock = ProcessLock::hold(&state_folder, &process_lock_name(session))?;
        let store = Store::open(&state_folder.join("tgp.db"))?;
        let allowed_dirs = &config.fs.allowed_dirs;
        let files = open_files(&root, allowed_dirs, &places)?;
        if let Some(url) = &config.database {
            tgp_database::check_url(url).map_err(|problem| places.wrong(&["database"], problem))?;
        }
        let mount = parse(config.mount.as_deref().unwrap_or(tgp_model::mount::TOOLS), &["mount"], &places)?;
        let judge_settings = JudgeSettings {
            library: library_folder.clone(),
            mount: mount.clone(),
            allowed_dirs: allowed_dirs.iter().filter_map(|dir| dir.parse().ok()).collect(),
        };
        let judge =
            Judge::new(&judge_settings).map_err(|problem| places.wrong(&["fs", "allowedDirs"], problem))?;
        let allowed_urls = open_urls(&config.allowed_fetch_urls, &places)?;
        let mount = Mount::new(mount);
        let lock_id = lock.id().to_owned();
        let engine = Self {
            installation: installation.clone(),
            gate: Gate::new(judge, store, project.clock, root.display().to_string(), lock_id),
            forge: Forge::new(sandbox, &config, mount.clone()),
            library: ToolLibrary { library, strategy: config.git.write_strategy, installation },
            mount,
            root,
            agent: project.agent,
            session,
            environment: project.environment,
            config,
            library_folder,
            state_folder,
            allowed_urls,
            files,
            _lock: lock,
            notes,
            database: OnceLock::new(),
            not_synced: Mutex::default(),
            pushes: crate::push::Pushes::default(),
        };
        engine.recover().map_err(|refusal| OpenEngineError::Recover { message: refusal.message })?;
        if project.hydrate == Hydrate::Always {
            engine.push_left_over();
        }
        Ok(engine)
    }
}

/// Whether nothing was ever written or fetched.
fn has_no_tools(library: &Library) -> bool {
    let folder = RepoPath::root().join(tgp_model::mount::TOOLS).unwrap_or_default();
    library.list(&folder).is_ok_and(|tools| tools.is_empty())
}

/// What a commit says that joins the library with its remote when a session begins.
fn join_message(project: &OpenProject, session: SessionId, installation: &str) -> CommitMessage {
    CommitMessage {
        subject: "Join with the remote".to_owned(),
        action: new_action_id(project.clock.as_ref()),
        session,
        agent: project.agent.clone(),
        installation: installation.to_owned(),
        when: project.clock.now(),
    }
}

/// What the person should know about it.
fn hydration_note(hydration: &Hydration) -> Option<String> {
    match hydration {
        Hydration::UpToDate => None,
        Hydration::Cloned { head, .. } => Some(format!("the library was fetched: {head}")),
        Hydration::Pulled { head, .. } => Some(format!("the library moved on to {head}")),
        Hydration::Offline { reason } => {
            Some(format!("the remote was not reached, working with what is here: {reason}"))
        }
    }
}

fn parse(text: &str, setting: &[&str], places: &Places) -> Result<RepoPath, ConfigError> {
    text.parse().map_err(|problem| places.wrong(setting, problem))
}

/// The project's files; a host folder that cannot be opened is a mistake in the settings, at its place.
fn open_files(root: &Path, allowed: &[String], places: &Places) -> Result<ProjectFiles, OpenEngineError> {
    ProjectFiles::open(root, allowed).map_err(|error| match &error {
        FileError::Io { path, .. } => match allowed.iter().position(|dir| dir == path) {
            Some(at) => places.wrong(&["fs", "allowedDirs", &at.to_string()], error).into(),
            None => error.into(),
        },
        _ => places.wrong(&["fs", "allowedDirs"], error).into(),
    })
}

fn open_urls(entries: &[String], places: &Places) -> Result<AllowedUrls, ConfigError> {
    AllowedUrls::parse(entries).map_err(|problem| {
        let at = entries.iter().position(|entry| *entry == problem.entry).unwrap_or(0);
        places.wrong(&["allowedFetchUrls", &at.to_string()], problem)
    })
}

fn library_settings(git: &GitConfig, root: &Path, places: &Places) -> Result<LibrarySettings, ConfigError> {
    let mut settings = LibrarySettings::default();
    if let Some(branch) = &git.branch {
        settings.branch.clone_from(branch);
    }
    let usual = settings.committer.clone();
    settings.committer = Identity {
        name: git.auth.user.clone().unwrap_or(usual.name),
        email: git.auth.email.clone().unwrap_or(usual.email),
    };
    if let Some(repo) = &git.repo {
        settings.remote = Some(
            RemoteUrl::from_settings(git.provider, repo, root)
                .map_err(|p| places.wrong(&["git", "repo"], p))?,
        );
    }
    Ok(settings)
}

/// Credentials for the remote, from the environment by way of the configuration.
pub(crate) fn credentials(config: &Config) -> Credentials {
    config
        .git
        .auth
        .token
        .as_ref()
        .map_or_else(Credentials::none, |token| Credentials::token(token.clone(), None))
}
