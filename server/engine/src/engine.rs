//! The engine: the open rooms of one project, and who is served next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tgp_branches::Branches;
use tgp_database::{Database, DatabaseLimits};
use tgp_files::{Place, PreImages, ProjectFiles};
use tgp_forge::Forge;
use tgp_gate::{Call, Clock, Gate};
use tgp_lock::ProcessLock;
use tgp_model::{ActionId, AgentName, Config, Limits, RepoPath, SessionId, Timestamp};
use tgp_network::AllowedUrls;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::Store;

use crate::refusal::from_open_database;
use tgp_library::{Known, Pushes, ToolLibrary};
use tgp_model::mount::{Location, Mount};
use tgp_project::{Hydrate, OpenEngineError, OpenProject, OpenRooms, credentials};
use tgp_review::{Background, SnapshotPlace};
use tgp_task::{NotSynced, Rooms};

use crate::review::keep_before;

/// Largest file that is kept before it is changed; what replaces a larger one cannot be taken back.
const LARGEST_IMAGE: u64 = 1 << 30;

/// One open project. Its methods block; doors call them on worker threads.
pub struct Engine {
    pub(crate) root: PathBuf,
    pub(crate) agent: AgentName,
    pub(crate) session: SessionId,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) config: Config,
    pub(crate) library_folder: RepoPath,
    pub(crate) state_folder: PathBuf,
    pub(crate) mount: Mount,
    pub(crate) gate: Gate,
    pub(crate) forge: Forge,
    pub(crate) allowed_urls: AllowedUrls,
    pub(crate) library: ToolLibrary,
    pub(crate) files: ProjectFiles,
    /// Held for as long as the project is open: intents name it.
    pub(crate) _lock: ProcessLock,
    pub(crate) installation: String,
    pub(crate) notes: Vec<String>,
    pub(crate) waiting: Option<String>,
    pub(crate) database: OnceLock<Result<Database, Refusal>>,
    pub(crate) branches: OnceLock<Result<Option<Branches>, Refusal>>,
    pub(crate) branches_not_synced: NotSynced,
    pub(crate) pre_images: OnceLock<Result<PreImages, Refusal>>,
    pub(crate) not_synced: Mutex<Vec<ActionId>>,
    pub(crate) pushes: Pushes,
    pub(crate) known_tools: Known,
    pub(crate) snapshots: Background,
}

impl Engine {
    /// Opens a project, and puts right what earlier processes left.
    pub fn open(project: OpenProject) -> Result<Self, OpenEngineError> {
        let hydrate = project.hydrate;
        let rooms = OpenRooms::open(project)?;
        let snapshot_place = snapshot_place(&rooms);
        let engine = Self {
            library: ToolLibrary {
                library: rooms.library,
                strategy: rooms.config.git.write_strategy,
                installation: rooms.installation.clone(),
            },
            root: rooms.root,
            agent: rooms.agent,
            session: rooms.session,
            environment: rooms.environment,
            config: rooms.config,
            library_folder: rooms.library_folder,
            state_folder: rooms.state_folder,
            mount: rooms.mount,
            gate: rooms.gate.keeping(keep_before(snapshot_place.clone())),
            forge: rooms.forge,
            allowed_urls: rooms.allowed_urls,
            files: rooms.files,
            _lock: rooms.lock,
            installation: rooms.installation,
            notes: rooms.notes,
            waiting: rooms.waiting,
            database: OnceLock::new(),
            branches: OnceLock::new(),
            branches_not_synced: NotSynced::default(),
            pre_images: OnceLock::new(),
            not_synced: Mutex::default(),
            pushes: Pushes::default(),
            known_tools: Known::default(),
            snapshots: Background::new(snapshot_place),
        };
        engine.recover().map_err(|refusal| OpenEngineError::Recover { message: refusal.message })?;
        if hydrate == Hydrate::Always {
            engine.pushes.push_left_over(engine.library(), credentials(engine.config()));
        }
        Ok(engine)
    }

