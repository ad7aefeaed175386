//! What the configuration means for the rooms; a mistake in it is named at its place.

use std::path::Path;
use std::time::Duration;

use tgp_files::{FileError, ProjectFiles};
use tgp_forge::config::{ConfigError, Places};
use tgp_gate::Questions;
use tgp_model::config::GitConfig;
use tgp_model::{Config, RepoPath};
use tgp_network::AllowedUrls;
use tgp_policy::{JudgeSettings, ScopeSettings};
use tgp_repo::{Credentials, Identity, LibrarySettings, RemoteUrl};

use crate::open_error::OpenEngineError;

pub(crate) fn parse(text: &str, setting: &[&str], places: &Places) -> Result<RepoPath, ConfigError> {
    text.parse().map_err(|problem| places.wrong(setting, problem))
}

/// How a person is asked.
pub(crate) fn questions(config: &Config) -> Questions {
    Questions {
        wait: Duration::from_millis(config.approvals.wait),
        lasts: Duration::from_millis(config.approvals.lasts),
    }
}

/// What scopes and policy files are read with.
pub(crate) fn judge_settings(
    library: &RepoPath,
    mount: &RepoPath,
    files: &ProjectFiles,
    urls: &AllowedUrls,
) -> JudgeSettings {
    let (allowed_dirs, host_dirs) = files.allowed_folders();
    let scopes = ScopeSettings { mount: mount.clone(), allowed_dirs, host_dirs, fetch_hosts: urls.hosts() };
    JudgeSettings { library: library.clone(), guarded: Vec::new(), scopes }
}

/// The project's files; a host folder that cannot be opened is a mistake in the settings, at its place.
pub(crate) fn open_files(
    root: &Path,
    allowed: &[String],
    places: &Places,
) -> Result<ProjectFiles, OpenEngineError> {
    ProjectFiles::open(root, allowed).map_err(|error| match &error {
        FileError::Io { path, .. } => match allowed.iter().position(|dir| dir == path) {
            Some(at) => places.wrong(&["fs", "allowedDirs", &at.to_string()], error).into(),
            None => error.into(),
        },
        _ => places.wrong(&["fs", "allowedDirs"], error).into(),
    })
}

pub(crate) fn open_urls(entries: &[String], places: &Places) -> Result<AllowedUrls, ConfigError> {
    AllowedUrls::parse(entries).map_err(|problem| {
        let at = entries.iter().position(|entry| *entry == problem.entry).unwrap_or(0);
        places.wrong(&["allowedFetchUrls", &at.to_string()], problem)
    })
}

pub(crate) fn library_settings(
    git: &GitConfig,
    root: &Path,
    places: &Places,
) -> Result<LibrarySettings, ConfigError> {
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
pub fn credentials(config: &Config) -> Credentials {
    config
        .git
        .auth
        .token
        .as_ref()
        .map_or_else(Credentials::none, |token| Credentials::token(token.clone(), None))
}
