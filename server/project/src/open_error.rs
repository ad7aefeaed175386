//! Why a project cannot be opened.

use std::path::PathBuf;

use tgp_forge::config::{CONFIG_FILE, ConfigError};

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
    /// Nobody trusted this project's configuration on this machine.
    #[error("nobody has trusted the configuration of `{}` on this machine", root.display())]
    Untrusted {
        /// The project.
        root: PathBuf,
    },
    /// Another version was trusted since this one was shown.
    #[error("another version was trusted while this one was shown")]
    TrustMoved,
    /// A person wrote into a rule file by hand, and that is in force nowhere yet.
    #[error("`{}` holds what somebody wrote there by hand, which would be lost", path.display())]
    Draft {
        /// The file.
        path: PathBuf,
    },
    /// A file of the library's folder cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Unwritable {
        /// What.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// There is no folder to keep trust in.
    #[error("there is no home folder to keep what you trust in")]
    NoHome,
    /// What was trusted cannot be read.
    #[error(transparent)]
    Trust(#[from] tgp_trust::TrustError),
    /// The configuration has a mistake.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A scope or policy file cannot be read.
    #[error("the rules cannot be read: {0}")]
    Rules(#[from] tgp_policy::SettingsError),
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
