//! Paths as a running tool writes them, and where they lead.

use tgp_files::Place;
use tgp_model::RepoPath;
use tgp_model::mount::Location;
use tgp_policy::Target;
use tgp_protocol::client::Refusal;

use crate::engine::Engine;
use crate::refusal::{from_files, from_path};
use crate::run::ToolRun;

/// A path as a running tool writes it.
pub(crate) enum ToolPath {
    /// One the agent could write as well.
    Seen(RepoPath),
    /// One in an allowed folder of the host.
    Host(Place),
}

impl ToolPath {
    /// The path, where it is no folder of the host.
    pub(crate) fn seen(&self) -> Option<&RepoPath> {
        match self {
            Self::Seen(path) => Some(path),
            Self::Host(_) => None,
        }
    }
}

impl ToolRun<'_, '_> {
    /// `/lib/...` is the library, read-only; another absolute path is one of the allowed host folders; everything
    /// else is a path as the agent writes it.
    pub(crate) fn tool_path(&self, text: &str) -> Result<ToolPath, Refusal> {
        let seen = self.engine.mount().seen();
        match text.strip_prefix("/lib") {
            Some("") => Ok(ToolPath::Seen(seen.clone())),
            Some(rest) if rest.starts_with('/') => seen
                .join(rest.trim_start_matches('/'))
                .map(ToolPath::Seen)
                .map_err(|problem| from_path(&problem)),
            _ if text.starts_with('/') => {
                self.engine.files().place(text).map(ToolPath::Host).map_err(|error| from_files(&error))
            }
            _ => Engine::parse_path(text).map(ToolPath::Seen),
        }
    }

    /// A place of the project by its path, one of a host folder by its absolute path.
    pub(crate) fn host_target(&self, place: &Place) -> Target {
        if place.is_in_project() {
            return Target::path(place.path());
        }
        Target::host_path(&self.engine.files().absolute(place))
    }

    /// Where a file would be written; none for the library.
    pub(crate) fn place(&self, path: &ToolPath) -> Option<Place> {
        match path {
            ToolPath::Host(place) => Some(place.clone()),
            ToolPath::Seen(path) => match self.engine.mount().locate(path) {
                Location::Library(_) => None,
                Location::Project(path) => Some(Place::from(&path)),
            },
        }
    }

    /// The file a path leads to, so that one file has one name in this run.
    pub(crate) fn leads_to(&self, path: &ToolPath) -> Option<Place> {
        self.engine.files().look(&self.place(path)?).ok().map(|looked| looked.leads_to)
    }
}
