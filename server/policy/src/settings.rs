//! A judge from the project's settings and the shipped scopes.

use tgp_capability::{RegisterError, Registry, kernel};
use tgp_model::RepoPath;

use crate::file_error::FileError;
use crate::judge::{Judge, JudgeError, JudgeParts};
use crate::policy_file::PolicyFile;
use crate::scope::{Scope, ScopeSettings};

/// What the project's settings say about the judge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JudgeSettings {
    /// Folder of the library, relative to the project, such as `.tgp`.
    pub library: RepoPath,
    /// Folders outside the library whose files decide too, relative to the project or absolute.
    pub guarded: Vec<String>,
    /// What scopes are read with.
    pub scopes: ScopeSettings,
}

/// Why there is no judge for a project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A scope cannot be read with these settings.
    #[error(transparent)]
    File(#[from] FileError),
    /// Two scopes of one agent.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// tgp's own capabilities are not consistent.
    #[error(transparent)]
    Registry(#[from] RegisterError),
}

impl JudgeSettings {
    /// tgp's own capabilities.
    pub fn registry() -> Result<Registry, SettingsError> {
        Ok(kernel::registry()?)
    }

    /// A judge with the shipped scopes, except where `scopes` has one of the same agent.
    pub fn judge(&self, scopes: Vec<Scope>, policies: Vec<PolicyFile>) -> Result<Judge, SettingsError> {
        let registry = Self::registry()?;
        let mut all = scopes;
        for shipped in Scope::shipped(&self.scopes, &registry)? {
            if !all.iter().any(|scope| scope.agent == shipped.agent) {
                all.push(shipped);
            }
        }
        let (library, guarded) = (self.library.clone(), self.guarded.clone());
        Ok(Judge::new(JudgeParts { library, guarded, registry, scopes: all, policies })?)
    }
}
