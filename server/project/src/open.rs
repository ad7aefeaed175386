//! Opening a project: in which order the rooms come up, and what each failure means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tgp_files::ProjectFiles;
use tgp_forge::Forge;
use tgp_forge::config::{CONFIG_FILE, Evaluated};
use tgp_gate::{Gate, Rules, Tokens, new_action_id, new_session_id};
use tgp_lock::{ProcessLock, process_lock_name};
use tgp_model::mount::Mount;
use tgp_model::{AgentName, Config, RepoPath, SessionId, Timestamp};
use tgp_network::AllowedUrls;
use tgp_policy::JudgeSettings;
use tgp_repo::{CommitMessage, Hydration, Library, LibrarySettings, OpenLibraryError, SyncRequest};
use tgp_store::{CommitmentKey, FileAnchor, STORAGE_WARNING, StartStore, Store};
use tgp_trust::ProjectHome;

use crate::coming_sandbox::ComingSandbox;
use crate::found_again;
use crate::in_force::{self, InForce};
use crate::machine::{self, machine_in_force};
use crate::open_error::OpenEngineError;
use crate::open_project::{Hydrate, OpenProject};
use crate::ref_anchor::RefAnchor;
use crate::settings::{
    credentials, judge_settings, library_settings, open_files, open_urls, parse, questions,
};
use crate::settings_in_force::waiting;
use crate::vault::Vault;

/// The rooms of one project, open, each as the configuration in force says.
pub struct OpenRooms {
    /// Folder of the project.
    pub root: PathBuf,
    /// The agent the session works for.
    pub agent: AgentName,
    /// The session's number.
    pub session: SessionId,
    /// The environment variables the configuration may name, and `DATABASE_URL`.
    pub environment: BTreeMap<String, String>,
    /// The settings in force.
    pub config: Config,
    /// Folder of the library, relative to the project.
    pub library_folder: RepoPath,
    /// Folder of what tgp remembers.
    pub state_folder: PathBuf,
    /// Where agents see the tools.
    pub mount: Mount,
    /// What every action passes.
    pub gate: Gate,
    /// What makes tools ready.
    pub forge: Forge,
    /// What tools may fetch.
    pub allowed_urls: AllowedUrls,
    /// The tool library.
    pub library: Library,
    /// The project's files.
    pub files: ProjectFiles,
    /// Held for as long as the project is open: intents name it.
    pub lock: ProcessLock,
    /// The number of this installation.
    pub installation: String,
    /// What the person should know about the opening.
    pub notes: Vec<String>,
    /// What waits for a person's trust, in a sentence.
    pub waiting: Option<String>,
}

impl OpenRooms {
    /// Opens the rooms of a project.
    pub fn open(project: OpenProject) -> Result<Self, OpenEngineError> {
        if !project.root.join(CONFIG_FILE).exists() {
            return Err(OpenEngineError::ProjectMissing { root: project.root.clone() });
        }
        let root = std::fs::canonicalize(&project.root)
            .map_err(|source| OpenEngineError::Unreadable { path: project.root.clone(), source })?;
        // A session is about to run tools. Most of what a person does runs none.
        let runs_tools = project.agent != AgentName::person();
        let sandbox = if runs_tools { ComingSandbox::begin } else { ComingSandbox::later }(&project.cache);
        let in_force = in_force::decide(&project, &root, &sandbox)?;
        Self::in_order(project, root, in_force, sandbox)
    }

