//! How a library is kept: its branch, its committer, how long to wait for others.

use std::time::Duration;

use tgp_remote::{Interrupt, RemoteUrl};

/// A name and an address, as commits carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// Settings of one library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibrarySettings {
    /// The branch agents read and write; `main` where nothing is said.
    pub branch: String,
    /// Who commits. The author of a commit is the agent.
    pub committer: Identity,
    /// Where the library is exchanged with others, if anywhere.
    pub remote: Option<RemoteUrl>,
    /// How long one talk with the remote may take.
    pub remote_limit: Duration,
    /// Ends talks with the remote early.
    pub interrupt: Interrupt,
    /// How long a lock of another living process is waited for.
    pub lock_limit: Duration,
}

impl Default for LibrarySettings {
    fn default() -> Self {
        Self {
            branch: "main".to_owned(),
            committer: Identity { name: "tgp".to_owned(), email: "tgp@localhost".to_owned() },
            remote: None,
            remote_limit: Duration::from_secs(20),
            interrupt: Interrupt::default(),
            lock_limit: Duration::from_secs(5),
        }
    }
}
