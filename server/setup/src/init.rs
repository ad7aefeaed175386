//! `tgp init`: makes a folder a project of tgp. Doing it twice is harmless.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tgp_engine::config::CONFIG_FILE;
use tgp_protocol::client::project::{HostSetup, InitOutput, InitStep, StepState};
use tgp_protocol::client::{ErrorCode, Refusal};

mod config_file;
mod editor_files;
mod files;
mod host;
mod ignore_file;
mod json_file;
mod rooms;

pub use host::Host;

use config_file::NewConfig;
use json_file::Added;

/// What to set up, and where.
#[derive(Debug, Clone)]
pub struct InitProject {
    /// Folder of the project; made where it is missing.
    pub folder: PathBuf,
    /// The library's upstream: a URL, a path, or `owner/name` with `git.provider`.
    pub remote: Option<String>,
    /// Hosts whose configuration is written; for the others the lines to paste are returned.
    pub hosts: Vec<Host>,
    /// The running program; `.tgp/bin/tgp` links to it.
    pub program: PathBuf,
    /// What hosts are told to start: `tgp` where that is found on the path, otherwise the program's whole path.
    pub command: String,
    /// Folder of Codex's own configuration, where the person has a home.
    pub codex_home: Option<PathBuf>,
    /// The environment the project is opened with.
    pub environment: BTreeMap<String, String>,
}

/// Why a folder could not be made a project.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The folder is missing and cannot be made, or is no folder.
    #[error("`{}` cannot be used as the project's folder: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A host's configuration is such that an entry cannot be added without losing something.
    #[error("`{}` cannot be added to: {why}", path.display())]
    HostFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What a person pastes instead.
        text: String,
    },
    /// There is no home folder to find the host's configuration in.
    #[error("there is no home folder, so the configuration of {host} cannot be found")]
    NoHome {
        /// The host.
        host: &'static str,
    },
    /// The configuration is a person's own, and names another upstream or none.
    #[error("`{CONFIG_FILE}` is there already and does not name the remote `{remote}`")]
    RemoteDiffers {
        /// The remote that was asked for.
        remote: String,
    },
    /// The remote's URL holds a password or a token.
    #[error("the remote's URL holds a secret; secrets are not written into files")]
    RemoteSecret,
    /// A room or the configuration refused.
    #[error("{}", .0.message)]
    Refused(Box<Refusal>),
}

impl InitError {
    /// The same as doors answer it.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Folder { .. } | Self::Read { .. } | Self::Write { .. } | Self::NoHome { .. } => {
                Refusal::new(ErrorCode::FileIo, self.to_string())
            }
            Self::HostFile { text, .. } => Refusal::new(ErrorCode::ArgumentsInvalid, self.to_string())
                .with_hint(format!("nothing was changed; add this yourself:\n{text}")),
            Self::RemoteDiffers { remote } => {
                let line = config_file::repo_line(remote);
                let hint = format!("write `{}` into its `git` block", line.trim().trim_end_matches(','));
                Refusal::new(ErrorCode::ConfigInvalid, self.to_string()).with_hint(hint)
            }
            Self::RemoteSecret => Refusal::new(ErrorCode::ArgumentsInvalid, self.to_string()).with_hint(
                "leave it out of the URL, and set the variable `git.auth.token` names (`TGP_GITHUB_TOKEN`)",
            ),
            Self::Refused(refusal) => refusal.as_ref().clone(),
        }
    }
}

impl From<Refusal> for InitError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// One file that will be written once everything was looked at.
struct Planned {
    path: PathBuf,
    item: String,
    text: Option<String>,
    state: StepState,
    note: Option<String>,
}

/// Makes `project.folder` a project: first everything that could be refused is looked at, then the files are
/// written, each whole or not at all.
pub fn init(project: &InitProject, progress: &mut dyn FnMut(&str)) -> Result<InitOutput, InitError> {
    if project.remote.as_deref().is_some_and(holds_secret) {
        return Err(InitError::RemoteSecret);
    }
    let folder = |source| InitError::Folder { path: project.folder.clone(), source };
    fs::create_dir_all(&project.folder).map_err(folder)?;
    let root = fs::canonicalize(&project.folder).map_err(folder)?;

    let config = plan_config(project, &root)?;
    let own = config.text.clone();
    let mut plans = vec![config];
    let hosts =
        project.hosts.iter().map(|host| plan_host(project, *host, &root)).collect::<Result<Vec<_>, _>>()?;
    let mut steps = Vec::new();
    carry_out(&plans, &mut steps)?;
    // Only what was written here: a configuration that was there before waits for the person's `tgp trust`.
    if let Some(text) = own {
        rooms::trust_own(project, &root, text)?;
    }

    let library = rooms::set_up(project, &root, &mut steps, progress)?;
    plans = editor_files::plan(&root, &library)?;
    plans.extend(plan_ignore(&root, &library)?);
    plans.extend(plan_package(&root)?);
    plans.extend(hosts);
    carry_out(&plans, &mut steps)?;
    Ok(InitOutput { root: root.to_string_lossy().into_owned(), steps, hosts: to_paste(project, &root) })
}