    /// Begins a call: takes its place in the line. Doors do this before their first await.
    pub fn call(&self, client: Option<String>) -> Call {
        self.gate.call(self.agent.clone(), self.session, client)
    }

    /// Folder of the project.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The session of everything called through this engine.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Now, as the engine's clock has it.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The operating-system user this process runs for, as answers name who gave them.
    pub fn person(&self) -> String {
        tgp_trust::person(&self.environment)
    }

    /// What the person should know about the opening: the remote was not reached, locks were cleared, ...
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What lies in the project and waits for a person's trust, in a sentence.
    pub fn waiting_for_trust(&self) -> Option<&str> {
        self.waiting.as_deref()
    }

    /// Notes what is buffered; what a dropped engine would do as well, for ends that drop nothing.
    pub fn close(&self) {
        if let Err(error) = self.gate.store().flush() {
            tracing::error!(%error, "the last notes could not be written");
        }
        self.sync_writes();
        if let Some(Ok(Some(_))) = self.branches.get()
            && let Ok(Some(rooms)) = self.task_rooms()
        {
            rooms.sync_writes();
        }
        self.snapshots.wait();
        self.pushes.end(self.library());
    }

    /// The database of `exec_sql`, opened when it is first needed.
    pub(crate) fn database(&self) -> Result<&Database, Refusal> {
        self.database.get_or_init(|| self.open_database()).as_ref().map_err(Clone::clone)
    }

    /// Agents' branches of the user's repository, opened when they are first needed; none where the project's folder is
    /// no repository's top.
    pub(crate) fn branches(&self) -> Result<Option<&Branches>, Refusal> {
        let branches = self.branches.get_or_init(|| tgp_task::open(&self.root));
        branches.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// Lends what work on branches needs; none where the project's folder is no repository's top.
    pub(crate) fn task_rooms(&self) -> Result<Option<Rooms<'_>>, Refusal> {
        let rooms = |branches| Rooms {
            gate: self.gate(),
            branches,
            mount: self.mount(),
            library_folder: self.library_folder(),
            installation: self.installation(),
            not_synced: &self.branches_not_synced,
            keeper: &self.snapshots,
        };
        Ok(self.branches()?.map(rooms))
    }

