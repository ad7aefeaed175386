//! What to open, and with which clock, environment and folders.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tgp_gate::{Clock, MachineClock, TokenText};
use tgp_model::AgentName;
use tgp_repo::{Interrupt, LibrarySettings};
use tgp_trust::MachinePolicy;

/// Environment variable by which a session presents a token.
const TOKEN: &str = "TGP_TOKEN";

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
    /// Where the policy files of the machine lie.
    pub machine: MachinePolicy,
    /// Where the prepared engine and compiled tools are kept, for all projects of this user.
    pub cache: PathBuf,
    /// Whether the remote of the library is asked for news.
    pub hydrate: Hydrate,
    /// How long one talk with the remote may take.
    pub remote_limit: Duration,
    /// Ends talks with the remote early.
    pub interrupt: Interrupt,
    /// The token the session presents with everything it does. It comes from the environment and from nowhere else:
    /// a command line can be read by every process of the machine.
    pub token: Option<TokenText>,
}

/// Whether the remote of the library is asked when a project is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hydrate {
    /// Always: a session begins with the newest tools.
    Always,
    /// Only where nothing was ever fetched: a single command should not wait for the network.
    WhenEmpty,
}

/// The variables of this process that are text.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

impl OpenProject {
    /// The project at `root` with the machine's clock, this process's environment and the user's cache folder.
    pub fn new(root: impl Into<PathBuf>, agent: AgentName) -> Self {
        let mut environment = environment();
        // No configuration reads it, and a person needs none.
        let token = environment.remove(TOKEN).filter(|text| !text.is_empty());
        let token = token.filter(|_| agent != AgentName::person()).map(TokenText::new);
        Self {
            token,
            root: root.into(),
            agent,
            clock: Arc::new(MachineClock),
            cache: tgp_forge::prepare::cache_folder(&environment),
            machine: MachinePolicy::find(&environment),
            environment,
            hydrate: Hydrate::WhenEmpty,
            remote_limit: LibrarySettings::default().remote_limit,
            interrupt: Interrupt::default(),
        }
    }
}