/// `https://token@host` and `scheme://user:password@host`; the user name of ssh alone is part of the address.
fn holds_secret(remote: &str) -> bool {
    let Some((scheme, rest)) = remote.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':') || scheme.starts_with("http"))
}

fn carry_out(plans: &[Planned], steps: &mut Vec<InitStep>) -> Result<(), InitError> {
    for plan in plans {
        if let Some(text) = &plan.text {
            files::write(&plan.path, text)?;
        }
        // Several files of one item are one step; what was done to any of them was done to it.
        match steps.last_mut().filter(|last| last.item == plan.item) {
            Some(last) if last.state == StepState::Kept => last.state = plan.state,
            Some(_) => {}
            None => {
                steps.push(InitStep { item: plan.item.clone(), state: plan.state, note: plan.note.clone() });
            }
        }
    }
    Ok(())
}

fn plan_config(project: &InitProject, root: &Path) -> Result<Planned, InitError> {
    let path = root.join(CONFIG_FILE);
    let plan = |text: Option<String>, state| Planned {
        path: path.clone(),
        item: CONFIG_FILE.to_owned(),
        text,
        state,
        note: None,
    };
    let Some(text) = files::read(&path)? else {
        let mount = free_mount(root);
        let new = NewConfig { remote: project.remote.as_deref(), mount: mount.as_deref() };
        let text = config_file::text(&new);
        let note = mount
            .map(|mount| format!("`tools/` is the project's own, so agents see the library at `{mount}/`"));
        return Ok(Planned { note, ..plan(Some(text), StepState::Created) });
    };
    let Some(remote) = project.remote.as_deref() else { return Ok(plan(None, StepState::Kept)) };
    if text.contains(config_file::repo_line(remote).trim().trim_end_matches(',')) {
        return Ok(plan(None, StepState::Kept));
    }
    let new = config_file::with_remote(&text, remote)
        .ok_or_else(|| InitError::RemoteDiffers { remote: remote.to_owned() })?;
    Ok(plan(Some(new), StepState::Changed))
}

/// Another name for the agents' view of the library, where the project has a `tools/` folder of its own.
fn free_mount(root: &Path) -> Option<String> {
    root.join("tools").is_dir().then(|| {
        let names = std::iter::once("tgp-tools".to_owned()).chain((2..).map(|n| format!("tgp-tools-{n}")));
        names.into_iter().find(|name| !root.join(name).exists()).unwrap_or_default()
    })
}

fn plan_ignore(root: &Path, library: &Path) -> Result<Option<Planned>, InitError> {
    let Ok(folder) = library.strip_prefix(root) else { return Ok(None) };
    if !ignore_file::is_in_git(root) {
        return Ok(None);
    }
    let path = root.join(".gitignore");
    let old = files::read(&path)?;
    let text = ignore_file::with_lines(old.as_deref().unwrap_or(""), &[&format!("{}/", folder.display())]);
    let state = state_of(old.is_some(), text.is_some());
    Ok(Some(Planned { path, item: ".gitignore".to_owned(), text, state, note: None }))
}

fn plan_package(root: &Path) -> Result<Option<Planned>, InitError> {
    let path = root.join("package.json");
    let Some(old) = files::read(&path)? else { return Ok(None) };
    let added = json_file::add_member(&old, &["scripts", "tgp"], &serde_json::json!("tgp mcp"));
    let (text, state, note) = match added {
        Ok(Added::Text(text)) => (Some(text), StepState::Changed, None),
        Ok(Added::Same) => (None, StepState::Kept, None),
        Ok(Added::Different) => {
            (None, StepState::Skipped, Some("it has a script `tgp` of its own".to_owned()))
        }
        Err(why) => (None, StepState::Skipped, Some(format!("no script was added: {why}"))),
    };
    Ok(Some(Planned { path, item: "package.json".to_owned(), text, state, note }))
}

fn plan_host(project: &InitProject, host: Host, root: &Path) -> Result<Planned, InitError> {
    let path = host
        .file(root, project.codex_home.as_deref())
        .ok_or_else(|| InitError::NoHome { host: host.title() })?;
    let old = files::read(&path)?;
    let added = host.add_to(old.as_deref().unwrap_or(""), &project.command, root).map_err(|why| {
        InitError::HostFile { path: path.clone(), why, text: host.setup(&project.command, root).text }
    })?;
    let (text, state, note) = match added {
        Added::Text(text) => (Some(text), state_of(old.is_some(), true), None),
        Added::Same => (None, StepState::Kept, None),
        Added::Different => {
            (None, StepState::Skipped, Some("it has an entry `tgp` that says something else".to_owned()))
        }
    };
    let item = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
    Ok(Planned { path, item, text, state, note })
}

fn state_of(was_there: bool, written: bool) -> StepState {
    match (was_there, written) {
        (_, false) => StepState::Kept,
        (true, true) => StepState::Changed,
        (false, true) => StepState::Created,
    }
}

fn to_paste(project: &InitProject, root: &Path) -> Vec<HostSetup> {
    let open = Host::ALL.into_iter().filter(|host| !project.hosts.contains(host));
    open.map(|host| host.setup(&project.command, root)).collect()
}
