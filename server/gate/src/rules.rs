//! The judge in force: made of the scopes and policy files a person trusted, and made again when another version is.

use std::sync::{Arc, PoisonError, RwLock};

use tgp_model::AgentName;
use tgp_policy::{Judge, JudgeSettings, PolicyFile, Scope, SettingsError};

/// What a person at the terminal may do.
const PERSON: &str = "version: 1\nrules: [ { id: person, effect: allow, reason: A person decides., match: { capability: [\"*\"] } } ]\n";

/// Name and text of each file of the trusted version; none where it is the one known already.
pub type Reload = Box<dyn Fn() -> Option<Vec<(String, String)>> + Send + Sync>;

/// The rules of one project, in every process the same.
pub struct Rules {
    settings: JudgeSettings,
    judge: RwLock<Arc<Judge>>,
    reload: Reload,
}

impl Rules {
    /// The rules of `files`; `reload` is asked before every judgement.
    pub fn new<'f>(
        settings: JudgeSettings,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
        reload: Reload,
    ) -> Result<Self, SettingsError> {
        let judge = RwLock::new(Arc::new(read_rules(&settings, files)?));
        Ok(Self { settings, judge, reload })
    }

    /// What rule files are read with.
    pub(crate) fn settings(&self) -> &JudgeSettings {
        &self.settings
    }

    /// The judge of the version in force now. A version that cannot be read changes nothing.
    pub(crate) fn judge(&self) -> Arc<Judge> {
        if let Some(files) = (self.reload)() {
            let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            match read_rules(&self.settings, files) {
                Ok(judge) => {
                    let judge = Arc::new(judge);
                    *self.judge.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&judge);
                    return judge;
                }
                Err(error) => {
                    tracing::error!(%error, "the new rules cannot be read; the old ones stay in force");
                }
            }
        }
        Arc::clone(&self.judge.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a file of this name is a policy file: the project's, a plugin's, the person's own, the administrator's.
pub(crate) fn is_policy(name: &str) -> bool {
    ["policy/", "user/", "admin/"].iter().any(|level| name.starts_with(level))
}

/// A judge from files by name: `scopes/coder.yaml`, `policy/rules.yaml`, `policy/plugins/acme/rules.yaml`,
/// `user/mine.yaml`, `admin/limits.yaml`; others are no rules.
pub fn read_rules<'f>(
    settings: &JudgeSettings,
    files: impl IntoIterator<Item = (&'f str, &'f str)>,
) -> Result<Judge, SettingsError> {
    let registry = JudgeSettings::registry()?;
    let (mut scopes, mut policies) = (Vec::new(), Vec::new());
    for (name, text) in files {
        if name.starts_with("scopes/") {
            scopes.push(Scope::parse(name, text, &settings.scopes, &registry)?);
        } else if is_policy(name) {
            policies.push(PolicyFile::parse(name, text, &registry)?);
        }
    }
    // A person at the terminal needs no scope; built-in rules and policy files hold for everybody.
    scopes.push(Scope::of_rules("person", PERSON, &AgentName::person(), &registry)?);
    settings.judge(scopes, policies)
}