    fn in_order(
        project: OpenProject,
        root: PathBuf,
        in_force: InForce,
        sandbox: ComingSandbox,
    ) -> Result<Self, OpenEngineError> {
        let Evaluated { config, places } = in_force.evaluated;
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
        let store = open_store(&folder, &state_folder, &in_force.home, project.clock.now(), &mut notes)?;
        let allowed_dirs = &config.fs.allowed_dirs;
        let files = open_files(&root, allowed_dirs, &places)?;
        if let Some(url) = &config.database {
            tgp_database::check_url(url).map_err(|problem| places.wrong(&["database"], problem))?;
        }
        let mount = parse(config.mount.as_deref().unwrap_or(tgp_model::mount::TOOLS), &["mount"], &places)?;
        let allowed_urls = open_urls(&config.allowed_fetch_urls, &places)?;
        let settings = JudgeSettings {
            guarded: machine::guarded(&project.machine, &root),
            ..judge_settings(&library_folder, &mount, &files, &allowed_urls)
        };
        let (on_machine, problem) = machine_in_force(&project.machine, &in_force.home, &settings)?;
        if let Some(problem) = &problem {
            tracing::error!("{problem}");
        }
        let waiting = waiting(in_force.note, problem);
        let rules = {
            let files = machine::all(&in_force.material, &on_machine);
            let (home, material) = (in_force.home.clone(), in_force.material.clone());
            let reload =
                machine::reload(home, project.machine, settings.clone(), material, on_machine.clone());
            Rules::new(settings, files, reload)?
        };
        let mount = Mount::new(mount);
        if found_again::knows_nothing(&store) {
            let name = root.display().to_string();
            find_in_commits(&library, &store, &mount, (&installation, &name), &mut notes);
        }
        sandbox.wait_if_begun()?;
        let lock_id = lock.id().to_owned();
        let mut gate = Gate::new(rules, store, project.clock, root.display().to_string(), lock_id);
        match in_force.home.key(COMMITMENT_KEY) {
            Ok(key) => gate = gate.with_commitments(CommitmentKey::new(key)),
            Err(error) => {
                tracing::warn!(%error, "secrets are taken out of what is noted, and cannot be proven later");
            }
        }
        Ok(Self {
            gate: gate
                .asking(questions(&config))
                .with_tokens(Tokens::new(Box::new(Vault::new(in_force.home)), project.token)),
            forge: Forge::new(Box::new(move || sandbox.get()), &config, mount.clone()),
            library,
            installation,
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
            lock,
            notes,
            waiting,
        })
    }
}

/// Name of the key that commitments are made with.
pub(crate) const COMMITMENT_KEY: &str = "audit";

/// Puts the library's own actions into a timeline that knows nothing. A new project has none.
fn find_in_commits(
    library: &Library,
    store: &Store,
    mount: &Mount,
    (installation, project): (&str, &str),
    notes: &mut Vec<String>,
) {
    match found_again::from_commits(library, store, mount, installation, project) {
        Ok((0, _)) => {}
        Ok((count, _)) => {
            let note = format!(
                "the timeline was lost: {count} actions were found again in the library's commits; missing are \
                 {}. `tgp audit rebuild --from FILE` reads an audit export",
                found_again::NEEDS_EXPORT
            );
            tracing::warn!("{note}");
            notes.push(note);
        }
        Err(message) => tracing::warn!(message, "the library's commits could not be read for the timeline"),
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

/// The state database, its audit chain compared with the anchor outside the project. What is damaged is said.
fn open_store(
    library: &Path,
    state: &Path,
    home: &ProjectHome,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Store, OpenEngineError> {
    let mut start = StartStore::new(&state.join("tgp.db"), now);
    start.anchor = Some(FileAnchor::new(home.folder(), "audit"));
    start.second = Some(Arc::new(RefAnchor::of(library)));
    start.in_background = true;
    let opened = Store::start(&start)?;
    if let Some(path) = &opened.set_aside {
        notes.push(format!("the state database was damaged and set aside as `{}`", path.display()));
    }
    if let Some(damage) = &opened.audit.damage {
        notes.push(format!(
            "the audit chain is damaged ({}): {damage}; see `tgp audit verify`",
            damage.name()
        ));
    }
    if let Ok(Some(warning)) = opened.store.storage().map(|used| used.warning(STORAGE_WARNING)) {
        tracing::warn!("{warning}");
        notes.push(warning);
    }
    Ok(opened.store)
}
