//! What an undo needs of an open project.

use tgp_database::Database;
use tgp_files::{PreImages, ProjectFiles};
use tgp_gate::{Clock, Gate};
use tgp_model::mount::Mount;
use tgp_protocol::client::Refusal;
use tgp_repo::Library;
use tgp_store::Store;

/// The open rooms of a project, lent for one undo.
#[derive(Clone, Copy)]
pub struct Rooms<'a> {
    /// Notes the undo, and knows what was done.
    pub gate: &'a Gate,
    /// The project's plain files.
    pub files: &'a ProjectFiles,
    /// What files were before.
    pub images: &'a PreImages,
    /// The tool library.
    pub library: &'a Library,
    /// Gives the database, which is opened when it is first needed.
    pub database: &'a dyn Fn() -> Result<&'a Database, Refusal>,
    /// Gives agents' branches of the user's repository, which is opened when it is first needed; none where there is none.
    pub tasks: &'a dyn Fn() -> Result<Option<tgp_task::Rooms<'a>>, Refusal>,
    /// The library's name for agents.
    pub mount: &'a Mount,
    /// This installation, as commits name it.
    pub installation: &'a str,
}

impl<'a> Rooms<'a> {
    pub(crate) fn store(&self) -> &'a Store {
        self.gate.store()
    }

    pub(crate) fn clock(&self) -> &'a dyn Clock {
        self.gate.clock()
    }

    pub(crate) fn database(&self) -> Result<&'a Database, Refusal> {
        (self.database)()
    }
}
