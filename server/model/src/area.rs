//! What an editor shows, and asks for anew when it changed.

/// What is no longer as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// What was done.
    Timeline,
    /// Agents' branches.
    Branches,
    /// Questions to a person.
    Approvals,
    /// Snapshots.
    Snapshots,
    /// Tools, and how often they ran.
    Tools,
    /// What agents may do.
    Scopes,
    /// Files of the library.
    Library,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Timeline,
        Self::Branches,
        Self::Approvals,
        Self::Snapshots,
        Self::Tools,
        Self::Scopes,
        Self::Library,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Branches => "branches",
            Self::Approvals => "approvals",
            Self::Snapshots => "snapshots",
            Self::Tools => "tools",
            Self::Scopes => "scopes",
            Self::Library => "library",
        }
    }
}
