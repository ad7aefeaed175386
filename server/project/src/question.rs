//! What `tgp policy explain` is asked.

use tgp_model::AgentName;

/// An action nobody does.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Who would do it.
    pub agent: AgentName,
    /// The capability; for a statement its own, where none is named.
    pub capability: Option<String>,
    /// Files it would touch.
    pub paths: Vec<String>,
    /// Tables.
    pub tables: Vec<String>,
    /// Hosts.
    pub hosts: Vec<String>,
    /// Tools.
    pub tools: Vec<String>,
    /// Command lines, one simple command each.
    pub commands: Vec<String>,
    /// A statement; the database says which tables it touches.
    pub sql: Option<String>,
    /// Figures, as a person writes them.
    pub attributes: Vec<(String, String)>,
}
