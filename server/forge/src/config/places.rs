//! Where each setting stands in `tgp.config.ts`.

use std::fmt::Write as _;

use tgp_compiler::Property;

use super::{CONFIG_FILE, ConfigError};

/// The places of the settings, found in the source by its own parser.
#[derive(Debug, Clone, Default)]
pub struct Places {
    properties: Vec<Property>,
}

impl Places {
    pub(super) fn new(properties: Vec<Property>) -> Self {
        Self { properties }
    }

    /// The mistake in the setting `path` (names from the outside in), at its place or at that of what holds it.
    pub fn wrong(&self, path: &[&str], problem: impl std::fmt::Display) -> ConfigError {
        let message = format!("`{}`: {problem}", shown(path));
        ConfigError::Settings { message, place: self.of(path) }
    }

    /// `:line:column` of a setting, or of the nearest one around it that is written in the file.
    pub(super) fn of(&self, path: &[&str]) -> String {
        let found = (1..=path.len()).rev().find_map(|length| self.find(path.get(..length)?));
        found.map_or_else(String::new, |property| format!(":{}:{}", property.line, property.column))
    }

    /// Whether the setting is a string written in the file, and not one that comes from the environment.
    pub(super) fn is_text(&self, path: &[&str]) -> bool {
        self.find(path).is_some_and(|property| property.is_text)
    }

    fn find(&self, path: &[&str]) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.path.iter().map(String::as_str).eq(path.iter().copied()))
    }
}

/// `git.auth.token`, `fs.allowedDirs[1]`, `tools["tools/a.ts"].limits`.
pub(super) fn shown(path: &[&str]) -> String {
    let mut text = String::new();
    for name in path {
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let _ = write!(text, "[{name}]");
        } else if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        } else {
            let _ = write!(text, "[\"{name}\"]");
        }
    }
    if text.is_empty() { CONFIG_FILE.to_owned() } else { text }
}
