//! What a file is to an author.

/// The end of a tool's name.
pub(crate) const TOOL: &str = ".ts";
/// The end of the name of a file that only declares.
const DECLARATIONS: &str = ".d.ts";
/// Ends of the names of rule files.
const RULES: [&str; 2] = [".yaml", ".yml"];

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A tool of the library.
    Tool,
    /// `tgp.config.ts`.
    Config,
    /// A policy file: rules that narrow.
    Policy,
    /// What one agent may do.
    Scope,
}

impl DocumentKind {
    /// What a file of the library is, by its path there; none for what is nothing to us.
    pub fn of_library_file(path: &str) -> Option<Self> {
        let yaml = RULES.iter().any(|suffix| path.ends_with(suffix));
        match path.split('/').next() {
            Some("scopes") if yaml => Some(Self::Scope),
            Some("policy") if yaml => Some(Self::Policy),
            Some("tools") if path.ends_with(TOOL) && !path.ends_with(DECLARATIONS) => Some(Self::Tool),
            _ => None,
        }
    }
}
