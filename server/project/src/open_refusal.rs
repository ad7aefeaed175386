//! A project that cannot be opened, as a door answers it.

use serde_json::json;
use tgp_lock::ProcessLockError;
use tgp_model::RepoPath;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{OpenLibraryError, RemoteError, SyncError};
use tgp_store::OpenStoreError;

use crate::open_error::OpenEngineError;
use tgp_forge::config::ConfigError;
use tgp_forge::finding;
use tgp_model::mount::Mount;

/// What helps where the library's folder cannot be written.
const UNWRITABLE: &str = "Make room and rights in the library's folder; nothing was half-written.";
/// What helps where the state database is damaged.
const DAMAGED: &str = "Where the state database is damaged, move `state/tgp.db` with its `-wal` and `-shm` out of the library's \
                       folder: a new one is made, and the timeline begins anew. The tools are in Git.";

impl OpenEngineError {
    /// The same with its stable code, and with the places of a mistake in the configuration.
    pub fn refusal(&self) -> Refusal {
        let code = match self {
            Self::ProjectMissing { .. } => ErrorCode::ProjectMissing,
            Self::TrustMoved => {
                return Refusal::new(ErrorCode::TrustUnusable, self.to_string())
                    .with_hint("run the command again and look at what it shows now");
            }
            Self::Draft { .. } => ErrorCode::TrustDraft,
            Self::Unreadable { .. } | Self::Unwritable { .. } | Self::Files(_) => ErrorCode::FileIo,
            Self::Config(error) => return from_config(error),
            Self::Rules(_) => ErrorCode::PolicyInvalid,
            Self::Untrusted { .. } => ErrorCode::TrustRequired,
            Self::NoHome => {
                return Refusal::new(ErrorCode::TrustRequired, self.to_string())
                    .with_hint("set `TGP_STATE_DIR` to a folder of yours outside the project");
            }
            Self::Trust(_) => ErrorCode::TrustUnusable,
            Self::Sandbox(error) => return tgp_forge::from_open_sandbox(error),
            Self::Hydrate(_) => ErrorCode::RemoteFailed,
            Self::Library(OpenLibraryError::Library(fault)) if fault.is_unwritable() => {
                return Refusal::new(ErrorCode::FileIo, self.to_string()).with_hint(UNWRITABLE);
            }
            Self::Lock(ProcessLockError::Io { .. }) | Self::Store(OpenStoreError::Unreachable { .. }) => {
                return Refusal::new(ErrorCode::FileIo, self.to_string()).with_hint(UNWRITABLE);
            }
            Self::Store(OpenStoreError::Damaged { .. }) | Self::Recover { .. } => {
                return Refusal::new(ErrorCode::LibraryUnusable, self.to_string()).with_hint(DAMAGED);
            }
            Self::Library(_) | Self::Lock(_) | Self::Store(_) => ErrorCode::LibraryUnusable,
        };
        Refusal::new(code, self.to_string())
    }
}

fn from_config(error: &ConfigError) -> Refusal {
    let refusal = Refusal::new(ErrorCode::ConfigInvalid, error.to_string());
    match error {
        ConfigError::Source { diagnostics } => {
            let mount = Mount::new(RepoPath::root());
            let findings: Vec<_> = diagnostics.iter().map(|found| finding(found, &mount)).collect();
            refusal.with_details(json!({ "errors": findings }))
        }
        ConfigError::Run { .. } | ConfigError::Settings { .. } => refusal,
    }
}

/// A sync that did not go through, with its code.
pub fn from_sync(error: &SyncError) -> Refusal {
    match error {
        SyncError::Library(_) => Refusal::new(ErrorCode::LibraryUnusable, error.to_string()),
        SyncError::Conflict { files } => {
            let paths: Vec<String> = files.iter().map(|file| file.path.to_string()).collect();
            Refusal::new(ErrorCode::BranchMoved, error.to_string())
                .with_hint("both sides changed them: join them by hand with Git in the library's folder, then sync again")
                .with_details(json!({ "files": paths }))
        }
        SyncError::Remote(RemoteError::Unauthorized { .. }) => {
            Refusal::new(ErrorCode::RemoteFailed, error.to_string())
                .with_hint("set the environment variable that `git.auth.token` names in `tgp.config.ts`")
        }
        SyncError::NoRemote | SyncError::Contended { .. } | SyncError::Remote(_) => {
            Refusal::new(ErrorCode::RemoteFailed, error.to_string())
        }
    }
}
