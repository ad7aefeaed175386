//! What a file is to an author.

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
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        match path.split('/').next() {
            Some("scopes") if yaml => Some(Self::Scope),
            Some("policy" | "policies") if yaml => Some(Self::Policy),
            Some("tools") if path.ends_with(".ts") && !path.ends_with(".d.ts") => Some(Self::Tool),
            _ => None,
        }
    }
}
