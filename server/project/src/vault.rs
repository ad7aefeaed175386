//! Where the key of tokens and the standing tokens lie: in the user's own state folder.

use tgp_gate::TokenVault;
use tgp_model::TokenId;
use tgp_trust::ProjectHome;

/// Name of the key.
const KEY: &str = "token";
/// Folder of the standing tokens.
const STANDING: &str = "tokens";

/// The vault of one project.
pub(crate) struct Vault {
    home: ProjectHome,
}

impl Vault {
    pub(crate) fn new(home: ProjectHome) -> Self {
        Self { home }
    }
}

impl TokenVault for Vault {
    fn key(&self) -> Result<[u8; 32], String> {
        self.home.key(KEY).map_err(|error| error.to_string())
    }

    fn keep(&self, token: TokenId, text: &str) -> Result<(), String> {
        self.home.keep(STANDING, &token.to_string(), text).map_err(|error| error.to_string())
    }

    fn standing(&self) -> Result<Vec<String>, String> {
        let kept = self.home.kept(STANDING).map_err(|error| error.to_string())?;
        Ok(kept.into_iter().map(|(_, text)| text).collect())
    }

    fn trusted(&self) -> Result<Option<String>, String> {
        let trusted = self.home.trusted().map_err(|error| error.to_string())?;
        Ok(trusted.map(|trusted| trusted.hash))
    }

    fn forget(&self, token: TokenId) -> Result<(), String> {
        self.home.forget(STANDING, &token.to_string()).map_err(|error| error.to_string())
    }
}
