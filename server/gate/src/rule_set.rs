//! Scopes and policy files as text, read beside a running project: those that lie there, or those in force.

use serde::Serialize;
use tgp_model::AgentName;
use tgp_policy::{
    Capability, FileError, Judge, JudgeSettings, Level, PolicyFile, SHIPPED, Scope, SettingsError,
};

use crate::rules::{is_policy, read_rules};

/// One version of the rules of a project.
pub struct RuleSet {
    settings: JudgeSettings,
    files: Vec<(String, String)>,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file, relative to the project; `user/mine.yaml` and `admin/limits.yaml` are those of the machine.
    pub file: String,
    /// Whose file it is.
    pub level: Level,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Mistake {
    /// A file that is refused, by the name it was read under; none where no single file is wrong.
    pub fn of(error: &SettingsError) -> Option<Self> {
        let SettingsError::File(FileError { file, place, problem }) = error else { return None };
        Some(Self {
            file: file.clone(),
            level: Level::of_file(file),
            line: place.line,
            column: place.column,
            message: problem.to_string(),
        })
    }
}

/// tgp's own capabilities, by name.
pub fn kernel_capabilities() -> Result<Vec<Capability>, SettingsError> {
    Ok(JudgeSettings::registry()?.iter().cloned().collect())
}

impl RuleSet {
    /// The rules among `files`, by name as [`read_rules`] has them; others are none.
    pub fn new<'f>(settings: JudgeSettings, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let is_rule = |name: &str| name.starts_with("scopes/") || is_policy(name);
        let files = files.into_iter().filter(|(name, _)| is_rule(name));
        Self { settings, files: files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect() }
    }

    /// Name and text of each.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The judge these rules make.
    pub fn judge(&self) -> Result<Judge, SettingsError> {
        read_rules(&self.settings, self.texts())
    }

    /// Names of the files, such as `policy/rules.yaml`.
    pub fn files(&self) -> Vec<&str> {
        self.texts().map(|(name, _)| name).collect()
    }

    /// Whose each file is, by its name.
    pub fn levels(&self) -> std::collections::BTreeMap<&str, Level> {
        self.texts().map(|(name, _)| (name, Level::of_file(name))).collect()
    }

    /// The first mistake of every file, and what the files get wrong together.
    pub fn mistakes(&self) -> Result<Vec<Mistake>, SettingsError> {
        let registry = JudgeSettings::registry()?;
        let mut mistakes = Vec::new();
        for (name, text) in self.texts() {
            let read = if name.starts_with("scopes/") {
                Scope::parse(name, text, &self.settings.scopes, &registry).map(|_| ())
            } else {
                PolicyFile::parse(name, text, &registry).map(|_| ())
            };
            mistakes.extend(read.err().map(|error| self.mistake(&error)));
        }
        match self.judge() {
            Err(SettingsError::Judge(error)) if mistakes.is_empty() => {
                let tgp_policy::JudgeError::TwoScopes { second, .. } = &error;
                let file = self.named(second);
                mistakes.push(Mistake {
                    file,
                    level: Level::Scope,
                    line: 1,
                    column: 1,
                    message: error.to_string(),
                });
            }
            Err(SettingsError::Registry(error)) => return Err(error.into()),
            _ => {}
        }
        Ok(mistakes)
    }

    /// The scopes, each with its text: those of the files and the shipped ones they do not replace.
    pub fn scopes(&self) -> Result<Vec<(Scope, String)>, SettingsError> {
        let registry = JudgeSettings::registry()?;
        let mut scopes = Vec::new();
        for (name, text) in self.texts().filter(|(name, _)| name.starts_with("scopes/")) {
            scopes.push((Scope::parse(name, text, &self.settings.scopes, &registry)?, text.to_owned()));
        }
        let shipped = Scope::shipped(&self.settings.scopes, &registry)?;
        for (scope, (_, text)) in shipped.into_iter().zip(SHIPPED) {
            if !scopes.iter().any(|(own, _)| own.agent == scope.agent) {
                scopes.push((scope, text.to_owned()));
            }
        }
        scopes.sort_by(|one, other| one.0.agent.cmp(&other.0.agent));
        Ok(scopes)
    }

    /// Reads a scope that is not among the files.
    pub fn read_scope(&self, file: &str, text: &str) -> Result<Scope, SettingsError> {
        Ok(Scope::parse(file, text, &self.settings.scopes, &JudgeSettings::registry()?)?)
    }

    /// The scope that counts for an agent: its own, otherwise `default`.
    pub fn scope_of(&self, agent: &AgentName) -> Result<Option<(Scope, String)>, SettingsError> {
        let mut scopes = self.scopes()?;
        let of = |name: &str| scopes.iter().position(|(scope, _)| scope.agent.as_str() == name);
        Ok(of(agent.as_str()).or_else(|| of("default")).map(|at| scopes.swap_remove(at)))
    }

    fn mistake(&self, error: &FileError) -> Mistake {
        Mistake {
            file: self.named(&error.file),
            level: Level::of_file(&error.file),
            line: error.place.line,
            column: error.place.column,
            message: error.problem.to_string(),
        }
    }

    /// Those of the machine lie outside the project; their name says where.
    fn named(&self, name: &str) -> String {
        if matches!(Level::of_file(name), Level::User | Level::Admin) {
            return name.to_owned();
        }
        format!("{}/{name}", self.settings.library)
    }
}