    /// The same for a path that is seen through a branch: every path of the project in a Git repository.
    pub(crate) fn rooms_of(&self, path: &RepoPath) -> Result<Option<Rooms<'_>>, Refusal> {
        match self.mount().locate(path) {
            Location::Library(_) => Ok(None),
            Location::Project(_) => self.task_rooms(),
        }
    }

    /// The same for what needs a repository.
    pub(crate) fn repository_rooms(&self) -> Result<Rooms<'_>, Refusal> {
        let missing = || {
            Refusal::new(
                ErrorCode::RepositoryMissing,
                format!("`{}` is not the top of a Git repository", self.root.display()),
            )
        };
        self.task_rooms()?.ok_or_else(missing)
    }

    /// What files were before actions changed them, opened when it is first needed.
    pub(crate) fn pre_images(&self) -> Result<&PreImages, Refusal> {
        let open = || {
            PreImages::open(&self.state_folder.join("pre-images"), LARGEST_IMAGE)
                .map_err(|error| crate::refusal::from_pre_images(&error))
        };
        self.pre_images.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    /// `DATABASE_URL`, or the configuration's.
    fn database_url(&self) -> Option<&String> {
        url_of(&self.environment, &self.config)
    }

    /// Refuses the database and the files beside it: nothing but SQLite opens them. Writing one goes round the judge of
    /// SQL, and closing one in this process drops SQLite's locks (POSIX locks belong to the process).
    pub(crate) fn refuse_database(&self, leads_to: &Place) -> Result<(), Refusal> {
        let named = self.database_url().and_then(|url| tgp_database::path_of(url, &self.root));
        let Some(database) = named.filter(|_| leads_to.is_in_project()) else { return Ok(()) };
        let database = std::fs::canonicalize(&database).unwrap_or(database).to_string_lossy().into_owned();
        let asked = self.root.join(leads_to.path().as_str());
        if ["", "-wal", "-shm", "-journal"]
            .iter()
            .any(|end| asked.as_os_str() == format!("{database}{end}").as_str())
        {
            let message = format!("`{}` belongs to the database", leads_to.path());
            return Err(Refusal::new(ErrorCode::FileKind, message).with_hint("Ask it with `exec_sql`."));
        }
        Ok(())
    }

    fn open_database(&self) -> Result<Database, Refusal> {
        let Some(url) = self.database_url() else {
            return Err(Refusal::new(ErrorCode::DatabaseMissing, "no database is configured"));
        };
        let file = tgp_database::path_of(url, &self.root).and_then(|path| path.canonicalize().ok());
        let library = self.root.join(self.library_folder.as_str()).canonicalize();
        if let (Some(file), Ok(library)) = (file, library)
            && file.starts_with(library)
        {
            let message = format!("the database `{}` lies in the library's folder", file.display());
            return Err(Refusal::new(ErrorCode::DatabaseUnusable, message)
                .with_hint("Name another file in `database` or `DATABASE_URL`."));
        }
        let limits = DatabaseLimits {
            actions_table: self.config.actions_table.unwrap_or(true),
            ..DatabaseLimits::default()
        };
        Database::open(url, &self.root, limits).map_err(|error| from_open_database(&error))
    }

    /// What one run of the tool may use: the project's limits, and what is set for this tool.
    pub(crate) fn limits_of(&self, path: &RepoPath) -> Result<Limits, Refusal> {
        tgp_forge::config::limits_of(&self.config, path.as_str())
            .map_err(|(name, problem)| Refusal::new(ErrorCode::ConfigInvalid, format!("`{name}`: {problem}")))
    }

    pub(crate) fn count_run(&self, path: &str, ok: bool) {
        let Some(stored) = path.parse().ok().and_then(|path| self.stored_tool(&path).ok()) else { return };
        if let Err(error) = self.store().count_run(stored.as_str(), ok, self.clock().now()) {
            tracing::warn!(%error, "the run was not counted");
        }
    }

    pub(crate) fn not_synced(&self) -> MutexGuard<'_, Vec<ActionId>> {
        self.not_synced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.gate.clock()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(crate) fn forge(&self) -> &Forge {
        &self.forge
    }

    pub(crate) fn store(&self) -> &Store {
        self.gate.store()
    }

    pub(crate) fn mount(&self) -> &Mount {
        &self.mount
    }

    pub(crate) fn library(&self) -> &ToolLibrary {
        &self.library
    }

    /// Folder of the library, relative to the project.
    pub fn library_folder(&self) -> &RepoPath {
        &self.library_folder
    }

    pub(crate) fn files(&self) -> &ProjectFiles {
        &self.files
    }

    pub(crate) fn state_folder(&self) -> &Path {
        &self.state_folder
    }

    pub(crate) fn allowed_urls(&self) -> &AllowedUrls {
        &self.allowed_urls
    }

    pub(crate) fn installation(&self) -> &str {
        &self.installation
    }

    pub(crate) fn lock_id(&self) -> &str {
        self.gate.lock_id()
    }
}

fn url_of<'a>(environment: &'a BTreeMap<String, String>, config: &'a Config) -> Option<&'a String> {
    environment.get("DATABASE_URL").filter(|url| !url.is_empty()).or(config.database.as_ref())
}

fn snapshot_place(rooms: &OpenRooms) -> SnapshotPlace {
    let url = url_of(&rooms.environment, &rooms.config);
    SnapshotPlace {
        root: rooms.root.clone(),
        library_folder: rooms.root.join(rooms.library_folder.as_str()),
        state_folder: rooms.state_folder.clone(),
        database: url.and_then(|url| tgp_database::path_of(url, &rooms.root)),
        installation: rooms.installation.clone(),
        lock_id: rooms.gate.lock_id().to_owned(),
    }
}
